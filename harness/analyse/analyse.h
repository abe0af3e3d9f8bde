/* From cells to findings. Pure: sees curves and results only, recomputed on every reading, so a better analysis
 * improves old results. "Cannot tell" is an answer. */
#ifndef TLBSCOPE_ANALYSE_ANALYSE_H
#define TLBSCOPE_ANALYSE_ANALYSE_H

#include "result/result.h"
#include "stats/curve.h"

/* A step of a curve: from one plateau to the next. */
struct knee {
	double low_x, high_x;   /* last x on the lower plateau, first x clearly above it */
	double before, after;   /* heights of the plateaus (after: NaN-free; of the next plateau or the last point) */
	enum { EDGE_SHARP, EDGE_SLOPED } edge;
};

/* Steps bigger than both 4% (and 0.25 in y's unit) and what the intervals explain, in order of x; at most max. */
size_t knees_find(const struct curve *curve, struct knee *out, size_t max);

size_t knees_refine(const struct curve *curve, double unit, double tolerance, double *x, size_t max); /* a refine_fn */

/* Replaces result->findings. False without memory. */
bool findings_compute(struct result *result);

#endif
