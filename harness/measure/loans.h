/* Settings that benchmarks may change for themselves while a session lasts. */
#ifndef TLBSCOPE_MEASURE_LOANS_H
#define TLBSCOPE_MEASURE_LOANS_H

#include "machine/journal.h"
#include "measure/plan.h"

/* Journals each setting that a cell of the plan wants lent. Cells whose setting cannot be had
 * become skipped, with the command. */
void loans_take(struct journal *journal, struct plan *plan);

#endif
