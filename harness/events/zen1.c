/* AMD Zen 1 and Zen+: family 17h, models 00h-2Fh. */
#include "measure/counters.h"

static const struct event_row rows[] = {
    {.id = "dtlb_load_miss_l1",
     .libpfm = "L1_DTLB_MISS:TLB_RELOAD_4K_L2_HIT:TLB_RELOAD_COALESCED_PAGE_HIT:TLB_RELOAD_2M_L2_"
	       "HIT:TLB_RELOAD_1G_L2_HIT",
     .raw = 0xf45,
     .counts = "L1 dTLB misses that hit the L2 dTLB, all page sizes, loads and stores alike"},
    {.id = "dtlb_load_walk",
     .libpfm = "L1_DTLB_MISS:TLB_RELOAD_4K_L2_MISS:TLB_RELOAD_COALESCED_PAGE_MISS:TLB_RELOAD_2M_L2_"
	       "MISS:TLB_RELOAD_1G_L2_MISS",
     .raw = 0xf045,
     .counts = "L1 dTLB misses that also miss the L2 dTLB and ask for a walk, all page sizes, "
	       "loads and stores alike"},
    {.id = "dtlb_load_walk_4k",
     .libpfm = "L1_DTLB_MISS:TLB_RELOAD_4K_L2_MISS:TLB_RELOAD_COALESCED_PAGE_MISS",
     .raw = 0x3045,
     .counts = "L2 dTLB misses to 4K pages, coalesced 32K ones among them, loads and stores alike"},
    {.id = "dtlb_load_walk_2m",
     .libpfm = "L1_DTLB_MISS:TLB_RELOAD_2M_L2_MISS",
     .raw = 0x4045,
     .counts = "L2 dTLB misses to 2M pages, loads and stores alike"},
    {.id = "dtlb_load_walk_1g",
     .libpfm = "L1_DTLB_MISS:TLB_RELOAD_1G_L2_MISS",
     .raw = 0x8045,
     .counts = "L2 dTLB misses to 1G pages, loads and stores alike"},
    {.id = "itlb_miss_l1",
     .libpfm = "L1_ITLB_MISS_L2_ITLB_HIT",
     .raw = 0x84,
     .counts = "fetches that miss the L1 iTLB and hit the L2 iTLB"},
    {.id = "itlb_walk",
     .libpfm = "L1_ITLB_MISS_L2_ITLB_MISS:IF4K:IF2M:IF1G",
     .raw = 0x785,
     .counts = "fetches that miss both iTLBs and ask for a walk, all page sizes"},
    {0},
};

const struct event_family events_zen1 = {
    .name = "AMD Zen 1",
    .libpfm_pmu = "amd64_fam17h_zen1",
    .match = "AuthenticAMD/23/0-47",
    .rows = rows,
};
