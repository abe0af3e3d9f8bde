/* The three numbers that a reader takes home. */
#ifndef TLBSCOPE_OUTPUT_HEADLINE_H
#define TLBSCOPE_OUTPUT_HEADLINE_H

#include "result/result.h"

#define HEADLINES 3

struct headline {
	char number[112];  /* "× 4.10", "9.82 µs", "≥ 54.6 cycles" */
	char interval[96]; /* "95% interval [4.00, 4.25]"; "" where there is none */
	char label[96];	   /* what it is */
};

/* Returns how many the run can tell: fewer than three on a poor run. */
size_t output_headlines(const struct result *result, struct headline out[HEADLINES]);

#endif
