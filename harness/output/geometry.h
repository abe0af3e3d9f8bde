/* The findings on TLB geometry, for people and for programs. */
#ifndef TLBSCOPE_OUTPUT_GEOMETRY_H
#define TLBSCOPE_OUTPUT_GEOMETRY_H

#include "result/result.h"

#include <stdio.h>

/* Of benchmarks that the findings are made of, whatever came of them. */
bool geometry_has_cells(const struct result *result);
struct verdict output_geometry(FILE *to, const struct result *result);
struct verdict output_geometry_json(FILE *to, const struct result *result);

#endif
