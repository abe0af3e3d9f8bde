#include "machine/interrupts.h"

#include "machine/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NO_CPU 0xffff

/* Kept between calls and never shrunk: a batch must not pay for an allocation. Not for several
 * threads at once. */
static struct {
	char *text;
	size_t size;
} buffer;

/* The header names the CPUs; offline ones have no column. Only the first INTERRUPTS_CPUS_MAX
 * columns are looked at. */
static struct {
	unsigned n;
	uint16_t cpu[INTERRUPTS_CPUS_MAX];
} columns;

static uint64_t counts[INTERRUPTS_CPUS_MAX]; /* of the row at hand */

static bool buffer_holds(size_t bytes)
{
	size_t size = buffer.size ? buffer.size : 64u << 10;

	while (size < bytes)
		size *= 2;
	if (size == buffer.size)
		return true;
	char *grown = realloc(buffer.text, size);
	if (!grown)
		return false;
	buffer.text = grown;
	buffer.size = size;
	return true;
}

/* Length, or -errno. */
static ssize_t read_whole(void)
{
	char path[PATH_MAX];
	size_t length = 0, size_before = buffer.size;
	ssize_t got;
	int fd = open(sysfile_path("/proc/interrupts", path), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	do {
		got = -1;
		errno = ENOMEM;
		if (!buffer_holds(length + 2))
			break;
		got = read(fd, buffer.text + length, buffer.size - length - 1);
		if (got > 0)
			length += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	int error = errno;
	close(fd);
	if (got < 0)
		return -error;
	buffer.text[length] = 0;
	if (buffer.size != size_before) /* new rows later must not need a second allocation */
		buffer_holds(2 * length);
	return (ssize_t)length;
}

static const char *number(const char *at, uint64_t *out)
{
	uint64_t sum = 0;

	while (*at == ' ')
		at++;
	if (*at < '0' || *at > '9')
		return NULL;
	while (*at >= '0' && *at <= '9')
		sum = sum * 10 + (uint64_t)(*at++ - '0');
	*out = sum;
	return at;
}

static bool read_header(const char *line, const char *end)
{
	uint64_t cpu;

	columns.n = 0;
	while (columns.n < INTERRUPTS_CPUS_MAX) {
		line += strspn(line, " ");
		if (line >= end)
			break;
		if (strncmp(line, "CPU", 3) != 0 || !(line = number(line + 3, &cpu)))
			return false;
		columns.cpu[columns.n++] = cpu < INTERRUPTS_CPUS_MAX ? (uint16_t)cpu : NO_CPU;
	}
	return columns.n > 0;
}

/* Fills `counts` and returns where the description begins; NULL: fewer numbers than CPUs. */
static const char *row_counts(const char *at)
{
	for (unsigned i = 0; i < columns.n; i++)
		if (!(at = number(at, &counts[i])))
			return NULL;
	return at;
}

static void add_row(uint64_t *to)
{
	for (unsigned i = 0; i < columns.n; i++)
		if (columns.cpu[i] != NO_CPU)
			to[columns.cpu[i]] += counts[i];
}

static bool named(const char *name, size_t length, const char *wanted)
{
	return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

/* x86 has a row CAL; Arm and RISC-V number their IPIs and say it in the description. */
static bool is_function_call(const char *name, size_t length, const char *rest, const char *end)
{
	static const char words[] = "Function call interrupts";

	if (named(name, length, "CAL"))
		return true;
	return strncmp(name, "IPI", 3) == 0 &&
	       memmem(rest, (size_t)(end - rest), words, sizeof words - 1);
}

/* False: a row that should have a number for each CPU ends early. */
static bool read_row(const char *line, const char *end, struct interrupts *out)
{
	const char *name = line + strspn(line, " ");
	const char *colon = memchr(name, ':', (size_t)(end - name));

	if (!colon)
		return name == end;
	size_t length = (size_t)(colon - name);
	if (named(name, length, "ERR") || named(name, length, "MIS"))
		return true; /* one number for the whole machine */
	bool tlb = named(name, length, "TLB");
	const char *rest = row_counts(colon + 1);
	if (!rest)
		return !tlb && !named(name, length, "CAL");
	if (tlb) {
		out->counts_tlb = true;
		add_row(out->tlb);
		return true;
	}
	if (is_function_call(name, length, rest, end))
		add_row(out->cal);
	add_row(out->all);
	return true;
}

static bool parse(struct interrupts *out)
{
	const char *line = buffer.text, *end = strchr(line, '\n');

	if (!end || !read_header(line, end))
		return false;
	while (*(line = end + 1)) {
		end = strchr(line, '\n');
		if (!end || !read_row(line, end, out))
			return false;
	}
	return true;
}

struct verdict interrupts_read(struct interrupts *out)
{
	memset(out, 0, sizeof *out);
	ssize_t length = read_whole();
	if (length < 0)
		return verdict_skipped(
		    "no-interrupts", "mount /proc: sudo mount -t proc proc /proc",
		    "/proc/interrupts cannot be read: %s", strerror((int)-length));
	if (length == 0) /* some containers put an empty file over it */
		return verdict_skipped("no-interrupts", "run outside the container",
				       "/proc/interrupts is empty here");
	if (parse(out))
		return verdict_ok();
	memset(out, 0, sizeof *out);
	return verdict_invalid("interrupts-format", "look at it: head -n 5 /proc/interrupts",
			       "/proc/interrupts has no header of CPUs, or ends within a row");
}
