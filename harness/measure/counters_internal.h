/* Between the files of the counters: resolving (counters_resolve, _kernel, _user), and counting
 * (counters, _rdpmc, _vmstat). */
#ifndef TLBSCOPE_MEASURE_COUNTERS_INTERNAL_H
#define TLBSCOPE_MEASURE_COUNTERS_INTERNAL_H

#include "measure/counters.h"

/* Events that were tried stay open until the end, as they will be in a worker: only so do limits
 * show. */
struct resolver {
	struct counter_plan *plan;
	struct cpu_identity cpu;
	unsigned nfds, group, in_group;
	int fd[COUNTERS_MAX], leader, kernel_leader;
	bool timed_only;
};

/* A new row of the plan, with source none; NULL when the plan is full. */
struct counter *resolver_next(struct resolver *r, const char *id, const char *counts);
void resolver_found(struct resolver *r, struct counter *c, enum counter_source source, int fd);
void counter_prepare(struct perf_event_attr *attr, bool user_only);
bool counter_is_hardware(const struct perf_event_attr *attr);
/* In the current group if it has room and the kernel takes it, else in a group of its own. 0 or an
 * errno. */
int resolver_try_hardware(struct resolver *r, struct counter *c, enum counter_source source,
			  unsigned limit);
/* In the kernel's group; leaves the reason where it does not open. in_user: it has a meaning
 * without kernel mode. */
int resolver_try_kernel(struct resolver *r, struct counter *c, bool in_user);
bool libpfm_encode(const char *text, unsigned long modes, struct perf_event_attr *attr);

void resolve_kernel(struct resolver *r);
struct verdict resolve_chosen(struct resolver *r, const char *events);

/* Lines of /proc/vmstat: SCOPE_SYSTEM counters of the plan. False: it cannot be read. */
struct vmstat {
	bool seen[COUNTERS_MAX];
	uint64_t value[COUNTERS_MAX];
};
bool vmstat_read(const struct counter_plan *plan, struct vmstat *out);

/* One reading of an event from its page. False: it is not on the PMU now, or user mode may not read
 * it. */
struct rdpmc_reading {
	uint64_t value;
	uint64_t waited; /* time enabled without running: unchanged, if it counted all the time
			    between two */
};
bool rdpmc_read(const volatile struct perf_event_mmap_page *page, struct rdpmc_reading *out);
bool rdpmc_allowed(const volatile struct perf_event_mmap_page *page);

#endif
