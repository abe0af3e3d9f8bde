/* A result goes to disk whole or not at all. */
#include "result/fields.h"
#include "result/one_line.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Equal results give equal bytes: a fixed order, and fewer digits than a double holds. */
#define DUMP_FLAGS (JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10))

static const struct failure {
	int error;
	const char *why, *remedy;
} failures[] = {
    {ENOENT, "the directory does not exist",
     "create it with mkdir -p, or name another with --output"},
    {ENOTDIR, "a part of the path is not a directory", "name another place with --output"},
    {EISDIR, "it is a directory", "name a file in it"},
    {EACCES, "no permission to write there", "name a directory of yours with --output"},
    {EPERM, "no permission to write there", "name a directory of yours with --output"},
    {EROFS, "the file system is read-only", "name another place with --output"},
    {ENOSPC, "the disk is full", "free some space, or name another place with --output"},
    {EDQUOT, "the disk quota is used up", "free some space, or name another place with --output"},
    {EFBIG, "the file is larger than allowed", "raise the limit with ulimit -f unlimited"},
    {ENAMETOOLONG, "the name is too long", "name another place with --output"},
};

struct verdict result_cannot_write(const char *path, int error)
{
	const char *why = strerror(error), *remedy = "name another place with --output";

	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		if (failures[i].error != error)
			continue;
		why = failures[i].why;
		remedy = failures[i].remedy;
	}
	return one_line(verdict_error("cannot-write", remedy, "%s cannot be written: %s",
				      path_tail(path, 120), why));
}

/* 0 or an errno. The file is new, so that nobody's link is followed. */
static int write_new(const char *path, const json_t *document)
{
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return errno;
	FILE *file = fdopen(fd, "w");
	if (!file) {
		int error = errno;

		close(fd);
		return error;
	}
	errno = 0;
	bool ok = json_dumpf(document, file, DUMP_FLAGS) == 0 && fputc('\n', file) != EOF &&
		  fflush(file) == 0 && fsync(fd) == 0;
	int error = ok ? 0 : errno ? errno : EIO;
	if (fclose(file) != 0 && !error)
		error = errno;
	return error;
}

/* So that the rename survives a power cut. Some file systems cannot; the file is there all the
 * same. */
static void sync_directory(const char *path)
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
		return;
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int write_atomically(const char *path, const json_t *document)
{
	char temporary[PATH_MAX];

	if (snprintf(temporary, sizeof temporary, "%s.tmp%ld", path, (long)getpid()) >=
	    (int)sizeof temporary)
		return ENAMETOOLONG;
	int error = write_new(temporary, document);
	if (!error && rename(temporary, path) != 0)
		error = errno;
	if (error)
		unlink(temporary);
	else
		sync_directory(path);
	return error;
}

struct verdict result_save(const struct result *result, const char *path)
{
	struct result packed;
	json_t *document;

	if (!zeros_pack(result, &packed))
		return one_line(verdict_error("no-memory", "free memory and try again",
					      "%s cannot be written: not enough memory",
					      path_tail(path, 120)));
	struct verdict v = document_write(&packed, &document);
	zeros_release(&packed);

	if (!verdict_is_ok(&v))
		return one_line(verdict_error(v.code, v.remedy, "%s cannot be written: %.150s",
					      path_tail(path, 60), v.text));
	int error = write_atomically(path, document);
	json_decref(document);
	return error ? result_cannot_write(path, error) : v;
}
