#include "result/history.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void history_init(struct history *history)
{
	*history = (struct history){0};
}

void history_free(struct history *history)
{
	for (unsigned i = 0; i < history->nseries; i++) {
		free(history->series[i].points);
		free(history->series[i].changes);
	}
	free(history->series);
	free(history->runs);
	history_init(history);
}

static struct verdict no_memory(void)
{
	return verdict_error("no-memory", "free some memory", "no memory for the history");
}

static struct verdict check_run(const struct history *history, const struct result *result)
{
	if (history->nruns && strcmp(history->machine, result->machine.id) != 0)
		return verdict_error("other-machine", "give one machine's runs at a time",
				     "run %s is of %s, the ones before of %s", result->run.id,
				     result->machine.id, history->machine);
	if (history->nruns == HISTORY_RUNS_MAX)
		return verdict_error("too-many", "leave some out", "more than %d runs",
				     HISTORY_RUNS_MAX);
	for (unsigned i = 0; i < history->nruns; i++)
		if (strcmp(history->runs[i].id, result->run.id) == 0)
			return verdict_skipped("twice", "leave one of them out",
					       "run %s is there twice", result->run.id);
	return verdict_ok();
}

/* One more element at the end, zeroed; NULL without memory. */
static void *grow(void **array, unsigned *n, size_t size)
{
	char *grown = realloc(*array, (*n + 1) * size);

	if (!grown)
		return NULL;
	*array = grown;
	memset(grown + *n * size, 0, size);
	return grown + (*n)++ * size;
}

static bool add_run(struct history *history, const struct result *result)
{
	const char *kernel = facts_get(&result->before, "kernel.release");
	struct history_run *run =
	    grow((void **)&history->runs, &history->nruns, sizeof *history->runs);

	if (!run)
		return false;
	snprintf(run->id, sizeof run->id, "%s", result->run.id);
	snprintf(run->started, sizeof run->started, "%s", result->run.started);
	snprintf(run->kernel, sizeof run->kernel, "%s", kernel ? kernel : "");
	snprintf(run->label, sizeof run->label, "%s", result->run.label);
	run->complete = result->run.complete;
	snprintf(history->machine, sizeof history->machine, "%s", result->machine.id);
	snprintf(history->cpu, sizeof history->cpu, "%s", result->machine.cpu);
	return true;
}

static struct history_series *series_of(struct history *history, const struct cell_result *cell,
					const struct metric_result *metric)
{
	struct history_series *series;

	for (unsigned i = 0; i < history->nseries; i++) {
		series = &history->series[i];
		if (strcmp(series->key, cell->key) == 0 &&
		    strcmp(series->metric, metric->name) == 0 && series->revision == cell->revision)
			return series;
	}
	series = grow((void **)&history->series, &history->nseries, sizeof *history->series);
	if (!series)
		return NULL;
	series->cell = cell->cell;
	snprintf(series->key, sizeof series->key, "%s", cell->key);
	snprintf(series->metric, sizeof series->metric, "%s", metric->name);
	snprintf(series->unit, sizeof series->unit, "%s", metric->unit);
	series->better = metric->better;
	series->revision = cell->revision;
	return series;
}

static bool add_point(struct history *history, const struct cell_result *cell,
		      const struct metric_result *metric)
{
	struct history_series *series = series_of(history, cell, metric);
	struct history_point *point;

	if (!series)
		return false;
	point = grow((void **)&series->points, &series->npoints, sizeof *point);
	if (point)
		*point = (struct history_point){.run = history->nruns - 1, .e = metric->e};
	return point;
}

struct verdict history_add(struct history *history, const struct result *result,
			   const struct selector *only)
{
	struct verdict verdict = check_run(history, result);

	if (!verdict_is_ok(&verdict))
		return verdict;
	if (!add_run(history, result))
		return no_memory();
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];

		if (cell->outcome.outcome != OUTCOME_OK ||
		    (only && !selector_match(only, &cell->cell)))
			continue;
		for (unsigned m = 0; m < cell->nmetrics; m++)
			if (cell->metrics[m].primary && cell->metrics[m].e.est > 0 &&
			    !add_point(history, cell, &cell->metrics[m]))
				return no_memory();
	}
	return verdict_ok();
}

static bool is_candidate(const char *release, size_t at)
{
	return (strncmp(release + at, "-rc", 3) == 0 && isdigit((unsigned char)release[at + 3])) ||
	       (at && strncmp(release + at - 1, "-rc", 3) == 0 &&
		isdigit((unsigned char)release[at + 2]));
}

/* As versions; what a release's candidates are called goes on where the release ends, and they came
 * first. */
int history_kernel_order(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] && a[at] == b[at])
		at++;
	if (is_candidate(a, at) != is_candidate(b, at))
		return is_candidate(a, at) ? -1 : 1;
	return strverscmp(a, b);
}

/* As versions, then by date, then by name, so that the order never depends on the files'. */
static int by_kernel_and_date(const void *a, const void *b, void *runs)
{
	const struct history_run *x = (const struct history_run *)runs + *(const unsigned *)a;
	const struct history_run *y = (const struct history_run *)runs + *(const unsigned *)b;
	int order = history_kernel_order(x->kernel, y->kernel);

	order = order ? order : strcmp(x->started, y->started);
	return order ? order : strcmp(x->id, y->id);
}

static int by_run(const void *a, const void *b)
{
	const struct history_point *x = a, *y = b;

	return (x->run > y->run) - (x->run < y->run);
}

bool history_order(struct history *history)
{
	unsigned n = history->nruns;
	struct history_run *sorted = calloc(n + 1, sizeof *sorted);
	unsigned *from = calloc(2 * (size_t)n + 1, sizeof *from), *to = from + n;
	bool whole = sorted && from;

	for (unsigned i = 0; whole && i < n; i++)
		from[i] = i;
	if (whole && n)
		qsort_r(from, n, sizeof *from, by_kernel_and_date, history->runs);
	for (unsigned i = 0; whole && i < n; i++) {
		sorted[i] = history->runs[from[i]];
		to[from[i]] = i;
	}
	for (unsigned s = 0; whole && s < history->nseries; s++) {
		struct history_series *series = &history->series[s];

		for (unsigned i = 0; i < series->npoints; i++)
			series->points[i].run = to[series->points[i].run];
		qsort(series->points, series->npoints, sizeof *series->points, by_run);
	}
	if (whole && n)
		memcpy(history->runs, sorted, n * sizeof *sorted);
	free(sorted);
	free(from);
	return whole;
}
