/* Do adjacent frames share an entry? */
#include "analyse/analysis.h"

#include <stdlib.h>
#include <string.h>

#define HITS_STILL 1.1 /* adjacent frames: a load that still hits, over the fastest */
#define SIZES_MAX  64

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Largest chase of adjacent frames that still hits, over the entries. */
bool find_coalescing(const struct result *result, struct page_kind page, double entries,
		     double *ratio)
{
	double size[SIZES_MAX], time[SIZES_MAX], sorted[SIZES_MAX], reach = 0;
	size_t n = 0;

	for (unsigned i = 0; i < result->ncells && n < SIZES_MAX; i++) {
		const struct cell_result *c = &result->cells[i];
		const struct metric_result *m = cell_find_metric(c, "cycles");
		struct page_kind own = cell_page(&c->cell, "page");

		if (strcmp(c->cell.bench, "chase") != 0 || !verdict_is_ok(&c->outcome) || !m ||
		    !cell_is(&c->cell, "frames", "adjacent") || own.bytes != page.bytes)
			continue;
		size[n] = (double)cell_count(&c->cell, "footprint") / (double)own.bytes;
		time[n] = sorted[n] = m->e.est;
		n++;
	}
	if (n < 3)
		return false;
	qsort(sorted, n, sizeof *sorted, by_value);
	for (size_t i = 0; i < n; i++)
		if (time[i] <= sorted[0] * HITS_STILL && size[i] > reach)
			reach = size[i];
	*ratio = reach / entries;
	return sorted[n - 1] > sorted[0] * HITS_STILL;
}
