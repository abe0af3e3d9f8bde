#include "cmd/place.h"

#include "result/result.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE_MAX 4096

/* 0, or why not. */
static int lets_us_write(const char *dir)
{
	struct stat info;

	if (stat(dir, &info) != 0)
		return errno;
	if (!S_ISDIR(info.st_mode))
		return ENOTDIR;
	return faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* The directory above; "." above a bare name. */
static void go_up(char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	memcpy(path + n, n ? "" : ".", n ? 1 : 2);
}

struct verdict place_for_directory(const char *path)
{
	char there[PLACE_MAX];
	int error;

	snprintf(there, sizeof there, "%s", path);
	while ((error = lets_us_write(there)) == ENOENT && strcmp(there, ".") != 0 &&
	       strcmp(there, "/") != 0)
		go_up(there);
	return error ? result_cannot_write(path, error) : verdict_ok();
}

struct verdict place_for_file(const char *path)
{
	char dir[PLACE_MAX];

	snprintf(dir, sizeof dir, "%s", path);
	go_up(dir);
	int error = lets_us_write(dir);

	return error ? result_cannot_write(path, error) : verdict_ok();
}
