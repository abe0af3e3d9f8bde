/* The memory limits of the control groups that this process lies in, v1 and v2. */
#ifndef TLBSCOPE_MACHINE_CGROUP_H
#define TLBSCOPE_MACHINE_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_UNLIMITED UINT64_MAX

struct cgroup_memory {
	bool found;	    /* there is a group that could limit memory */
	uint64_t max_bytes; /* least limit from the own group up to the root; or CGROUP_UNLIMITED */
	uint64_t room_bytes; /* least of limit - usage, where cold page cache is not usage; or
				CGROUP_UNLIMITED */
};

struct cgroup_memory cgroup_memory_read(void);

#endif
