#include "machine/journal_file.h"
#include "machine/setting.h"
#include "machine/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY      "/run/tlbscope"
#define FILE_BYTES_MAX (64 * 1024)

const char *journal_directory(void)
{
	const char *path = getenv("TLBSCOPE_JOURNAL");

	return path && *path ? path : DIRECTORY;
}

/* ---- the directory, and the lock on it that every change, restore and recovery holds ---- */

static int lock_once(const char *path, int *out)
{
	struct stat opened, present;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX))
		if (errno != EINTR)
			goto fail;
	if (fstat(fd, &opened))
		goto fail;
	/* The one who held the lock may have removed the directory. */
	if (stat(path, &present) || opened.st_ino != present.st_ino ||
	    opened.st_dev != present.st_dev) {
		errno = EAGAIN;
		goto fail;
	}
	*out = fd;
	return 0;
fail:;
	int error = errno;
	close(fd);
	return -error;
}

int journal_lock(bool make, int *out)
{
	int error;

	do {
		/* Closed to others: what is written here is written into the kernel later, by root.
		 */
		if (make && mkdir(journal_directory(), 0700) && errno != EEXIST)
			return -errno;
		error = lock_once(journal_directory(), out);
	} while (error == -EAGAIN || (make && error == -ENOENT));
	return error;
}

void journal_unlock(int dir)
{
	if (!strcmp(journal_directory(), DIRECTORY))
		rmdir(DIRECTORY); /* fails while journals are in it */
	flock(dir, LOCK_UN);	  /* a forked child may still hold the descriptor */
	close(dir);
}

/* ---- who owns a journal ---- */

bool process_stat(pid_t pid, char *state, uint64_t *start)
{
	char path[64], text[1024];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (sysfile_read(path, text, sizeof text) <= 0)
		return false;
	/* The name, field 2, may hold anything; state is field 3, the start time field 22. */
	const char *after = strrchr(text, ')');
	return after &&
	       sscanf(after,
		      ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		      "%*s %*s %" SCNu64,
		      state, start) == 2;
}

bool image_owner_lives(const struct image *image)
{
	char state;
	uint64_t start;

	if (image->pid <= 0 || (kill(image->pid, 0) && errno == ESRCH))
		return false;
	if (!process_stat(image->pid, &state, &start))
		return true; /* no /proc: the pid alone decides */
	return state != 'Z' && state != 'X' && (!image->start || image->start == start);
}

/* ---- reading a journal ---- */

void image_free(struct image *image)
{
	free(image->entry);
	free(image->text);
}

static ssize_t read_all(int fd, char *out, size_t size)
{
	size_t length = 0;
	ssize_t got = 0;

	while (length < size && (got = pread(fd, out + length, size - length, (off_t)length)) > 0)
		length += (size_t)got;
	return got < 0 ? -errno : (ssize_t)length;
}

static bool parse_entry(char *line, struct entry *out)
{
	char *rest = line;

	out->path = strsep(&rest, "\t");
	out->old = strsep(&rest, "\t");
	out->new = strsep(&rest, "\t");
	return !rest && out->new && * out->old && * out->new &&setting_is(out->path);
}

static bool parse_header(const char *line, struct image *image)
{
	int pid, length = 0;

	if (sscanf(line, JOURNAL_HEADER "%d %" SCNu64 "%n", &pid, &image->start, &length) != 2 ||
	    line[length])
		return false;
	image->pid = pid;
	return pid > 0;
}

/* Returns 0, -errno, or the number of the line that is not understood. A last line without its end
 * is one whose change was not made yet. A journal without a whole first line is one without
 * changes. */
static int image_parse(struct image *image, size_t length)
{
	char *end = memrchr(image->text, '\n', length), *rest = image->text;
	int line = 1;

	if (memchr(image->text, 0, length))
		return line;
	if (!end) {
		size_t known = length < strlen(JOURNAL_HEADER) ? length : strlen(JOURNAL_HEADER);
		return strncmp(image->text, JOURNAL_HEADER, known) != 0;
	}
	*end = 0;
	if (!parse_header(strsep(&rest, "\n"), image))
		return line;
	for (; rest; image->n++) {
		struct entry *more = reallocarray(image->entry, image->n + 1, sizeof *more);
		if (!more)
			return -ENOMEM;
		image->entry = more;
		line++;
		if (!parse_entry(strsep(&rest, "\n"), &image->entry[image->n]))
			return line;
	}
	return 0;
}

int image_read(int fd, struct image *image)
{
	*image = (struct image){.text = calloc(1, FILE_BYTES_MAX + 1)};
	ssize_t length = image->text ? read_all(fd, image->text, FILE_BYTES_MAX + 1) : -ENOMEM;
	int error = length < 0 ? (int)length : 1;

	if (length >= 0 && length <= FILE_BYTES_MAX)
		error = image_parse(image, (size_t)length);
	if (error)
		image_free(image);
	return error;
}

int image_open(int dir, const char *name, struct image *image)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int error = fstat(fd, &st) ? -errno : 0;
	if (!error && !S_ISREG(st.st_mode))
		error = 1;
	else if (!error && st.st_uid != geteuid())
		error = -EPERM; /* somebody else's words are not written into the kernel */
	else if (!error)
		error = image_read(fd, image);
	close(fd);
	return error;
}
