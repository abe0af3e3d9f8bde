/* How far a run is: a bar with the time left on a terminal, a line to a round elsewhere. */
#ifndef TLBSCOPE_OUTPUT_PROGRESS_H
#define TLBSCOPE_OUTPUT_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

struct progress {
	FILE *to;
	bool bar, colour;
	bool drawn; /* something stands on the bar's line */
	unsigned rounds_hint, round;
	long drawn_ms;
};

/* rounds_hint: how many rounds are likely; 0: unknown. total_visits: of all rounds, as far as one
 * knows. */
void progress_begin(struct progress *p, FILE *to, unsigned rounds_hint, unsigned total_visits);
/* After every visit, as often as one likes: it draws ten times a second at most. round counts from
 * 1; eta_s < 0: unknown. */
void progress_round(struct progress *p, unsigned round, unsigned done_visits, unsigned total_visits,
		    double eta_s);
/* Leaves a clean line behind. */
void progress_end(struct progress *p);

#endif
