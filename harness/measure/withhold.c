#include "measure/withhold.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_fsopen
#define SET_STRING 1 /* FSCONFIG_SET_STRING; linux/mount.h and sys/mount.h do not go together */
#define CREATE	   6 /* FSCONFIG_CMD_CREATE */

static int mount_tmpfs(void)
{
	long fs = syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */), mount = -1;

	if (fs < 0)
		return -1;
	if (!syscall(SYS_fsconfig, fs, SET_STRING, "huge", "always", 0) &&
	    !syscall(SYS_fsconfig, fs, SET_STRING, "size", "100%", 0) &&
	    !syscall(SYS_fsconfig, fs, CREATE, NULL, NULL, 0))
		mount = syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	close((int)fs);
	return (int)mount;
}
#else
static int mount_tmpfs(void)
{
	return -1;
}
#endif

/* The file holds its file system. */
static int open_file(void)
{
	int mount = mount_tmpfs(), fd = -1;

	if (mount >= 0) {
		fd = openat(mount, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		close(mount);
	}
	return fd;
}

bool withhold(uint64_t bytes)
{
	static int fd = -1;
	static uint64_t taken;

	if (fd < 0)
		fd = open_file();
	if (fd < 0 || !bytes || fallocate(fd, 0, (off_t)taken, (off_t)bytes))
		return false;
	taken += bytes;
	return true;
}
