#include "measure/fragments.h"
#include "measure/supervisor_internal.h"

#include "machine/environment.h"
#include "measure/offspring.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAVE_EVERY_S	  3.0
#define WORKER_DEADLINE_S 20.0 /* plus one second to each cell */
#define FILL_S		  8.0  /* a GiB: frames that a host gives as they are touched */
#define GIB		  (double)(1 << 30)
#define EMULATED_SLOWER	  6

double run_elapsed_s(const struct run *run)
{
	return (double)(timer_monotonic() - run->start_ns) / 1e9;
}

bool run_may_go_on(const struct run *run)
{
	return !run->signal && verdict_is_ok(&run->verdict);
}

void run_out_of_memory(struct run *run)
{
	run->verdict = verdict_error("no-memory", "free memory, or select fewer cells with --only",
				     "no memory for the samples");
}

void run_estimate(struct run *run, struct cell_result *cell)
{
	if (!collect_estimate(cell, run->s->result->clock.width) && verdict_is_ok(&run->verdict))
		run_out_of_memory(run);
}

static bool grow_arrays(struct run *run)
{
	unsigned n = run->s->plan->ncells;
	struct tally *tally = realloc(run->tally, n * sizeof *tally);
	unsigned *order = realloc(run->order, n * sizeof *order);
	unsigned *mine = realloc(run->mine, n * sizeof *mine);
	unsigned *groups = realloc(run->groups, (run->s->plan->ngroups + 1) * sizeof *groups);

	run->tally = tally ? tally : run->tally;
	run->order = order ? order : run->order;
	run->mine = mine ? mine : run->mine;
	run->groups = groups ? groups : run->groups;
	if (!tally || !order || !mine || !groups)
		return false;
	return true;
}

static struct verdict not_reached(void)
{
	return verdict_skipped("not-reached", "give more --budget, or --resume this run",
			       "the run ended before this cell's turn");
}

/* Cells of the result stand in the plan's order, so that one index serves both. */
bool run_adopt_cells(struct run *run)
{
	const struct plan *plan = run->s->plan;

	if (!grow_arrays(run))
		return false;
	for (unsigned i = run->s->result->ncells; i < plan->ncells; i++) {
		const struct plan_cell *from = &plan->cells[i];
		struct cell_result *cell = result_add_cell(run->s->result);

		if (!cell)
			return false;
		memcpy(cell->key, from->key, sizeof cell->key);
		memcpy(cell->sweeps, from->sweeps, sizeof cell->sweeps);
		cell->cell = from->cell;
		cell->revision = from->bench->revision;
		cell->wave = from->wave;
		cell->requested = from->requested;
	}
	for (; run->ntally < plan->ncells; run->ntally++) {
		const struct plan_cell *from = &plan->cells[run->ntally];
		struct cell_result *cell = &run->s->result->cells[run->ntally];

		run->tally[run->ntally] = (struct tally){0};
		if (!collect_visited(cell))
			cell->outcome = from->group == NO_CELL ? from->verdict : not_reached();
	}
	return true;
}

static bool is_active(const struct run *run, unsigned i)
{
	return run->s->plan->cells[i].group != NO_CELL && !run->tally[i].settled &&
	       !run->tally[i].hopeless;
}

unsigned run_count_active(const struct run *run)
{
	unsigned n = 0;

	for (unsigned i = 0; i < run->s->plan->ncells; i++)
		n += is_active(run, i);
	return n;
}

/* An odd round is the mirror of the one before: of any two cells, each comes first once. */
void run_draw_order(struct run *run, unsigned *order, unsigned n, bool mirror)
{
	if (!mirror) {
		for (unsigned i = 0; i < n; i++)
			order[i] = i;
		random_shuffle(&run->random, order, n);
		return;
	}
	for (unsigned i = 0; i < n / 2; i++) {
		unsigned other = order[i];

		order[i] = order[n - 1 - i];
		order[n - 1 - i] = other;
	}
}

struct errand {
	const struct workshop *workshop;
	const struct job *job;
};

static void do_errand(void *argument)
{
	const struct errand *errand = argument;

	worker_run(errand->workshop, errand->job);
}

