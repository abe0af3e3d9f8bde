#ifndef TLBSCOPE_OUTPUT_VERDICT_INTERNAL_H
#define TLBSCOPE_OUTPUT_VERDICT_INTERNAL_H

#include "result/result.h"

#include <stdio.h>

/* A value of a finding with its interval and unit; nothing where it has none. */
void put_estimate(FILE *to, const struct finding *finding, const char *name);
/* The verdict's lines that have files of their own. False: nothing to say. */
bool verdict_geometry(const struct result *result, FILE *to);
bool verdict_touch(const struct result *result, FILE *to);

#endif
