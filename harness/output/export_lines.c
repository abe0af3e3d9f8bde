/* Formats that are lines of text. */
#include "output/export.h"
#include "output/text.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define DIGITS ".10g" /* as in result.json: nothing is lost */

static const char *fact(const struct result *result, const char *name)
{
	const char *text = facts_get(&result->before, name);

	return text ? text : "";
}

static const char *better_word(enum better better)
{
	static const char *const words[] = {
	    [BETTER_NEITHER] = "neither", [BETTER_LESS] = "less", [BETTER_MORE] = "more"};

	return words[better];
}

/* RFC 4180: quoted where it must be, a quote doubled. */
static void csv_field(FILE *to, const char *text, char after)
{
	bool quoted = text[strcspn(text, ",\"\r\n")] != '\0';

	if (quoted)
		fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	if (quoted)
		fputc('"', to);
	fputc(after, to);
}

struct verdict export_csv(FILE *to, const struct result *result, const struct export_choice *choice)
{
	fputs("run,started,machine,kernel,key,bench,metric,unit,better,round,value\n", to);
	for (struct export_row row = {0}; export_next(result, choice, &row);)
		for (unsigned i = 0; i < row.metric->nsamples; i++) {
			csv_field(to, result->run.id, ',');
			csv_field(to, result->run.started, ',');
			csv_field(to, result->machine.id, ',');
			csv_field(to, fact(result, "kernel.release"), ',');
			csv_field(to, row.cell->key, ',');
			csv_field(to, row.cell->cell.bench, ',');
			csv_field(to, row.metric->name, ',');
			csv_field(to, row.metric->unit, ',');
			csv_field(to, better_word(row.metric->better), ',');
			fprintf(to, "%u,%" DIGITS "\n", row.metric->rounds[i],
				row.metric->samples[i]);
		}
	return verdict_ok();
}

/* The unit is what benchstat tells metrics apart by; it knows ns/op and what is better there. */
static void benchstat_unit(FILE *to, const struct metric_result *metric)
{
	if (strcmp(metric->name, "ns") == 0)
		fputs("ns/op", to);
	else
		export_token(to, metric->name);
}

static bool named_before(const struct result *result, const struct export_choice *choice,
			 const struct metric_result *metric)
{
	for (struct export_row row = {0};
	     export_next(result, choice, &row) && row.metric != metric;)
		if (strcmp(row.metric->name, metric->name) == 0)
			return true;
	return false;
}

static void benchstat_units(FILE *to, const struct result *result,
			    const struct export_choice *choice)
{
	for (struct export_row row = {0}; export_next(result, choice, &row);) {
		if (row.metric->better == BETTER_NEITHER || !strcmp(row.metric->name, "ns") ||
		    named_before(result, choice, row.metric))
			continue;
		fputs("Unit ", to);
		benchstat_unit(to, row.metric);
		fprintf(to, " better=%s\n", row.metric->better == BETTER_LESS ? "lower" : "higher");
	}
}

/* One line holds the i-th sample of each metric. */
static void benchstat_cell(FILE *to, const struct export_choice *choice,
			   const struct cell_result *cell)
{
	const struct metric_result *metric;
	unsigned lines = 0;

	for (unsigned from = 0; (metric = export_metric(choice, cell, &from));)
		lines = metric->nsamples > lines ? metric->nsamples : lines;
	for (unsigned i = 0; i < lines; i++) {
		fprintf(to, "Benchmark%c", toupper((unsigned char)cell->key[0]));
		export_token(to, cell->key + 1);
		fputs(" 1", to);
		for (unsigned from = 0; (metric = export_metric(choice, cell, &from));) {
			if (i >= metric->nsamples)
				continue;
			fprintf(to, " %" DIGITS " ", metric->samples[i]);
			benchstat_unit(to, metric);
		}
		fputc('\n', to);
	}
}

struct verdict export_benchstat(FILE *to, const struct result *result,
				const struct export_choice *choice)
{
	/* benchstat compares within one configuration, and makes a table of each: so only what must
	 * be equal is one. Other lines it passes over. */
	const char *const facts[][2] = {{"# tlbscope ", result->tool.version},
					{"# run ", result->run.id},
					{"# kernel ", fact(result, "kernel.release")},
					{"cpu: ", result->machine.cpu}};

	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		fputs(facts[i][0], to);
		text_print(to, facts[i][1]);
		fputc('\n', to);
	}
	benchstat_units(to, result, choice);
	for (unsigned i = 0; i < result->ncells; i++)
		if (result->cells[i].outcome.outcome == OUTCOME_OK &&
		    export_wants_cell(choice, &result->cells[i]))
			benchstat_cell(to, choice, &result->cells[i]);
	return verdict_ok();
}

