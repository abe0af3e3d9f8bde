/* Refinement: where a curve has a step, measure between its two sides. The judgement is analyse's,
 * handed in as a pointer; here is only the way from cells to curves and back. */
#ifndef TLBSCOPE_MEASURE_REFINE_H
#define TLBSCOPE_MEASURE_REFINE_H

#include "measure/plan.h"
#include "result/result.h"
#include "stats/curve.h"

#define REFINE_POINTS_MAX 8    /* of one curve in one wave */
#define REFINE_TOLERANCE  0.02 /* brackets narrower than this, relative to their place, rest */

/* Adds cells of wave `wave` to the plan; how many. Cells of the result are in the plan's order. */
unsigned refine_plan(struct plan *plan, const struct plan_context *context,
		     const struct result *result, refine_fn *refine, unsigned wave);

/* Where the kernel counts its flushes: those of an operation, and the ones of everything among
 * them.
 */
#define FLUSHES	     "tlb_flush"
#define FULL_FLUSHES "tlb_flush_full"

/* Is the cell on a curve whose flushes may change from those of pages to those of everything? */
bool refine_counts(const struct plan_cell *cell);
/* Adds the middle of each bracket in which they do, by what was counted; 0 once all are as narrow
 * as can be. Counts have next to no noise, which costs are full of. */
unsigned refine_counted(struct plan *plan, const struct plan_context *context,
			const struct result *result, unsigned wave);

#endif
