/* Histogram of single operations in buckets of 1%. */
#include "stats/histogram.h"

#include <math.h>

void histogram_add(struct histogram *h, double ns)
{
	double place = log(ns / HISTOGRAM_LO_NS) / log(HISTOGRAM_RATIO);
	size_t i = 0;

	if (isnan(ns))
		return;
	if (place >= HISTOGRAM_BUCKETS - 1)
		i = HISTOGRAM_BUCKETS - 1;
	else if (place > 0) /* false for the NaN of a negative time, too */
		i = (size_t)place;
	if (h->count[i] == UINT32_MAX)
		return;
	h->count[i]++;
	h->total++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint32_t room = UINT32_MAX - into->count[i];
		uint32_t add = from->count[i] < room ? from->count[i] : room;

		into->count[i] += add;
		into->total += add;
	}
}

double histogram_quantile(const uint64_t *counts, size_t n, double lo, double ratio, double q)
{
	double total = 0, below = 0, rank;
	size_t i, last = 0;

	for (i = 0; i < n; i++) {
		total += (double)counts[i];
		if (counts[i])
			last = i;
	}
	rank = total * fmin(fmax(q, 0), 1);
	for (i = 0; i < last && (!counts[i] || below + (double)counts[i] < rank); i++)
		below += (double)counts[i];
	lo *= pow(ratio, (double)i);
	return lo * (1 + (ratio - 1) * (rank - below) / (double)counts[i]);
}
