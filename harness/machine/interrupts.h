/* Remote TLB flushes as the kernel counts them: the first witness of a shootdown. */
#ifndef TLBSCOPE_MACHINE_INTERRUPTS_H
#define TLBSCOPE_MACHINE_INTERRUPTS_H

#include <tlbscope/verdict.h>

#include <stdint.h>

#define INTERRUPTS_CPUS_MAX 1024

struct interrupts {
	bool counts_tlb;		   /* the machine has a TLB row at all (x86) */
	uint64_t tlb[INTERRUPTS_CPUS_MAX]; /* by OS index: remote flushes received */
	uint64_t cal[INTERRUPTS_CPUS_MAX]; /* function-call interrupts received; remote flushes are
					      among them */
	uint64_t all[INTERRUPTS_CPUS_MAX]; /* every interrupt of that CPU, a remote flush once (as
					      function call) */
};

/* Reads /proc/interrupts whole; no allocation after the first call in a process. Not for two
 * threads at once. Skipped where there is no such file, invalid where it is not understood: *out is
 * zero then. CPUs from INTERRUPTS_CPUS_MAX on are left out. */
struct verdict interrupts_read(struct interrupts *out);

#endif
