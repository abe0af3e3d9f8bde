/* The kernel's own counters: software events, tracepoints by number, lines of /proc/vmstat. */
#include "measure/counters_internal.h"

#include <errno.h>
#include <perfmon/pfmlib_perf_event.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct software {
	const char *id, *event, *counts;
	uint64_t config;
	bool in_user; /* has a meaning without kernel mode */
} softwares[] = {
    {"page_faults", "perf::PAGE-FAULTS", "page faults of this thread, minor and major",
     PERF_COUNT_SW_PAGE_FAULTS, true},
    {"page_faults_minor", "perf::MINOR-FAULTS", "page faults that waited for no device",
     PERF_COUNT_SW_PAGE_FAULTS_MIN, true},
    {"page_faults_major", "perf::MAJOR-FAULTS", "page faults that waited for a device",
     PERF_COUNT_SW_PAGE_FAULTS_MAJ, true},
    {"context_switches", "perf::CONTEXT-SWITCHES", "times this thread left its CPU, willing or not",
     PERF_COUNT_SW_CONTEXT_SWITCHES, false},
    {"migrations", "perf::CPU-MIGRATIONS", "times this thread moved to another CPU",
     PERF_COUNT_SW_CPU_MIGRATIONS, false},
    {0},
};

#define FLUSH	 "tlb:tlb_flush"
#define HERE	 SCOPE_THREAD
#define AWAY	 SCOPE_RESPONDERS
#define RECEIVED ", received on the responders' CPUs, whoever runs there"

static const struct tracepoint {
	const char *id, *event, *filter, *counts;
	enum counter_scope scope;
} tracepoints[] = {
    {"tlb_flush", FLUSH, "",
     "TLB flushes that the kernel did in this thread, for itself or for others, and each send of "
     "interrupts",
     HERE},
    {"tlb_flush_task_switch", FLUSH, "reason == 0", "flushes as an address space was switched to",
     HERE},
    {"tlb_flush_remote", FLUSH, "reason == 1",
     "flushes in this thread because another CPU asked for them", HERE},
    {"tlb_flush_local", FLUSH, "reason == 2", "local flushes of everything", HERE},
    {"tlb_flush_local_mm", FLUSH, "reason == 3",
     "local flushes after this thread changed a mapping", HERE},
    {"tlb_flush_ipi_send", FLUSH, "reason == 4",
     "flushes that this thread had to ask other CPUs for", HERE},
    {"tlb_flush_wrong_cpu", FLUSH, "reason == 5",
     "flushes asked of a CPU that no longer used the address space", HERE},
    {"tlb_flush_full", FLUSH, "pages == 0xffffffffffffffff",
     "those of the whole TLB rather than of single pages, whatever the reason", HERE},
    {"tlb_flush_received", FLUSH, "reason == 1", "flushes because another CPU asked" RECEIVED,
     AWAY},
    {"ipi_send_cpu", "ipi:ipi_send_cpu", "", "interrupts that this thread sent to one CPU", HERE},
    {"ipi_send_cpumask", "ipi:ipi_send_cpumask", "",
     "interrupts that this thread sent to several CPUs at once", HERE},
#if defined(__x86_64__)
    {"ipi_call_function", "irq_vectors:call_function_entry", "",
     "function-call interrupts (to several CPUs)" RECEIVED, AWAY},
    {"ipi_call_single", "irq_vectors:call_function_single_entry", "",
     "function-call interrupts (to one CPU)" RECEIVED, AWAY},
    {"ipi_reschedule", "irq_vectors:reschedule_entry", "", "rescheduling interrupts" RECEIVED,
     AWAY},
#else
    {"ipi_raise", "ipi:ipi_raise", "", "interrupts that this thread sent", HERE},
    {"ipi_entry", "ipi:ipi_entry", "", "interrupts of other CPUs" RECEIVED, AWAY},
#endif
    {"thp_scan", "huge_memory:mm_khugepaged_scan_pmd", "",
     "ranges that were looked at to make a huge page of them", HERE},
    {"thp_collapse", "huge_memory:mm_collapse_huge_page", "",
     "tries to make one huge page of many small ones", HERE},
    {"page_migrations", "migrate:mm_migrate_pages", "", "calls that moved pages", HERE},
    {"compactions", "compaction:mm_compaction_begin", "", "memory compactions in this thread",
     HERE},
    {"direct_reclaims", "vmscan:mm_vmscan_direct_reclaim_begin", "",
     "times this thread had to free memory first", HERE},
    {"hugetlb_files", "hugetlbfs:hugetlbfs_alloc_inode", "", "hugetlb mappings' files made", HERE},
    {"hugetlb_fallocates", "hugetlbfs:hugetlbfs_fallocate", "",
     "hugetlb pages allocated ahead or punched out by calls", HERE},
};
#define TRACEPOINTS (sizeof tracepoints / sizeof *tracepoints)

