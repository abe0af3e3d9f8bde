#include "machine/object.h"

#include "machine/swap.h"
#include "machine/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OURS	    "tlbscope-"
#define LEAVE_TRIES 50
#define LEAVE_NS    20000000

static bool named_ours(const char *name)
{
	const char *last = strrchr(name, '/');

	return last && !strncmp(last + 1, OURS, strlen(OURS));
}

static bool is_swap(const char *name)
{
	return swap_is_zram(name) || named_ours(name);
}

static bool is_cgroup(const char *name)
{
	return !strncmp(name, "/sys/fs/cgroup/", 15) && named_ours(name);
}

/* 1, 0, or -errno. */
static int exists(const char *name)
{
	char real[PATH_MAX];
	struct stat st;

	if (!lstat(sysfile_path(name, real), &st))
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

/* Members that were just killed may still be on their way out. */
static int set_cgroup(const char *name, bool on)
{
	char real[PATH_MAX];
	int error;

	sysfile_path(name, real);
	if (on)
		return mkdir(real, 0755) ? -errno : 0;
	for (int tries = 0; (error = rmdir(real) ? errno : 0) == EBUSY && tries < LEAVE_TRIES;
	     tries++)
		nanosleep(&(struct timespec){0, LEAVE_NS}, NULL);
	return -error;
}

static int set_file(const char *name, bool on)
{
	char real[PATH_MAX];

	sysfile_path(name, real);
	if (!on)
		return unlink(real) ? -errno : 0;
	int fd = open(real, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static const struct kind {
	const char *scheme;
	const char *value[2], *command[2];
	bool (*is)(const char *name);
	int (*read)(const char *name); /* index of the value, or -errno */
	int (*set)(const char *name, bool on);
} kinds[] = {
    {"swap:", {"off", "on"}, {"sudo swapoff", "sudo swapon"}, is_swap, swap_is_on, swap_set},
    {"cgroup:", {"absent", "present"}, {"sudo rmdir", "sudo mkdir"}, is_cgroup, exists, set_cgroup},
    {"file:", {"absent", "present"}, {"sudo rm", "touch"}, named_ours, exists, set_file},
};

static const struct kind *kind_of(const char *path, const char **name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t length = strlen(kinds[i].scheme);

		if (strncmp(path, kinds[i].scheme, length))
			continue;
		*name = path + length;
		return &kinds[i];
	}
	return NULL;
}

bool object_has_scheme(const char *path)
{
	const char *name;

	return kind_of(path, &name) != NULL;
}

bool object_is(const char *path)
{
	const char *name;
	const struct kind *kind = kind_of(path, &name);

	return kind && *name == '/' && !strstr(name, "/..") && kind->is(name);
}

int object_read(const char *path, char *out, size_t size)
{
	const char *name;
	const struct kind *kind = kind_of(path, &name);
	int at = kind ? kind->read(name) : -EINVAL;

	if (at < 0)
		return at;
	snprintf(out, size, "%s", kind->value[at]);
	return 0;
}

int object_write(const char *path, const char *value)
{
	const char *name;
	const struct kind *kind = kind_of(path, &name);

	for (int i = 0; kind && i < 2; i++)
		if (!strcmp(kind->value[i], value))
			return kind->set(name, i);
	return -EINVAL;
}

void object_command(const char *path, const char *value, char *out, size_t size)
{
	const char *name;
	const struct kind *kind = kind_of(path, &name);
	bool on = kind && !strcmp(kind->value[1], value);

	snprintf(out, size, "%s %s", kind ? kind->command[on] : "", kind ? name : path);
}
