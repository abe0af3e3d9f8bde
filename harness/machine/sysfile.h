/* Small files of the kernel: /proc, /sys, cgroups. The one seam through which all of
 * harness/machine reads and writes them: with TLBSCOPE_SYSROOT set, every path is taken below that
 * directory, so tests run against a fake machine. */
#ifndef TLBSCOPE_MACHINE_SYSFILE_H
#define TLBSCOPE_MACHINE_SYSFILE_H

#include <tlbscope/verdict.h>

#include <stdint.h>
#include <sys/types.h>

/* The real path; out holds PATH_MAX bytes. Returns out. */
const char *sysfile_path(const char *path, char *out);
/* Reads at most size-1 bytes, ends them with 0, drops trailing white space. Returns the length or
 * -errno. */
ssize_t sysfile_read(const char *path, char *out, size_t size);
/* First number in the file. Returns 0 or -errno. */
int sysfile_read_u64(const char *path, uint64_t *out);
/* Returns 0 or -errno. */
int sysfile_write(const char *path, const char *text);
bool sysfile_exists(const char *path);

#endif
