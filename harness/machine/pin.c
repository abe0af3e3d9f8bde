/* Binding of threads, for kernels with any number of CPUs. */
#include "machine/sysfile.h"
#include "machine/topology_internal.h"

#include <errno.h>
#include <string.h>

#define CPUS_LIMIT (1u << 20)

cpu_set_t *affinity_read(size_t *bytes)
{
	/* The kernel refuses a set smaller than its own. */
	for (unsigned cpus = CPU_SETSIZE; cpus <= CPUS_LIMIT; cpus *= 2) {
		cpu_set_t *set = CPU_ALLOC(cpus);

		*bytes = CPU_ALLOC_SIZE(cpus);
		if (!set || !sched_getaffinity(0, *bytes, set))
			return set;
		CPU_FREE(set);
		if (errno != EINVAL)
			break;
	}
	return NULL;
}

static struct verdict refused(unsigned cpu, int error)
{
	char path[64], remedy[128];
	uint64_t online;

	snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u", cpu);
	if (error == EINVAL && !sysfile_exists(path))
		return verdict_error("no-cpu",
				     "choose from /sys/devices/system/cpu/present with --cpus",
				     "cannot bind to CPU %u: there is no such CPU", cpu);
	strcat(path, "/online");
	if (error == EINVAL && !sysfile_read_u64(path, &online) && !online) {
		snprintf(remedy, sizeof remedy, "echo 1 | sudo tee %s, or leave it out with --cpus",
			 path);
		return verdict_error("cpu-offline", remedy, "cannot bind to CPU %u: it is offline",
				     cpu);
	}
	if (error == EINVAL)
		return verdict_error(
		    "cpu-not-allowed",
		    "choose from Cpus_allowed_list in /proc/self/status with --cpus",
		    "cannot bind to CPU %u: this process's cpuset does not allow it", cpu);
	return verdict_error("cannot-bind", "allow sched_setaffinity, which a sandbox may forbid",
			     "cannot bind to CPU %u: %s", cpu, strerror(error));
}

struct verdict cpu_pin(unsigned cpu)
{
	if (cpu >= CPUS_LIMIT)
		return refused(cpu, EINVAL);
	size_t bytes = CPU_ALLOC_SIZE(cpu + 1);
	cpu_set_t *set = CPU_ALLOC(cpu + 1);
	if (!set)
		return refused(cpu, ENOMEM);
	CPU_ZERO_S(bytes, set);
	CPU_SET_S(cpu, bytes, set);
	int error = sched_setaffinity(0, bytes, set) ? errno : 0;
	CPU_FREE(set);
	return error ? refused(cpu, error) : verdict_ok();
}

bool cpu_is(unsigned cpu)
{
	size_t bytes;
	cpu_set_t *set;

	if (sched_getcpu() != (int)cpu || !(set = affinity_read(&bytes)))
		return false;
	bool alone = CPU_COUNT_S(bytes, set) == 1 && CPU_ISSET_S(cpu, bytes, set);
	CPU_FREE(set);
	return alone;
}
