/* What the kernel says of the pages behind a range: the witnesses of the page-size proof. */
#ifndef TLBSCOPE_MEASURE_PROOFS_SCAN_H
#define TLBSCOPE_MEASURE_PROOFS_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* By PAGEMAP_SCAN. */
struct page_scan {
	bool available;
	uint64_t present_bytes, huge_bytes; /* huge: one translation of PMD size or larger */
};
struct page_scan scan_pages(const char *base, uint64_t bytes);

/* By /proc/self/smaps: sums over the mappings that touch the range, but the first only if
 * `first_only`. */
struct smaps_sum {
	bool available;
	unsigned mappings;
	uint64_t page_bytes; /* KernelPageSize where equal for all, else 0 */
	uint64_t rss_bytes, huge_bytes,
	    hugetlb_bytes; /* huge: Anon, Shmem and FilePmdMapped together */
};
struct smaps_sum smaps_sum(const char *base, uint64_t bytes, bool first_only);

/* By pagemap and kpageflags (root), of at most `most` pages evenly spread: how many are part of a
 * block of exactly `block_bytes` (0 or the base page: of no block at all). */
struct flags_sample {
	bool available;
	unsigned sampled, of_kind;
};
struct flags_sample flags_sample(const char *base, uint64_t bytes, uint64_t block_bytes,
				 unsigned most);

/* Are all pages of the range translated by huge pages? False as well where nobody can tell. */
bool scan_all_huge(const char *base, uint64_t bytes);

#endif
