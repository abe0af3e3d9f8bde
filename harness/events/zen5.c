/* AMD Zen 5: family 1Ah, models 00h-2Fh, 40h-4Fh, 60h-7Fh. */
#include "measure/counters.h"

static const struct event_row rows[] = {
    {.id = "dtlb_load_miss_l1",
     .raw = 0xf45,
     .counts = "L1 dTLB misses that hit the L2 dTLB, all page sizes, loads and stores alike"},
    {.id = "dtlb_load_walk",
     .raw = 0xf045,
     .counts = "L1 dTLB misses that also miss the L2 dTLB and ask for a walk, all page sizes, "
	       "loads and stores alike"},
    {.id = "dtlb_load_walk_4k",
     .raw = 0x3045,
     .counts = "L2 dTLB misses to 4K pages, coalesced 16K ones among them, loads and stores alike"},
    {.id = "dtlb_load_walk_2m",
     .raw = 0x4045,
     .counts = "L2 dTLB misses to 2M pages, loads and stores alike"},
    {.id = "dtlb_load_walk_1g",
     .raw = 0x8045,
     .counts = "L2 dTLB misses to 1G pages, loads and stores alike"},
    {.id = "itlb_miss_l1",
     .raw = 0x84,
     .counts = "fetches that miss the L1 iTLB and hit the L2 iTLB"},
    {.id = "itlb_walk",
     .raw = 0xf85,
     .counts = "fetches that miss both iTLBs and ask for a walk, all page sizes"},
    {.id = "tlb_flushes", .raw = 0xff78, .counts = "TLB flushes of any kind that this thread saw"},
    {0},
};

const struct event_family events_zen5 = {
    .name = "AMD Zen 5",
    .match = "AuthenticAMD/26/0-47,64-79,96-127",
    .raw_only = "libpfm4 4.13 does not know Zen 5",
    .rows = rows,
};
