/* The number of the tracepoint tlb:tlb_flush. Newer libpfm4 has no tracepoints, and tracefs may not
 * be mounted. */
#include "measure/counters.h"

#include "machine/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACEFS	  "/sys/kernel/tracing"
#define TLB_FLUSH "events/tlb/tlb_flush/id"

static long id_mounted(void)
{
	static const char *const paths[] = {
	    TRACEFS "/" TLB_FLUSH,
	    "/sys/kernel/debug/tracing/" TLB_FLUSH,
	};
	int error = -ENOENT;

	for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		uint64_t id;
		int got = sysfile_read_u64(paths[i], &id);

		if (got == 0)
			return (long)id;
		if (got == -EACCES)
			error = got;
	}
	return error;
}

/* In a child of its own: system calls only, and gone in a moment. Mounted with no flags and no
 * options: there is one tracefs, and some kernels let a second mount set them for the first. */
static long id_in_private_mount(void)
{
	char text[32];

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		return -errno;
	int fd = open(TRACEFS "/" TLB_FLUSH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t got = read(fd, text, sizeof text - 1);
	if (got <= 0)
		return -EIO;
	text[got] = 0;
	return strtol(text, NULL, 10);
}

static long id_from_child(void)
{
	int ends[2];
	long id = -EIO;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid_t child = fork();
	if (child == 0) {
		id = id_in_private_mount();
		_exit(write(ends[1], &id, sizeof id) != sizeof id);
	}
	close(ends[1]);
	if (child < 0)
		id = -errno;
	else if (read(ends[0], &id, sizeof id) != sizeof id)
		id = -EIO;
	close(ends[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return id;
}

long counters_tlb_flush_id(void)
{
	long id = id_mounted();

	/* A fake machine (TLBSCOPE_SYSROOT) must not be answered from the real one. */
	if (id > 0 || geteuid() != 0 || getenv("TLBSCOPE_SYSROOT"))
		return id;
	return id_from_child();
}
