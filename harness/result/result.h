/* The model of a result: what one run found out about one machine.
 *
 * Everything right of a run (tables, figures, report, compare) works on this struct and on nothing
 * else, so it works on results from other machines. Absent means not measured: there are
 * no sentinels. All pointers are owned by the result and released by result_free(). The JSON form
 * is documented in docs/result-schema.md; major 1.
 */
#ifndef TLBSCOPE_RESULT_RESULT_H
#define TLBSCOPE_RESULT_RESULT_H

#include <tlbscope/bench.h>
#include <tlbscope/cell.h>
#include <tlbscope/timer.h>
#include <tlbscope/verdict.h>

#include "result/facts.h"

#define RESULT_MAJOR 1
#define RESULT_MINOR 2

#define RESULT_NAME_MAX	 32
#define RESULT_TEXT_MAX	 232
#define FINDING_TEXT_MAX 400

#define ESTIMATE_CONFIDENCE 0.95

struct estimate { /* median over rounds and its 95% order-statistic interval */
	double est, lo, hi;
};

enum proof_state { PROOF_HELD = 1, PROOF_FAILED, PROOF_UNAVAILABLE };

struct proof {
	char what[RESULT_NAME_MAX]; /* "page-size", "pinned", "ipis", "gaps", "no-faults", … */
	enum proof_state state;
	char expected[40], seen[40]; /* as text, for people; "" where there is none */
	char text[120];		     /* which witness, or why unavailable */
};

struct metric_result {
	char name[RESULT_NAME_MAX], unit[12];
	enum better better;
	bool primary;
	bool noisy; /* the budget ended before the interval was within the target */
	struct estimate e;
	unsigned nsamples;
	double *samples;  /* one a visit; derived metrics: one a paired round */
	unsigned *rounds; /* the round of each sample */
	unsigned *runs;	  /* merged results: the run of each sample, from 0; NULL: all of one run */
	/* Samples that the estimate does without: see conditions.h. In the same order and form. */
	unsigned naside;
	double *aside;
	unsigned *aside_rounds, *aside_runs;
	char pair[CELL_KEY_MAX]; /* derived metrics: key of the partner; else "" */
};

struct hist_result { /* bucket i holds [lo_ns·ratio^i, lo_ns·ratio^(i+1)) */
	char name[RESULT_NAME_MAX];
	double lo_ns, ratio;
	unsigned ncounts;
	uint64_t *counts;
	double exposed_s, heard_s; /* of stolen_ns: see chance.h; else 0 */
	/* Of all of it but what chance explains; 0: not told, as with too few operations. */
	double p50_ns, p90_ns, p99_ns, p999_ns;
};

struct disturbance {		    /* sums over all timed legs of the cell's visits */
	char name[RESULT_NAME_MAX]; /* involuntary, migrations, steal_ms, interrupts, faults,
				       dropped_batches, legs_aside */
	double value;
};

struct zeros { /* metrics of value 0 in all of these rounds, better neither, none of them primary */
	char unit[12];
	unsigned nrounds, nnames;
	uint64_t *rounds;
	char (*names)[RESULT_NAME_MAX];
};

struct cell_result {
	char key[CELL_KEY_MAX];
	struct cell cell;
	unsigned revision; /* of its benchmark */
	unsigned wave;	   /* 1: the sweep; 2..: refinement; the last confirms */
	char sweeps[160];  /* names, comma separated */
	bool requested;	   /* false: only a partner of a derived metric */
	struct verdict outcome;
	unsigned nnotes;
	char (*notes)[RESULT_TEXT_MAX];
	unsigned nproofs;
	struct proof *proofs;
	unsigned nmetrics;
	struct metric_result *metrics;
	unsigned nzeros; /* a form that only files have: always 0 in memory */
	struct zeros *zeros;
	unsigned nhists;
	struct hist_result *hists;
	unsigned ndisturbances;
	struct disturbance *disturbances;
	unsigned rounds;	     /* visits that gave samples */
	unsigned failed_visits;	     /* that gave none */
	struct verdict last_failure; /* of those; ok: none failed */
	double measured_s;	     /* in timed legs of all visits; 0: not told */
};

struct counter_result { /* how a hardware or kernel counter was resolved */
	char id[RESULT_NAME_MAX];
	char event[96];
	char raw[40];		      /* "type:config" in hex, or "" */
	char source[12];	      /* libpfm4 raw generic kernel none */
	char counts[RESULT_TEXT_MAX]; /* what it counts on this machine */
	bool with_walks;	      /* of dtlb_load_miss_l1: misses that walk among them */
	char reason[RESULT_TEXT_MAX]; /* source none: why */
};

