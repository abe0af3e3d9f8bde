/* What a call costs by the pages it is asked to change:
 *
 *   cost = base + work * pages + (inv * pages up to the ceiling, else full)
 *
 * Up to the ceiling the kernel invalidates page by page, past it the whole TLB at once, and work on
 * page tables goes on as before. So these are two straight lines, which give four numbers: the
 * upper one's slope is `work`, the lower one's is `work + inv`, and what lies between their bases
 * is `full`. All of that rests on work being the same on both sides; without a ceiling in the curve
 * there is one line, and nothing tells work from invalidation.
 *
 * The ceiling is where the curve falls: one page more for less. Lines that bend are not forced: the
 * model holds for the two pieces (pieces.h) on either side of the fall, and says from where to
 * where that is. It does not hold where more than one point in ten lies three of its units off, or
 * where these pieces hold no more than half of the curve.
 *
 * Where flushes were counted (cost_fit_counted) the count says where the ceiling is: noise in what
 * calls cost does not move it, nor make one.
 *
 * Intervals are from a bootstrap, 400 times: rounds are drawn with replacement, the same ones for
 * all cells that share them, and each cell's median is taken anew (a round is a new process, so the
 * spread between processes is part of it); then each point is moved by the relative distance that
 * some point has from its line, to either side (what the model leaves over, and what shifted
 * between waves of refinement); then both lines are drawn anew. Between them lie the middle 95%.
 * What differs between machines or boots is not in it.
 */
#ifndef TLBSCOPE_ANALYSE_COST_MODEL_H
#define TLBSCOPE_ANALYSE_COST_MODEL_H

#include "analyse/pieces.h"
#include "analyse/storms.h"

struct cost_model {
	bool ceiling;		  /* is there one? */
	double partial_x, full_x; /* last pages surely below it, first surely above it */
	size_t first, last;	  /* points that the model is for */
	size_t first_full;	  /* ceiling: the first point of `above`; else last + 1 */
	size_t partial, whole;	  /* points at partial_x and full_x */
	struct line below, above; /* ceiling: else both are the same */
	bool fits;
	double misfit; /* the largest distance of a point, relative, but for the tenth worst */
	/* Intervals: */
	struct estimate base, work, inv, full, saving; /* inv, full, saving: with a ceiling only;
							  without, work includes invalidation */
};

/* False: the curve is too short or too bent to say anything. */
bool cost_fit(const struct curve *curve, struct cost_model *out);
/* The same; where the kernel's own count tells where the ceiling is, that is what parts the lines,
 * however little the curve falls there, and where it tells that there is none, none is found. */
bool cost_fit_counted(const struct storm_curve *curve, struct cost_model *out);
/* Adds the intervals. */
void cost_intervals(const struct storm_curve *curve, struct cost_model *model);
/* A straight line through the points of the curve from low_x to high_x, with intervals as above.
 * False: fewer than `least` points, or more than one in ten of them far off. */
bool cost_line(const struct storm_curve *curve, double low_x, double high_x, size_t least,
	       struct estimate *base, struct estimate *slope);
double cost_at(const struct cost_model *model, double pages);

#endif
