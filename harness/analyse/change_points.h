/* Where a series of runs changed for good.
 *
 * The split into constant stretches that minimises the sum of squared distances, on logarithms and
 * in units of the series' noise, plus a penalty for each change (optimal partitioning; Jackson et
 * al., IEEE SPL 2005). Noise is the larger of what a run says of itself (its interval) and what
 * runs say of each other: the median distance of neighbours, which a few steps cannot raise. One
 * run that stands out between two others is an outlier and not two changes. A change smaller than
 * the threshold is not told: kernels are not bisected for it.
 *
 * On simulated series (tests/unit/analyse/test_change_points.c): of 3 to 32 equal runs with normal
 * noise of 1% at most 1.1% are flagged and 0.1% confirmed; where every tenth run is four times as
 * noisy, 4% and 1%. A step of 8% is found in 59% of series of 3 runs, 86% of 7, 98% of 16.
 */
#ifndef TLBSCOPE_ANALYSE_CHANGE_POINTS_H
#define TLBSCOPE_ANALYSE_CHANGE_POINTS_H

#include "result/history.h"

#define CHANGE_THRESHOLD 0.03

/* Fills the changes of every series of an ordered history; series with the largest change come
 * first. False without memory. */
bool change_points_find(struct history *history, double threshold);

/* The changes of n points in order; returns how many, at most max. Estimates are positive. Of two
 * runs there is none: their distance is all that is known of noise (`tlbscope compare` knows more).
 */
size_t change_points(const struct history_point *point, size_t n, double threshold,
		     struct history_change *out, size_t max);

#endif
