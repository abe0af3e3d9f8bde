/* Between collect.c (samples and estimates), collect_pairs.c (derived metrics) and collect_judge.c.
 */
#ifndef TLBSCOPE_MEASURE_COLLECT_INTERNAL_H
#define TLBSCOPE_MEASURE_COLLECT_INTERNAL_H

#include "measure/collect.h"

/* Of the widest interval that n samples have: their range. */
double collect_coverage(unsigned n);
bool collect_is_thin(const struct metric_result *metric);
void collect_note_thin(struct cell_result *cell, const struct metric_result *metric);
bool collect_metric_within(const struct metric_result *metric, double target);

/* The cell's metric of that name, with that unit where it is new. NULL without memory. */
struct metric_result *collect_metric(struct cell_result *cell, const char *name, const char *unit);
bool collect_append(struct metric_result *metric, double value, unsigned round);

/* One line to a kind of proof, the newest. False without memory. */
bool collect_add_proof(struct cell_result *cell, const struct proof *proof);

#endif
