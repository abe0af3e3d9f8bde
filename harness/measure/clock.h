/* The clock of this machine and the core's own pace against it. */
#ifndef TLBSCOPE_MEASURE_CLOCK_H
#define TLBSCOPE_MEASURE_CLOCK_H

#include <tlbscope/timer.h>

/* Chooses the source for timer_stamp() (the TSC or CNTVCT where the kernel itself trusts it) and
 * measures its rate, its step and its cost. Takes about 50 ms. Call once, before workers are
 * forked. */
void clock_read(struct clock *out);

double clock_ns(const struct clock *clock, uint64_t ticks);

/* Core cycles per tick now, from a chain of dependent adds (one a cycle on every core we know) that
 * lasts about 20 µs. Taken before and after a batch; a batch whose two differ by more than
 * CLOCK_DRIFT is dropped. */
double clock_calibrate(void);
#define CLOCK_DRIFT 0.005

/* Independent adds a tick, as many at a time as the core can do; about 2 µs. Adds that wait for
 * each other go at the same pace whatever another hardware thread does on this core; these share
 * its adders with that thread, be it a program on a sibling CPU or, in a guest, somebody else's. */
double clock_width(void);

#endif
