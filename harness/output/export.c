#include "output/export.h"

#include <string.h>

const struct exporter exporters[] = {
    {"csv", "one line to a sample", "RFC 4180", BETTER_NEITHER, export_csv},
    {"google-benchmark", "JSON for compare.py, one repetition to a round",
     "compare.py of Google Benchmark 1.7", BETTER_NEITHER, export_google},
    {"benchstat", "Go's benchmark format, one line to a round",
     "golang.org/design/14313-benchmark-format", BETTER_NEITHER, export_benchstat},
    {"github-smaller", "github-action-benchmark, customSmallerIsBetter",
     "the action's documentation", BETTER_LESS, export_github},
    {"github-bigger", "github-action-benchmark, customBiggerIsBetter", "the action's documentation",
     BETTER_MORE, export_github},
    {"bencher", "Bencher Metric Format", "bencher.dev's JSON schema", BETTER_NEITHER,
     export_bencher},
    {"ktap", "one test to a cell: ok, not ok (invalid), SKIP", "Documentation/dev-tools/ktap.rst",
     BETTER_NEITHER, export_ktap},
    {"lkp", "key: value, as the statistics of lkp-tests", "lkp-tests' stats scripts",
     BETTER_NEITHER, export_lkp},
    {"prometheus", "text format, for node_exporter's textfile collector",
     "promtool check metrics 2.42", BETTER_NEITHER, export_prometheus},
    {0},
};

struct verdict exporter_find(const char *name, const struct exporter **out)
{
	char known[200] = "";

	for (const struct exporter *e = exporters; e->name; e++) {
		size_t length = strlen(known);

		if (strcmp(e->name, name) == 0) {
			*out = e;
			return verdict_ok();
		}
		snprintf(known + length, sizeof known - length, "%s%s", length ? ", " : "",
			 e->name);
	}
	return verdict_error("format", known, "there is no format %s", name);
}

bool export_wants_cell(const struct export_choice *choice, const struct cell_result *cell)
{
	return !choice->only || selector_match(choice->only, &cell->cell);
}

const struct metric_result *export_metric(const struct export_choice *choice,
					  const struct cell_result *cell, unsigned *from)
{
	while (*from < cell->nmetrics) {
		const struct metric_result *metric = &cell->metrics[(*from)++];

		if ((metric->primary || choice->all_metrics) &&
		    (choice->better == BETTER_NEITHER || metric->better == choice->better))
			return metric;
	}
	return NULL;
}

bool export_next(const struct result *result, const struct export_choice *choice,
		 struct export_row *row)
{
	for (;;) {
		if (row->cell &&
		    (row->metric = export_metric(choice, row->cell, &row->next_metric)))
			return true;
		do {
			if (row->next_cell == result->ncells)
				return false;
			row->cell = &result->cells[row->next_cell++];
		} while (row->cell->outcome.outcome != OUTCOME_OK ||
			 !export_wants_cell(choice, row->cell));
		row->next_metric = 0;
	}
}

void export_token(FILE *to, const char *text)
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789._/=+-";

	for (; *text; text++)
		fputc(strchr(kept, *text) ? *text : '_', to);
}
