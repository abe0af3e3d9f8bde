/* Cells of the benchmarks that change mappings, and their neighbours in a plan. */
#ifndef TLBSCOPE_ANALYSE_STORMS_H
#define TLBSCOPE_ANALYSE_STORMS_H

#include "result/result.h"

/* An ok cell of madvise, mprotect or munmap with `ns`, whose responders, if any, spin. */
bool storm_is(const struct cell_result *c);
/* The ok cell that is like this one but for one count; at resp=0 place and state vanish. NULL: not
 * there. */
const struct cell_result *storm_like(const struct result *result, const struct cell_result *c,
				     const char *name, uint64_t count);

#endif
