/* Things that a run makes and unmakes, as settings with two values, so that the journal can undo
 * them like any other: "swap:/dev/zram0" is off or on, "cgroup:/sys/fs/cgroup/tlbscope-7" and
 * "file:/var/tmp/tlbscope-7" are absent or present. Private to the journal.
 *
 * Journals are written by root from what a file says. So only names are taken that a run could have
 * made: control groups and files whose name begins with "tlbscope-", and swap on these or on a zram
 * device.
 */
#ifndef TLBSCOPE_MACHINE_OBJECT_H
#define TLBSCOPE_MACHINE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

bool object_is(const char *path); /* of one of these schemes, with a name that may be ours */
bool object_has_scheme(const char *path); /* whatever its name */
/* The present value, or -errno. */
int object_read(const char *path, char *out, size_t size);
/* To that value. Returns 0 or -errno; -EINVAL where the kind has no such value. */
int object_write(const char *path, const char *value);
/* What a person would type for it. */
void object_command(const char *path, const char *value, char *out, size_t size);

#endif
