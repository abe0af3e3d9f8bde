/* Between supervisor.c (looks, waves, the end) and rounds.c (one round after another). */
#ifndef TLBSCOPE_MEASURE_SUPERVISOR_INTERNAL_H
#define TLBSCOPE_MEASURE_SUPERVISOR_INTERNAL_H

#include "measure/collect.h"
#include "measure/supervisor.h"
#include "stats/stats.h"

struct run {
	struct supervise *s;
	struct tally *tally; /* one to a cell of the plan */
	unsigned ntally;
	unsigned *order;  /* cells in this round's order */
	unsigned *mine;	  /* those of one group */
	unsigned *groups; /* groups in this round's order */
	struct random random;
	uint64_t start_ns, saved_ns, look_ns;
	double before_s; /* that an interrupted run had measured already */
	unsigned round;	 /* counted through all waves */
	unsigned wave;
	bool counting;			    /* in the pass that times nothing */
	unsigned visits_done, visits_total; /* of the present look */
	double budget_s;		    /* of the present wave; 0: no limit */
	unsigned promised;		    /* rounds that the budget does not stop */
	int signal;
	struct verdict verdict;
};

/* Since this process began to measure. */
double run_elapsed_s(const struct run *run);
/* No signal came and nothing failed. */
bool run_may_go_on(const struct run *run);
void run_out_of_memory(struct run *run);
/* Of all samples so far. */
void run_estimate(struct run *run, struct cell_result *cell);
/* The result gets a cell for each new one of the plan, in the plan's order. */
bool run_adopt_cells(struct run *run);
/* Cells that this round would visit. */
unsigned run_count_active(const struct run *run);
/* A fresh order of n, or the mirror of the last one. */
void run_draw_order(struct run *run, unsigned *order, unsigned n, bool mirror);
/* All active cells of a group, a worker's load at a time. */
void run_group(struct run *run, unsigned group);
/* A partner stays awake as long as one cell that is paired with it. */
void run_wake_partners(struct run *run);
/* After a look: cells that are good enough rest. */
void run_settle(struct run *run);
void run_settle_all(struct run *run);
/* Outcome and notes of every cell that was visited, from the latest estimates. */
void run_judge(struct run *run);
/* Of the present wave. */
bool run_budget_is_spent(const struct run *run);
/* n rounds, or as many as the wave's budget allows (false), and no fewer than are promised. */
bool run_rounds(struct run *run, unsigned n);

/* counting.c: every cell that was measured, once. */
void run_count_kernel(struct run *run);
/* Cells of the present wave on either side of each step that the kernel's counts show, awake.
 * False: there are none. */
bool run_bisect_counts(struct run *run);

#endif
