/* The whole contract between a benchmark and the harness.
 *
 * A benchmark is one file bench/NAME.c with one `const struct bench bench_NAME`; the build
 * finds it and nothing else has to be touched. It never prints, parses options, pins, opens
 * counters or keeps statistics. Unused hooks are NULL. Arrays end with {0}.
 *
 * A visit is: prepare, then per batch arm(n), [timed: leg(n), or n times op(i)], check(n);
 * at last release. Only what is inside leg and op is timed and counted. Neither may allocate,
 * and neither may make a system call that is not the one being measured.
 */
#ifndef TLBSCOPE_BENCH_H
#define TLBSCOPE_BENCH_H

#include "cell.h"
#include "chain.h"
#include "gang.h"
#include "partner.h"
#include "pressure.h"
#include "region.h"
#include "timer.h"
#include "verdict.h"

#include <stddef.h>

struct param {
	const char *name;
	enum param_type type;
	const char
	    *allowed;	  /* items of the selector grammar: "spin,sleep", "1..4096", "4KiB..max" */
	const char *dflt; /* one value of the same grammar */
	const char *when; /* a selector without bench; the parameter exists only where it matches */
	const char *help;
};

enum better { BETTER_NEITHER, BETTER_LESS, BETTER_MORE };

/* Metrics that the engine computes (see harness/measure/metrics.h for each one's definition) are
 * asked for by name; all others a benchmark hands over with visit_report().
 *   TIME_LEG: ns, cycles (per op), per_second
 *   TIME_OP:  ns (median of single ops), cycles, mean_ns, p99_ns, per_second, slow_share, slow_ns;
 *             with op_bytes also ms_per_gib, with faults_per_op also ns_per_fault
 *   gang:     stolen_ns, gaps, ipis (per op), ipis_least, ipis_most, refill_ns, refault_ns, kept_ns
 */
struct metric {
	const char *name, *unit;
	enum better better;
	bool primary; /* compare looks at it */
};

struct derived { /* {"added_ns", "ns", "state=other-mm", DERIVED_DIFF} */
	const char *name, *from, *base;
	enum derived_how { DERIVED_DIFF = 1, DERIVED_RATIO } how;
	const char *when; /* selector without bench; NULL: everywhere but on the base itself */
};

struct sweep {
	const char *name, *quick,
	    *full; /* selectors; quick NULL: only in full; full NULL: as quick */
	/* The parameter to bisect, or NULL. Over a P_COUNT one (how much an op is asked to do) cost
	 * is taken to grow in straight pieces, over others (footprints) from plateau to plateau. */
	const char *refine;
	const char *help;
};

#define EXPECT_VMSTAT_MAX 3

/* What one op must cause, so that a storm that did not happen cannot look fast. */
enum interrupt_row {
	ROW_TLB = 0, /* remote flushes */
	ROW_CALL,    /* function calls (CAL; on Arm and RISC-V an IPI row) */
};

struct expect {
	bool ipis;	    /* ipis_per_op is claimed: the row over the leg must agree within 5% */
	double ipis_per_op; /* summed over responders */
	/* What other kernels cause, or this one at other times; 0: nothing else. Counts must agree
	 * with one of the two, or lie between them; the proof says why there are two. */
	double ipis_else;
	bool ipis_between;
	double
	    ipis_a_leg; /* summed over responders: what a whole leg may add, whatever its length */
	const char *ipis_why;
	enum interrupt_row row;
	bool gaps_blurred; /* the kernel interrupts CPUs for other reasons too: gaps prove nothing,
			      and what they take is no cost of a flush; neither is sampled */
	bool reclaims; /* flushes are those of reclaim, which INVLPGB broadcasts, whoever's they are
			*/
	bool faults;   /* faults_per_op is claimed */
	double faults_per_op;
	bool switches; /* switches_per_op is claimed: of the initiator, willing or not */
	double switches_per_op;
	/* Lines of /proc/vmstat and what they must grow by for each op, on the whole machine. */
	struct expect_vmstat {
		const char *line; /* NULL: no more of them */
		double per_op;
	} vmstat[EXPECT_VMSTAT_MAX];
};

/* A number in /sys or /proc/sys that the benchmark sets, and puts back in release(). It is
 * journalled before the first worker, so that it is put back whatever happens. */
