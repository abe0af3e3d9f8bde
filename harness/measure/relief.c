#include "measure/relief.h"

#include "machine/sysfile.h"
#include "machine/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CONTROL	      "memory.oom_control"
#define LENT_BYTES    ((uint64_t)4 << 20)
#define STAT_TEXT_MAX (16u << 10)
#define AGAIN_US      1000

unsigned relief_steps(const struct relief *relief)
{
	return relief->steps ? __atomic_load_n(relief->steps, __ATOMIC_ACQUIRE) : 0;
}

static void step(const struct relief *relief)
{
	__atomic_add_fetch(relief->steps, 1, __ATOMIC_ACQ_REL);
}

/* Reading the statistics brings them up to date, so that the kernel sees what it may reclaim. */
static void refresh(const struct cgroup *cgroup)
{
	char path[CGROUP_PATH_MAX + 64];

	if (cgroup_file(cgroup, "memory.stat", path))
		free(textfile_read(path, STAT_TEXT_MAX));
}

/* A higher limit wakes those that wait. */
static void lend(const struct relief *relief)
{
	char path[CGROUP_PATH_MAX + 64];
	uint64_t usage = relief->limit_bytes;

	if (cgroup_file(relief->cgroup, "memory.usage_in_bytes", path))
		sysfile_read_u64(path, &usage);
	cgroup_limit(relief->cgroup,
		     (usage > relief->limit_bytes ? usage : relief->limit_bytes) + LENT_BYTES);
}

static bool somebody_waits(const struct relief *relief)
{
	uint64_t times;

	return read(relief->wanted, &times, sizeof times) == sizeof times;
}

static void stand_by(const struct relief *relief)
{
	while (somebody_waits(relief)) {
		step(relief);
		do {
			refresh(relief->cgroup);
			lend(relief);
			usleep(AGAIN_US);
			refresh(relief->cgroup);
		} while (cgroup_limit(relief->cgroup, relief->limit_bytes) == -EBUSY);
		step(relief);
	}
}

/* The group tells us when a member waits instead of being killed. */
static int watch(struct relief *relief)
{
	char name[CGROUP_PATH_MAX + 64], real[PATH_MAX], text[32];

	if (!cgroup_file(relief->cgroup, CONTROL, name))
		return -ENAMETOOLONG;
	relief->control = open(sysfile_path(name, real), O_RDONLY | O_CLOEXEC);
	if (relief->control < 0)
		return -errno;
	int error = sysfile_write(name, "1");

	snprintf(text, sizeof text, "%d %d", relief->wanted, relief->control);
	if (!error && cgroup_file(relief->cgroup, "cgroup.event_control", name))
		error = sysfile_write(name, text);
	return error;
}

/* Ends with its parent, and is of its process group. */
static int start_warden(const struct relief *relief)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid > 0)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		stand_by(relief);
	_exit(1);
}

static int start(struct relief *relief)
{
	relief->wanted = eventfd(0, EFD_CLOEXEC);
	if (relief->wanted < 0)
		return -errno;
	relief->steps = mmap(NULL, sizeof *relief->steps, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (relief->steps == MAP_FAILED) {
		relief->steps = NULL;
		return -ENOMEM;
	}
	int error = watch(relief);

	return error ? error : start_warden(relief);
}

struct verdict relief_start(struct relief *relief, const struct cgroup *cgroup,
			    uint64_t limit_bytes)
{
	*relief = (struct relief){
	    .cgroup = cgroup, .limit_bytes = limit_bytes, .wanted = -1, .control = -1};
	int error = cgroup->kills ? start(relief) : 0;

	if (!error)
		return verdict_ok();
	relief_stop(relief);
	return verdict_invalid("no-cgroup",
			       "boot with cgroup v2 (systemd.unified_cgroup_hierarchy=1)",
			       "the kernel cannot be kept from killing in %s: %s",
			       cgroup->directory, strerror(-error));
}

void relief_stop(struct relief *relief)
{
	if (relief->control >= 0)
		close(relief->control);
	if (relief->wanted >= 0)
		close(relief->wanted);
	if (relief->steps)
		munmap(relief->steps, sizeof *relief->steps);
	*relief = (struct relief){.wanted = -1, .control = -1};
}
