/* One worker over one cell of a real benchmark, on this machine. */
#ifndef TESTS_ONE_WORKER_H
#define TESTS_ONE_WORKER_H

#include "measure/clock.h"
#include "measure/session.h"
#include "measure/worker.h"
#include "unit/measure/made_up.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

static struct plan_context here;
static struct record *record; /* what the worker left */

/* False where this machine cannot be looked at. */
static inline bool open_here(void)
{
	struct topology *topology;
	struct verdict loaded = topology_load(NULL, &topology);

	if (!verdict_is_ok(&loaded))
		return false;
	here.topology = topology;
	machine_view(topology, &here.machine);
	record =
	    mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return record != MAP_FAILED;
}

/* The worker's verdict of the cell, or the planner's. */
static inline struct verdict work_on(const char *key)
{
	static struct counter_plan no_counters;
	static struct clock the_clock;
	struct plan plan = plan_must(&here, "quick", ONLY(key));
	struct workshop workshop = {.clock = &the_clock,
				    .counters = &no_counters,
				    .records = record,
				    .nrecords = 1,
				    .memory_bytes = here.machine.memory_bytes};
	const unsigned cell = plan_find(&plan, key);

	memset(record, 0, sizeof *record);
	clock_read(&the_clock);
	assert_int_not_equal(cell, NO_CELL);
	struct verdict verdict = plan.cells[cell].verdict;

	if (verdict_is_ok(&verdict)) {
		const struct job job = {
		    .plan = &plan, .group = plan.cells[cell].group, .cells = &cell, .n = 1};
		pid_t child = fork();

		assert_true(child >= 0);
		if (!child) {
			worker_run(&workshop, &job);
			_exit(0);
		}
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_true(record->done);
		verdict = record->verdict;
	}
	if (!verdict_is_ok(&verdict))
		print_message("%s: %s (%s)\n", key, verdict.code, verdict.text);
	plan_free(&plan);
	return verdict;
}

static inline const struct proof *proof_named(const char *what)
{
	for (unsigned i = 0; i < record->nproofs; i++)
		if (strcmp(record->proof[i].what, what) == 0)
			return &record->proof[i];
	return NULL;
}

static inline bool sampled(const char *name, double *out)
{
	for (unsigned i = 0; i < record->nsamples; i++)
		if (strcmp(record->sample[i].name, name) == 0) {
			*out = record->sample[i].value;
			return true;
		}
	return false;
}

#endif
