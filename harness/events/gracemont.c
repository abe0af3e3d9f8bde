/* Intel Gracemont alone (Alder Lake-N). Events for second-level hits and for walks by page size are
 * not in its tables. */
#include "measure/counters.h"

static const struct event_row rows[] = {
    {.id = "dtlb_load_walk",
     .raw = 0xe08,
     .counts =
	 "completed page walks of loads, software prefetches too, all page sizes, page faults too"},
    {.id = "dtlb_store_walk",
     .raw = 0xe49,
     .counts = "completed page walks of stores, all page sizes, page faults too"},
    {.id = "itlb_walk",
     .raw = 0xe85,
     .counts = "completed page walks of fetches, all page sizes, page faults too"},
    {0},
};

const struct event_family events_gracemont = {
    .name = "Intel Gracemont",
    .match = "GenuineIntel/6/190",
    .raw_only = "libpfm4 4.13 does not know adl_grt",
    .rows = rows,
};
