/* What findings say of each block of a figure, so that it can draw what was concluded over what was
 * measured. */
#ifndef TLBSCOPE_OUTPUT_VALUES_H
#define TLBSCOPE_OUTPUT_VALUES_H

#include "output/dataset.h"

/* Rows `block value...`, of those blocks (from 1) from whose cells a finding of the kind that the
 * query names came, and dares to tell: the first such one's values. '?' is a value that is not
 * there. Returns how many rows. */
size_t values_write(FILE *to, const struct result *result, const struct dataset *set);

#endif
