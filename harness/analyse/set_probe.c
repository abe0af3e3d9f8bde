#include "analyse/set_cells.h"
#include "result/key.h"
#include "stats/stats.h"

#include <math.h>
#include <string.h>

#define SAMPLES_MAX 64
#define ROUNDS_MANY 8
/* Pages of one set all hit as long as a pass costs what its hits cost, to so much. In a set of the
 * L2 TLB most of a pass are fillers, and one miss in it is little. */
#define MISS_PART_L1 0.15
#define SMALL	     4	 /* ways that any TLB has */
#define WHOLE_RISE   1.5 /* a point of the whole TLB's line costs that many times a hit */

/* Nanoseconds first: a disturbance only ever adds to them, while a calibration that it hits errs
 * both ways. */
const struct metric_result *set_time_of(const struct cell_result *cell)
{
	const struct metric_result *m = cell_find_metric(cell, "ns");

	return m ? m : cell_find_metric(cell, "cycles");
}

bool set_is_probe(const struct cell_result *cell, struct page_kind page, const char *probe)
{
	struct page_kind own = cell_page(&cell->cell, "page");

	return strcmp(cell->cell.bench, "setprobe") == 0 && verdict_is_ok(&cell->outcome) &&
	       own.how == page.how && own.bytes == page.bytes &&
	       cell_is(&cell->cell, "probe", probe) && set_time_of(cell);
}

bool set_of_level(const struct cell_result *cell, unsigned level)
{
	return (cell_count(&cell->cell, "filler") == 0) == (level == 1);
}

/* A quiet round's. Pages that fit a set all hit unless something else takes a way, and pages that
 * do not fit never all hit: so of many rounds the low ones tell. The lowest of ten may be a slip of
 * the clock. */
double set_quiet(const struct metric_result *m)
{
	double sorted[SAMPLES_MAX];
	size_t n = m->nsamples < SAMPLES_MAX ? m->nsamples : SAMPLES_MAX;

	if (n == 0)
		return m->e.est;
	memcpy(sorted, m->samples, n * sizeof *sorted);
	stats_sort(sorted, n);
	return sorted[n >= ROUNDS_MANY ? 1 : 0];
}

struct set_point set_probed_of(const struct cell_result *cell)
{
	double n = (double)cell_count(&cell->cell, "victims");

	return (struct set_point){n, set_quiet(set_time_of(cell)) * n, cell};
}

/* In order of n. */
static void gather(const struct result *result, struct page_kind page, const char *probe,
		   unsigned level, struct set_points *out)
{
	out->n = 0;
	for (unsigned i = 0; i < result->ncells && out->n < POINTS_MAX; i++) {
		const struct cell_result *cell = &result->cells[i];
		size_t k = out->n;

		if (!set_is_probe(cell, page, probe) || (level && !set_of_level(cell, level)))
			continue;
		for (; k > 0 && out->at[k - 1].n > (double)cell_count(&cell->cell, "victims"); k--)
			out->at[k] = out->at[k - 1];
		out->at[k] = set_probed_of(cell);
		out->n++;
	}
}

double set_fillers(const struct set_point *p)
{
	return (double)cell_count(&p->cell->cell, "filler");
}

/* A load that hits, from sizes that fit any set. The L1 TLB may still hold the smallest. */
static double hit_of(const struct set_points *base, unsigned level)
{
	double loads[3] = {0};
	size_t n = 0;

	for (size_t i = 0; i < base->n && base->at[i].n <= SMALL; i++)
		if (n < 3 && (level == 1 || base->at[i].n > 2))
			loads[n++] = base->at[i].pass / (base->at[i].n + set_fillers(&base->at[i]));
	stats_sort(loads, n);
	return n == 0 ? 0 : level == 1 ? loads[0] : loads[n - 1];
}

double set_extra(const struct set_point *p, double hit)
{
	return p->pass - hit * (p->n + set_fillers(p));
}

static double limit(const struct set_point *p, double hit, unsigned level)
{
	return hit * (p->n + set_fillers(p)) * (level == 1 ? MISS_PART_L1 : MISS_PART_L2);
}

bool set_misses(const struct set_point *p, double hit, unsigned level)
{
	return set_extra(p, hit) > limit(p, hit, level);
}

/* A lone rise is a disturbance: the next size must miss too. */
static void find_fit(const struct set_points *base, double hit, unsigned level,
		     struct set_probe *out)
{
	for (size_t i = 0; i < base->n; i++) {
		bool last = i + 1 == base->n;

		if (!set_misses(&base->at[i], hit, level) ||
		    (!last && !set_misses(&base->at[i + 1], hit, level))) {
			out->fit = (unsigned)base->at[i].n;
			continue;
		}
		out->past = (unsigned)base->at[i].n;
		out->from[out->nfrom++] = base->at[i].cell;
		return;
	}
}