struct loan {
	char path[96]; /* "": none */
	uint64_t number;
	bool added; /* to what is there, else in its place */
};

struct want {
	struct region_spec region[2];
	struct gang_spec gang;
	struct partner_spec partner;
	struct pressure pressure;
	uint64_t max_ops;  /* of one batch: what arm() can provide for */
	uint64_t pass_ops; /* TIME_LEG: a batch is a multiple of this (one pass of a chain); 0: 1 */
	uint64_t op_bytes; /* TIME_OP: memory that one op gets or copies, for ms_per_gib; 0: none */
	struct loan loan[2];
	bool drops;	 /* an operation leaves no page behind: who reads one again takes a fault */
	bool fragmented; /* free memory has no whole huge page left, as far as that can be had */
	uint64_t extra_bytes; /* memory that the benchmark takes itself, beside its regions */
	struct expect expect;
};

/* What planning may know of the machine. */
struct machine {
	unsigned cpus;		     /* usable ones */
	unsigned responders[PLACES]; /* how many responders each place can take */
	uint64_t base_page_bytes;
	uint64_t thp_bytes;	     /* PMD-sized huge page; 0: none */
	uint64_t memory_bytes;	     /* that a run may use: available, cgroup limit, reserve */
	uint64_t max_maps;	     /* vm.max_map_count */
	unsigned nodes;		     /* NUMA nodes with memory */
	uint64_t swap_bytes;	     /* free swap space */
	bool high_addresses;	     /* from 2^48 on */
	uint64_t fault_around_bytes; /* that one read fault of a file maps */
};

struct visit {
	const struct cell *cell;
	const struct want *want;
	struct window window[2];
	void *state;   /* state_bytes, zeroed before prepare */
	uint64_t seed; /* of this visit */
	void *harness; /* not for benchmarks */
};

struct bench {
	const char *name;
	const char *what;     /* one line */
	const char *isolates; /* what part of the path the number is */
	const char *cannot;   /* what it cannot tell */
	const char *source;   /* of the method */
	unsigned revision;    /* +1 when old numbers stop being comparable */
	enum { TIME_LEG = 1, TIME_OP } timing;
	const struct param *params;
	const struct metric *metrics;
	const struct derived *derived;
	const struct sweep *sweeps;
	size_t state_bytes;
	struct verdict (*want)(const struct cell *, const struct machine *,
			       struct want *); /* pure */
	struct verdict (*prepare)(struct visit *);
	struct verdict (*arm)(struct visit *, uint64_t n);
	void (*leg)(struct visit *, uint64_t n);
	void (*op)(struct visit *, uint64_t i);
	void (*partner)(struct visit *, unsigned who); /* see partner.h; returns when told */
	struct verdict (*check)(struct visit *, uint64_t n);
	void (*release)(struct visit *);
};

/* Memory for the visit, before the first timed leg; freed by the harness after release(). It is
 * page aligned and touched. NULL when there is none left: return visit_no_memory(). */
void *visit_alloc(struct visit *visit, size_t bytes);
struct verdict visit_no_memory(const struct visit *visit);
/* From now on a process that does nothing shares all private memory with this one, copy on write.
 * For arm(); it ends with the next call, and with the visit. */
struct verdict visit_share(struct visit *visit);
/* What the harness and the benchmark write in a leg is this process's alone again: else its first
 * writes would fault beside those that are measured. For arm(), last. */
void visit_own(struct visit *visit);
/* Ends it now. */
void visit_unshare(struct visit *visit);
/* Bytes of page tables, as the kernel accounts them (VmPTE): of this process, and of the one that
 * shares, once it is asleep. False where that cannot be read. Not for legs. */
bool visit_tables(uint64_t *bytes);
bool visit_sharer_tables(const struct visit *visit, uint64_t *bytes);
/* Breaks up what huge pages have been freed since: for arm(), where want() asked for fragmented. */
struct verdict visit_fragment(struct visit *visit);
/* Clock ticks (timer.h) as nanoseconds. */
double visit_ns(const struct visit *visit, double ticks);
/* One sample of a metric of the benchmark's own, at most one a visit. */
void visit_report(struct visit *visit, const char *metric, double value);

/* The registry, generated by the build: every bench_* of bench/, sorted by name, then NULL. */
extern const struct bench *const bench_registry[];
const struct bench *bench_find(const char *name);

#endif
