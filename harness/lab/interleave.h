/* The one interleaver: two ways to run the same cells, in turn, one round at a time.
 *
 * Order A B B A A B B A …: what drifts evenly meets both sides alike, and each side follows
 * itself as often as the other. Every round is a run of its own, with its own processes, memory and
 * start, so samples differ by all that runs differ by. Both runs of a pair have the same seed. A
 * first pair is a rehearsal: it fills file caches, shows errors early, and is thrown away.
 */
#ifndef TLBSCOPE_LAB_INTERLEAVE_H
#define TLBSCOPE_LAB_INTERLEAVE_H

#include "lab/errand.h"

struct interleave {
	struct {
		const char *const *command;
		unsigned ncommand;
	} side[2];
	const char *const *options; /* of run, for both */
	unsigned noptions;
	unsigned rounds; /* of each side */
	uint64_t seed;
	const char *dir; /* runs go to DIR/A-1, DIR/B-1, … and are removed again */
	bool keep;
	bool alone; /* take the machine's turn for the whole time, so that no other run comes
		       between */
	void (*progress)(void *, unsigned done, unsigned total);
	void *progress_context;
};

/* Which side is the i-th run? 0 1 1 0 0 1 1 0 … */
unsigned interleave_side(unsigned i);
/* Both results merged, with their findings still to compute. On an error both are empty; after
 * "interrupted" they hold the pairs that were complete, if there are any. */
struct verdict interleave_run(const struct interleave *how, struct result out[2]);

#endif