/* How many cells, in their order, the worker came to; all of them where it came to none. */
static unsigned reached(const struct record *records, unsigned n)
{
	unsigned i = 0;

	while (i < n && records[i].begun)
		i++;
	return i ? i : n;
}

static bool collect_job(struct run *run, const struct job *job, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned at = job->cells[i];

		const struct plan_cell *plan = &run->s->plan->cells[at];
		const struct record *record = &run->s->workshop->records[i];
		struct cell_result *cell = &run->s->result->cells[at];
		bool room = job->count_only
				? collect_counts(plan, cell, record, run->round)
				: collect_record(plan, cell, &run->tally[at], record, run->round);

		if (!room)
			return false;
	}
	return true;
}

static double deadline_s(const struct run *run, const struct job *job)
{
	const struct plan_group *group = &job->plan->groups[job->group];
	double gib = (double)(group->region[0].bytes + group->region[1].bytes) / GIB;
	double pieces = group->fragmented ? 2 * FRAGMENTS_S : 0;
	double by_itself = WORKER_DEADLINE_S + job->n + pieces + gib * FILL_S;

	if (run->s->worker_s > 0)
		return run->s->worker_s;
	return cpuid_is_emulated(cpuid_native, NULL) ? EMULATED_SLOWER * by_itself : by_itself;
}

/* How many cells of the job are done with, for this round. */
static unsigned run_worker(struct run *run, const struct job *job)
{
	struct workshop *workshop = run->s->workshop;
	struct errand errand = {workshop, job};
	unsigned n = job->n;

	memset(workshop->records, 0, job->n * sizeof *workshop->records);
	enum offspring_end end =
	    offspring_run(job->plan->groups[job->group].cpus.initiator, do_errand, &errand,
			  deadline_s(run, job), &run->signal);
	if (end == OFFSPRING_DIED || end == OFFSPRING_HUNG)
		n = reached(workshop->records, n);
	if (end == OFFSPRING_NO_FORK)
		run->verdict =
		    verdict_error("no-worker", "raise ulimit -u, free memory, or check --cpus",
				  "could not start a worker on CPU %u",
				  job->plan->groups[job->group].cpus.initiator);
	else if (end != OFFSPRING_INTERRUPTED && !collect_job(run, job, n))
		run_out_of_memory(run);
	return n;
}

/* What a worker that died did not come to is not to blame: another one goes on after the cell that
 * killed it. */
static void run_job(struct run *run, struct job job)
{
	while (job.n && run_may_go_on(run)) {
		unsigned n = run_worker(run, &job);

		run->visits_done += n;
		job.cells += n;
		job.n -= n;
	}
}

/* Until the look has its rounds, or until the budget ends it. */
static double left_s(const struct run *run)
{
	double done = run->visits_done, left = run->visits_total - done;
	double spent_s = (double)(timer_monotonic() - run->look_ns) / 1e9;

	if (run->visits_done == 0)
		return -1;
	if (run->budget_s <= 0 || run->promised)
		return spent_s * left / done;
	return fmin(spent_s * left / done, fmax(run->budget_s - run_elapsed_s(run), 0));
}

static void tell(const struct run *run)
{
	if (run->s->progress)
		run->s->progress(run->s->progress_context, run->wave, run->round, run->visits_done,
				 run->visits_total, left_s(run));
}

/* The plan bounds each cell by what there was. Since then pools were filled, and others may have
 * taken memory: what does not fit any longer is a visit that failed, and nobody's end. Those that
 * break memory into pieces take what there is. */
static bool fits(struct run *run, unsigned at, uint64_t room_bytes)
{
	const struct plan_cell *plan = &run->s->plan->cells[at];
	struct record *record = run->s->workshop->records; /* no worker has it */
	uint64_t bytes = want_fresh_bytes(&plan->want);

	if (plan->want.fragmented || bytes <= room_bytes)
		return true;
	memset(record, 0, sizeof *record);
	record->verdict = verdict_skipped(
	    "no-memory", "free memory, or choose smaller cells with --only",
	    "needs %llu MiB, and by then %llu MiB might be used", (unsigned long long)(bytes >> 20),
	    (unsigned long long)(room_bytes >> 20));
	record->begun = record->done = true;
	if (!run->counting &&
	    !collect_record(plan, &run->s->result->cells[at], &run->tally[at], record, run->round))
		run_out_of_memory(run);
	run->visits_done++;
	return false;
}