enum confidence { CANNOT_TELL, SEEN, CONFIRMED };

struct finding_value {
	char name[RESULT_NAME_MAX], unit[12];
	struct estimate e; /* lo == hi == est where there is no interval */
};

struct finding {
	char kind[RESULT_NAME_MAX];	/* tlb-level, walk-cost, splinter, huge-gain, shootdown */
	char analysis[RESULT_NAME_MAX]; /* name and revision of the analysis: "knee/1" */
	struct facts subject;		/* page=4k, level=1, … */
	unsigned nvalues;
	struct finding_value *values;
	enum confidence confidence;
	unsigned nfrom;
	char (*from)[CELL_KEY_MAX];
	char text[FINDING_TEXT_MAX]; /* one sentence for people */
};

struct claim {		/* what CPUID says of a TLB: never a measurement */
	unsigned level; /* 1, 2 */
	char type[12];	/* data, instruction, unified, load, store */
	char pages[24]; /* "4k", "2m,4m", "1g" */
	uint64_t entries;
	uint64_t ways;	 /* 0: not said; entries: fully associative */
	uint64_t sets;	 /* 0: not said */
	char source[48]; /* "cpuid 0x80000006 ebx", with any factor applied */
};

struct result {
	struct {
		char version[32], git[48], compiler[64], flags[160];
	} tool;
	struct {
		char id[48], started[32] /* UTC, ISO 8601 */, profile[16], args[4096], label[64];
		char turns[64]; /* of sides that took turns: the same in both; else empty */
		bool complete;
		uint64_t seed;
		unsigned rounds;
		double budget_s, elapsed_s;
		char accel[12]; /* hardware kvm tcg icount */
		uint64_t base_page_bytes;
	} run;
	struct {
		char id[96]; /* directory name: cpu model and shape, no hostname */
		char cpu[96];
		char *topology_xml;
		char cpukinds[160];
		unsigned nclaims;
		struct claim *claims;
	} machine;
	struct facts before, changed; /* environment; changed: what differed at the end */
	struct clock clock;
	unsigned nfloor;
	struct finding_value *floor; /* from bench/null */
	unsigned ncounters;
	struct counter_result *counters;
	unsigned ncells;
	struct cell_result *cells;
	unsigned nfindings;
	struct finding *findings;
};

void result_init(struct result *result);
void result_free(struct result *result);

/* Appends a zeroed element and returns it, or NULL without memory. Pointers to earlier elements
 * of the same array become invalid. */
struct cell_result *result_add_cell(struct result *result);
struct finding *result_add_finding(struct result *result);
struct counter_result *result_add_counter(struct result *result);
struct metric_result *cell_add_metric(struct cell_result *cell);
struct proof *cell_add_proof(struct cell_result *cell);
struct hist_result *cell_add_hist(struct cell_result *cell, unsigned ncounts);
/* The estimate that its samples give; without any it stays as it is. False without memory. */
bool metric_estimate(struct metric_result *metric);
bool cell_estimate(struct cell_result *cell); /* of all its metrics */
/* Frees its samples. */
void metric_clear(struct metric_result *metric);
bool cell_add_disturbance(struct cell_result *cell, const char *name, double value);
__attribute__((format(printf, 2, 3))) bool cell_add_note(struct cell_result *cell,
							 const char *format, ...);
/* Takes back those that begin like this. */
void cell_drop_notes(struct cell_result *cell, const char *beginning);
bool finding_add_value(struct finding *finding, const char *name, const char *unit,
		       struct estimate e);
bool finding_add_from(struct finding *finding, const char *key);
void result_clear_findings(struct result *result);

struct cell_result *result_find_cell(const struct result *result, const char *key);
const struct metric_result *cell_find_metric(const struct cell_result *cell, const char *name);
const struct finding *result_find_finding(const struct result *result, const char *kind,
					  const char *subject_name, const char *subject_value,
					  const struct finding *after);

/* File form. Saving is atomic (temporary file in the same directory, fsync, rename); errors name
 * the path and what to do (read-only, disk full). Loading accepts a file or a run directory, checks
 * types and ranges, ignores unknown fields, and gives one clear line for anything else; it never
 * crashes on hostile input. */
struct verdict result_save(const struct result *result, const char *path);
/* Why not, and what to do; error: an errno. */
struct verdict result_cannot_write(const char *path, int error);
struct verdict result_load(const char *path, struct result *result);

#endif
