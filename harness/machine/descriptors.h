/* Intel's one-byte TLB descriptors of CPUID leaf 2. */
#ifndef TLBSCOPE_MACHINE_DESCRIPTORS_H
#define TLBSCOPE_MACHINE_DESCRIPTORS_H

#include <stdint.h>

#define WAYS_FULL 0xffff

struct descriptor {
	uint8_t code; /* may have several rows: one for each array */
	uint8_t level;
	const char *type, *pages;
	uint16_t entries;
	uint16_t ways; /* 0: not said */
};

extern const struct descriptor descriptors[]; /* ends with code 0 */

#endif