static const struct vmstat_line {
	const char *id, *counts;
} vmstat_lines[] = {
    {"pgfault", "page faults"},
    {"pgmajfault", "page faults that waited for a device"},
    {"pgmigrate_success", "pages moved"},
    {"thp_fault_alloc", "huge pages given at a page fault"},
    {"thp_fault_fallback", "page faults that wanted a huge page and got small ones"},
    {"thp_collapse_alloc", "huge pages made of small ones"},
    {"thp_collapse_alloc_failed", "huge pages that could not be made of small ones"},
    {"thp_split_page", "huge pages split"},
    {"thp_split_pmd", "huge mappings split into small ones"},
    {"thp_migration_success", "huge pages moved whole"},
    {"thp_migration_split", "huge pages split to be moved"},
    {"htlb_buddy_alloc_success", "hugetlb pages allocated for a pool"},
    {"htlb_buddy_alloc_fail", "hugetlb pages that could not be allocated"},
    {"compact_stall", "allocations that waited for compaction"},
    {"compact_success", "of those, that then succeeded"},
    {"compact_fail", "of those, that still failed"},
    {"compact_isolated", "pages taken aside by compaction"},
    {"numa_pte_updates", "entries made to fault by NUMA balancing"},
    {"numa_hint_faults", "page faults for NUMA balancing"},
    {"numa_pages_migrated", "pages moved by NUMA balancing"},
    {"nr_tlb_remote_flush", "flushes that asked other CPUs"},
    {"nr_tlb_remote_flush_received", "flushes for other CPUs"},
    {"nr_tlb_local_flush_all", "local flushes of everything"},
    {"nr_tlb_local_flush_one", "local flushes of one page"},
};

