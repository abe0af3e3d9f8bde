/* Times of single operations in buckets of 1%: bucket i holds [lo·1.01^i, lo·1.01^(i+1)). Fixed
 * size and free of pointers, so it can lie in shared memory; adding is one logarithm, outside any
 * timed leg. */
#ifndef TLBSCOPE_STATS_HISTOGRAM_H
#define TLBSCOPE_STATS_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_LO_NS	  1.0
#define HISTOGRAM_RATIO	  1.01
#define HISTOGRAM_BUCKETS 2315 /* to 10 s */

struct histogram {
	uint64_t total;
	uint32_t count[HISTOGRAM_BUCKETS]; /* ends take what lies outside */
};

void histogram_add(struct histogram *h, double ns);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* Linear inside a bucket; total >= 1. Works on any bucket list, as read from a result. */
double histogram_quantile(const uint64_t *counts, size_t n, double lo, double ratio, double q);

#endif
