/* A control group under pressure in which nobody is killed.
 *
 * The kernel may find nothing to reclaim under a limit although swap is all but empty. The classic
 * LRU (as of Linux 6.18) refills an empty list of inactive pages only if the group's statistics
 * call it short, and these may be seconds old: the page that comes back then cannot be charged, and
 * at a hard limit a member is killed. So version 2 gets memory.high, at which the kernel reclaims
 * and may throttle, but never kills. Version 1 has no such limit. There the killer is turned off,
 * so that a member which would have been killed waits, and a process outside of the group brings
 * the statistics up to date and lends memory for a moment. No time of that is a measurement: a
 * visit that was relieved has failed.
 */
#ifndef TLBSCOPE_MEASURE_RELIEF_H
#define TLBSCOPE_MEASURE_RELIEF_H

#include "machine/cgroup.h"

struct relief {
	const struct cgroup *cgroup;
	uint64_t limit_bytes;
	int wanted; /* an eventfd: a member waits */
	int control;
	unsigned *steps; /* shared: one when it begins, one when the limit is back; NULL: none is
			    needed */
};

/* For a group whose limit is a hard one; forks, and does nothing for another. Before the caller
 * enters the group. */
struct verdict relief_start(struct relief *relief, const struct cgroup *cgroup,
			    uint64_t limit_bytes);
void relief_stop(struct relief *relief); /* the process ends with its parent's group */
/* The same twice, and even: nobody was relieved in between. */
unsigned relief_steps(const struct relief *relief);

#endif
