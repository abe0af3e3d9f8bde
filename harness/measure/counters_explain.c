/* Why an event cannot be counted here, and what to do about it. */
#include "measure/counters.h"

#include "machine/sysfile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool is_hardware(const struct perf_event_attr *attr)
{
	return attr->type != PERF_TYPE_SOFTWARE && attr->type != PERF_TYPE_TRACEPOINT;
}

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

static void forbidden(const struct perf_event_attr *attr, char *out, size_t size)
{
	int wanted = attr->exclude_kernel ? 2 : 1;
	char text[16];
	int level = 0;

	if (sysfile_read("/proc/sys/kernel/perf_event_paranoid", text, sizeof text) > 0)
		sscanf(text, "%d", &level);
	if (level > wanted && geteuid() != 0)
		snprintf(out, size,
			 "perf_event_paranoid is %d: sudo sysctl kernel.perf_event_paranoid=1",
			 level);
	else
		snprintf(
		    out, size,
		    "perf_event_open is forbidden though perf_event_paranoid is %d (a container's "
		    "seccomp filter?): run it with --cap-add PERFMON and a seccomp profile that "
		    "allows it",
		    level);
}

static void absent(const struct perf_event_attr *attr, char *out, size_t size)
{
	if (!is_hardware(attr))
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
	    {EBUSY, "another user holds the counters, often the NMI watchdog: sudo sysctl "
		    "kernel.nmi_watchdog=0"},
	    {ENOSYS, "this kernel was built without perf events"},
	    {ESRCH, "the thread to count is gone"},
	};

	for (unsigned i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (plain[i].error == error) {
			snprintf(out, size, "%s", plain[i].text);
			return;
		}
	if (error == EACCES || error == EPERM)
		forbidden(attr, out, size);
	else if (error == ENOENT || error == ENODEV || error == EOPNOTSUPP || error == ENXIO ||
		 error == EINVAL)
		absent(attr, out, size);
	else
		snprintf(out, size, "perf_event_open: %s", strerror(error));
}
