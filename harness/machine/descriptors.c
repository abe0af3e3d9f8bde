/* From Intel's Software Developer's Manual, volume 2, table "Encoding of CPUID Leaf 2 Descriptors".
 * What it calls DTLB0 or uTLB is level 1 here, DTLB1 and a DTLB behind a uTLB level 2. */
#include "machine/descriptors.h"

#include <stddef.h>

#define I(c, p, n, w)                                                                              \
	{                                                                                          \
		.code = c, .level = 1, .type = "instruction", .pages = p, .entries = n, .ways = w  \
	}
#define D(c, l, p, n, w)                                                                           \
	{                                                                                          \
		.code = c, .level = l, .type = "data", .pages = p, .entries = n, .ways = w         \
	}
#define BOTH(c, l, p, n, w)                                                                        \
	{                                                                                          \
		.code = c, .level = l, .type = "unified", .pages = p, .entries = n, .ways = w      \
	}

const struct descriptor descriptors[] = {
    I(0x01, "4k", 32, 4),
    I(0x02, "4m", 2, WAYS_FULL),
    D(0x03, 1, "4k", 64, 4),
    D(0x04, 1, "4m", 8, 4),
    D(0x05, 2, "4m", 32, 4),
    I(0x0b, "4m", 4, 4),
    I(0x4f, "4k", 32, 0),
    I(0x50, "4k,2m,4m", 64, 0),
    I(0x51, "4k,2m,4m", 128, 0),
    I(0x52, "4k,2m,4m", 256, 0),
    I(0x55, "2m,4m", 7, WAYS_FULL),
    D(0x56, 1, "4m", 16, 4),
    D(0x57, 1, "4k", 16, 4),
    D(0x59, 1, "4k", 16, WAYS_FULL),
    D(0x5a, 1, "2m,4m", 32, 4),
    D(0x5b, 1, "4k,4m", 64, 0),
    D(0x5c, 1, "4k,4m", 128, 0),
    D(0x5d, 1, "4k,4m", 256, 0),
    I(0x61, "4k", 48, WAYS_FULL),
    D(0x63, 1, "2m,4m", 32, 4),
    D(0x63, 1, "1g", 4, 4),
    D(0x64, 1, "4k", 512, 4),
    D(0x6a, 1, "4k", 64, 8),
    D(0x6b, 2, "4k", 256, 8),
    D(0x6c, 2, "2m,4m", 128, 8),
    D(0x6d, 2, "1g", 16, WAYS_FULL),
    I(0x76, "2m,4m", 8, WAYS_FULL),
    D(0xa0, 1, "4k", 32, WAYS_FULL),
    I(0xb0, "4k", 128, 4),
    I(0xb1, "2m", 8, 4),
    I(0xb1, "4m", 4, 4),
    I(0xb2, "4k", 64, 4),
    D(0xb3, 1, "4k", 128, 4),
    D(0xb4, 2, "4k", 256, 4),
    I(0xb5, "4k", 64, 8),
    I(0xb6, "4k", 128, 8),
    D(0xba, 2, "4k", 64, 4),
    D(0xc0, 1, "4k,4m", 8, 4),
    BOTH(0xc1, 2, "4k,2m", 1024, 8),
    D(0xc2, 1, "4k,2m", 16, 4),
    BOTH(0xc3, 2, "4k,2m", 1536, 6),
    BOTH(0xc3, 2, "1g", 16, 4),
    D(0xc4, 1, "2m,4m", 32, 4),
    BOTH(0xca, 2, "4k", 512, 4),
    {0},
};
