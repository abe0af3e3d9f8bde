/* Small files, whole: read into memory, or written and complained about in one line. */
#ifndef TLBSCOPE_OUTPUT_FILES_H
#define TLBSCOPE_OUTPUT_FILES_H

#include <tlbscope/verdict.h>

/* Caller frees *out. At most 32 MiB. */
struct verdict file_read(const char *path, char **out);
/* Atomic: a temporary file beside it, then rename. */
struct verdict file_write(const char *path, const char *text, size_t length);
/* Makes the directory and those above it. */
struct verdict directory_make(const char *path);

#endif
