/* Can it be written there? Asked before anything is waited for or measured, and without making
 * anything: what is true now may not be later. */
#ifndef TLBSCOPE_CMD_PLACE_H
#define TLBSCOPE_CMD_PLACE_H

#include <tlbscope/verdict.h>

/* A directory, with those above it that are missing. */
struct verdict place_for_directory(const char *path);
/* A file in a directory that is there. */
struct verdict place_for_file(const char *path);

#endif
