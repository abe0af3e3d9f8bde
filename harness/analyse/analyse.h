/* From cells to findings. Pure: sees curves and results only, recomputed on every reading, so a
 * better analysis improves old results. "Cannot tell" is an answer. */
#ifndef TLBSCOPE_ANALYSE_ANALYSE_H
#define TLBSCOPE_ANALYSE_ANALYSE_H

#include "result/result.h"
#include "stats/curve.h"

/* A step of a curve: from one plateau to the next. */
struct knee {
	double low_x, high_x; /* last x on the lower plateau, first x clearly above it */
	double before,
	    after;     /* heights of the plateaus; after: of the last point when none follows */
	double flat_x; /* where the next plateau begins; the last x when none follows */
	bool flat;     /* is there a next plateau? */
	enum { EDGE_SHARP, EDGE_SLOPED } edge;
};

/* Steps bigger than both 4% (and 0.25 in y's unit) and what the intervals explain, in order of x;
 * at most max. A single outlier is no step, nor is a last point alone, nor a drift below 4% in two
 * octaves. */
size_t knees_find(const struct curve *curve, struct knee *out, size_t max);

/* A refine_fn: the middle of each bracket, widest (relative) bracket first, on the grid of `unit`.
 */
size_t knees_refine(const struct curve *curve, double unit, double tolerance, double *x,
		    size_t max);

/* The same for a curve of straight pieces: where two of them meet is cut in three or more, down to
 * the unit, since there it is a limit that somebody set; where the curve falls first. */
size_t pieces_refine(const struct curve *curve, double unit, double *x, size_t max);

/* A refine_fn: one of the two, by the kind of curve. */
size_t curve_refine(const struct curve *curve, double unit, double tolerance, double *x,
		    size_t max);

/* Replaces result->findings. False without memory. */
bool findings_compute(struct result *result);

#endif
