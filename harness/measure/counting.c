/* Passes that time nothing: tracepoints slow every CPU while they are open, and closing the last
 * one of a kind takes the kernel about 40 ms. So they are opened once for a pass, and stay open
 * here from its beginning to its end. */
#include "measure/refine.h"
#include "measure/supervisor_internal.h"

#include "measure/offspring.h"

#include <sched.h>
#include <string.h>

#define BISECTIONS 16 /* at most: a bracket of 32,768 */

static struct counter_set *hold_tracepoints(const struct run *run)
{
	unsigned here = (unsigned)sched_getcpu();
	struct counter_set *held = NULL;

	counters_open_gang(run->s->workshop->counters, &here, 1, &held);
	return held;
}

/* What was not counted yet. */
static void count_all(struct run *run, bool (*wanted)(const struct run *, unsigned))
{
	const struct plan *plan = run->s->plan;

	for (unsigned i = 0; i < plan->ncells; i++)
		run->tally[i].settled = run->tally[i].counted || !wanted(run, i);
	run->counting = true;
	run_draw_order(run, run->order, plan->ncells, false);
	for (unsigned g = 0; g < plan->ngroups && run_may_go_on(run); g++) {
		run_group(run, g);
		run->signal = run->signal ? run->signal : offspring_pending();
	}
	run->counting = false;
	for (unsigned i = 0; i < plan->ncells; i++)
		if (!run->tally[i].settled) {
			run->tally[i].counted = true;
			run_estimate(run, &run->s->result->cells[i]);
		}
}

static bool was_measured(const struct run *run, unsigned i)
{
	return run->s->result->cells[i].rounds > 0;
}

/* What one call is asked to do, in steps: the kernel may go about more of it in another way. */
static bool is_on_curve(const struct run *run, unsigned i)
{
	const struct plan_cell *cell = &run->s->plan->cells[i];

	return refine_counts(cell) && (was_measured(run, i) || cell->wave == run->wave);
}

void run_count_kernel(struct run *run)
{
	struct counter_set *held = hold_tracepoints(run);

	count_all(run, was_measured);
	counters_close(held);
}

static bool counts_flushes(const struct run *run)
{
	const struct counter_plan *counters = run->s->workshop->counters;

	for (unsigned i = 0; i < counters->n; i++)
		if (strcmp(counters->counter[i].info.id, FLUSHES) == 0)
			return counters->counter[i].source != SOURCE_NONE;
	return false;
}

bool run_bisect_counts(struct run *run)
{
	struct supervise *s = run->s;
	unsigned before = s->plan->ncells;

	if (!counts_flushes(run))
		return false;
	struct counter_set *held = hold_tracepoints(run);

	for (unsigned i = 0; i < BISECTIONS && run_may_go_on(run); i++) {
		count_all(run, is_on_curve);
		if (!refine_counted(s->plan, s->context, s->result, run->wave))
			break;
		if (!run_adopt_cells(run))
			run_out_of_memory(run);
	}
	counters_close(held);
	run_settle_all(run);
	for (unsigned i = before; i < s->plan->ncells && i < run->ntally; i++)
		run->tally[i].settled = false;
	return s->plan->ncells > before;
}
