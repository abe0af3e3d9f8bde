/* hugetlb pools: what is there, what a plan needs, and borrowing the difference. */
#ifndef TLBSCOPE_MACHINE_POOLS_H
#define TLBSCOPE_MACHINE_POOLS_H

#include "machine/journal.h"

#include <stdint.h>

struct pool_need {
	uint64_t page_bytes, pages;
	bool on_node; /* of that NUMA node's pool, else of any */
	unsigned node;
};

/* Free pages of that size now that nobody has reserved; false when the kernel has no such pool. */
bool pool_free(uint64_t page_bytes, uint64_t *pages);
/* The command a user would type to get them, e.g. "echo 2 | sudo tee
 * /sys/kernel/mm/…/nr_hugepages". */
void pool_command(uint64_t page_bytes, uint64_t pages, char *out, size_t size);
/* Grows the pool through the journal so that `need->pages` are free, bounded by `memory_bytes`.
 * Skipped with the command as remedy where this process may not; skipped with the number the kernel
 * gave where it gave fewer; these are given back at once. */
struct verdict pool_reserve(struct journal *journal, const struct pool_need *need,
			    uint64_t memory_bytes);

#endif
