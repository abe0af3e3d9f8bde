#include "machine/environment.h"

#include "machine/cgroup.h"
#include "machine/sysfile.h"
#include "machine/textfile.h"

#include <stdlib.h>
#include <sys/resource.h>

#define MEMINFO_MAX   (16u << 10)
#define RESERVE_MIN   (256ull << 20)
#define RESERVE_SHARE 8

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t less(uint64_t whole, uint64_t part)
{
	return whole > part ? whole - part : 0;
}

static bool kilobytes(const char *text, const char *label, uint64_t *bytes)
{
	uint64_t kb;

	if (!text || !text_number(text, label, &kb) || kb > UINT64_MAX >> 10)
		return false;
	*bytes = kb << 10;
	return true;
}

/* What the kernel could hand out: MemAvailable, and under strict overcommit also what may be
 * promised. */
static uint64_t kernel_room(void)
{
	char *meminfo = textfile_read("/proc/meminfo", MEMINFO_MAX);
	uint64_t room = 0, mode = 0, limit, committed;

	if (!kilobytes(meminfo, "MemAvailable:", &room))
		kilobytes(meminfo, "MemFree:", &room);
	sysfile_read_u64("/proc/sys/vm/overcommit_memory", &mode);
	if (mode == 2 && kilobytes(meminfo, "CommitLimit:", &limit) &&
	    kilobytes(meminfo, "Committed_AS:", &committed))
		room = least(room, less(limit, committed));
	free(meminfo);
	return room;
}

static uint64_t rlimit_room(void)
{
	static const struct {
		int resource;
		const char *used;
	} limits[] = {{RLIMIT_AS, "VmSize:"}, {RLIMIT_DATA, "VmData:"}};
	char *status = textfile_read("/proc/self/status", MEMINFO_MAX);
	uint64_t room = UINT64_MAX;

	for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct rlimit limit;
		uint64_t used = 0;

		if (getrlimit((__rlimit_resource_t)limits[i].resource, &limit) != 0 ||
		    limit.rlim_cur == RLIM_INFINITY)
			continue;
		kilobytes(status, limits[i].used, &used);
		room = least(room, less(limit.rlim_cur, used));
	}
	free(status);
	return room;
}

static uint64_t all_room(void)
{
	uint64_t room = least(kernel_room(), rlimit_room());

	return least(room, cgroup_memory_read().room_bytes);
}

static uint64_t reserve_of(uint64_t room)
{
	uint64_t share = room / RESERVE_SHARE;

	return share > RESERVE_MIN ? share : RESERVE_MIN;
}

uint64_t memory_usable(void)
{
	uint64_t room = all_room();

	return less(room, reserve_of(room));
}

uint64_t memory_left(void)
{
	uint64_t room = all_room();

	return less(room, reserve_of(room) / 2);
}
