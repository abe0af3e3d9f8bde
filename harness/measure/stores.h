/* The supervisor's hugetlb pages, which workers map. */
#ifndef TLBSCOPE_MEASURE_STORES_H
#define TLBSCOPE_MEASURE_STORES_H

#include "measure/worker.h"

/* Opens store->fd, with each page touched once by a child that runs on `cpu`: no worker pays for
 * zeroing, pages come from that CPU's node, and where a cgroup allows fewer than the pool holds,
 * only the child meets its SIGBUS. Skipped with a remedy, and fd -1, where the pages cannot be had.
 * Wants offspring_block(); *signal: see offspring_run(). */
struct verdict store_fill(struct hugetlb_store *store, unsigned cpu, int *signal);

#endif
