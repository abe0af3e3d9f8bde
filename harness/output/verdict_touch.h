#ifndef TLBSCOPE_OUTPUT_VERDICT_TOUCH_H
#define TLBSCOPE_OUTPUT_VERDICT_TOUCH_H

#include "result/result.h"

#include <stdio.h>

/* The verdict's line on first touch. False: nothing to say. */
bool verdict_touch(const struct result *result, FILE *to);

#endif
