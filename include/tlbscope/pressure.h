/* Too little memory, on purpose: the worker runs in a control group of its own with a limit, and
 * what does not fit goes to a swap space that the harness makes for the run.
 */
#ifndef TLBSCOPE_PRESSURE_H
#define TLBSCOPE_PRESSURE_H

#include <stdint.h>

enum swap_kind {
	SWAP_NONE, /* no pressure is wanted */
	SWAP_ZRAM, /* compressed, in memory */
	SWAP_FILE, /* on the disk behind /var/tmp */
};

struct pressure {
	enum swap_kind swap;
	uint64_t limit_bytes; /* of the control group; page tables and the like count as well */
	uint64_t swap_bytes;  /* what the cell may come to swap */
};

#endif
