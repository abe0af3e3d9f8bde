/* One visit: one cell, once, in a worker. The only place where anything is timed. */
#ifndef TLBSCOPE_MEASURE_VISIT_H
#define TLBSCOPE_MEASURE_VISIT_H

#include "machine/interrupts.h"
#include "measure/counters.h"
#include "measure/gang.h"
#include "measure/metrics.h"

#include <tlbscope/bench.h>

/* What a worker lends to each of its visits. */
struct bay {
	const struct clock *clock;
	const struct region *region; /* [2] */
	struct gang *gang;	     /* NULL: no responders */
	const struct gang_spec *gang_spec;
	const struct gang_cpus *cpus;
	double quiet_gaps_per_ns;	  /* of the idle gang, all responders together */
	const struct histogram *quiet_ns; /* these gaps; NULL: nobody listened */
	double heard_ns;		  /* for how long, by all responders together */
	struct counter_set *counters;
	const struct counter_plan *counter_plan;
	unsigned round;	   /* of the run: hardware groups that take turns begin at another one */
	bool count_only;   /* nothing is timed: this visit counts what slows the counted */
	bool conditions;   /* ask for company and distance */
	double width_most; /* what a core does alone, as far as the run knows by now; 0: not yet */
	uint64_t patience_ns;		   /* for how long a visit may wait for that */
	bool emulated;			   /* time is an emulator's: see cpuid_is_emulated() */
	struct interrupts *before, *after; /* scratch */
	double batch_ns;		   /* TIME_LEG: how long a batch should last */
	unsigned batches;
};

/* Responders spin, and gaps mean something: an emulator makes them as well. */
bool visit_sees_gaps(const struct bay *bay);
void visit_run(const struct bay *bay, const struct bench *bench, const struct cell *cell,
	       const struct want *want, uint64_t seed, struct record *record);

#endif
