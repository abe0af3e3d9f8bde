/* Forking a worker and waiting for it with a deadline, open to signals. */
#ifndef TLBSCOPE_MEASURE_OFFSPRING_H
#define TLBSCOPE_MEASURE_OFFSPRING_H

#include <stdbool.h>
#include <signal.h>

/* Blocks SIGINT, SIGTERM, SIGHUP (unless we were started with them ignored) and SIGCHLD, so that
 * they are only ever taken by sigtimedwait(). */
void offspring_block(sigset_t *old);
void offspring_unblock(const sigset_t *old);

enum offspring_end {
	OFFSPRING_DONE,
	OFFSPRING_DIED,
	OFFSPRING_HUNG,
	OFFSPRING_INTERRUPTED,
	OFFSPRING_NO_FORK
};

/* Runs body(argument) in a child that is born on `cpu` and dies with us. At the deadline, or when a
 * signal comes, it is killed with its process group. *signal: which one, when interrupted. */
enum offspring_end offspring_run(unsigned cpu, void (*body)(void *), void *argument,
				 double deadline_s, int *signal);

/* A signal that came in between; 0: none. */
int offspring_pending(void);

#endif
