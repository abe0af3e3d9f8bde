/* A curve: cost against size, each point with its interval. What refinement and knee finding see.
 */
#ifndef TLBSCOPE_STATS_CURVE_H
#define TLBSCOPE_STATS_CURVE_H

#include <stdbool.h>
#include <stddef.h>

struct curve_point {
	double x, y, lo, hi;
};

struct curve { /* x strictly rises */
	size_t n;
	struct curve_point *point;
	bool pieces; /* of straight lines, as what grows with work is; else of plateaus */
};

/* Where to measure next: writes up to `max` new x, none closer than `unit` to each other or to a
 * point, returns how many; 0 when every step is bracketed as tightly as `unit` or `tolerance`
 * (relative width of the bracket; plateaus only) allows. measure is handed analyse's. */
typedef size_t refine_fn(const struct curve *curve, double unit, double tolerance, double *x,
			 size_t max);

#endif
