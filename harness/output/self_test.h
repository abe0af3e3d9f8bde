/* What doctor's self-test came to: its cells, proofs and conditions, and what the machine is good
 * for. */
#ifndef TLBSCOPE_OUTPUT_SELF_TEST_H
#define TLBSCOPE_OUTPUT_SELF_TEST_H

#include "result/result.h"

#include <stdio.h>

/* No grade where a proof failed, or where a cell of the self-test has too few visits to tell. */
void self_test_print(FILE *to, const struct result *result);

#endif
