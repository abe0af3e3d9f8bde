/* Verticals of a figure: where something was measured to change, and where CPUID says it does. */
#ifndef TLBSCOPE_OUTPUT_MARKS_H
#define TLBSCOPE_OUTPUT_MARKS_H

#include "output/dataset.h"

/* Rows `x lo hi measured|bracket|claimed|cache "label"`, x rising; of a bracket (phrase.h) nothing
 * is known but its ends, and x is the lower one; a sloped level is one as well, since no place in
 * its rise is a size; marks at the same x share a row. Only levels of page kinds that the data set
 * has. Returns how many rows. */
size_t marks_write(FILE *to, const struct result *result, const struct dataset *set);

#endif
