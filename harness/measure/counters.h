/* Hardware and kernel counters of one thread over its timed legs.
 *
 * Resolution: libpfm4 string, then raw code of the family's table, then the generic perf event (named as what it
 * counts on this vendor), then "n/a: reason". PMU identity comes from libpfm4, presence only from perf_event_open. Groups are read in
 * one call with the times enabled and running; a group that did not run all the time validates nothing.
 * Counters start disabled and only count between counters_start() and counters_stop(), which are outside the stamps.
 */
#ifndef TLBSCOPE_MEASURE_COUNTERS_H
#define TLBSCOPE_MEASURE_COUNTERS_H

#include "result/result.h"

#include <linux/perf_event.h>

#define COUNTERS_MAX 24

/* One row of harness/events/NAME.c: `const struct event_family events_NAME`, globbed by the build. Rows end with {0}. */
struct event_row {
	const char *id;      /* the vocabulary: dtlb_load_miss_l1, dtlb_load_walk, walk_cycles, … */
	const char *libpfm;  /* "skl::DTLB_LOAD_MISSES:STLB_HIT"; NULL: no string */
	uint64_t raw;        /* perf config of PERF_TYPE_RAW; 0: none */
	const char *counts;  /* what exactly it counts on this core */
	unsigned counter_mask; /* counters that can take it; 0: any */
};

struct event_family {
	const char *name;       /* "AMD Zen 3" */
	const char *libpfm_pmu; /* prefix in libpfm4: "amd64_fam19h_zen3" */
	const char *match;      /* "AuthenticAMD/25/0-15,32-95" : vendor/family/models, ';' between several; Arm: "0x41/0xd0c" implementer/part */
	const struct event_row *rows;
};

extern const struct event_family *const event_registry[]; /* generated, NULL at the end */

enum counter_source { SOURCE_NONE, SOURCE_LIBPFM4, SOURCE_RAW, SOURCE_GENERIC, SOURCE_KERNEL };

/* A resolved event, ready to open; free of pointers so it survives a fork into workers. */
struct counter_plan {
	unsigned n;
	struct counter {
		struct counter_result info; /* as it goes into the result */
		enum counter_source source;
		struct perf_event_attr attr;
		unsigned group;             /* events of one group are read together */
		bool kernel;                /* counts kernel mode too (software events, tracepoints) */
	} counter[COUNTERS_MAX];
};

/* The system-call boundary: tests put a scripted one here. Real: perf_event_open(2), pid 0, any CPU. */
typedef int perf_open_fn(struct perf_event_attr *attr, int pid, int cpu, int group_fd, unsigned long flags);
extern perf_open_fn *counters_perf_open;

/* Finds out once, in the supervisor, what can be counted here, by opening each. Never fails: what cannot be had has source
 * none and a reason. Always tried: page_faults, context_switches, migrations (software), tlb_flush (tracepoint). */
void counters_resolve(struct counter_plan *plan);

struct counter_set; /* the open file descriptors of one thread */
struct verdict counters_open(const struct counter_plan *plan, struct counter_set **out);
void counters_close(struct counter_set *set);
void counters_start(struct counter_set *set); /* reset and enable */
void counters_stop(struct counter_set *set);  /* disable and read */

struct counter_reading {
	bool valid;      /* counted, and ran all the time */
	double value;
	double running;  /* running / enabled; below 1: multiplexed, value is scaled and valid is false */
};
/* After counters_stop(); index as in the plan. */
struct counter_reading counters_get(const struct counter_set *set, unsigned index);

#endif
