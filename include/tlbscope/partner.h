/* A benchmark's own peer code: threads of the same mm or forked processes, beside the initiator.
 *
 * The harness starts them after prepare(), pins them, runs the benchmark's partner() in each, and
 * ends them before release(); all that prepare() made is there for a forked one as well. Partners
 * take turns with the initiator by batons. Whoever waits for one is blocked in the kernel, so that
 * on one CPU passing a baton on and waiting for it is a context switch, and all of one.
 */
#ifndef TLBSCOPE_PARTNER_H
#define TLBSCOPE_PARTNER_H

#include <stdbool.h>

enum partner_kind { PARTNER_NONE, PARTNER_THREAD, PARTNER_PROCESS };

struct partner_spec {
	unsigned n;
	enum partner_kind kind;
	bool elsewhere; /* on the CPUs that gang_spec picks, whose state is then RESPONDER_NONE;
			   else all on the initiator's */
};

#define PARTNERS_MAX 16

/* Members: 0 is the initiator, 1 to n are the partners. Passing wakes the member; it does not run
 * before the one who passes blocks (SCHED_BATCH), unless it has a CPU of its own. */
struct visit;
void baton_pass(struct visit *visit, unsigned to);
/* Blocks until `who` has the baton. False: the visit is over, and partner() returns. */
bool baton_take(struct visit *visit, unsigned who);

#endif
