#include "machine/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *sysfile_path(const char *path, char *out)
{
	const char *root = getenv("TLBSCOPE_SYSROOT");

	snprintf(out, PATH_MAX, "%s%s", root ? root : "", path);
	return out;
}

ssize_t sysfile_read(const char *path, char *out, size_t size)
{
	char real[PATH_MAX];
	int fd = open(sysfile_path(path, real), O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 0;

	out[0] = 0;
	if (fd < 0)
		return -errno;
	while (length + 1 < size && (got = read(fd, out + length, size - 1 - length)) > 0)
		length += (size_t)got;
	int error = errno;
	close(fd);
	if (got < 0)
		return -error;
	while (length && strchr(" \t\r\n", out[length - 1]))
		length--;
	out[length] = 0;
	return (ssize_t)length;
}

int sysfile_read_u64(const char *path, uint64_t *out)
{
	char text[64], *end;
	ssize_t length = sysfile_read(path, text, sizeof text);

	if (length < 0)
		return (int)length;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 0);
	if (end == text || errno || text[0] == '-')
		return -EINVAL;
	*out = number;
	return 0;
}

int sysfile_write(const char *path, const char *text)
{
	char real[PATH_MAX];
	int fd = open(sysfile_path(path, real), O_WRONLY | O_TRUNC | O_CLOEXEC);
	size_t length = strlen(text);

	if (fd < 0)
		return -errno;
	ssize_t written = write(fd, text, length);
	int error = written < 0 ? errno : EIO;
	if (close(fd) && written == (ssize_t)length)
		return -errno;
	return written == (ssize_t)length ? 0 : -error;
}

bool sysfile_exists(const char *path)
{
	char real[PATH_MAX];

	return access(sysfile_path(path, real), F_OK) == 0;
}
