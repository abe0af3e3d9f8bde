/* What was measured before is not written over unasked. */
#ifndef TLBSCOPE_CMD_EARLIER_H
#define TLBSCOPE_CMD_EARLIER_H

#include <tlbscope/verdict.h>

/* Refuses where the file is there and is not a result in which nothing was measured, as a run
 * leaves that could not begin. resume: the directory with which a partial one is completed; NULL:
 * none. */
struct verdict earlier_refuse(const char *path, const char *resume);

#endif
