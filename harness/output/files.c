#include "output/files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (32u << 20)

static const char *remedy_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
	case EROFS:
		return "choose another place with --output DIR";
	case ENOSPC:
	case EDQUOT:
		return "make room on that disk, or choose another place with --output DIR";
	default:
		return "check the path";
	}
}

static struct verdict failed(const char *what, const char *path, int error)
{
	return verdict_error("file", remedy_of(error), "cannot %s %s: %s", what, path,
			     strerror(error));
}

struct verdict file_read(const char *path, char **out)
{
	FILE *from = fopen(path, "re");
	char *text = NULL;
	size_t length = 0, got;
	int error = errno;

	*out = NULL;
	if (!from)
		return failed("read", path, error);
	do {
		char *grown = realloc(text, length + 65536 + 1);

		if (!grown || length > FILE_MAX) {
			error = grown ? EFBIG : ENOMEM;
			text = grown ? grown : text;
			goto out;
		}
		text = grown;
		got = fread(text + length, 1, 65536, from);
		length += got;
	} while (got);
	text[length] = '\0';
	error = ferror(from) ? EIO : 0;
out:
	fclose(from);
	if (!error) {
		*out = text;
		return verdict_ok();
	}
	free(text);
	return failed("read", path, error);
}

/* 0, or the error. */
static int write_out(const char *path, const char *text, size_t length)
{
	FILE *to = fopen(path, "we");
	int error = 0;

	if (!to)
		return errno;
	if (fwrite(text, 1, length, to) != length || fflush(to) || fsync(fileno(to)))
		error = errno;
	if (fclose(to) && !error)
		error = errno;
	return error;
}

struct verdict file_write(const char *path, const char *text, size_t length)
{
	char temporary[PATH_MAX];

	if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary)
		return failed("write", path, ENAMETOOLONG);
	int error = write_out(temporary, text, length);
	if (!error && rename(temporary, path))
		error = errno;
	if (!error)
		return verdict_ok();
	unlink(temporary);
	return failed("write", path, error);
}

struct verdict directory_make(const char *path)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
		return failed("make", path, ENAMETOOLONG);
	for (char *slash = part + 1;; slash++) {
		char was = *slash;

		if (was && was != '/')
			continue;
		*slash = '\0';
		if (mkdir(part, 0777) && errno != EEXIST)
			return failed("make", path, errno);
		*slash = was;
		if (!was)
			break;
	}
	struct stat st;
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return failed("make", path, ENOTDIR);
	return verdict_ok();
}
