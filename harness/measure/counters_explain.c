/* Why an event cannot be counted here, and what to do about it. */
#include "measure/counters_internal.h"

#include "machine/sysfile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Cycles are what every exposed PMU can count. */
static bool pmu_exposed(void)
{
	struct perf_event_attr attr = {
	    .type = PERF_TYPE_HARDWARE,
	    .size = sizeof attr,
	    .config = PERF_COUNT_HW_CPU_CYCLES,
	    .disabled = 1,
	    .exclude_kernel = 1,
	    .exclude_hv = 1,
	};
	int fd = counters_perf_open(&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

#define PARANOID	  "/proc/sys/kernel/perf_event_paranoid"
#define NMI_WATCHDOG	  "/proc/sys/kernel/nmi_watchdog"
#define CAP_SYS_ADMIN_BIT 21
#define CAP_PERFMON_BIT	  38

static int read_int(const char *path, int otherwise)
{
	char text[16];
	int number = otherwise;

	if (sysfile_read(path, text, sizeof text) > 0)
		sscanf(text, "%d", &number);
	return number;
}

/* In the first user namespace: "root" of another has no say over perf events. */
static bool may_all(void)
{
	char text[4096], *at;
	unsigned long long caps = 0;
	unsigned inside = 0, outside = 0, count = 0;

	if (sysfile_read("/proc/self/uid_map", text, sizeof text) > 0 &&
	    sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && count != 4294967295u)
		return false;
	if (sysfile_read("/proc/self/status", text, sizeof text) <= 0)
		return geteuid() == 0;
	at = strstr(text, "\nCapEff:");
	return at && sscanf(at, "\nCapEff: %llx", &caps) == 1 &&
	       caps & (1ull << CAP_PERFMON_BIT | 1ull << CAP_SYS_ADMIN_BIT);
}

/* By the names that container managers give to their cgroups; "" outside of one that is known. */
static const char *container(void)
{
	static const char *const names[] = {"docker", "kubepods",   "libpod",
					    "lxc",    "containerd", "machine.slice"};
	char text[4096];

	if (sysfile_exists("/.dockerenv"))
		return "docker";
	if (sysfile_exists("/run/.containerenv"))
		return "podman";
	if (sysfile_read("/proc/self/cgroup", text, sizeof text) > 0)
		for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
			if (strstr(text, names[i]))
				return names[i];
	return "";
}

/* What the level refuses: 2 and up kernel mode, 1 and up whole CPUs; Debian's 3 and Ubuntu's 4
 * everything. */
static void forbidden(const struct perf_event_attr *attr, char *out, size_t size)
{
	int level = read_int(PARANOID, 0), allowed = attr->exclude_kernel ? 2 : 1;
	const char *where = container();

	if (level > allowed && !may_all())
		snprintf(out, size,
			 "perf_event_paranoid is %d: sudo sysctl kernel.perf_event_paranoid=1",
			 level);
	else if (attr->type == PERF_TYPE_TRACEPOINT && !may_all())
		snprintf(
		    out, size,
		    "perf_event_paranoid is %d, and tracepoints need -1 or CAP_PERFMON: run as "
		    "root",
		    level);
	else
		snprintf(out, size,
			 "perf_event_open is forbidden though perf_event_paranoid is %d (a "
			 "container's seccomp filter%s%s?): run it with --cap-add PERFMON and a "
			 "seccomp profile that allows it",
			 level, where[0] ? ", cgroup " : "", where);
}

/* A kernel without perf events has no such file; a filter may answer so, too. */
static void no_system_call(char *out, size_t size)
{
	if (sysfile_exists(PARANOID))
		snprintf(
		    out, size,
		    "perf_event_open is filtered out, though this kernel has it (a container's "
		    "seccomp profile, or an emulator): run it with a profile that allows it");
	else
		snprintf(out, size, "this kernel was built without perf events");
}

static void busy(char *out, size_t size)
{
	if (read_int(NMI_WATCHDOG, 0) > 0)
		snprintf(
		    out, size,
		    "it opens but gets no counter, and the NMI watchdog holds one: sudo sysctl "
		    "kernel.nmi_watchdog=0");
	else
		snprintf(out, size,
			 "it opens but gets no counter: another user holds them (perf, a profiler, "
			 "the host); see perf list and ps, and end it");
}

static void absent(const struct perf_event_attr *attr, char *out, size_t size)
{
	if (!counter_is_hardware(attr))
		snprintf(out, size, "this kernel has no such event");
	else if (pmu_exposed())
		snprintf(out, size, "the PMU that is exposed here does not have this event");
	else
		snprintf(out, size, "this machine exposes no PMU (a guest without vPMU?)");
}

void counters_explain(const struct perf_event_attr *attr, int error, char *out, size_t size)
{
	static const struct {
		int error;
		const char *text;
	} plain[] = {
	    {EMFILE, "too many open files in this process: ulimit -n 4096"},
	    {ENFILE, "too many open files on this machine: sudo sysctl fs.file-max=1000000"},
	    {ESRCH, "the thread to count is gone"},
	};

	for (unsigned i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (plain[i].error == error) {
			snprintf(out, size, "%s", plain[i].text);
			return;
		}
	if (error == EACCES || error == EPERM)
		forbidden(attr, out, size);
	else if (error == ENOSYS)
		no_system_call(out, size);
	else if (error == EBUSY)
		busy(out, size);
	else if (error == ENOENT || error == ENODEV || error == EOPNOTSUPP || error == ENXIO ||
		 error == EINVAL)
		absent(attr, out, size);
	else
		snprintf(out, size, "perf_event_open: %s", strerror(error));
}
