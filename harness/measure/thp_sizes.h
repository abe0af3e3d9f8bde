/* Sizes of transparent huge pages that a plan asks for and the machine has switched off. */
#ifndef TLBSCOPE_MEASURE_THP_SIZES_H
#define TLBSCOPE_MEASURE_THP_SIZES_H

#include "machine/journal.h"
#include "measure/plan.h"

/* Sizes below the PMD's are off by default: those of the plan's cells are set to madvise for the
 * session, through the journal, so only memory that asks for huge pages gets them. The PMD's own
 * size stays as its owner chose. What cannot be set is left to the workers, who skip with the
 * command. */
void thp_sizes_allow(struct journal *journal, const struct plan *plan);

#endif
