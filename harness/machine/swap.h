/* Swap space for cells that need memory pressure: a zram device, or a file.
 *
 * Bounded, journalled, and gone after the run: the device is given a size and is reset, the file is
 * made and removed. It gets the highest priority, so that what such a cell swaps goes there even
 * where the machine has other swap space.
 */
#ifndef TLBSCOPE_MACHINE_SWAP_H
#define TLBSCOPE_MACHINE_SWAP_H

#include "machine/journal.h"

#include <tlbscope/pressure.h>

#include <stdint.h>

/* Skipped, with what to do, where there is none to be had; everything that was changed on the way
 * there is in the journal. */
struct verdict swap_take(struct journal *journal, enum swap_kind kind, uint64_t bytes);

/* For the journal. 1, 0, or -errno. */
int swap_is_on(const char *name);
int swap_set(const char *name, bool on); /* on: writes the header first */
bool swap_is_zram(const char *name);

#endif
