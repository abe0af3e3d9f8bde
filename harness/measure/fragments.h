/* Free memory in pieces.
 *
 * Of each free huge page one base page is kept and the rest given back: taken whole as a
 * transparent huge page, split by MADV_COLD of one base page, the others dropped. So memory is
 * taken 2 MiB at a time, never more, and all but 8 KiB of it (the page, and its page table) is free
 * again at once; what is kept can be moved, so compaction can undo it, at its price.
 * Where that would take long, what a run may use of memory is taken whole instead, untouched
 * (withhold.h). Both end with the process.
 */
#ifndef TLBSCOPE_MEASURE_FRAGMENTS_H
#define TLBSCOPE_MEASURE_FRAGMENTS_H

#include <tlbscope/verdict.h>

#include <stdint.h>

/* Free blocks of huge pages in a text as /proc/buddyinfo has it, without those of zone DMA, which
 * no program gets. `order`: 9 for 2 MiB of 4 KiB. */
uint64_t fragments_whole_blocks(const char *buddyinfo, unsigned order);

#define FRAGMENTS_S 15 /* to make them at most */

/* Until no more than a few whole blocks are left, or that time has gone by. Skipped with the
 * number where more are left: a large machine, or a host that is slow to give memory back. Again,
 * it breaks up what has become free since. */
struct verdict fragments_make(void);

#endif