int resolver_try_kernel(struct resolver *r, struct counter *c, bool in_user)
{
	bool away = c->scope == SCOPE_RESPONDERS;
	int cpu = away ? sched_getcpu() : -1, leader = away ? -1 : r->kernel_leader, fd, error;

	counter_prepare(&c->attr, false);
	c->kernel = true;
	c->attr.disabled = leader < 0;
	fd = counters_perf_open(&c->attr, away ? -1 : 0, cpu, leader, PERF_FLAG_FD_CLOEXEC);
	error = errno;
	if (fd < 0 && (error == EACCES || error == EPERM) && in_user) {
		counter_prepare(&c->attr, true);
		c->kernel = false;
		c->attr.disabled = leader < 0;
		fd = counters_perf_open(&c->attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
		error = errno;
		strncat(c->info.counts, ", taken in user mode",
			sizeof c->info.counts - strlen(c->info.counts) - 1);
	}
	if (fd >= 0 && c->filter[0] && counters_perf_filter(fd, c->filter)) {
		close(fd);
		snprintf(c->info.reason, sizeof c->info.reason,
			 "this kernel does not filter it by %s", c->filter);
		return EINVAL;
	}
	if (fd < 0) {
		counters_explain(&c->attr, error, c->info.reason, sizeof c->info.reason);
		return error;
	}
	if (!away && r->kernel_leader < 0)
		r->kernel_leader = fd;
	resolver_found(r, c, SOURCE_KERNEL, fd);
	return 0;
}

/* Where kernel mode may not be counted, faults still have a meaning in user mode; a switch happens
 * in the kernel and would read as zero. */
static void resolve_software(struct resolver *r)
{
	for (const struct software *s = softwares; s->id; s++) {
		struct counter *c = resolver_next(r, s->id, s->counts);

		if (!c)
			return;
		c->attr = (struct perf_event_attr){.type = PERF_TYPE_SOFTWARE, .config = s->config};
		snprintf(c->info.event, sizeof c->info.event, "%s", s->event);
		resolver_try_kernel(r, c, s->in_user);
	}
}

static void no_number(struct counter *c, long error)
{
	if (error == -ENOENT && geteuid() == 0)
		snprintf(c->info.reason, sizeof c->info.reason,
			 "this kernel has no such tracepoint");
	else
		snprintf(c->info.reason, sizeof c->info.reason,
			 "tracefs cannot be read (%s): sudo mount -t tracefs tracefs "
			 "/sys/kernel/tracing, and run as root",
			 strerror((int)-error));
}

static void not_timed(struct counter *c)
{
	snprintf(c->info.reason, sizeof c->info.reason,
		 "it is not counted in timed legs, and a run with --bare has no others");
}

static void resolve_tracepoint(struct resolver *r, const struct tracepoint *t, long id)
{
	struct counter *c = resolver_next(r, t->id, t->counts);

	if (!c)
		return;
	snprintf(c->info.event, sizeof c->info.event, "perf::%s", t->event);
	snprintf(c->filter, sizeof c->filter, "%s", t->filter);
	c->scope = t->scope;
	c->perturbs = true;
	if (r->timed_only) {
		not_timed(c);
		return;
	}
	if (!libpfm_encode(c->info.event, PFM_PLM0 | PFM_PLM3, &c->attr) ||
	    c->attr.type != PERF_TYPE_TRACEPOINT)
		c->attr = (struct perf_event_attr){.type = PERF_TYPE_TRACEPOINT,
						   .config = id > 0 ? (uint64_t)id : 0};
	if (!c->attr.config) {
		no_number(c, id);
		return;
	}
	if (c->filter[0])
		snprintf(c->info.event, sizeof c->info.event, "perf::%s if %s", t->event,
			 t->filter);
	resolver_try_kernel(r, c, false);
}

static void resolve_tracepoints(struct resolver *r)
{
	const char *names[TRACEPOINTS];
	long ids[TRACEPOINTS] = {0};

	for (unsigned i = 0; i < TRACEPOINTS; i++)
		names[i] = tracepoints[i].event;
	if (!r->timed_only)
		counters_tracepoint_ids(names, TRACEPOINTS, ids);
	for (unsigned i = 0; i < TRACEPOINTS; i++)
		resolve_tracepoint(r, &tracepoints[i], ids[i]);
}

static void resolve_vmstat(struct resolver *r)
{
	static struct vmstat now;
	unsigned first = r->plan->n;

	for (unsigned i = 0; i < sizeof vmstat_lines / sizeof *vmstat_lines; i++) {
		struct counter *c = resolver_next(r, vmstat_lines[i].id, vmstat_lines[i].counts);

		if (!c)
			break;
		snprintf(c->info.event, sizeof c->info.event, "vmstat:%s", vmstat_lines[i].id);
		strncat(c->info.counts, ", on the whole machine (/proc/vmstat)",
			sizeof c->info.counts - strlen(c->info.counts) - 1);
		c->scope = SCOPE_SYSTEM;
		c->perturbs = true;
	}
	bool read = !r->timed_only && vmstat_read(r->plan, &now);

	for (unsigned i = first; i < r->plan->n; i++) {
		struct counter *c = &r->plan->counter[i];

		if (r->timed_only)
			not_timed(c);
		else if (now.seen[i])
			resolver_found(r, c, SOURCE_KERNEL, -1);
		else
			snprintf(c->info.reason, sizeof c->info.reason, "%s",
				 !read ? "/proc/vmstat cannot be read"
				 : strncmp(c->info.id, "nr_tlb", 6) == 0
				     ? "this kernel was built without CONFIG_DEBUG_TLBFLUSH"
				     : "this kernel's /proc/vmstat has no such line");
	}
}

void resolve_kernel(struct resolver *r)
{
	resolve_software(r);
	resolve_tracepoints(r);
	resolve_vmstat(r);
}
