/* Formats that are JSON. */
#include "output/export.h"
#include "output/json_print.h"

#include <jansson.h>
#include <string.h>

#define JSON_STYLE (JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10))

/* Google Benchmark knows four units of time and nothing else; its other numbers are counters. */
static const char *google_unit(const struct metric_result *metric)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(metric->unit, units[i]) == 0)
			return units[i];
	return NULL;
}

static json_t *google_context(const struct result *result)
{
	const char *kernel = facts_get(&result->before, "kernel.release");

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:[], s:b}", "date",
			 result->run.started, "executable", "tlbscope", "tlbscope",
			 result->tool.version, "run", result->run.id, "cpu", result->machine.cpu,
			 "kernel", kernel ? kernel : "", "caches", "load_avg",
			 "cpu_scaling_enabled", 0);
}

/* The sample of that round; false: it has none. */
static bool sample_of(const struct metric_result *metric, unsigned round, double *out)
{
	for (unsigned i = 0; i < metric->nsamples; i++)
		if (metric->rounds[i] == round) {
			*out = metric->samples[i];
			return true;
		}
	return false;
}

static bool google_counters(json_t *entry, const struct export_choice *choice,
			    const struct cell_result *cell, unsigned round)
{
	const struct metric_result *metric;
	double value;

	for (unsigned from = 0; (metric = export_metric(choice, cell, &from));)
		if (!google_unit(metric) && sample_of(metric, round, &value) &&
		    json_object_set_new(entry, metric->name, json_real(value)))
			return false;
	return true;
}

/* A repetition to each sample. The plain key names the metric ns; others of time stand behind it.
 */
static bool google_metric(json_t *list, const struct export_choice *choice,
			  const struct export_row *row)
{
	const struct metric_result *metric = row->metric;
	bool plain = strcmp(metric->name, "ns") == 0;
	char name[CELL_KEY_MAX + RESULT_NAME_MAX + 2];

	snprintf(name, sizeof name, "%s%s%s", row->cell->key, plain ? "" : ":",
		 plain ? "" : metric->name);
	for (unsigned i = 0; i < metric->nsamples; i++) {
		json_t *entry =
		    json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:f, s:f, s:s}", "name", name,
			      "run_name", name, "run_type", "iteration", "repetitions",
			      (int)metric->nsamples, "repetition_index", (int)i, "threads", 1,
			      "iterations", 1, "real_time", metric->samples[i], "cpu_time",
			      metric->samples[i], "time_unit", google_unit(metric));

		if (!entry || !google_counters(entry, choice, row->cell, metric->rounds[i]) ||
		    json_array_append(list, entry)) {
			json_decref(entry);
			return false;
		}
		json_decref(entry);
	}
	return true;
}

struct verdict export_google(FILE *to, const struct result *result,
			     const struct export_choice *choice)
{
	json_t *list = json_array();
	bool whole = list;

	for (struct export_row row = {0}; whole && export_next(result, choice, &row);)
		if (google_unit(row.metric))
			whole = google_metric(list, choice, &row);
	if (!whole) {
		json_decref(list);
		list = NULL;
	}
	json_t *document =
	    list ? json_pack("{s:o, s:o}", "context", google_context(result), "benchmarks", list)
		 : NULL;

	return json_print(to, document, JSON_STYLE);
}

/* One direction to a file: the exporter's row says which. */
struct verdict export_github(FILE *to, const struct result *result,
			     const struct export_choice *choice)
{
	json_t *list = json_array();
	bool whole = list;

	for (struct export_row row = {0}; whole && export_next(result, choice, &row);) {
		const struct estimate *e = &row.metric->e;
		double above = e->hi - e->est, below = e->est - e->lo;
		char name[CELL_KEY_MAX + RESULT_NAME_MAX + 1], range[40];

		snprintf(name, sizeof name, "%s %s", row.cell->key, row.metric->name);
		snprintf(range, sizeof range, "± %.4g", above > below ? above : below);
		whole = json_array_append_new(list, json_pack("{s:s, s:s, s:f, s:s, s:s}", "name",
							      name, "unit", row.metric->unit,
							      "value", e->est, "range", range,
							      "extra", result->run.id)) == 0;
	}
	if (!whole) {
		json_decref(list);
		list = NULL;
	}
	return json_print(to, list, JSON_STYLE);
}

/* A measure's slug has hyphens where our names have underlines. */
static void slug_of(const struct metric_result *metric, char out[RESULT_NAME_MAX])
{
	snprintf(out, RESULT_NAME_MAX, "%s", metric->name);
	for (char *c = out; *c; c++)
		*c = *c == '_' ? '-' : *c;
}

struct verdict export_bencher(FILE *to, const struct result *result,
			      const struct export_choice *choice)
{
	json_t *document = json_object();
	bool whole = document;

	for (struct export_row row = {0}; whole && export_next(result, choice, &row);) {
		json_t *cell = json_object_get(document, row.cell->key);
		char slug[RESULT_NAME_MAX];

		if (!cell) {
			json_object_set_new(document, row.cell->key, json_object());
			cell = json_object_get(document, row.cell->key);
		}
		slug_of(row.metric, slug);
		whole = cell &&
			json_object_set_new(cell, slug,
					    json_pack("{s:f, s:f, s:f}", "value", row.metric->e.est,
						      "lower_value", row.metric->e.lo,
						      "upper_value", row.metric->e.hi)) == 0;
	}
	if (!whole) {
		json_decref(document);
		document = NULL;
	}
	return json_print(to, document, JSON_STYLE);
}
