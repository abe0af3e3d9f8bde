/* Resolution: from the vocabulary to events that this machine really opens. */
#include "measure/counters.h"

#include <errno.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CACHE(cache, op, result)                                                                   \
	(PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_OP_##op << 8 |                          \
	 PERF_COUNT_HW_CACHE_RESULT_##result << 16)

/* Generic events by vendor, because the kernel maps one name to different things. Zen maps dTLB
 * loads to all accesses of the L2 dTLB, and has nothing for stores; Arm's dTLB misses are L1
 * refills. */
static const struct generic {
	const char *vendor, *id, *event;
	unsigned from_family; /* older ones map it otherwise */
	uint64_t config;
	const char *counts;
} generics[] = {
    {"GenuineIntel", "dtlb_load_walk", "dTLB-load-misses", 6, CACHE(DTLB, READ, MISS),
     "page walks of loads, as the kernel maps dTLB-load-misses on Intel: completed ones since "
     "Skylake"},
    {"GenuineIntel", "dtlb_store_walk", "dTLB-store-misses", 6, CACHE(DTLB, WRITE, MISS),
     "page walks of stores, as the kernel maps dTLB-store-misses on Intel: completed ones since "
     "Skylake"},
    {"GenuineIntel", "itlb_walk", "iTLB-load-misses", 6, CACHE(ITLB, READ, MISS),
     "page walks of fetches, as the kernel maps iTLB-load-misses on Intel"},
    {"AuthenticAMD", "dtlb_load_miss_l1", "dTLB-loads", 23, CACHE(DTLB, READ, ACCESS),
     "all L1 dTLB misses, loads and stores, L2 dTLB hit or not, as the kernel maps dTLB-loads on "
     "Zen"},
    {"AuthenticAMD", "dtlb_load_walk", "dTLB-load-misses", 23, CACHE(DTLB, READ, MISS),
     "L2 dTLB misses of loads and stores, as the kernel maps dTLB-load-misses on Zen"},
    {"AuthenticAMD", "itlb_walk", "iTLB-load-misses", 23, CACHE(ITLB, READ, MISS),
     "fetches that miss both iTLBs, as the kernel maps iTLB-load-misses on Zen"},
    {"0x", "dtlb_load_miss_l1", "dTLB-load-misses", 0, CACHE(DTLB, READ, MISS),
     "L1 dTLB refills, loads and stores, as the kernel maps dTLB-load-misses on Arm"},
    {"0x", "itlb_miss_l1", "iTLB-load-misses", 0, CACHE(ITLB, READ, MISS),
     "L1 iTLB refills, as the kernel maps iTLB-load-misses on Arm"},
    {0},
};

static const struct software {
	const char *id, *event, *counts;
	uint64_t config;
	bool in_user; /* has a meaning without kernel mode */
} softwares[] = {
    {"page_faults", "perf::PAGE-FAULTS", "page faults of this thread, minor and major",
     PERF_COUNT_SW_PAGE_FAULTS, true},
    {"page_faults_major", "perf::MAJOR-FAULTS", "page faults that waited for a device",
     PERF_COUNT_SW_PAGE_FAULTS_MAJ, true},
    {"context_switches", "perf::CONTEXT-SWITCHES", "times this thread left its CPU, willing or not",
     PERF_COUNT_SW_CONTEXT_SWITCHES, false},
    {"migrations", "perf::CPU-MIGRATIONS", "times this thread moved to another CPU",
     PERF_COUNT_SW_CPU_MIGRATIONS, false},
    {0},
};

/* Events that were tried stay open until the end, as they will be in a worker: only so do limits
 * show. */
struct resolver {
	struct counter_plan *plan;
	struct cpu_identity cpu;
	unsigned nfds, group, in_group;
	int fd[COUNTERS_MAX], leader, kernel_leader;
};

static struct counter *next(struct resolver *r, const char *id, const char *counts)
{
	struct counter *c = &r->plan->counter[r->plan->n];

	if (r->plan->n == COUNTERS_MAX)
		return NULL;
	r->plan->n++;
	*c = (struct counter){.attr = {.size = sizeof c->attr}};
	snprintf(c->info.id, sizeof c->info.id, "%s", id);
	snprintf(c->info.counts, sizeof c->info.counts, "%s", counts);
	snprintf(c->info.source, sizeof c->info.source, "none");
	return c;
}

static void found(struct resolver *r, struct counter *c, enum counter_source source, int fd)
{
	static const char *const names[] = {"none", "libpfm4", "raw", "generic", "kernel"};

	c->source = source;
	snprintf(c->info.source, sizeof c->info.source, "%s", names[source]);
	snprintf(c->info.raw, sizeof c->info.raw, "%u:%#llx", c->attr.type,
		 (unsigned long long)c->attr.config);
	c->info.reason[0] = 0;
	r->fd[r->nfds++] = fd;
}

static void common(struct perf_event_attr *attr, bool user_only)
{
	attr->size = sizeof *attr;
	attr->disabled = 1;
	attr->exclude_kernel = user_only;
	attr->exclude_hv = user_only;
	attr->read_format =
	    PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
}

static int open_in(struct perf_event_attr attr, int leader, bool pinned)
{
	attr.disabled = leader < 0;
	attr.pinned = leader < 0 && pinned;
	return counters_perf_open(&attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
}

/* In the current group if it has room and the kernel takes it, else in a group of its own. 0 or an
 * errno. */
static int try_hardware(struct resolver *r, struct counter *c, enum counter_source source,
			unsigned limit)
{
	int fd = -1;

	common(&c->attr, true);
	if (r->leader >= 0 && r->in_group < limit)
		fd = open_in(c->attr, r->leader, true);
	if (fd < 0) {
		fd = open_in(c->attr, -1, true);
		if (fd < 0)
			return errno;
		r->leader = fd;
		r->in_group = 0;
		r->group++;
	}
	r->in_group++;
	c->group = r->group;
	found(r, c, source, fd);
	return 0;
}

static bool pmu_is_present(const char *name, size_t length)
{
	for (int i = 0; i < PFM_PMU_MAX; i++) {
		pfm_pmu_info_t pmu = {.size = sizeof pmu};

		if (pfm_get_pmu_info((pfm_pmu_t)i, &pmu) == PFM_SUCCESS && pmu.is_present &&
		    strlen(pmu.name) == length && strncmp(pmu.name, name, length) == 0)
			return true;
	}
	return false;
}

/* The one of a family's PMU names that libpfm4 sees here. */
static bool libpfm_name(const struct event_family *family, char *out, size_t size)
{
	const char *name = family->libpfm_pmu;

	while (name) {
		size_t length = strcspn(name, ",");

		if (pmu_is_present(name, length)) {
			snprintf(out, size, "%.*s", (int)length, name);
			return true;
		}
		name = name[length] ? name + length + 1 : NULL;
	}
	return false;
}

static bool libpfm_encode(const char *text, unsigned long modes, struct perf_event_attr *attr)
{
	pfm_perf_encode_arg_t arg = {.attr = attr, .size = sizeof arg};

	*attr = (struct perf_event_attr){.size = sizeof *attr};
	return pfm_get_os_event_encoding(text, (int)modes, PFM_OS_PERF_EVENT, &arg) == PFM_SUCCESS;
}

static bool same_vendor(const struct generic *g, const struct cpu_identity *cpu)
{
	return strncmp(g->vendor, cpu->vendor, strlen(g->vendor)) == 0 &&
	       cpu->family >= g->from_family;
}

static int try_generic(struct resolver *r, struct counter *c, const struct generic *g)
{
	c->attr = (struct perf_event_attr){.type = PERF_TYPE_HW_CACHE, .config = g->config};
	int error = try_hardware(r, c, SOURCE_GENERIC, COUNTERS_GROUP_MAX);
	if (error)
		return error;
	snprintf(c->info.event, sizeof c->info.event, "perf::%s", g->event);
	snprintf(c->info.counts, sizeof c->info.counts, "%s", g->counts);
	return 0;
}

static unsigned limit_of(const struct event_row *row)
{
	unsigned n = row->counter_mask ? (unsigned)__builtin_popcount(row->counter_mask)
				       : COUNTERS_GROUP_MAX;

	return n < COUNTERS_GROUP_MAX ? n : COUNTERS_GROUP_MAX;
}

static void resolve_row(struct resolver *r, const struct event_row *row, const char *pmu)
{
	struct counter *c = next(r, row->id, row->counts);
	struct perf_event_attr raw = {.type = PERF_TYPE_RAW, .config = row->raw};

	if (!c)
		return;
	snprintf(c->info.event, sizeof c->info.event, "%s::%s", pmu,
		 row->libpfm ? row->libpfm : "");
	if (pmu[0] && row->libpfm && libpfm_encode(c->info.event, PFM_PLM3, &c->attr) &&
	    try_hardware(r, c, SOURCE_LIBPFM4, limit_of(row)) == 0)
		return;
	c->attr = raw;
	snprintf(c->info.event, sizeof c->info.event, "perf_raw::r%llx",
		 (unsigned long long)row->raw);
	int error = try_hardware(r, c, SOURCE_RAW, limit_of(row));
	if (!error)
		return;
	counters_explain(&c->attr, error, c->info.reason, sizeof c->info.reason);
	for (const struct generic *g = generics; g->id; g++)
		if (same_vendor(g, &r->cpu) && strcmp(g->id, row->id) == 0 &&
		    try_generic(r, c, g) == 0)
			return;
}

/* A CPU without a table: what the kernel itself can name. */
static void resolve_generic(struct resolver *r)
{
	for (const struct generic *g = generics; g->id; g++) {
		struct counter *c = same_vendor(g, &r->cpu) ? next(r, g->id, g->counts) : NULL;
		int error = c ? try_generic(r, c, g) : 0;

		if (error)
			counters_explain(&c->attr, error, c->info.reason, sizeof c->info.reason);
	}
}

static void resolve_hardware(struct resolver *r)
{
	const struct event_family *family;
	char pmu[64] = "";

	counters_identify(&r->cpu);
	family = event_family_find(&r->cpu);
	/* A CPU newer than our match that libpfm4 takes for one of a family. */
	for (unsigned i = 0; !family && event_registry[i]; i++)
		if (libpfm_name(event_registry[i], pmu, sizeof pmu))
			family = event_registry[i];
	if (!family) {
		resolve_generic(r);
		return;
	}
	libpfm_name(family, pmu, sizeof pmu);
	for (const struct event_row *row = family->rows; row->id; row++)
		resolve_row(r, row, pmu);
}

/* Kernel counters: one group, and in it only what opened. Where kernel mode may not be counted,
 * faults still have a meaning in user mode; a switch happens in the kernel and would read as zero.
 */
static void try_kernel(struct resolver *r, struct counter *c, bool in_user)
{
	int fd, error;

	common(&c->attr, false);
	c->kernel = true;
	fd = open_in(c->attr, r->kernel_leader, false);
	error = errno;
	if (fd < 0 && (error == EACCES || error == EPERM) && in_user) {
		common(&c->attr, true);
		c->kernel = false;
		fd = open_in(c->attr, r->kernel_leader, false);
		strncat(c->info.counts, ", taken in user mode",
			sizeof c->info.counts - strlen(c->info.counts) - 1);
	}
	if (fd < 0) {
		counters_explain(&c->attr, error, c->info.reason, sizeof c->info.reason);
		return;
	}
	if (r->kernel_leader < 0)
		r->kernel_leader = fd;
	found(r, c, SOURCE_KERNEL, fd);
}

static void resolve_software(struct resolver *r)
{
	for (const struct software *s = softwares; s->id; s++) {
		struct counter *c = next(r, s->id, s->counts);

		if (!c)
			return;
		c->attr = (struct perf_event_attr){.type = PERF_TYPE_SOFTWARE, .config = s->config};
		snprintf(c->info.event, sizeof c->info.event, "%s", s->event);
		try_kernel(r, c, s->in_user);
	}
}

static void resolve_tlb_flush(struct resolver *r)
{
	static const char event[] = "perf::tlb:tlb_flush";
	struct counter *c =
	    next(r, "tlb_flush",
		 "TLB flushes that the kernel did in this thread, for itself or for "
		 "others, and each send of interrupts (tracepoint tlb:tlb_flush)");
	long id = 0;

	if (!c)
		return;
	snprintf(c->info.event, sizeof c->info.event, "%s", event);
	if (!libpfm_encode(event, PFM_PLM0 | PFM_PLM3, &c->attr) ||
	    c->attr.type != PERF_TYPE_TRACEPOINT) {
		id = counters_tlb_flush_id();
		c->attr =
		    (struct perf_event_attr){.type = PERF_TYPE_TRACEPOINT, .config = (uint64_t)id};
	}
	c->perturbs = true;
	if (id < 0)
		snprintf(c->info.reason, sizeof c->info.reason,
			 "tracefs cannot be read (%s): sudo mount -t tracefs tracefs "
			 "/sys/kernel/tracing, and run as root",
			 strerror((int)-id));
	else
		try_kernel(r, c, false);
}

void counters_resolve(struct counter_plan *plan)
{
	struct resolver r = {.plan = plan, .leader = -1, .kernel_leader = -1};

	memset(plan, 0, sizeof *plan);
	pfm_initialize();
	resolve_software(&r);
	resolve_tlb_flush(&r);
	resolve_hardware(&r);
	while (r.nfds)
		close(r.fd[--r.nfds]);
}

void counters_describe(const struct counter_plan *plan, char *out, size_t size)
{
	unsigned sources[SOURCE_KERNEL + 1] = {0};
	const char *reason = "no table and no generic event for this CPU";

	for (unsigned i = plan->n; i-- > 0;) {
		const struct counter *c = &plan->counter[i];
		bool hardware =
		    c->attr.type != PERF_TYPE_SOFTWARE && c->attr.type != PERF_TYPE_TRACEPOINT;

		sources[c->source]++;
		if (hardware && c->source == SOURCE_NONE)
			reason = c->info.reason;
	}
	unsigned hardware = sources[SOURCE_LIBPFM4] + sources[SOURCE_RAW] + sources[SOURCE_GENERIC];
	if (hardware)
		snprintf(out, size,
			 "%u hardware events (libpfm4 %u, raw %u, generic %u), %u of the kernel",
			 hardware, sources[SOURCE_LIBPFM4], sources[SOURCE_RAW],
			 sources[SOURCE_GENERIC], sources[SOURCE_KERNEL]);
	else
		snprintf(out, size, "%u events of the kernel; hardware events n/a: %s",
			 sources[SOURCE_KERNEL], reason);
}
