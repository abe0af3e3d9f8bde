/* Settings of the kernel as values that can be written back. Private to the journal. */
#ifndef TLBSCOPE_MACHINE_SETTING_H
#define TLBSCOPE_MACHINE_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#define SETTING_PATH_MAX  256
#define SETTING_VALUE_MAX 128

/* A file reads back as something else than what one writes to it in two cases: a list with the
 * chosen word in brackets ("always [madvise] never"), and a pool, which counts surplus pages that
 * come and go by themselves. Returns 0 or -errno; out holds SETTING_VALUE_MAX bytes. */
int setting_read(const char *path, char *out);
/* Returns 0 or -errno. A zram device takes its size back only by a reset. */
int setting_write(const char *path, const char *value);
/* What a person would type to set it. */
void setting_command(const char *path, const char *value, char *out, size_t size);
bool setting_number(const char *text, unsigned long long *out);
bool setting_same(const char *a, const char *b); /* as text or as numbers */
/* The last part of the path where it is a hugetlb pool's size; else NULL. */
const char *setting_pool(const char *path);
/* Below /sys or /proc/sys, or an object (object.h), and nothing else: journals are written by root
 * from what a file says. */
bool setting_is(const char *path);

#endif
