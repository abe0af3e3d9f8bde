/* A worker: a fresh process, pinned from birth, that takes one group's region, proves it, starts
 * its gang, visits its cells in the given order and is gone.
 *
 * Why a fresh process each round: a process that ever ran on another CPU pays 20% more for a flush
 * without responders (its mm still names that CPU), processes have modes that differ by tens of
 * percent, and frames are dealt anew. So every round is also the control map: the spread between
 * processes and maps is part of every interval.
 */
#ifndef TLBSCOPE_MEASURE_WORKER_H
#define TLBSCOPE_MEASURE_WORKER_H

#include "machine/cgroup.h"
#include "measure/counters.h"
#include "measure/metrics.h"
#include "measure/plan.h"

struct hugetlb_store { /* the supervisor's pages of one size, touched once */
	uint64_t page_bytes, pages;
	int fd;
};
#define HUGETLB_STORES_MAX 8

struct workshop {
	const struct clock *clock;
	const struct counter_plan *counters;
	struct hugetlb_store store[HUGETLB_STORES_MAX];
	unsigned nstores;
	struct cgroup cgroup;	/* for cells under pressure; directory "": none is planned */
	struct record *records; /* shared memory, one to a cell of the job */
	unsigned nrecords;
	uint64_t memory_bytes; /* that arenas may use */
	bool conditions;       /* visits look for company and distance (result/conditions.h) */
	double width_most;     /* this and the next: see struct bay */
	uint64_t patience_ns;
};

struct job {
	const struct plan *plan;
	unsigned group;
	const unsigned *cells; /* indexes into the plan, in visiting order */
	unsigned n;
	uint64_t seed;
	unsigned round;	 /* of the run */
	bool count_only; /* see struct bay */
};

/* In the forked child. Leaves one record to each cell; the caller then ends the process. */
void worker_run(const struct workshop *workshop, const struct job *job);

int workshop_fd(const struct workshop *workshop, const struct region_spec *spec); /* -1: none */

#endif
