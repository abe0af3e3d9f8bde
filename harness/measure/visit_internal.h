/* Between visit.c (the steps of a visit), leg.c (one timed leg with its witnesses) and
 * visit_memory.c. */
#ifndef TLBSCOPE_MEASURE_VISIT_INTERNAL_H
#define TLBSCOPE_MEASURE_VISIT_INTERNAL_H

#include "measure/partner.h"
#include "measure/visit.h"

#include <sys/types.h>

struct allocation {
	void *memory;
	size_t bytes;
};

/* One leg of n operations with everything that watches it. */
struct leg {
	uint64_t from, to; /* clock ticks */
	double cycles_per_tick;
	bool steady; /* the core's clock did not move during it */
	struct leg_conditions conditions;
	long switches; /* of the gang, before it */
	/* What is summed over the legs that count; of timed legs only. */
	uint64_t ops;
	double ns, gap_ns, exposed_ns, quiet_gaps;
	double refill_ns, refill_kept_ns;
	bool refilled;
	double *ipis, *hits;	     /* of each responder: room of the visit's */
	struct histogram *stolen_ns; /* likewise; NULL: nothing is matched with operations */
};

struct visit_harness { /* behind visit->harness */
	const struct bay *bay;
	const struct bench *bench;
	const struct want *want;
	struct record *record;
	struct counter_set *counters; /* the bay's */
	struct partners *partners;    /* NULL: none */
	struct allocation allocation[10];
	unsigned nallocations;
	pid_t sharer;	 /* of visit_share(); 0: none */
	uint64_t *stamp; /* TIME_OP: max_ops + 1 */
	double *scratch; /* TIME_OP: of each leg its operations; TIME_LEG: batches */
	struct leg *leg; /* TIME_OP: those that were timed */
	struct leg once; /* TIME_LEG: the present one */
	/* Sums over the timed legs of the visit that count: leg_count(). */
	uint64_t ops;
	double leg_ns, gap_ns, exposed_ns, quiet_gaps;
	double refill_ns, refill_kept_ns; /* sums over refill_legs */
	unsigned refill_legs;
	long gang_switches; /* before the legs */
	double width_sum;   /* of the legs' widths, adds a cycle */
	unsigned legs;
	double handoff_ns, gang_width; /* the worse, before and after the legs */
	uint64_t waited_ns;	       /* for cores without company */
	/* Of each responder. hits: operations in which it saw a gap, chance taken off; usual_hits:
	 * how many these were if all legs had been like the middle one. */
	double *ipis, *hits, *usual_hits;
	uint64_t *matched; /* scratch of one leg */
	/* Sums over all timed legs. */
	uint64_t all_ops;
	double all_ns;
	long faults, involuntary, switches; /* switches: these and the voluntary ones */
	double counted[COUNTERS_MAX];
	uint64_t counted_ops[COUNTERS_MAX]; /* of the legs in which it was valid: hardware groups
					       take turns */
	const char *ipis_unknown; /* why the kernel's own count is no witness; NULL: it is */
	uint64_t company;	  /* pages that the idlest responder touched */
	double vmstat[EXPECT_VMSTAT_MAX];
	bool vmstat_missing[EXPECT_VMSTAT_MAX];
	bool broadcast; /* the machine sends no interrupts at all, so there are no gaps to expect */
};

/* Threads that carry out operations at the same time. */
static inline unsigned visit_initiators(const struct visit_harness *harness)
{
	return harness->bay->gang && harness->bay->gang_spec->state == RESPONDER_FLUSH
		   ? harness->bay->cpus->n + 1
		   : 1;
}

/* What a leg is for. Software events slow a system call by 1 to 6% while they count, a page fault
 * by 4% while they are open, and a tracepoint by 20%: cells of single operations are counted in a
 * leg of their own, whose time is thrown away. */
enum leg_purpose {
	LEG_WARM,	  /* sizes batches and warms: nothing is kept */
	LEG_TIME,	  /* time and witnesses */
	LEG_TIME_COUNTED, /* with counters */
	LEG_COUNT,	  /* counters only */
};

/* Arms, runs and checks one leg. A timed one takes the room that `out` has for its witnesses. */
struct verdict leg_run(struct visit *visit, uint64_t n, enum leg_purpose purpose, struct leg *out);
/* Adds what its witnesses saw to the harness' sums: this leg counts. */
void leg_count(struct visit_harness *harness, const struct leg *leg);

/* visit_ops.c: single operations, TIME_OP. */
struct verdict visit_ops(struct visit *visit);
/* Warms, and says how many operations a leg has and how many legs are wanted. */
struct verdict visit_warm_ops(struct visit *visit, uint64_t *n, uint64_t *legs);
bool visit_set_up_ops(struct visit *visit);

/* visit_partner.c. Ending: false where one was not on its CPU, or did not end. */
struct verdict visit_begin_partners(struct visit *visit);
bool visit_end_partners(struct visit_harness *harness);
void visit_prove_switches(struct visit_harness *harness, double each);
/* What the benchmark expects beside interrupts and faults; around each timed leg, then once. */
void expect_before(struct visit *visit);
void expect_after(struct visit *visit);
void expect_prove(struct visit *visit);

/* visit_conditions.c. The first also marks the gang. */
void visit_ask_gang(struct visit_harness *harness);
void visit_sample_conditions(const struct visit_harness *harness);
/* Around one leg, where there is a gang that can answer; both mark it. The first waits for cores
 * without company, if it knows what these do, a little while in each visit. */
void visit_ask_before(struct visit_harness *harness, struct leg *leg);
void visit_ask_after(const struct visit_harness *harness, struct leg *leg);
void leg_narrow(struct leg_conditions *seen, double width);
/* visit_gang.c */
void visit_sample_gang(struct visit *visit);
/* The same on a machine of that kind. */
struct evidence;
void visit_judge_gang(struct visit *visit, const struct evidence *machine);

void visit_free_all(struct visit_harness *harness);

#endif
