/* Hardware and kernel counters of one thread over its timed legs.
 *
 * Resolution: libpfm4 string, then raw code of the family's table, then the generic perf event
 * (named as what it counts on this vendor), then "n/a: reason". PMU identity comes from CPUID or
 * MIDR and libpfm4, presence only from perf_event_open. Groups are read in one call with the times
 * enabled and running; a group that did not run all the time validates nothing. Counters only count
 * between counters_start() and counters_stop(), which are outside the stamps.
 *
 * Kernel counters count on every start; those that perturb (tracepoints, /proc/vmstat) only in sets
 * that ask for them, never in a timed leg. Hardware events need more counters than a core has, so
 * their groups take turns: each counters_start() runs one of them, pinned, and the others are not
 * valid for that batch. Nothing is ever multiplexed behind our back.
 */
#ifndef TLBSCOPE_MEASURE_COUNTERS_H
#define TLBSCOPE_MEASURE_COUNTERS_H

#include "result/result.h"

#include <linux/perf_event.h>
#include <sys/types.h>

#define COUNTERS_MAX	96
#define COUNTERS_GROUPS 48 /* of the thread: the kernel's and the hardware's */
#define COUNTERS_GROUP_MAX                                                                         \
	4 /* hardware events to a group: icx and later take TLB events on four counters only */

/* One row of harness/events/NAME.c: `const struct event_family events_NAME`, globbed by the build.
 * Rows end with {0}. */
struct event_row {
	const char *id; /* the vocabulary: dtlb_load_miss_l1, dtlb_load_walk, walk_cycles, … */
	const char *libpfm;    /* "DTLB_LOAD_MISSES:STLB_HIT", without the PMU; NULL: no string */
	uint64_t raw;	       /* perf config of PERF_TYPE_RAW */
	const char *counts;    /* what exactly it counts on this core */
	unsigned counter_mask; /* counters that can take it; 0: any */
	bool with_walks;       /* of dtlb_load_miss_l1: misses that go on to walk among them */
};

struct event_family {
	const char *name; /* "AMD Zen 3" */
	const char *
	    libpfm_pmu; /* prefixes in libpfm4, comma separated: "skl,skx,clx"; NULL: it has none */
	const char *match; /* "AuthenticAMD/25/0-15,32-47": vendor/family/models; Arm "0x41/0xd0c":
			    * implementer/parts;
			    * ';' between several */
	const char *raw_only; /* why rows have no libpfm string; NULL: all have one */
	const struct event_row *rows;
};

extern const struct event_family *const event_registry[]; /* generated, NULL at the end */

/* Who this CPU is. x86: vendor, family, model. Arm: implementer as "0x41", part number as family.
 */
struct cpu_identity {
	char vendor[16];
	unsigned family, model;
};
typedef void cpu_identify_fn(struct cpu_identity *out);
extern cpu_identify_fn *counters_identify; /* a seam: tests say who they are */
/* Does libpfm4 take this CPU for one with a PMU of that name? */
typedef bool pmu_present_fn(const char *name, size_t length);
extern pmu_present_fn *counters_pmu_present; /* a seam as well */
bool event_family_matches(const struct event_family *family, const struct cpu_identity *cpu);
const struct event_family *
event_family_find(const struct cpu_identity *cpu); /* NULL: no table for it */

/* Whom a counter watches: the thread that runs the legs, every task on the responders' CPUs, or the
 * whole machine (lines of /proc/vmstat). */
enum counter_scope { SCOPE_THREAD, SCOPE_RESPONDERS, SCOPE_SYSTEM };

enum counter_source { SOURCE_NONE, SOURCE_LIBPFM4, SOURCE_RAW, SOURCE_GENERIC, SOURCE_KERNEL };

/* A resolved event, ready to open; free of pointers so it survives a fork into workers. */
struct counter_plan {
	unsigned n;
	struct counter {
		struct counter_result info; /* as it goes into the result */
		enum counter_source source;
		struct perf_event_attr attr;
		char filter[40]; /* of a tracepoint's fields; "" for all */
		enum counter_scope scope;
		unsigned group; /* events of one group are read together; 0: the kernel's */
		bool kernel;	/* counts kernel mode too (software events, tracepoints) */
		bool perturbs;	/* slows what it counts (tracepoints): not for timed legs */
		bool chosen;	/* by --events */
		bool own_modes; /* attr says itself which of user and kernel mode it counts */
	} counter[COUNTERS_MAX];
};

/* The system-call boundary: tests put scripted ones here. Real: perf_event_open(2), read(2),
 * ioctl(2). */
typedef int perf_open_fn(struct perf_event_attr *attr, int pid, int cpu, int group_fd,
			 unsigned long flags);
