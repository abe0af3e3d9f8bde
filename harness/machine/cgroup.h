/* The memory limits of the control groups that this process lies in, v1 and v2. */
#ifndef TLBSCOPE_MACHINE_CGROUP_H
#define TLBSCOPE_MACHINE_CGROUP_H

#include "machine/journal.h"

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_UNLIMITED UINT64_MAX
#define CGROUP_PATH_MAX	 256 /* what a journal takes */

struct cgroup_memory {
	bool found;	    /* there is a group that could limit memory */
	uint64_t max_bytes; /* least limit from the own group up to the root; or CGROUP_UNLIMITED */
	uint64_t room_bytes; /* least of limit - usage, where cold page cache is not usage; or
				CGROUP_UNLIMITED */
};

struct cgroup_memory cgroup_memory_read(void);

/* A group of our own with a limit, below the nearest one that may have such children (so the limits
 * that we are under stay in force). Made through the journal, which removes it. */
struct cgroup {
	char directory[CGROUP_PATH_MAX]; /* "": none */
	const char *limit_file;
	bool kills; /* at this limit the kernel kills where it finds nothing to reclaim */
};
struct verdict cgroup_make(struct journal *journal, struct cgroup *out);
/* The caller, with what it allocates from now on. Invalid where it cannot. */
struct verdict cgroup_enter(const struct cgroup *cgroup, uint64_t limit_bytes);
/* 0, or -errno: usage cannot be brought below it, say. */
int cgroup_limit(const struct cgroup *cgroup, uint64_t limit_bytes);
/* The path of one of its files; false: too long. */
bool cgroup_file(const struct cgroup *cgroup, const char *name, char out[CGROUP_PATH_MAX + 64]);

#endif
