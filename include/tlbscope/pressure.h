/* Too little memory, on purpose: the worker runs in a control group of its own with a limit, and
 * what does not fit goes to a swap space that the harness makes for the run. Without a limit: that
 * swap space alone, for pages that the benchmark sends out itself.
 */
#ifndef TLBSCOPE_PRESSURE_H
#define TLBSCOPE_PRESSURE_H

#include <stdint.h>

enum swap_kind {
	SWAP_NONE, /* no pressure is wanted */
	SWAP_ZRAM, /* compressed, in memory */
	SWAP_FILE, /* on the disk behind /var/tmp */
	SWAP_ANY,  /* what can be had, the first of these first */
};

struct pressure {
	enum swap_kind swap;
	uint64_t limit_bytes; /* of the control group; page tables and the like count as well; 0:
				 no group */
	uint64_t swap_bytes;  /* what the cell may come to swap */
};

#endif