typedef ssize_t perf_read_fn(int fd, void *out, size_t size);
typedef int perf_control_fn(int fd, unsigned long request);
typedef int perf_filter_fn(int fd, const char *filter);
typedef void *perf_map_fn(int fd); /* the event's page for reading, or NULL */
typedef void perf_unmap_fn(void *page);
typedef uint64_t perf_rdpmc_fn(uint32_t counter);
extern perf_open_fn *counters_perf_open;
extern perf_read_fn *counters_perf_read;
extern perf_control_fn *counters_perf_control;
extern perf_filter_fn *counters_perf_filter;
extern perf_map_fn *counters_perf_map;
extern perf_unmap_fn *counters_perf_unmap;
extern perf_rdpmc_fn *counters_perf_rdpmc;

/* Finds out once, in the supervisor, what can be counted here, by opening each. Never fails: what
 * cannot be had has source none and a reason. */
void counters_resolve(struct counter_plan *plan);
/* The same, and events that a user chose: comma separated, in libpfm4's syntax. An error that names
 * the event which is unknown or cannot be counted here. NULL: none. timed_only: those that perturb
 * are not tried, since only a pass of their own would count them; closing a tracepoint waits for
 * every CPU, about 40 ms each. */
struct verdict counters_resolve_with(struct counter_plan *plan, const char *events,
				     bool timed_only);
/* Only what the list itself can get wrong: nothing is opened. */
struct verdict counters_check_events(const char *events);
/* One line for people: how many hardware events and from where, or the one reason why there are
 * none. */
void counters_describe(const struct counter_plan *plan, char *out, size_t size);
/* Why perf_event_open said `error` for this event on this machine, with the remedy, in one line. */
void counters_explain(const struct perf_event_attr *attr, int error, char *out, size_t size);
/* Numbers of tracepoints ("tlb:tlb_flush"), or -errno. Where tracefs is not mounted and we are
 * root, it is mounted in a private mount namespace of a child that ends at once: this machine's
 * mounts stay as they are. */
void counters_tracepoint_ids(const char *const *names, unsigned n, long *ids);

/* What counting costs on this machine, ns; 0: cannot be told here. */
struct counter_cost {
	double leg_ns;	 /* one start and stop, outside the stamps of a leg */
	double read_ns;	 /* of those, reading one group by read(2) */
	double rdpmc_ns; /* reading a hardware group in user mode, where that is allowed */
};
void counters_cost(const struct counter_plan *plan, struct counter_cost *out);

/* libpfm4's own events of the CPU and kernel here, by name or description: a part of it, or a
 * pattern with * ? []. */
typedef void counters_event_fn(void *context, const char *name, const char *what);
void counters_each_event(const char *pattern, counters_event_fn *each, void *context);
/* Is text a part of name, or does the pattern match all of it? Without regard to case. */
bool counters_name_matches(const char *pattern, const char *name);

struct counter_set; /* the open file descriptors of one thread */
/* Called by the thread that will run the legs. Skipped, naming the event and the remedy, when one
 * that was resolved does not open here; a plan with nothing to count gives an empty set. Counters
 * that perturb are left out, and read as not valid. */
struct verdict counters_open(const struct counter_plan *plan, struct counter_set **out);
/* With those that perturb: for legs whose time is thrown away. An open tracepoint slows every CPU
 * until it is closed. */
struct verdict counters_open_all(const struct counter_plan *plan, struct counter_set **out);
/* And with those that watch the responders, on these CPUs. Where they do not open they read as not
 * valid. */
struct verdict counters_open_gang(const struct counter_plan *plan, const unsigned *cpu,
				  unsigned ncpus, struct counter_set **out);
void counters_close(struct counter_set *set);
/* Closes the thread's events until the next start: an open one slows what it would count even while
 * it is off, page faults by 4%. */
void counters_rest(struct counter_set *set);
/* Whose turn among the hardware's groups is at the next start. */
void counters_turn(struct counter_set *set, unsigned turn);
void counters_start(struct counter_set *set); /* enables; what was counted before does not show */
void counters_stop(struct counter_set *set);  /* disables and reads */

/* Reads hardware groups with rdpmc? */
bool counters_uses_rdpmc(const struct counter_set *set);

struct counter_reading {
	bool valid; /* counted, and ran all the time */
	double value;
	double running; /* running / enabled; below 1 the value is scaled, and not valid */
};
/* After counters_stop(); index as in the plan. A hardware event whose group did not have its turn
 * is not valid, running 0. */
struct counter_reading counters_get(const struct counter_set *set, unsigned index);

#endif
