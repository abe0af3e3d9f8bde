/* Resolution: from the vocabulary to events that this machine really opens. */
#include "measure/counters_internal.h"

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
	bool with_walks;
} generics[] = {
    {"GenuineIntel", "dtlb_load_walk", "dTLB-load-misses", 6, CACHE(DTLB, READ, MISS),
     "page walks of loads, as the kernel maps dTLB-load-misses on Intel: completed ones since "
     "Skylake",
     false},
    {"GenuineIntel", "dtlb_store_walk", "dTLB-store-misses", 6, CACHE(DTLB, WRITE, MISS),
     "page walks of stores, as the kernel maps dTLB-store-misses on Intel: completed ones since "
     "Skylake",
     false},
    {"GenuineIntel", "itlb_walk", "iTLB-load-misses", 6, CACHE(ITLB, READ, MISS),
     "page walks of fetches, as the kernel maps iTLB-load-misses on Intel", false},
    {"AuthenticAMD", "dtlb_load_miss_l1", "dTLB-loads", 23, CACHE(DTLB, READ, ACCESS),
     "all L1 dTLB misses, loads and stores, L2 dTLB hit or not, as the kernel maps dTLB-loads on "
     "Zen",
     true},
    {"AuthenticAMD", "dtlb_load_walk", "dTLB-load-misses", 23, CACHE(DTLB, READ, MISS),
     "L2 dTLB misses of loads and stores, as the kernel maps dTLB-load-misses on Zen", false},
    {"AuthenticAMD", "itlb_walk", "iTLB-load-misses", 23, CACHE(ITLB, READ, MISS),
     "fetches that miss both iTLBs, as the kernel maps iTLB-load-misses on Zen", false},
    {"0x", "dtlb_load_miss_l1", "dTLB-load-misses", 0, CACHE(DTLB, READ, MISS),
     "L1 dTLB refills, loads and stores, as the kernel maps dTLB-load-misses on Arm", true},
    {"0x", "itlb_miss_l1", "iTLB-load-misses", 0, CACHE(ITLB, READ, MISS),
     "L1 iTLB refills, as the kernel maps iTLB-load-misses on Arm", false},
    {0},
};

struct counter *resolver_next(struct resolver *r, const char *id, const char *counts)
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

void resolver_found(struct resolver *r, struct counter *c, enum counter_source source, int fd)
{
	static const char *const names[] = {"none", "libpfm4", "raw", "generic", "kernel"};

	c->source = source;
	snprintf(c->info.source, sizeof c->info.source, "%s", names[source]);
	c->info.reason[0] = 0;
	if (c->scope == SCOPE_SYSTEM)
		return;
	snprintf(c->info.raw, sizeof c->info.raw, "%u:%#llx", c->attr.type,
		 (unsigned long long)c->attr.config);
	r->fd[r->nfds++] = fd;
}

void counter_prepare(struct perf_event_attr *attr, bool user_only)
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
int resolver_try_hardware(struct resolver *r, struct counter *c, enum counter_source source,
			  unsigned limit)
{
	const struct perf_event_attr asked = c->attr;
	int fd = -1;

	counter_prepare(&c->attr, true);
	if (c->own_modes)
		c->attr.exclude_kernel = asked.exclude_kernel;
	if (r->leader >= 0 && r->in_group < limit)
		fd = open_in(c->attr, r->leader, true);
	if (fd < 0) {
		if (r->group + 1 == COUNTERS_GROUPS)
			return E2BIG;
		fd = open_in(c->attr, -1, true);
		if (fd < 0)
			return errno;
		r->leader = fd;
		r->in_group = 0;
		r->group++;
	}
	r->in_group++;
	c->group = r->group;
	resolver_found(r, c, source, fd);
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

pmu_present_fn *counters_pmu_present = pmu_is_present;

/* The one of a family's PMU names that libpfm4 sees here. */
static bool libpfm_name(const struct event_family *family, char *out, size_t size)
{
	const char *name = family->libpfm_pmu;

	while (name) {
		size_t length = strcspn(name, ",");

		if (counters_pmu_present(name, length)) {
			snprintf(out, size, "%.*s", (int)length, name);
			return true;
		}
		name = name[length] ? name + length + 1 : NULL;
	}
	return false;
}

bool counter_is_hardware(const struct perf_event_attr *attr)
{
	return attr->type != PERF_TYPE_SOFTWARE && attr->type != PERF_TYPE_TRACEPOINT;
}

bool libpfm_encode(const char *text, unsigned long modes, struct perf_event_attr *attr)
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
	int error = resolver_try_hardware(r, c, SOURCE_GENERIC, COUNTERS_GROUP_MAX);
	if (error)
		return error;
	snprintf(c->info.event, sizeof c->info.event, "perf::%s", g->event);
	snprintf(c->info.counts, sizeof c->info.counts, "%s", g->counts);
	c->info.with_walks = g->with_walks;
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
	struct counter *c = resolver_next(r, row->id, row->counts);
	struct perf_event_attr raw = {.type = PERF_TYPE_RAW, .config = row->raw};

	if (!c)
		return;
	c->info.with_walks = row->with_walks;
	snprintf(c->info.event, sizeof c->info.event, "%s::%s", pmu,
		 row->libpfm ? row->libpfm : "");
	if (pmu[0] && row->libpfm && libpfm_encode(c->info.event, PFM_PLM3, &c->attr) &&
	    resolver_try_hardware(r, c, SOURCE_LIBPFM4, limit_of(row)) == 0)
		return;
	c->attr = raw;
	snprintf(c->info.event, sizeof c->info.event, "perf_raw::r%llx",
		 (unsigned long long)row->raw);
	int error = resolver_try_hardware(r, c, SOURCE_RAW, limit_of(row));
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
		struct counter *c =
		    same_vendor(g, &r->cpu) ? resolver_next(r, g->id, g->counts) : NULL;
		int error = c ? try_generic(r, c, g) : 0;

		if (error)
			counters_explain(&c->attr, error, c->info.reason, sizeof c->info.reason);
	}
}

