/* The supervisor owns the plan, the pools and the result; workers measure.
 *
 * A round visits every active cell once, group by group, each group in a worker of its own. The
 * order of groups and of cells within a group is drawn afresh every other round and mirrored in the
 * one that follows, so that the two cells of any pair come in alternating order. After fixed looks
 * a cell whose interval is within the target rests. Then the curves are refined, and refined points
 * get a last look with a new seed that must agree with the first.
 */
#ifndef TLBSCOPE_MEASURE_SUPERVISOR_H
#define TLBSCOPE_MEASURE_SUPERVISOR_H

#include "measure/plan.h"
#include "measure/worker.h"
#include "result/result.h"
#include "stats/curve.h"

#define LOOKS                                                                                      \
	{                                                                                          \
		10, 20, 40                                                                         \
	}
#define LOOK_ONE 10

struct supervise {
	struct plan *plan;
	const struct plan_context *context;
	struct workshop *workshop;
	struct result *result; /* cells are appended in the plan's order; those that came with a
				  resumed result are continued */
	const char *path;  /* the result is saved here, partial, every few seconds; NULL: never */
	refine_fn *refine; /* NULL: no refinement */
	uint64_t seed;
	unsigned rounds; /* fixed number instead of looks; 0: looks */
	double target;	 /* relative half width at which a cell rests */
	double budget_s; /* measuring stops when it is spent; 0: no limit */
	double worker_s; /* when a worker counts as hung; 0: 20 s, and one to each of its cells */
	void (*progress)(void *, unsigned wave, unsigned round, unsigned done, unsigned total,
			 double eta_s); /* after each worker; round: how many are complete */
	void *progress_context;
	bool out_of_budget; /* set: the budget ended it before it had its fixed number of rounds */
};

/* Error: harness trouble (no memory, cannot save). An interrupted run is not an error: *interrupted
 * is the signal's number, and the result is complete only when it is 0, and the budget allowed all
 * rounds that were asked for. SIGINT, SIGTERM and SIGCHLD are blocked meanwhile. */
struct verdict supervise_run(struct supervise *supervise, int *interrupted);

#endif
