#include "analyse/change_points.h"

#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sum of squares, in noise², that a change must save. */
#define PENALTY 25.0
/* Further than this from both neighbours, in noise. */
#define OUTLIER 4.0
/* Runs that agree better than this are not believed: two runs never share frames, clock and host.
 */
#define NOISE_FLOOR 0.002
#define NORMAL_95   1.96
#define MAD_TO_SD   1.4826

struct partition {
	const double *y; /* logarithms in units of noise */
	size_t n;
	double *sum, *square; /* of the first i */
	double *cost;	      /* least, of the first i */
	size_t *last;	      /* where the last stretch of it begins */
};

static double squares(const struct partition *p, size_t from, size_t to)
{
	double sum = p->sum[to] - p->sum[from], square = p->square[to] - p->square[from];

	return fmax(0, square - sum * sum / (double)(to - from));
}

static void solve(struct partition *p)
{
	for (size_t i = 0; i < p->n; i++) {
		p->sum[i + 1] = p->sum[i] + p->y[i];
		p->square[i + 1] = p->square[i] + p->y[i] * p->y[i];
	}
	p->cost[0] = -PENALTY;
	for (size_t to = 1; to <= p->n; to++) {
		p->cost[to] = INFINITY;
		for (size_t from = 0; from < to; from++) {
			double cost = p->cost[from] + PENALTY + squares(p, from, to);
			bool outlier = to - from == 1 && from > 0 && to < p->n;

			if (!outlier && cost < p->cost[to]) {
				p->cost[to] = cost;
				p->last[to] = from;
			}
		}
	}
}

/* What the runs say of each other: neighbours differ by √2 of it, but across a step. */
static double noise_between(const double *y, size_t n, double *scratch)
{
	for (size_t i = 0; i + 1 < n; i++)
		scratch[i] = fabs(y[i + 1] - y[i]);
	stats_sort(scratch, n - 1);
	/* The lower median: of few neighbours a step must not be the one in the middle. */
	return MAD_TO_SD / M_SQRT2 * scratch[(n - 2) / 2];
}

/* What each says of itself; the median over runs. */
static double noise_within(const struct history_point *point, size_t n, double *scratch)
{
	for (size_t i = 0; i < n; i++)
		scratch[i] = (point[i].e.hi - point[i].e.lo) / 2 / NORMAL_95 / point[i].e.est;
	stats_sort(scratch, n);
	return stats_median(scratch, n);
}

/* A run that stands out between two others is an outlier: it takes the place of the nearer one. */
static void calm(const double *from, size_t n, double *to)
{
	for (size_t i = 0; i < n; i++) {
		double before = i ? from[i] - from[i - 1] : 0,
		       after = i + 1 < n ? from[i] - from[i + 1] : 0;
		bool outlier = before * after > 0 && fmin(fabs(before), fabs(after)) > OUTLIER;

		to[i] = !outlier ? from[i] : fabs(before) < fabs(after) ? from[i - 1] : from[i + 1];
	}
}

static double mean_of(const struct partition *p, size_t from, size_t to)
{
	return (p->sum[to] - p->sum[from]) / (double)(to - from);
}

/* From the last stretch to the first; then those below the threshold are left out. */
static size_t collect(const struct partition *p, double noise, double threshold,
		      struct history_change *out, size_t max)
{
	size_t n = 0, kept = 0, end = p->n;

	for (size_t at = p->last[end]; at && n < max; end = at, at = p->last[at]) {
		size_t before = p->last[at];
		bool lone = at - before == 1 || end - at == 1;

		out[n++] = (struct history_change){
		    .at = (unsigned)at,
		    .ratio = exp(noise * (mean_of(p, at, end) - mean_of(p, before, at))),
		    .confidence = lone ? SEEN : CONFIRMED};
	}
	for (size_t i = 0; i < n / 2; i++) {
		struct history_change swap = out[i];

		out[i] = out[n - 1 - i];
		out[n - 1 - i] = swap;
	}
	for (size_t i = 0; i < n; i++)
		if (fabs(log(out[i].ratio)) >= log1p(threshold))
			out[kept++] = out[i];
	return kept;
}

size_t change_points(const struct history_point *point, size_t n, double threshold,
		     struct history_change *out, size_t max)
{
	double *room = n >= 2 ? calloc(5 * (n + 1), sizeof *room) : NULL;
	size_t *last = calloc(n + 1, sizeof *last), found = 0;
	struct partition p = {.y = room, .n = n, .last = last};

	if (!room || !last)
		goto out;
	p.sum = room + (n + 1);
	p.square = p.sum + (n + 1);
	p.cost = p.square + (n + 1);
	double *scratch = p.cost + (n + 1), *y = room;

	for (size_t i = 0; i < n; i++)
		y[i] = log(point[i].e.est);
	double noise =
	    fmax(NOISE_FLOOR, fmax(noise_between(y, n, scratch), noise_within(point, n, scratch)));
	for (size_t i = n; i--;)
		scratch[i] = (y[i] - y[0]) / noise;
	calm(scratch, n, y);
	solve(&p);
	found = collect(&p, noise, threshold, out, max);
out:
	free(room);
	free(last);
	return found;
}

static bool find_changes(struct history_series *series, double threshold)
{
	if (series->npoints < 2)
		return true;
	series->changes = calloc(series->npoints, sizeof *series->changes);
	if (!series->changes)
		return false;
	series->nchanges = (unsigned)change_points(series->points, series->npoints, threshold,
						   series->changes, series->npoints);
	return true;
}

static double largest(const struct history_series *series)
{
	double most = 0;

	for (unsigned i = 0; i < series->nchanges; i++)
		most = fmax(most, fabs(log(series->changes[i].ratio)));
	return most;
}

static int by_change(const void *a, const void *b)
{
	const struct history_series *x = a, *y = b;
	double dx = largest(x), dy = largest(y);
	int order = (dx < dy) - (dx > dy);

	order = order ? order : strcmp(x->key, y->key);
	order = order ? order : strcmp(x->metric, y->metric);
	return order ? order : (x->revision > y->revision) - (x->revision < y->revision);
}

bool change_points_find(struct history *history, double threshold)
{
	for (unsigned i = 0; i < history->nseries; i++)
		if (!find_changes(&history->series[i], threshold))
			return false;
	if (history->nseries)
		qsort(history->series, history->nseries, sizeof *history->series, by_change);
	return true;
}