/* All active cells of a group, a worker's load at a time. */
void run_group(struct run *run, unsigned group)
{
	const struct plan *plan = run->s->plan;
	const uint64_t room_bytes = memory_left();
	unsigned i = 0;

	while (run_may_go_on(run) && i < plan->ncells) {
		struct job job = {.plan = plan,
				  .group = group,
				  .cells = run->mine,
				  .seed = random_next(&run->random),
				  .round = run->round,
				  .count_only = run->counting};

		for (; i < plan->ncells && job.n < run->s->workshop->nrecords; i++)
			if (plan->cells[run->order[i]].group == group &&
			    is_active(run, run->order[i]) && fits(run, run->order[i], room_bytes))
				run->mine[job.n++] = run->order[i];
		if (job.n)
			run_job(run, job);
	}
}

void run_judge(struct run *run)
{
	for (unsigned i = 0; i < run->ntally; i++)
		if (run->s->plan->cells[i].group != NO_CELL &&
		    collect_visited(&run->s->result->cells[i]))
			collect_judge(&run->s->result->cells[i], &run->tally[i], run->s->target,
				      run->s->result->clock.width);
}

static void save_now_and_then(struct run *run)
{
	if (!run->s->path || (double)(timer_monotonic() - run->saved_ns) / 1e9 < SAVE_EVERY_S)
		return;
	run->saved_ns = timer_monotonic();
	run_judge(run);
	run->s->result->run.rounds = run->round; /* a run that is killed is resumed from here */
	run->s->result->run.elapsed_s = run->before_s + run_elapsed_s(run);
	run->verdict = result_save(run->s->result, run->s->path);
}

static void run_round(struct run *run, bool mirror)
{
	const struct plan *plan = run->s->plan;

	run_draw_order(run, run->order, plan->ncells, mirror);
	run_draw_order(run, run->groups, plan->ngroups, mirror);
	for (unsigned g = 0; g < plan->ngroups && run_may_go_on(run); g++) {
		run_group(run, run->groups[g]);
		run->signal = run->signal ? run->signal : offspring_pending();
		tell(run);
	}
	run->round++;
	tell(run);
	run->s->result->clock.width = conditions_width(run->s->result);
	run->s->workshop->width_most = run->s->result->clock.width;
	for (unsigned i = 0; i < plan->ncells; i++)
		if (is_active(run, i) && run->s->result->cells[i].rounds)
			run_estimate(run, &run->s->result->cells[i]);
	save_now_and_then(run);
}

/* A partner stays awake as long as one cell that is paired with it. */
void run_wake_partners(struct run *run)
{
	const struct plan *plan = run->s->plan;

	for (unsigned i = 0; i < plan->ncells; i++)
		for (unsigned k = 0; is_active(run, i) && k < plan->cells[i].nderived; k++)
			run->tally[plan->cells[i].derived[k].partner].settled = false;
}

/* Cells that are good enough rest. */
void run_settle(struct run *run)
{
	for (unsigned i = 0; i < run->s->plan->ncells; i++)
		if (is_active(run, i))
			run->tally[i].settled =
			    collect_within(&run->s->result->cells[i], run->s->target);
	run_wake_partners(run);
}

void run_settle_all(struct run *run)
{
	for (unsigned i = 0; i < run->s->plan->ncells; i++)
		run->tally[i].settled = true;
}

bool run_budget_is_spent(const struct run *run)
{
	return run->budget_s > 0 && run_elapsed_s(run) > run->budget_s;
}

bool run_rounds(struct run *run, unsigned n)
{
	run->visits_done = 0;
	run->look_ns = timer_monotonic();
	run->visits_total = n * run_count_active(run);
	for (unsigned i = 0; i < n && run_may_go_on(run); i++) {
		/* Never stop between a round and its mirror. */
		if (i % 2 == 0 && i >= run->promised && run_budget_is_spent(run))
			return false;
		run_round(run, i % 2 == 1);
	}
	return true;
}
