/* From records to cells of the result. */
#ifndef TLBSCOPE_MEASURE_COLLECT_H
#define TLBSCOPE_MEASURE_COLLECT_H

#include "measure/metrics.h"
#include "measure/plan.h"

/* More than this share of failed visits makes a cell invalid. Failed visits never give samples. */
#define COLLECT_FAILED_MAX 0.25

struct tally {			  /* of one cell, beside its cell_result, which counts its visits */
	struct proof last_failed; /* state 0: no proof has failed */
	unsigned last_look;	  /* its first round, for a refined point; 0: has not begun */
	bool settled;		  /* needs no more visits of its own */
	bool hopeless;		  /* skipped, or failed from the start again and again */
	bool counted;		  /* by the kernel's tracepoints */
};

/* Adds one visit. False without memory. */
bool collect_record(const struct plan_cell *plan_cell, struct cell_result *cell,
		    struct tally *tally, const struct record *record, unsigned round);
/* Adds what a visit that timed nothing has counted; its failures are no fault of the cell. False
 * without memory. */
bool collect_counts(const struct plan_cell *plan_cell, struct cell_result *cell,
		    const struct record *record, unsigned round);
/* Medians and intervals of everything so far that was measured under the cell's usual conditions;
 * width_most: struct clock's width. False without memory. */
bool collect_estimate(struct cell_result *cell, double width_most);
/* Every primary metric's interval is within `target` (half width over estimate). */
bool collect_within(const struct cell_result *cell, double target);
/* Derived metrics over paired rounds; cells of the result are in the plan's order. False without
 * memory. */
bool collect_derived(const struct plan *plan, struct cell_result *cells);
/* Well or not. */
bool collect_visited(const struct cell_result *cell);
/* Outcome and notes of a cell that was visited: before every save, each time from the beginning. A
 * refined point must be in its last look what it was before. */
void collect_judge(struct cell_result *cell, struct tally *tally, double target, double width_most);

#endif
