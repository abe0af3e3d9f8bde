/* A result as one table, for other programs and for notes. */
#ifndef TLBSCOPE_OUTPUT_SHOW_H
#define TLBSCOPE_OUTPUT_SHOW_H

#include "result/key.h"
#include "result/result.h"

#include <stdio.h>

/* format: json, csv or markdown. only: NULL: every cell. Counters that counted nothing are left
 * out. */
struct verdict output_show(FILE *to, const struct result *result, const char *format,
			   const struct selector *only);

#endif
