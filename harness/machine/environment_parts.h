/* The parts of environment_read() that are more than rows of a table. Each is false only without
 * memory. */
#ifndef TLBSCOPE_MACHINE_ENVIRONMENT_PARTS_H
#define TLBSCOPE_MACHINE_ENVIRONMENT_PARTS_H

#include "machine/environment.h"

/* cpu.*, from /proc/cpuinfo. */
bool cpu_facts(struct facts *out);
/* hypervisor, hypervisor.pv_tlb_flush, as CPUID tells a guest. Only called where
 * cpu.flags.hypervisor is there. */
bool hypervisor_facts(cpuid_fn *cpuid, void *context, struct facts *out);
/* kernel.cmdline and init_on_*: only words that bear on memory, CPUs and mitigations; all others
 * are left out, because command lines hold host names, addresses and keys. */
bool cmdline_facts(struct facts *out);

/* Appends ", word" to the list in out[size] unless it is in it. */
void list_add(char *out, size_t size, const char *word);

#endif
