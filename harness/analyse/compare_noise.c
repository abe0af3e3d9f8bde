/* How far runs lie apart when nothing changed. */
#include "analyse/compare_parts.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct noise_entry {
	char bench[CELL_NAME_MAX], metric[RESULT_NAME_MAX];
	const char *key;
	struct spread spread;
};

struct noise_table {
	size_t n;
	struct noise_entry *entry; /* by benchmark, metric, spread */
};

bool metric_is_interleaved(const struct metric_result *m)
{
	for (unsigned i = 1; m->runs && i < m->nsamples; i++)
		if (m->runs[i] <= m->runs[i - 1]) /* some may be missing: invalid, or set aside */
			return false;
	return m->runs && m->nsamples > 1;
}

/* The run medians' logarithms, in the order of the runs. Samples of a run stand together.
 * *positive: all have one. */
static unsigned run_medians(const struct metric_result *m, double *scratch, double *out,
			    bool *positive)
{
	unsigned n = 0, end;

	for (unsigned i = 0; i < m->nsamples; i = end) {
		for (end = i; end < m->nsamples && (!m->runs || m->runs[end] == m->runs[i]); end++)
			scratch[end - i] = m->samples[end];
		stats_sort(scratch, end - i);
		double median = stats_median(scratch, end - i);

		*positive &= median > 0;
		out[n++] = median > 0 ? log(median) : 0;
	}
	return n;
}

bool metric_spread(const struct metric_result *m, struct spread *out)
{
	double *scratch = calloc(2 * (size_t)m->nsamples + 2, sizeof *scratch);
	double mean = 0, squares = 0;

	*out = (struct spread){0};
	if (!scratch)
		return false;
	double *medians = scratch + m->nsamples + 1;

	out->known = true;
	out->runs = run_medians(m, scratch, medians, &out->known);
	for (unsigned i = 0; i < out->runs; i++)
		mean += medians[i] / out->runs;
	for (unsigned i = 0; i < out->runs; i++)
		squares += (medians[i] - mean) * (medians[i] - mean);
	if (out->known && out->runs > 1)
		out->sd = sqrt(squares / (out->runs - 1));
	free(scratch);
	return true;
}

static int by_benchmark(const void *left, const void *right)
{
	const struct noise_entry *a = left, *b = right;
	int order = strcmp(a->bench, b->bench);

	if (!order)
		order = strcmp(a->metric, b->metric);
	if (order)
		return order;
	return (a->spread.sd > b->spread.sd) - (a->spread.sd < b->spread.sd);
}

static size_t count_metrics(const struct result *noise)
{
	size_t n = 0;

	for (unsigned i = 0; i < noise->ncells; i++)
		n += noise->cells[i].nmetrics;
	return n;
}

struct noise_table *noise_table_make(const struct result *noise)
{
	struct noise_table *table = calloc(1, sizeof *table);

	if (!table)
		return NULL;
	table->entry = calloc(count_metrics(noise) + 1, sizeof *table->entry);
	for (unsigned i = 0; table->entry && i < noise->ncells; i++) {
		const struct cell_result *cell = &noise->cells[i];

		for (unsigned k = 0; verdict_is_ok(&cell->outcome) && k < cell->nmetrics; k++) {
			struct noise_entry *entry = &table->entry[table->n];

			memcpy(entry->bench, cell->cell.bench, sizeof entry->bench);
			memcpy(entry->metric, cell->metrics[k].name, sizeof entry->metric);
			entry->key = cell->key;
			if (!metric_spread(&cell->metrics[k], &entry->spread)) {
				noise_table_free(table);
				return NULL;
			}
			table->n += entry->spread.known && entry->spread.runs >= NOISE_RUNS_LEAST;
		}
	}
	if (!table->entry) {
		noise_table_free(table);
		return NULL;
	}
	qsort(table->entry, table->n, sizeof *table->entry, by_benchmark);
	return table;
}

void noise_table_free(struct noise_table *table)
{
	if (table)
		free(table->entry);
	free(table);
}

/* First of the entries that are not before it. */
static size_t lower(const struct noise_table *table, const char *bench, const char *metric)
{
	struct noise_entry wanted = {.spread = {.sd = -1}};
	size_t low = 0, high = table->n;

	snprintf(wanted.bench, sizeof wanted.bench, "%s", bench);
	snprintf(wanted.metric, sizeof wanted.metric, "%s", metric);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_benchmark(&table->entry[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool noise_table_find(const struct noise_table *table, const char *key, const char *bench,
		      const char *metric, struct spread *out)
{
	size_t first = lower(table, bench, metric), end = first;
	const struct noise_entry *own = NULL;

	for (; end < table->n && strcmp(table->entry[end].bench, bench) == 0 &&
	       strcmp(table->entry[end].metric, metric) == 0;
	     end++)
		if (strcmp(table->entry[end].key, key) == 0)
			own = &table->entry[end];
	if (end == first)
		return false;
	const struct spread median = table->entry[first + (end - first) / 2].spread;

	*out = own ? own->spread : table->entry[end - 1].spread;
	if (own && median.sd > out->sd)
		out->sd = median.sd;
	return true;
}
