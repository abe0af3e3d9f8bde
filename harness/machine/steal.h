/* Time that a hypervisor took from our CPUs, as the kernel counts it (/proc/stat). */
#ifndef TLBSCOPE_MACHINE_STEAL_H
#define TLBSCOPE_MACHINE_STEAL_H

#include <stdbool.h>
#include <stddef.h>

/* Sum over the CPUs since boot, in steps of a clock tick (10 ms). 0 where it is not told. */
double steal_ms(const unsigned *cpus, size_t n);

#endif
