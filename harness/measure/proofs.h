/* Proof that memory is what its page kind says, before anything is timed. */
#ifndef TLBSCOPE_MEASURE_PROOFS_H
#define TLBSCOPE_MEASURE_PROOFS_H

#include "result/result.h"

#include <tlbscope/region.h>

/* By /proc/self/smaps (KernelPageSize, AnonHugePages, ShmemPmdMapped, FilePmdMapped over the very
 * VMA), by PAGEMAP_SCAN's PAGE_IS_HUGE (6.7+), and by kpageflags when readable; the text names the
 * witnesses. Every page of the region must be of the kind: a region that is huge in part has
 * failed. Base pages: no huge page among them. */
struct proof proof_page_kind(const struct region *region);

/* The same after benchmarks have dropped, protected or mapped pages anew: what is missing of
 * distinct memory is asked for once more, as they did. Overwrites it. */
struct proof proof_page_kind_again(const struct region *region);

#endif
