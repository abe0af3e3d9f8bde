#include "machine/swap.h"

#include "machine/sysfile.h"
#include "machine/textfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include <linux/fs.h>

#define DEVICE	    "/dev/zram"
#define DEVICES_MAX 32
#define FOLDER	    "/var/tmp"
#define SWAPS_MAX   (64u << 10)
#define PRIORITY    (SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK)

bool swap_is_zram(const char *name)
{
	const char *digit = name + strlen(DEVICE);

	if (strncmp(name, DEVICE, strlen(DEVICE)) || !*digit)
		return false;
	while (isdigit((unsigned char)*digit))
		digit++;
	return !*digit;
}

/* Lines of /proc/swaps begin with the name. */
int swap_is_on(const char *name)
{
	char *text = textfile_read("/proc/swaps", SWAPS_MAX);
	size_t length = strlen(name);
	int on = 0;

	if (!text)
		return 0; /* a kernel without swap */
	for (const char *line = text; line && !on; line = text_after(line, "\n"))
		on = !strncmp(line, name, length) && isspace((unsigned char)line[length]);
	free(text);
	return on;
}

/* What mkswap(8) writes: version, last page and magic in an otherwise empty first page. */
static int write_header(int fd, uint64_t bytes)
{
	uint32_t page_bytes = (uint32_t)sysconf(_SC_PAGESIZE);
	uint32_t *header = calloc(1, page_bytes);

	if (!header)
		return -ENOMEM;
	header[256] = 1;
	header[257] = (uint32_t)(bytes / page_bytes - 1);
	memcpy((char *)header + page_bytes - 10, "SWAPSPACE2", 10);
	ssize_t written = pwrite(fd, header, page_bytes, 0);
	int error = written < 0 ? -errno : 0;

	free(header);
	return error || fsync(fd) == 0 ? error : -errno;
}

static int format(const char *name)
{
	uint64_t bytes = 0;
	struct stat st;
	int fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW), error = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		error = -errno;
	else if (S_ISREG(st.st_mode))
		bytes = (uint64_t)st.st_size;
	else if (ioctl(fd, BLKGETSIZE64, &bytes))
		error = -errno;
	if (!error)
		error = bytes < 1 << 20 ? -EINVAL : write_header(fd, bytes);
	close(fd);
	return error;
}

int swap_set(const char *name, bool on)
{
	int error = on ? format(name) : 0;

	if (getenv("TLBSCOPE_SYSROOT")) /* the kernel below is not the one that is looked at */
		return -EPERM;
	if (error)
		return error;
	return (on ? swapon(name, PRIORITY) : swapoff(name)) ? -errno : 0;
}

static struct verdict turn_on(struct journal *journal, const char *name)
{
	char object[PATH_MAX];

	snprintf(object, sizeof object, "swap:%s", name);
	return journal_change(journal, object, "on");
}

/* A device that nobody has given a size. */
static bool find_zram(char name[32], char size_path[64])
{
	for (unsigned i = 0; i < DEVICES_MAX; i++) {
		uint64_t bytes;

		snprintf(size_path, 64, "/sys/block/zram%u/disksize", i);
		snprintf(name, 32, DEVICE "%u", i);
		if (!sysfile_read_u64(size_path, &bytes) && !bytes)
			return true;
	}
	return false;
}

static struct verdict take_zram(struct journal *journal, uint64_t bytes)
{
	char name[32], size_path[64], size[24];

	if (!find_zram(name, size_path))
		return verdict_skipped("no-zram",
				       "sudo modprobe zram, or choose swap=file with --only",
				       "there is no zram device that nobody uses");
	snprintf(size, sizeof size, "%" PRIu64, bytes);
	struct verdict v = journal_change(journal, size_path, size);

	return verdict_is_ok(&v) ? turn_on(journal, name) : v;
}

static int fill(const char *name, uint64_t bytes)
{
	int fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW), error;

	if (fd < 0)
		return -errno;
	error = -posix_fallocate(fd, 0, (off_t)bytes); /* swap files must not have holes */
	close(fd);
	return error;
}

static struct verdict take_file(struct journal *journal, uint64_t bytes)
{
	char object[PATH_MAX], *name = object + strlen("file:");

	snprintf(object, sizeof object, "file:" FOLDER "/tlbscope-%d.swap", (int)getpid());
	struct verdict v = journal_change(journal, object, "present");
	int error = verdict_is_ok(&v) ? fill(name, bytes) : 0;

	if (error)
		return verdict_skipped("no-swap-file", "free space in " FOLDER,
				       "%s cannot be given %" PRIu64 " MiB: %s", name, bytes >> 20,
				       strerror(-error));
	return verdict_is_ok(&v) ? turn_on(journal, name) : v;
}

struct verdict swap_take(struct journal *journal, enum swap_kind kind, uint64_t bytes)
{
	if (geteuid() != 0)
		return verdict_skipped("no-permission", "run it again with sudo",
				       "swap space can be made by root only");
	struct verdict v =
	    kind == SWAP_FILE ? take_file(journal, bytes) : take_zram(journal, bytes);

	return kind == SWAP_ANY && v.outcome == OUTCOME_SKIPPED ? take_file(journal, bytes) : v;
}