struct verdict export_lkp(FILE *to, const struct result *result, const struct export_choice *choice)
{
	for (struct export_row row = {0}; export_next(result, choice, &row);) {
		fputs("tlbscope.", to);
		export_token(to, row.cell->key);
		fputc('.', to);
		export_token(to, row.metric->name);
		fprintf(to, ": %" DIGITS "\n", row.metric->e.est);
	}
	return verdict_ok();
}

static void ktap_diagnostics(FILE *to, const struct export_choice *choice,
			     const struct cell_result *cell)
{
	const struct metric_result *metric;
	char text[80];

	for (unsigned from = 0; (metric = export_metric(choice, cell, &from));) {
		format_estimate(text, sizeof text, &metric->e, metric->unit);
		fputs("# ", to);
		text_print(to, metric->name);
		fprintf(to, ": %s\n", text);
	}
}

struct verdict export_ktap(FILE *to, const struct result *result,
			   const struct export_choice *choice)
{
	unsigned tests = 0, n = 0;

	for (unsigned i = 0; i < result->ncells; i++)
		tests += export_wants_cell(choice, &result->cells[i]);
	fprintf(to, "KTAP version 1\n1..%u\n", tests);
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];
		bool bad = cell->outcome.outcome == OUTCOME_INVALID;

		if (!export_wants_cell(choice, cell))
			continue;
		if (cell->outcome.outcome == OUTCOME_OK)
			ktap_diagnostics(to, choice, cell);
		fprintf(to, "%s %u ", bad ? "not ok" : "ok", ++n);
		export_token(to, cell->key);
		if (cell->outcome.outcome != OUTCOME_OK) {
			fputs(bad ? " # " : " # SKIP ", to);
			text_print(to, cell->outcome.text);
		}
		fputc('\n', to);
	}
	return verdict_ok();
}

/* Between quotes: backslash, quote and line feed are escaped, other control characters are not
 * letters of a label. */
static void prometheus_label(FILE *to, const char *name, const char *text, char after)
{
	fprintf(to, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', to);
		fputc((unsigned char)*text < 0x20 ? '?' : *text, to);
	}
	fprintf(to, "\"%c", after);
}

static double low_of(const struct estimate *e)
{
	return e->lo;
}

static double high_of(const struct estimate *e)
{
	return e->hi;
}

static double est_of(const struct estimate *e)
{
	return e->est;
}

struct verdict export_prometheus(FILE *to, const struct result *result,
				 const struct export_choice *choice)
{
	static const struct {
		const char *name, *help;
		double (*of)(const struct estimate *);
	} families[] = {
	    {"tlbscope_estimate", "Median over rounds, in the unit of the label.", est_of},
	    {"tlbscope_estimate_low", "Lower end of its 95% interval.", low_of},
	    {"tlbscope_estimate_high", "Upper end of its 95% interval.", high_of},
	};
	struct tm tm = {0};

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		fprintf(to, "# HELP %s %s\n# TYPE %s gauge\n", families[i].name, families[i].help,
			families[i].name);
		for (struct export_row row = {0}; export_next(result, choice, &row);) {
			fprintf(to, "%s{", families[i].name);
			prometheus_label(to, "bench", row.cell->cell.bench, ',');
			prometheus_label(to, "key", row.cell->key, ',');
			prometheus_label(to, "metric", row.metric->name, ',');
			prometheus_label(to, "unit", row.metric->unit, '}');
			fprintf(to, " %" DIGITS "\n", families[i].of(&row.metric->e));
		}
	}
	if (strptime(result->run.started, "%Y-%m-%dT%H:%M:%SZ", &tm))
		fprintf(to,
			"# HELP tlbscope_run_timestamp_seconds When the run began.\n"
			"# TYPE tlbscope_run_timestamp_seconds gauge\n"
			"tlbscope_run_timestamp_seconds %lld\n",
			(long long)timegm(&tm));
	return verdict_ok();
}
