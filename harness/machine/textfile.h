/* Kernel files that are too long for a buffer on the stack, and labelled numbers in them. */
#ifndef TLBSCOPE_MACHINE_TEXTFILE_H
#define TLBSCOPE_MACHINE_TEXTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At most max bytes of the file (below TLBSCOPE_SYSROOT), ended with 0; caller frees. NULL:
 * unreadable or no memory. */
char *textfile_read(const char *path, size_t max);
/* Behind the next occurrence of `end`; NULL when there is none. */
const char *text_after(const char *text, const char *end);
/* The number behind a label that begins a line: "MemAvailable:", "inactive_file ". */
bool text_number(const char *text, const char *label, uint64_t *out);

#endif
