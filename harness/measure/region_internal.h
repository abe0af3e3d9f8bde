/* Between the files of the region: how each kind of memory is mapped. */
#ifndef TLBSCOPE_MEASURE_REGION_INTERNAL_H
#define TLBSCOPE_MEASURE_REGION_INTERNAL_H

#include "measure/region_slots.h"

/* Bytes of address space from region->base on, aliases' gaps included. */
uint64_t region_span(const struct region *region);

/* Reserves `bytes` of address space aligned to `align`; sets base and reserved. */
struct verdict region_reserve(struct region *region, uint64_t bytes, uint64_t align);

/* Each maps over the reservation, and touches. */
struct verdict map_base(struct region *region, uint64_t seed);
struct verdict map_thp(struct region *region);
struct verdict map_hugetlb(struct region *region, int fd);
struct verdict map_reference(struct region *region, int fd);
struct verdict map_coloured(struct region *region);
struct verdict map_huge_alias(struct region *region, int fd);
struct verdict map_zero(struct region *region);

/* Reads each slot once. */
void touch_slots(const struct region *region);

/* Anonymous memory of the region at `at`, of the node that the region asks for; huge:
 * MADV_HUGEPAGE, else MADV_NOHUGEPAGE. */
struct verdict map_anonymous(const struct region *region, char *at, uint64_t bytes, int prot,
			     bool huge);
/* Memory of the region's kind and mapping over [at, at+bytes), untouched. */
struct verdict map_memory(const struct region *region, char *at, uint64_t bytes);
/* The file behind a mapping that is not anonymous; hugetlb_fd: the supervisor's, or -1. */
struct verdict region_open(struct region *region, int hugetlb_fd);
struct verdict map_pool(char *at, uint64_t bytes, uint64_t page_bytes);
struct verdict map_failed(const char *what, uint64_t bytes);
/* A memfd of `pages` hugetlb pages. Skipped, with the command that fills the pool, when it cannot
 * be had. */
struct verdict hugetlb_memfd(uint64_t page_bytes, uint64_t bytes, int *fd);
struct verdict no_pool(uint64_t page_bytes, uint64_t bytes);
bool fd_holds(int fd, uint64_t bytes);

/* May anonymous memory get huge pages of that size here (sysfs)? Skipped with the command that
 * allows it. */
struct verdict thp_allowed(uint64_t bytes);
uint64_t thp_pmd_bytes(void); /* 0: none */
/* Keeps huge pages at [base, base+bytes) from being larger than that. */
struct verdict thp_keep_size(uint64_t size, char *base, uint64_t bytes);
/* Is a larger size allowed as well? Then the kernel would prefer it. */
bool thp_larger_allowed(uint64_t bytes);

#endif
