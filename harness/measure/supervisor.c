#include "measure/supervisor_internal.h"

#include "measure/offspring.h"
#include "measure/refine.h"

#include <stdlib.h>

#define REFINE_WAVES 4
#define FIRST_SHARE  0.9 /* of the budget: the first look is what every cell must have */
#define SWEEP_SHARE  0.6 /* of the budget: past it, looks make way for refinement */

static void run_looks(struct run *run)
{
	static const unsigned looks[] = LOOKS;

	if (run->s->rounds) { /* a resumed run has some of them */
		unsigned more = run->s->rounds > run->round ? run->s->rounds - run->round : 0;

		run->s->out_of_budget = !run_rounds(run, more);
		return;
	}
	for (size_t i = 0;
	     i < sizeof looks / sizeof *looks && run_may_go_on(run) && run_count_active(run); i++) {
		run->budget_s = run->s->budget_s * (!run->s->refine ? 1
						    : i		    ? SWEEP_SHARE
								    : FIRST_SHARE);
		if (i && run_budget_is_spent(run))
			break;
		run_rounds(run, looks[i] - (i ? looks[i - 1] : 0));
		run_settle(run);
	}
}

/* New workers, new seed, all refined points once more, whatever it takes: a step is not to rest on
 * the samples that pointed to it. */
static void last_look(struct run *run, unsigned rounds)
{
	for (unsigned i = 0; i < run->ntally; i++)
		if (run->s->plan->cells[i].wave > 1) {
			run->tally[i].settled = false;
			run->tally[i].last_look = run->round;
		}
	run_wake_partners(run);
	random_seed(&run->random, random_mix(random_mix(run->s->seed, run->round), run->wave));
	run->promised = LOOK_ONE;
	if (run_count_active(run))
		run_rounds(run, rounds);
}

static void refine_curves(struct run *run)
{
	struct supervise *s = run->s;
	unsigned rounds = s->rounds ? s->rounds : LOOK_ONE;

	run->wave = 2;
	/* First what is counted, for it is told without noise; whatever the time, for it takes
	 * little. */
	if (s->path && run_bisect_counts(run)) {
		run_wake_partners(run);
		run_rounds(run, rounds);
		run_settle_all(run);
		run->wave++;
	}
	for (unsigned wave = 0;
	     wave < REFINE_WAVES && run_may_go_on(run) && !run_budget_is_spent(run);
	     wave++, run->wave++) {
		if (!refine_plan(s->plan, s->context, s->result, s->refine, run->wave))
			break;
		if (!run_adopt_cells(run)) {
			run_out_of_memory(run);
			return;
		}
		run_wake_partners(run);
		run_rounds(run, rounds);
		run_settle_all(run);
	}
	last_look(run, rounds);
}

static void conclude(struct run *run)
{
	struct supervise *s = run->s;

	for (unsigned i = 0; i < s->result->ncells; i++)
		run_estimate(run, &s->result->cells[i]);
	run_judge(run);
	if (verdict_is_ok(&run->verdict) && !collect_derived(s->plan, s->result->cells))
		run_out_of_memory(run);
	s->result->run.rounds = run->round;
	s->result->run.elapsed_s = run->before_s + run_elapsed_s(run);
	s->result->run.complete = run_may_go_on(run) && !s->out_of_budget;
}

struct verdict supervise_run(struct supervise *supervise, int *interrupted)
{
	struct run run = {
	    .s = supervise, .start_ns = timer_monotonic(), .wave = 1, .verdict = verdict_ok()};
	sigset_t before;

	random_seed(&run.random, random_mix(supervise->seed, supervise->result->run.rounds));
	run.before_s = supervise->result->run.elapsed_s;
	run.round = supervise->result->run.rounds; /* a resumed run counts on */
	offspring_block(&before);
	run.budget_s = supervise->budget_s;
	supervise->out_of_budget = false;
	if (!run_adopt_cells(&run))
		run_out_of_memory(&run);
	else
		run_looks(&run);
	run_settle_all(&run);
	run.budget_s = supervise->budget_s;
	/* What the sweep lacks comes first, when the run is resumed. */
	if (supervise->refine && run_may_go_on(&run) && !supervise->out_of_budget)
		refine_curves(&run);
	if (supervise->path && run_may_go_on(&run))
		run_count_kernel(&run);
	if (run.tally)
		conclude(&run);
	*interrupted = run.signal;
	offspring_unblock(&before);
	free(run.groups);
	free(run.mine);
	free(run.order);
	free(run.tally);
	return run.verdict;
}
