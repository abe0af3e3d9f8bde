/* Other programs, run to their end, and what they leave lying about. */
#ifndef TLBSCOPE_LAB_PROGRAM_H
#define TLBSCOPE_LAB_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Runs argv (found in PATH) in directory, or here with NULL. Keeps what it prints: the beginning of
 * stdout in `out`, the last line of stderr in `last`; either may be NULL. Its exit code; -1: it
 * could not be run, or a signal ended it. */
int run_program(const char *const *argv, const char *directory, char *out, size_t out_size,
		char *last, size_t last_size);
bool program_exists(const char *name);

void directory_remove(const char *path); /* and all below it */

#endif
