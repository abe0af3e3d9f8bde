/* What was measured before is not written over unasked. */
#ifndef TLBSCOPE_CMD_EARLIER_H
#define TLBSCOPE_CMD_EARLIER_H

#include <tlbscope/verdict.h>

/* Refuses where the file is there and is not a result in which nothing was measured, as a run
 * leaves that could not begin. resume: the directory with which a partial one is completed; NULL:
 * none. */
struct verdict earlier_refuse(const char *path, const char *resume);
/* The same of a file that --output names, before anything is measured for it; `replace` was said.
 * NULL: no file was named. A directory is refused at any rate, and so is a place that cannot be
 * written to. */
struct verdict earlier_file(const char *path, bool replace);

#endif
