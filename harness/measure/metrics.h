/* The metrics that the engine computes, each defined once.
 *
 *   ns         TIME_LEG: time of a batch over its operations, median of the visit's batches.
 *              TIME_OP: median of single operations, of the legs that count: legs_alike().
 *   cycles     ns in core cycles, by the dependent-add calibration around the same batches. Absent
 *              where the core's clock moved in all of them.
 *   per_second TIME_LEG: operations a second, 1e9 / ns. TIME_OP: of all initiators together, 1e9 /
 *              mean_ns.
 *   mean_ns    TIME_OP: whole leg over its operations, stamps included.
 *   ms_per_gib TIME_OP: mean_ns for the operation's bytes, as milliseconds a GiB.
 *   slow_share TIME_OP: share of operations that took more than three times the median, and
 *   slow_ns    the median of these: where times have two modes, the second one.
 *   ns_per_fault TIME_OP: mean_ns over the faults that an operation must take.
 *   p99_ns     TIME_OP: 99th percentile of single operations.
 *   stolen_ns  median of the responders' first gaps in operations, without those that chance alone
 *              would give (result/chance.h).
 *   gaps       responders that saw a gap begin, per operation, less what chance alone would give.
 *   refill_ns  state touch: what reading a page of an operation costs a responder once the
 *              operation has ended, beyond reading it again; median over operations.
 *   refault_ns the same where the operation drops its pages: a page fault, beside which what the
 * TLB has to fetch is nothing. kept_ns    state touch: the same for 64 pages together whose mapping
 * nobody changed, which only a flush of everything makes forgotten. width, handoff_ns   conditions
 * of the visit: see result/conditions.h. In every cell, asked for or not. ipis       remote-flush
 * interrupts per operation that the responders' CPUs counted; ipis_least, ipis_most  those of the
 * CPU that counted fewest, and most, with several responders.
 */
#ifndef TLBSCOPE_MEASURE_METRICS_H
#define TLBSCOPE_MEASURE_METRICS_H

#include "result/conditions.h"
#include "result/result.h"
#include "stats/histogram.h"

#define RECORD_SAMPLES_MAX 116 /* every counter, and what the engine computes */
#define RECORD_PROOFS_MAX  12

enum disturbance_kind {
	DISTURBED_INVOLUNTARY, /* involuntary context switches of the initiator in timed legs */
	DISTURBED_FAULTS,      /* page faults of the initiator in timed legs */
	DISTURBED_INTERRUPTS,  /* on the gang's CPUs over the visit */
	DISTURBED_STEAL_MS,    /* of the gang's CPUs over the visit */
	DISTURBED_BATCHES,     /* batches dropped because the core's clock moved */
	DISTURBED_LEGS,	       /* legs of single operations that do not count: legs_alike() */
	DISTURBANCES,
};
extern const char *const disturbance_names[DISTURBANCES];

/* What one visit leaves behind. Lies in shared memory: no pointers. */
struct record {
	bool begun, done;
	struct verdict verdict;
	unsigned nsamples;
	struct {
		char name[RESULT_NAME_MAX];
		double value;
	} sample[RECORD_SAMPLES_MAX];
	unsigned nproofs;
	struct proof proof[RECORD_PROOFS_MAX];
	double disturbed[DISTURBANCES];
	double measured_seconds; /* timed legs only */
	struct histogram ns, stolen_ns;
	/* Gaps that came by themselves while nobody flushed, and for how long that was heard; how
	 * long such a gap would have been taken for an operation's own. Of all responders. */
	struct histogram quiet_ns;
	double heard_ns, exposed_ns;
};

void record_sample(struct record *record, const char *name, double value);
struct proof *record_proof(struct record *record, const char *what, enum proof_state state);
/* The metrics of operations that get memory: what a mean operation says of a GiB, and of a fault.
 */
void record_memory(struct record *record, const struct want *want, double mean_ns);
/* Company comes and goes within milliseconds: of n batches, those stay in which the core was most
 * its own (result/conditions.h). Compacts all three lists; returns how many there are left. */
unsigned batches_alone(double *ns, double *cycles, double *width, unsigned n);
/* A leg is so short that its core's width has no time to average: what has company in it for a part
 * of the time shows as less than that. What a core does alone varies by 3%. */
#define LEG_ALONE 0.97
/* Conditions of one leg of single operations. */
struct leg_conditions {
	double width;	   /* of the gang's most shared core; the lesser of before and after */
	double handoff_ns; /* the greater of before and after; 0: nobody was asked */
	bool unsettled;	   /* a responder was switched off its CPU or gave no answer, or CPUs were
			      moved in its course */
};
/* Which of them count: the settled ones, of these the ones in which the cores were most their own,
 * and of these the ones at their commonest distance (of two alike, the nearer). At least one, so
 * that where nothing was better the best there is counts. Returns how many. */
unsigned legs_alike(const struct leg_conditions *legs, unsigned n, bool *counts);
/* slow_share and slow_ns of n sorted times. */
void record_slow(struct record *record, const double *ns, uint64_t n);
struct rates { /* something counted at each responder over some operations */
	const double *sums;
	unsigned n;
	double ops;
};

/* Proof of a rate per operation at each responder, judged where it is furthest from `expected`: one
 * that never answers must not hide behind the sum of the others. Held within 5% (of one, where less
 * is expected) and `allowance`. */
struct proof *record_rate_proof(struct record *record, const char *what, const struct rates *rates,
				double expected, double allowance, const char *witness);

#endif
