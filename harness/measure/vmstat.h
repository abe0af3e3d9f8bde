/* Lines of /proc/vmstat, for proofs. */
#ifndef TLBSCOPE_MEASURE_VMSTAT_H
#define TLBSCOPE_MEASURE_VMSTAT_H

#include <stdbool.h>
#include <stdint.h>

/* False where this kernel has no such line. About 50 µs: for outside of timed legs. */
bool vmstat_line(const char *name, uint64_t *out);

#endif
