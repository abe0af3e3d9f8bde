#ifndef TLBSCOPE_OUTPUT_VERDICT_TOUCH_H
#define TLBSCOPE_OUTPUT_VERDICT_TOUCH_H

#include "result/result.h"

#include <stdio.h>

/* A value of a finding with its interval and unit; nothing where it has none. */
void put_estimate(FILE *to, const struct finding *finding, const char *name);
/* The verdict's line on first touch. False: nothing to say. */
bool verdict_touch(const struct result *result, FILE *to);

#endif
