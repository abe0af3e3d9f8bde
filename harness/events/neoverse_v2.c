/* Arm Neoverse V2. */
#include "measure/counters.h"

static const struct event_row rows[] = {
    {.id = "dtlb_load_miss_l1",
     .libpfm = "L1D_TLB_REFILL_RD",
     .raw = 0x4c,
     .counts = "L1 dTLB refills for reads, prefetches too, whether the second level hit or a walk "
	       "was needed",
     .with_walks = true},
    {.id = "dtlb_load_walk",
     .libpfm = "DTLB_WALK",
     .raw = 0x34,
     .counts = "walks for data with at least one memory access, loads and stores alike"},
    {.id = "dtlb_store_miss_l1",
     .libpfm = "L1D_TLB_REFILL_WR",
     .raw = 0x4d,
     .counts = "L1 dTLB refills for writes, whether the second level hit or a walk was needed"},
    {.id = "itlb_miss_l1",
     .libpfm = "L1I_TLB_REFILL",
     .raw = 0x2,
     .counts = "L1 iTLB refills, whether the second level hit or a walk was needed"},
    {.id = "itlb_walk",
     .libpfm = "ITLB_WALK",
     .raw = 0x35,
     .counts = "walks for fetches with at least one memory access"},
    {0},
};

const struct event_family events_neoverse_v2 = {
    .name = "Arm Neoverse V2",
    .libpfm_pmu = "arm_v2",
    .match = "0x41/0xd4f",
    .rows = rows,
};
