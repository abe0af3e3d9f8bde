/* What cells under memory pressure need of the machine: swap space and a control group, made for
 * the run through the journal. */
#ifndef TLBSCOPE_MEASURE_PRESSURE_H
#define TLBSCOPE_MEASURE_PRESSURE_H

#include "machine/journal.h"
#include "measure/worker.h"

/* Nothing happens where no cell wants it. Cells that cannot have it become skipped, with the
 * command that would enable them: all of them, or, as a run has one swap space, those that want
 * another kind than the first. */
struct verdict pressure_take(struct journal *journal, struct plan *plan, struct workshop *workshop);

#endif
