/* Several runs of one machine as one result: what `ab` makes of one-round runs, what `noise` keeps,
 * and what `compare` makes of several results a side. Each sample says which run it came from, so
 * that run-to-run variation stays visible. */
#ifndef TLBSCOPE_ANALYSE_MERGE_H
#define TLBSCOPE_ANALYSE_MERGE_H

#include "result/result.h"

/* More than this share of failed visits makes a merged cell invalid, as within a run. */
#define MERGE_FAILED_MAX 0.25

/* The revision of a cell whose runs had several: no other cell's equals it. */
#define REVISION_MIXED 0

/* Takes over what `from` holds, which is left empty but valid; `into` is empty before the first
 * one, and keeps that one's machine and environment. Samples of cells that were not ok are not
 * taken: such a visit counts as failed. Findings are dropped. False without memory. */
bool result_merge(struct result *into, struct result *from);
/* After the last one: estimates of everything, and outcomes. False without memory. */
bool result_merged(struct result *into);
/* The same for two results whose runs took turns. Company and distance were the same for both then,
 * but for chance, so both cells may as well use all their visits: they do where only one has enough
 * under one set of conditions, and where all visits make for narrower intervals than the fewer that
 * were alike. It is the sides' own intervals that decide, not how far they are apart. */
bool result_merged_alike(struct result *a, struct result *b);

/* How many runs the result holds samples of; 1 where it was not merged. */
unsigned result_runs(const struct result *result);

#endif
