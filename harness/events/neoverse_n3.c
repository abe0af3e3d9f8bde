/* Arm Neoverse N3. */
#include "measure/counters.h"

static const struct event_row rows[] = {
    {.id = "dtlb_load_miss_l1",
     .raw = 0x5,
     .counts = "L1 dTLB refills, loads and stores alike, prefetches too, whether the second level "
	       "hit or a walk was needed",
     .with_walks = true},
    {.id = "dtlb_load_walk",
     .raw = 0x34,
     .counts = "walks for data with at least one memory access, loads and stores alike"},
    {.id = "walk_pending", .raw = 0x8128, .counts = "walks for data in flight, summed over cycles"},
    {.id = "itlb_miss_l1",
     .raw = 0x2,
     .counts = "L1 iTLB refills, whether the second level hit or a walk was needed"},
    {.id = "itlb_walk", .raw = 0x35, .counts = "walks for fetches with at least one memory access"},
    {0},
};

const struct event_family events_neoverse_n3 = {
    .name = "Arm Neoverse N3",
    .match = "0x41/0xd8e",
    .raw_only = "libpfm4 4.13 does not know Neoverse N3",
    .rows = rows,
};
