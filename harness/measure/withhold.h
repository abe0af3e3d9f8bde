/* Memory taken whole and never touched.
 *
 * A file in a tmpfs of huge pages that has no place in the tree: space that is allocated ahead is
 * not cleared, so gigabytes take milliseconds. It ends with the process. */
#ifndef TLBSCOPE_MEASURE_WITHHOLD_H
#define TLBSCOPE_MEASURE_WITHHOLD_H

#include <stdbool.h>
#include <stdint.h>

/* Beside what was taken before. False where that is not allowed (it takes CAP_SYS_ADMIN), cannot be
 * done, or there is no such memory. */
bool withhold(uint64_t bytes);

#endif
