/* Is this machine like the good result or like the bad one? Pure: one run after the other votes,
 * until it is sure. */
#ifndef TLBSCOPE_ANALYSE_BISECT_H
#define TLBSCOPE_ANALYSE_BISECT_H

#include "result/comparison.h"

#define BISECT_LEAD 3 /* votes ahead: sure */

enum bisect_vote { VOTE_GOOD, VOTE_BAD, VOTE_BETWEEN, VOTE_NEITHER, VOTES };
enum bisect_end { BISECT_OPEN, BISECT_GOOD, BISECT_BAD, BISECT_CANNOT_TELL };

struct bisect {
	double good, bad; /* medians */
	unsigned most;	  /* runs */
	unsigned votes[VOTES];
};

/* The test to bisect by: the largest regression, by ratio, that is sure; where there is none, the
 * largest improvement. NULL: neither. */
const struct comparison_row *bisect_choose(const struct comparison *comparison);
/* A run votes for the side of the middle (geometric) that its whole interval lies on; for none
 * where it straddles it, or lies beyond either result by more than these are apart. */
enum bisect_vote bisect_add(struct bisect *bisect, const struct estimate *run);
enum bisect_end bisect_state(const struct bisect *bisect);

#endif
