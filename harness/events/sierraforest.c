/* Intel Crestmont alone: Sierra Forest and Grand Ridge. Loads take software prefetches in. */
#include "measure/counters.h"

static const struct event_row rows[] = {
    {.id = "dtlb_load_miss_l1",
     .raw = 0x2008,
     .counts = "loads that miss the L1 dTLB and hit the second-level TLB"},
    {.id = "dtlb_load_walk",
     .raw = 0xe08,
     .counts = "completed page walks of loads, all page sizes, ended by a fault or not"},
    {.id = "walk_pending",
     .raw = 0x1008,
     .counts = "walks of loads in flight, summed over cycles; cycles with a walk are not counted "
	       "here; over all cycles it is the walks at once on average"},
    {.id = "dtlb_load_walk_4k",
     .raw = 0x208,
     .counts = "completed page walks of loads to 4K pages"},
    {.id = "dtlb_load_walk_2m",
     .raw = 0x408,
     .counts = "completed page walks of loads to 2M and 4M pages"},
    {.id = "dtlb_store_miss_l1",
     .raw = 0x2049,
     .counts = "stores that miss the L1 dTLB and hit the second-level TLB"},
    {.id = "dtlb_store_walk",
     .raw = 0xe49,
     .counts = "completed page walks of stores, all page sizes, ended by a fault or not"},
    {.id = "itlb_miss_l1",
     .raw = 0x2085,
     .counts = "fetches that miss the L1 iTLB and hit the second-level TLB"},
    {.id = "itlb_walk", .raw = 0xe85, .counts = "completed page walks of fetches, all page sizes"},
    {0},
};

const struct event_family events_sierraforest = {
    .name = "Intel Sierra Forest",
    .match = "GenuineIntel/6/175,182",
    .raw_only = "libpfm4 4.13 does not know Crestmont",
    .rows = rows,
};
