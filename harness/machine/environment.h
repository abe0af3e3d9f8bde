/* Everything about the machine that can change a number, as facts, read before and after a run.
 *
 * cpu.model cpu.vendor cpu.family cpu.model_id cpu.stepping cpu.microcode cpu.part (Arm),
 * cpu.flags.NAME = yes (pcid invpcid invlpgb la57 pdpe1gb pti …), cpu.online cpu.isolated
 * cpu.nohz_full, kernel.release kernel.version kernel.arch, kernel.cmdline (only words that bear on
 * memory, CPUs and mitigations: all others are left out), thp.enabled thp.defrag thp.shmem
 * thp.zero_page thp.pmd_bytes, mthp.SIZE mthp.SIZE.shmem, pool.SIZE.nr .free .surplus .overcommit,
 * khugepaged.*, ksm, damon damon.reclaim damon.lru_sort, page_reporting (its order), lru_gen,
 * init_on_alloc init_on_free, mitigation.NAME, governor governor.driver governor.preference, boost,
 * smt, idle.driver idle.governor, hypervisor (kvm tcg hyper-v xen …) hypervisor.pv_tlb_flush,
 * numa_balancing, overcommit, max_map_count, swappiness, compaction_proactiveness, clocksource,
 * perf_event_paranoid, nmi_watchdog, tlb.ceiling (if readable), memory.total swap.total,
 * cgroup.memory.max, loadavg. SIZE is 64k, 2m, 1g.
 * A fact that the machine does not have is absent. No host names, serials, UUIDs or MAC addresses.
 */
#ifndef TLBSCOPE_MACHINE_ENVIRONMENT_H
#define TLBSCOPE_MACHINE_ENVIRONMENT_H

#include "result/facts.h"
#include "result/result.h"

bool environment_read(struct facts *out);

/* CPUID's own TLB claims: Intel leaf 0x18 and leaf 2, AMD 0x80000005/6/19. Where the leaves come
 * from is a function, so that tests replay other CPUs and CPUs that lie. */
struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};
typedef struct cpuid_regs cpuid_fn(uint32_t leaf, uint32_t subleaf, void *context);
struct cpuid_regs cpuid_native(uint32_t leaf, uint32_t subleaf, void *context); /* zeros off x86 */
/* Software executes the instructions (QEMU's TCG): counts are real, and times say nothing, not even
 * that something was interrupted. */
bool cpuid_is_emulated(cpuid_fn *cpuid, void *context);
/* What a hypervisor says of remote flushes: that the kernel may leave out vCPUs that do not run
 * (KVM), or shall not interrupt any, but call it (Hyper-V). */
enum pv_flush { PV_FLUSH_NONE, PV_FLUSH_SKIPS, PV_FLUSH_CALLS };
enum pv_flush hypervisor_flushes_tlb(cpuid_fn *cpuid, void *context);
/* Caller frees *out. False without memory. */
bool claims_read(cpuid_fn *cpuid, void *context, struct claim **out, unsigned *n);

/* Memory that a run may use: the least of MemAvailable, the cgroup's head room (v1 and v2) and
 * RLIMIT_AS/DATA, less a reserve of 1/8 and at least 256 MiB. 0 when nothing is left. */
uint64_t memory_usable(void);
/* The same for what was planned with it, and is about to be taken: half of the reserve is for what
 * changed in between. */
uint64_t memory_left(void);

#endif