/* The kernel's share of walks, beside the user's: what system calls and faults translate. */
static void resolve_in_kernel(struct resolver *r)
{
	static const char *const ids[] = {"dtlb_load_walk", "dtlb_store_walk", "itlb_walk",
					  "walk_cycles"};
	unsigned n = r->plan->n;

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < sizeof ids / sizeof *ids; k++) {
			const struct counter *user = &r->plan->counter[i];
			char id[RESULT_NAME_MAX], counts[RESULT_TEXT_MAX];

			if (user->source == SOURCE_NONE || strcmp(user->info.id, ids[k]) != 0)
				continue;
			snprintf(id, sizeof id, "%s_kernel", ids[k]);
			snprintf(counts, sizeof counts, "%.200s, in kernel mode",
				 user->info.counts);
			struct counter *c = resolver_next(r, id, counts);

			if (!c)
				return;
			snprintf(c->info.event, sizeof c->info.event, "%s", user->info.event);
			c->attr = user->attr;
			c->attr.exclude_user = 1;
			c->attr.exclude_kernel = 0;
			c->own_modes = c->kernel = true;
			int error = resolver_try_hardware(r, c, user->source, COUNTERS_GROUP_MAX);

			if (error)
				counters_explain(&c->attr, error, c->info.reason,
						 sizeof c->info.reason);
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

static void begin(struct resolver *r, struct counter_plan *plan)
{
	*r = (struct resolver){.plan = plan, .leader = -1, .kernel_leader = -1};
	memset(plan, 0, sizeof *plan);
	pfm_initialize();
}

/* A pinned group that never gets its counters opens and reads as nothing: only a trial tells. */
static void try_out(struct counter_plan *plan)
{
	struct counter_set *set;
	bool counted[COUNTERS_MAX] = {0};
	struct verdict opened = counters_open(plan, &set);

	if (!verdict_is_ok(&opened))
		return;
	for (unsigned turn = 0; turn < COUNTERS_GROUPS; turn++) {
		counters_start(set);
		counters_stop(set);
		for (unsigned i = 0; i < plan->n; i++)
			counted[i] |= counters_get(set, i).running > 0;
	}
	counters_close(set);
	for (unsigned i = 0; i < plan->n; i++) {
		struct counter *c = &plan->counter[i];

		if (c->source != SOURCE_NONE && c->scope == SCOPE_THREAD &&
		    counter_is_hardware(&c->attr) && !counted[i])
			counters_explain(&c->attr, EBUSY, c->info.reason, sizeof c->info.reason);
	}
}

struct verdict counters_resolve_with(struct counter_plan *plan, const char *events, bool timed_only)
{
	struct resolver r;

	begin(&r, plan);
	r.timed_only = timed_only;
	resolve_kernel(&r);
	struct verdict verdict =
	    resolve_chosen(&r, events); /* before rows of the table can take the files */
	resolve_hardware(&r);
	resolve_in_kernel(&r);
	while (r.nfds)
		close(r.fd[--r.nfds]);
	try_out(plan);
	return verdict;
}

void counters_resolve(struct counter_plan *plan)
{
	counters_resolve_with(plan, NULL, false);
}

void counters_describe(const struct counter_plan *plan, char *out, size_t size)
{
	unsigned sources[SOURCE_KERNEL + 1] = {0};
	const char *reason = "no table and no generic event for this CPU";

	for (unsigned i = plan->n; i-- > 0;) {
		const struct counter *c = &plan->counter[i];
		bool is_hardware = c->scope == SCOPE_THREAD && counter_is_hardware(&c->attr);

		sources[c->source]++;
		if (is_hardware && c->source == SOURCE_NONE)
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