/* Least squares of y over x. */
static bool line(const double *x, const double *y, size_t n, double *slope, double *zero)
{
	double mx = 0, my = 0, sxx = 0, sxy = 0;

	for (size_t i = 0; i < n; i++) {
		mx += x[i] / (double)n;
		my += y[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		sxx += (x[i] - mx) * (x[i] - mx);
		sxy += (x[i] - mx) * (y[i] - my);
	}
	if (n < 3 || sxx <= 0 || sxy <= 0)
		return false;
	*slope = sxy / sxx;
	*zero = mx - my / *slope;
	return true;
}

/* There and back, each page past the ways is one more miss: the line's slope is what one costs. */
static void find_slope(const struct set_points *ways, const struct set_points *base, double hit,
		       unsigned level, struct set_probe *out)
{
	double x[POINTS_MAX], y[POINTS_MAX], slope, zero;
	size_t n = 0;

	for (size_t i = 0; i < ways->n; i++) {
		if (!set_misses(&ways->at[i], hit, level) ||
		    (out->fit && ways->at[i].n > 2.5 * out->fit))
			continue;
		x[n] = ways->at[i].n;
		y[n++] = set_extra(&ways->at[i], hit);
	}
	if (!line(x, y, n, &slope, &zero))
		return;
	out->slope_at = zero;
	for (size_t i = 0; i < base->n; i++)
		if (base->at[i].n == out->fit)
			out->fit_misses = set_extra(&base->at[i], hit) / slope;
}

/* Line through the points past the rise; its two halves give the interval. */
static void find_whole(const struct set_points *whole, struct set_probe *out)
{
	double x[POINTS_MAX], y[POINTS_MAX], hit = INFINITY, slope, zero[3];
	size_t n = 0;

	for (size_t i = 0; i < whole->n; i++)
		if (i + 2 < whole->n && whole->at[i].n >= 200 && i > 0)
			hit = fmin(hit, (whole->at[i].pass - whole->at[0].pass) /
					    (whole->at[i].n - whole->at[0].n));
	for (size_t i = 0; i < whole->n && isfinite(hit); i++) {
		double more =
		    whole->at[i].pass - whole->at[0].pass - hit * (whole->at[i].n - whole->at[0].n);

		if (more < (WHOLE_RISE - 1) * hit * whole->at[i].n)
			continue;
		x[n] = whole->at[i].n;
		y[n++] = more;
	}
	if (n < 4 || !line(x, y, n, &slope, &zero[0]) || !line(x, y, n / 2 + 1, &slope, &zero[1]) ||
	    !line(x + n / 2 - 1, y + n / 2 - 1, n - n / 2 + 1, &slope, &zero[2]))
		return;
	stats_sort(zero, 3);
	out->whole.known = zero[0] > 0;
	out->whole.lo = zero[0];
	out->whole.entries = zero[1];
	out->whole.hi = zero[2];
	if (out->nfrom < 8)
		out->from[out->nfrom++] = whole->at[whole->n - 1].cell;
}

/* Other pages in every round: the middle one tells, not a quiet one. */
static void find_random(const struct set_points *random, double hit, struct set_probe *out)
{
	for (size_t i = 0; i < random->n && out->nrandom < RANDOM_MAX; i++) {
		const struct set_point *p = &random->at[i];
		double extra = set_time_of(p->cell)->e.est * p->n - hit * p->n;

		out->random[out->nrandom].n = (unsigned)p->n;
		out->random[out->nrandom++].misses = extra > limit(p, hit, 1);
	}
}

struct set_probe set_probe_read(const struct result *result, struct page_kind page, unsigned level)
{
	struct set_probe out = {0};
	struct set_points points, ways;
	double hit;

	if (page.how == PAGE_THP)
		page.how = PAGE_HUGETLB;
	if (level == 2) {
		gather(result, page, "whole", 0, &points);
		find_whole(&points, &out);
	}
	gather(result, page, "base", level, &points);
	hit = hit_of(&points, level);
	out.probed = points.n > 3 && hit > 0;
	if (!out.probed)
		return out;
	out.filler = (unsigned)set_fillers(&points.at[0]);
	for (size_t i = 0; i < points.n; i++)
		out.filler = set_fillers(&points.at[i]) < out.filler
				 ? (unsigned)set_fillers(&points.at[i])
				 : out.filler;
	find_fit(&points, hit, level, &out);
	set_find_index(result, page, level, hit, &points, &out);
	gather(result, page, "ways", level, &ways);
	find_slope(&ways, &points, hit, level, &out);
	if (level == 1) {
		gather(result, page, "random", level, &ways);
		find_random(&ways, hit, &out);
	}
	return out;
}
