/* A session: everything a run needs around the supervisor, taken up in order and put back in
 * reverse.
 *
 * session_open() refuses what was mistyped, then has the machine to itself (exclusive.h) and only
 * looks at it; session_take() changes it (pools, through the journal) and session_close() puts
 * everything back. Stop signals stay blocked from open to close, so nothing is left behind by
 * Ctrl-C.
 */
#ifndef TLBSCOPE_MEASURE_SESSION_H
#define TLBSCOPE_MEASURE_SESSION_H

#include "machine/journal.h"
#include "measure/supervisor.h"

#include <signal.h>

struct session_options {
	const char *profile;
	const char *const *only;
	unsigned nonly;
	const char *cpus;
	const char *events; /* to count beside the usual ones, comma separated, in libpfm4's syntax;
			       NULL: none */
	unsigned rounds;
	double budget_s, target;
	uint64_t seed;
	bool bare;	/* only what is timed: nothing is looked for that its cells do not need */
	bool plan_only; /* dry run: no self-test of layouts, machines that are only described are
			   welcome */
};

struct session {
	struct session_options options;
	struct topology *topology;
	struct clock clock;
	struct counter_plan counters;
	struct counter_cost counter_cost;
	struct soundness soundness;
	struct plan_context context;
	struct plan plan;
	struct workshop workshop;
	struct journal *journal;
	sigset_t signals;
	bool blocked;
	int turn; /* see exclusive.h */
};

struct verdict session_open(const struct session_options *options, struct session *out);
/* Pools and their memory. Cells whose pages cannot be had become skipped, with the command that
 * would enable them. */
struct verdict session_take(struct session *session);
/* Fills run, machine, environment, clock, counters of the result; the cells are the supervisor's.
 */
struct verdict session_describe(const struct session *session, struct result *result);
/* refine, path, progress: see supervisor.h. */
struct verdict session_run(struct session *session, struct supervise *how, struct result *result,
			   int *interrupted);
/* Environment after the run, and the floor that bench/null found. */
void session_finish(struct result *result);
/* Puts everything back. The verdict tells what could not be. */
struct verdict session_close(struct session *session);

/* What planning may know of this machine; also for doctor. */
void machine_view(const struct topology *topology, struct machine *out);

/* Seconds that the plan would take at least, from what visits cost on the average machine. */
double plan_seconds(const struct plan *plan, unsigned rounds);

#endif
