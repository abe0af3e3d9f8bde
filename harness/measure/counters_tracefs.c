/* Numbers of tracepoints. Newer libpfm4 has no tracepoints, and tracefs may not be mounted. */
#include "measure/counters.h"

#include "machine/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACEFS "/sys/kernel/tracing"
#define IDS_MAX 64

/* "tlb:tlb_flush" below a tracefs: events/tlb/tlb_flush/id. */
static void id_path(const char *tracefs, const char *name, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/events/%s/id", tracefs, name);
	char *colon = strchr(out, ':');

	if (colon)
		*colon = '/';
}

static long id_mounted(const char *name)
{
	static const char *const mounts[] = {TRACEFS, "/sys/kernel/debug/tracing"};
	int error = -ENOENT;

	for (unsigned i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
		char path[PATH_MAX];
		uint64_t id;

		id_path(mounts[i], name, path);
		int got = sysfile_read_u64(path, &id);

		if (got == 0)
			return (long)id;
		if (got == -EACCES)
			error = got;
	}
	return error;
}

static long read_id(const char *name)
{
	char path[PATH_MAX], text[32];

	id_path(TRACEFS, name, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t got = read(fd, text, sizeof text - 1);
	close(fd);
	if (got <= 0)
		return -EIO;
	text[got] = 0;
	return strtol(text, NULL, 10);
}

/* In a child of its own: system calls only, and gone in a moment. Mounted with no flags and no
 * options: there is one tracefs, and some kernels let a second mount set them for the first. */
static void ids_in_private_mount(const char *const *names, unsigned n, long *ids)
{
	long error = 0;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		error = -errno;
	for (unsigned i = 0; i < n; i++)
		ids[i] = error ? error : read_id(names[i]);
}

static void ids_from_child(const char *const *names, unsigned n, long *ids)
{
	size_t size = n * sizeof *ids;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return;
	pid_t child = fork();
	if (child == 0) {
		ids_in_private_mount(names, n, ids);
		_exit(write(ends[1], ids, size) != (ssize_t)size);
	}
	close(ends[1]);
	if (child > 0 && read(ends[0], ids, size) != (ssize_t)size)
		for (unsigned i = 0; i < n; i++)
			ids[i] = -EIO;
	close(ends[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

void counters_tracepoint_ids(const char *const *names, unsigned n, long *ids)
{
	bool found = false;

	for (unsigned i = 0; i < n; i++) {
		ids[i] = id_mounted(names[i]);
		found |= ids[i] > 0;
	}
	/* A fake machine (TLBSCOPE_SYSROOT) must not be answered from the real one. */
	if (!found && n && n <= IDS_MAX && geteuid() == 0 && !getenv("TLBSCOPE_SYSROOT"))
		ids_from_child(names, n, ids);
}
