/* Medians, intervals and tests. Pure: no I/O, no allocation unless said, no global state.
 * Tested against published vectors; see tests/unit/stats for the sources. */
#ifndef TLBSCOPE_STATS_STATS_H
#define TLBSCOPE_STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void stats_sort(double *x, size_t n); /* NaN is not allowed */

/* All of these take sorted samples, n >= 1. */
double stats_median(const double *sorted, size_t n);
double stats_quantile(const double *sorted, size_t n, double q); /* Hyndman-Fan type 7 */
double stats_mad(const double *sorted, size_t n,
		 double *scratch); /* scratch: n doubles; unscaled */

struct stats_interval {
	double lo, hi;
	double coverage; /* exact, by the binomial; below `confidence` where n is too small to reach
			    it */
};
/* Distribution-free interval of the median from order statistics: the narrowest symmetric pair
 * whose exact coverage is at least `confidence`; the whole range when none reaches it. */
struct stats_interval stats_median_interval(const double *sorted, size_t n, double confidence);

/* Two-sided Mann-Whitney: twice the smaller tail, as R and SciPy. Exact (conditional on ties: by
 * permutation counting of doubled mid-ranks) while (n+m)·min(n,m) <= 5000, without ties much
 * further; else normal with tie and continuity correction, and never below what the sizes can give.
 * Allocates scratch; NaN without memory. */
double stats_mann_whitney(const double *x, size_t n, const double *y, size_t m);
/* The same, exact only where p is about `below` or less: for families of thousands of tests, where
 * most p are large and exact ones of tied samples take a tenth of a millisecond each. *exact says
 * which one came out. */
double stats_mann_whitney_below(const double *x, size_t n, const double *y, size_t m, double below,
				bool *exact);
/* Smallest p that sizes n and m can give at all: of all ways to part n+m values, two. */
double stats_mann_whitney_floor(size_t n, size_t m);
/* Holm's step-down: adjusted p in place, capped at 1, monotone. scratch: n size_t. */
void stats_holm(double *p, size_t n, size_t *scratch);

/* Student's t with df > 0 degrees of freedom: P(T > t), and the t whose upper tail is that. */
double stats_student_tail(double t, double df);
double stats_student_quantile(double tail, double df);

/* splitmix64 seeds xoshiro256**; the same seed gives the same run on any machine. */
struct random {
	uint64_t s[4];
};
void random_seed(struct random *r, uint64_t seed);
uint64_t random_next(struct random *r);
uint64_t random_below(struct random *r, uint64_t n); /* unbiased; n >= 1 */
double random_unit(struct random *r);		     /* [0, 1) */
void random_shuffle(struct random *r, uint32_t *v, size_t n);
uint64_t random_mix(uint64_t a, uint64_t b); /* a new seed from two numbers */

#endif
