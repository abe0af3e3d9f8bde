/* Nothing on the machine stays changed.
 *
 * Before a kernel setting is changed its old value goes, fsynced, into a journal of this process;
 * at the end, on a signal, and after a SIGKILL by the next run or `tlbscope restore`, it is put
 * back. A journal whose owner (pid and start time) still lives is left alone. Journals lie in
 * /run/tlbscope (TLBSCOPE_JOURNAL overrides), one file to a process. An entry whose present value
 * is neither the old nor the one we wrote was changed by somebody else since: it is left, and said.
 * For pools the present value may also lie between.
 */
#ifndef TLBSCOPE_MACHINE_JOURNAL_H
#define TLBSCOPE_MACHINE_JOURNAL_H

#include <tlbscope/verdict.h>

#include <stdio.h>

struct journal;

struct verdict journal_open(struct journal **out); /* creates nothing until the first change */
/* Records the present value of `path` (below /sys or /proc/sys, or an object: see object.h), then
 * writes `value`. Skipped, with nothing changed, where this process may not, where no journal can
 * be written, and where another run's journal holds that setting already (two could not both put it
 * back). */
struct verdict journal_change(struct journal *journal, const char *path, const char *value);
/* Only records, for a worker that will write `value` and put the old one back itself, again and
 * again: if it dies in between, the journal puts it back. Skipped as above. */
struct verdict journal_lend(struct journal *journal, const char *path, const char *value);
/* Puts everything back, last change first; removes the file when all is back. Skipped names what
 * somebody else changed since; an error, what could not be put back. Does nothing in a forked
 * child. Async-signal-unsafe: the supervisor calls it after its loop has seen the signal. */
struct verdict journal_restore(struct journal *journal);
void journal_close(struct journal *journal); /* restores first */
/* Puts back what dead runs left. Says each step to `say` unless NULL. *n: settings put back.
 * Skipped where a journal is left alone: not understood, another user's, or not to be seen. */
struct verdict journal_recover(FILE *say, unsigned *n);

#endif
