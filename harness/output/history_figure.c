#include "output/history.h"

#include "output/dataset.h"
#include "output/files.h"

#include <stdlib.h>
#include <string.h>

#define FIGURE	     "fig_10_history"
#define SERIES_DRAWN 7 /* as many as have colours of their own */

static struct verdict no_memory(void)
{
	return verdict_error("no-memory", "free some memory", "no memory for figure 10");
}

static bool add_point(struct result *result, const struct history_series *series,
		      const struct history_point *point)
{
	struct cell_result *cell = result_add_cell(result);
	struct metric_result *metric = cell ? cell_add_metric(cell) : NULL;
	double first = series->points[0].e.est;

	if (!metric)
		return false;
	cell->cell = series->cell;
	struct cell_param *param = &cell->cell.param[cell->cell.nparams++];

	*param =
	    (struct cell_param){.name = "run", .value = {.type = P_COUNT, .count = point->run + 1}};
	key_format(&cell->cell, cell->key);
	snprintf(metric->name, sizeof metric->name, "relative");
	metric->e =
	    (struct estimate){point->e.est / first, point->e.lo / first, point->e.hi / first};
	return true;
}

static struct verdict write_kernels(const struct history *history, const char *dir)
{
	char path[4096], *text = NULL, word[80];
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return no_memory();
	fputs("# run kernel\n", to);
	for (unsigned i = 0; i < history->nruns; i++) {
		data_word(word, sizeof word, history->runs[i].kernel);
		fprintf(to, "%u \"%s\"\n", i + 1, word);
	}
	fclose(to);
	snprintf(path, sizeof path, "%s/figures/" FIGURE ".kernels.dat", dir);
	struct verdict verdict = file_write(path, text, length);

	free(text);
	return verdict;
}

/* Of each changed series, or of the first ones where nothing changed: a cell to each run, its key
 * ending in run=N, its metric relative to the first run. */
static struct verdict as_result(const struct history *history, struct result *result)
{
	unsigned drawn = 0;
	bool whole = true;

	result_init(result);
	result->run.base_page_bytes = 4096;
	snprintf(result->machine.id, sizeof result->machine.id, "%s", history->machine);
	snprintf(result->machine.cpu, sizeof result->machine.cpu, "%s", history->cpu);
	if (history->nruns) { /* a paper cites the last one */
		const struct history_run *last = &history->runs[history->nruns - 1];

		snprintf(result->run.id, sizeof result->run.id, "%s", last->id);
		snprintf(result->run.started, sizeof result->run.started, "%s", last->started);
	}
	for (unsigned s = 0; whole && s < history->nseries && drawn < SERIES_DRAWN; s++) {
		const struct history_series *series = &history->series[s];

		if (series->npoints < 2 || series->cell.nparams == CELL_PARAMS_MAX ||
		    (drawn && s && series->nchanges == 0 && history->series[0].nchanges))
			continue;
		/* One metric of a cell: a key is there once. */
		if (s && strcmp(history->series[s - 1].key, series->key) == 0)
			continue;
		for (unsigned i = 0; whole && i < series->npoints; i++)
			whole = add_point(result, series, &series->points[i]);
		drawn++;
	}
	return whole ? verdict_ok() : no_memory();
}

struct verdict history_draw(const struct history *history, const char *dir, const char *paper,
			    struct figure *figure)
{
	char into[4096];
	struct result result;
	const struct result *const results[] = {&result};
	const struct figure_order order = {
	    .results = results, .nresults = 1, .dir = dir, .only = FIGURE, .paper = paper};
	size_t n = 0;
	struct verdict verdict = as_result(history, &result);

	*figure = (struct figure){0};
	snprintf(into, sizeof into, "%s/figures", dir);
	if (verdict_is_ok(&verdict))
		verdict = directory_make(into);
	if (verdict_is_ok(&verdict))
		verdict = write_kernels(history, dir);
	if (verdict_is_ok(&verdict))
		verdict = figures_draw_as(&order, figure, &n);
	result_free(&result);
	return verdict;
}
