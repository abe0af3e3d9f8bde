/* Gaps that a responder sees by chance. A timer, a host that takes the CPU away: they come without
 * any flush, and some fall into operations before these have interrupted anybody. So each worker
 * listens for a while when nobody flushes; what it heard stands beside what was stolen:
 *
 *   stolen_ns  first gap of each operation, as seen. exposed_s: how long a gap by chance would have
 *              been taken for one, of all responders; heard_s: how long it was listened.
 *   quiet_ns   gaps that were heard.
 *
 * Expected by chance are the gaps of quiet_ns times exposed_s / heard_s. They are taken off
 * whenever the histogram is read; what was seen stays in the result. */
#ifndef TLBSCOPE_RESULT_CHANCE_H
#define TLBSCOPE_RESULT_CHANCE_H

#include "result/result.h"

#define HIST_STOLEN "stolen_ns"
#define HIST_QUIET  "quiet_ns"

/* Takes chance[i]·scale of each bucket off, from the highest down: what is not found in a bucket is
 * taken from the next lower one that holds something. So as many go as are expected, as far as
 * there are so many no higher, and no count falls below zero. The part of one that is left is not
 * taken. */
void chance_subtract(uint64_t *counts, const uint64_t *chance, size_t n, double scale);
/* The counts of one of the cell's histograms, without what chance explains of stolen_ns; all others
 * as they are. counts: room for hist->ncounts. */
void chance_take_off(const struct cell_result *cell, const struct hist_result *hist,
		     uint64_t *counts);

#endif
