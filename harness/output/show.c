/* A result as one table for other programs and for notes: a row to each metric of each cell, and
 * one to each cell that has none. Samples are for export; here are estimates, and why there is
 * none. */
#include "output/show.h"

#include "output/json_print.h"
#include "output/output.h"
#include "output/text.h"
#include "output/words.h"

#include <jansson.h>
#include <string.h>

static bool wants(const struct selector *only, const struct cell_result *cell)
{
	return !only || selector_match(only, &cell->cell);
}

static bool is_row(const struct result *result, const struct cell_result *cell, unsigned metric)
{
	return cell->outcome.outcome == OUTCOME_OK && metric < cell->nmetrics &&
	       !counter_is_idle(result, &cell->metrics[metric]);
}

/* Each row of the table; metric: NULL for a cell without numbers. */
static void each_row(FILE *to, const struct result *result, const struct selector *only,
		     void (*print)(FILE *, const struct cell_result *,
				   const struct metric_result *))
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];
		unsigned rows = 0;

		for (unsigned k = 0; wants(only, cell) && k < cell->nmetrics; k++)
			if (is_row(result, cell, k)) {
				print(to, cell, &cell->metrics[k]);
				rows++;
			}
		if (wants(only, cell) && !rows)
			print(to, cell, NULL);
	}
}

/* RFC 4180: quoted where it must be, a quote doubled. */
static void csv_field(FILE *to, const char *text, char after)
{
	bool quoted = text[strcspn(text, ",\"\r\n")];

	fputs(quoted ? "\"" : "", to);
	for (; *text; text++)
		fprintf(to, *text == '"' ? "\"\"" : "%c", *text);
	fprintf(to, "%s%c", quoted ? "\"" : "", after);
}

static void csv_row(FILE *to, const struct cell_result *cell, const struct metric_result *m)
{
	csv_field(to, cell->key, ',');
	fprintf(to, "%s,", outcome_name(cell->outcome.outcome));
	csv_field(to, cell->outcome.code, ',');
	csv_field(to, m ? m->name : "", ',');
	csv_field(to, m ? m->unit : "", ',');
	if (m)
		fprintf(to, "%.10g,%.10g,%.10g,%u,%s\n", m->e.est, m->e.lo, m->e.hi, m->nsamples,
			m->noisy ? "noisy" : "");
	else
		fputs(",,,,\n", to);
}

static struct verdict show_csv(FILE *to, const struct result *result, const struct selector *only)
{
	fputs("key,outcome,reason,metric,unit,est,lo,hi,samples,note\n", to);
	each_row(to, result, only, csv_row);
	return verdict_ok();
}

static void markdown_text(FILE *to, const char *text)
{
	for (; *text; text++)
		if (strchr("|\\`*_<>[]", *text))
			fprintf(to, "\\%c", *text);
		else
			fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
}

static void markdown_row(FILE *to, const struct cell_result *cell, const struct metric_result *m)
{
	char number[96] = "";

	if (m)
		format_estimate(number, sizeof number, &m->e, m->unit);
	fputs("| ", to);
	markdown_text(to, cell->key);
	fprintf(to, " | %s%s", outcome_name(cell->outcome.outcome),
		*cell->outcome.code ? ": " : "");
	markdown_text(to, cell->outcome.code);
	fputs(" | ", to);
	markdown_text(to, m ? m->name : "");
	fputs(" | ", to);
	markdown_text(to, m ? number : cell->outcome.text);
	fprintf(to, "%s |\n", m && m->noisy ? " noisy" : "");
}

static struct verdict show_markdown(FILE *to, const struct result *result,
				    const struct selector *only)
{
	struct verdict_line lines[VERDICT_LINES_MAX];
	size_t n = output_verdict(result, lines);

	fputs("## tlbscope: ", to);
	markdown_text(to, result->machine.cpu);
	fputs("\n\n", to);
	for (size_t i = 0; i < n; i++) {
		fprintf(to, "- **%s**: ", lines[i].label);
		markdown_text(to, lines[i].text);
		fputc('\n', to);
	}
	fputs("\n| cell | outcome | metric | estimate \\[95% interval\\] |\n|---|---|---|---|\n",
	      to);
	each_row(to, result, only, markdown_row);
	return verdict_ok();
}

static json_t *metrics_json(const struct result *result, const struct cell_result *cell)
{
	json_t *metrics = json_object();

	for (unsigned k = 0; k < cell->nmetrics; k++) {
		const struct metric_result *m = &cell->metrics[k];

		if (is_row(result, cell, k))
			json_object_set_new(metrics, m->name,
					    json_pack("{s:s, s:f, s:f, s:f, s:i, s:b}", "unit",
						      m->unit, "est", m->e.est, "lo", m->e.lo, "hi",
						      m->e.hi, "samples", (int)m->nsamples, "noisy",
						      m->noisy));
	}
	return metrics;
}

static json_t *cell_json(const struct result *result, const struct cell_result *cell)
{
	json_t *json = json_pack("{s:s, s:s}", "key", cell->key, "outcome",
				 outcome_name(cell->outcome.outcome));

	if (*cell->outcome.code)
		json_object_set_new(json, "reason",
				    json_pack("{s:s, s:s, s:s}", "code", cell->outcome.code, "text",
					      cell->outcome.text, "remedy", cell->outcome.remedy));
	json_object_set_new(json, "metrics", metrics_json(result, cell));
	return json;
}

static struct verdict show_json(FILE *to, const struct result *result, const struct selector *only)
{
	struct verdict_line lines[VERDICT_LINES_MAX];
	size_t n = output_verdict(result, lines);
	json_t *verdict = json_object(), *cells = json_array();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(verdict, lines[i].label, json_string(lines[i].text));
	for (unsigned i = 0; i < result->ncells; i++)
		if (wants(only, &result->cells[i]))
			json_array_append_new(cells, cell_json(result, &result->cells[i]));
	json_t *document = json_pack("{s:s, s:s, s:s, s:o, s:o}", "run", result->run.id, "cpu",
				     result->machine.cpu, "tlbscope", result->tool.version,
				     "verdict", verdict, "cells", cells);

	return json_print(to, document,
			  JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10));
}

static const struct {
	const char *name;
	struct verdict (*show)(FILE *, const struct result *, const struct selector *);
} formats[] = {{"json", show_json}, {"csv", show_csv}, {"markdown", show_markdown}};

struct verdict output_show(FILE *to, const struct result *result, const char *format,
			   const struct selector *only)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(formats[i].name, format) == 0)
			return formats[i].show(to, result, only);
	return verdict_error("bad-option", "name one of these: table, json, csv, markdown",
			     "--format %.40s is not known", format);
}
