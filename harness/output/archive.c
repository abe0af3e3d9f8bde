#include "output/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK	  512
#define BYTES_MAX ((off_t)512 << 20)

/* POSIX.1-1988 ustar: numbers are octal text, the checksum is over the header with eight blanks in
 * its own place. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type,
	    linkname[100], magic[6], version[2], uname[32], gname[32], devmajor[8], devminor[8],
	    prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

static void write_header(FILE *to, const char *name, size_t length, time_t at)
{
	struct header h = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
	const unsigned char *bytes = (const unsigned char *)&h;
	unsigned sum = 0;

	memcpy(h.name, name, strlen(name));
	memcpy(h.mode, "0000644", 7);
	memcpy(h.uid, "0000000", 7);
	memcpy(h.gid, "0000000", 7);
	snprintf(h.size, sizeof h.size, "%011llo", (unsigned long long)length);
	snprintf(h.mtime, sizeof h.mtime, "%011llo", (unsigned long long)at);
	memset(h.checksum, ' ', sizeof h.checksum);
	for (size_t i = 0; i < sizeof h; i++)
		sum += bytes[i];
	snprintf(h.checksum, sizeof h.checksum, "%06o", sum);
	h.checksum[7] = ' ';
	fwrite(&h, sizeof h, 1, to);
}

static void pad(FILE *to, size_t length)
{
	static const char zero[BLOCK];

	if (length % BLOCK)
		fwrite(zero, 1, BLOCK - length % BLOCK, to);
}

struct verdict archive_add(struct archive *archive, const char *name, const char *text,
			   size_t length)
{
	char full[100];

	if (snprintf(full, sizeof full, "%s/%s", archive->root, name) >= (int)sizeof full)
		return verdict_error("long-path", "give the run a shorter name",
				     "%.40s… is too long a name for an archive", name);
	write_header(archive->to, full, length, archive->time);
	fwrite(text, 1, length, archive->to);
	pad(archive->to, length);
	return verdict_ok();
}

struct verdict archive_add_file(struct archive *archive, const char *name, const char *path)
{
	FILE *from = fopen(path, "re");
	struct stat st;
	char *text = NULL;
	struct verdict v = verdict_ok();

	if (!from)
		return verdict_error("file", "check the path", "cannot read %s: %s", path,
				     strerror(errno));
	if (fstat(fileno(from), &st) || !S_ISREG(st.st_mode) || st.st_size > BYTES_MAX)
		v = verdict_error("file", "check the path", "%s is no file, or over 512 MiB", path);
	else if (!(text = malloc((size_t)st.st_size + 1)))
		v = verdict_error("no-memory", "free some memory", "no memory for %s", path);
	else if (fread(text, 1, (size_t)st.st_size, from) != (size_t)st.st_size)
		v = verdict_error("file", "try again", "%s changed while it was read", path);
	if (verdict_is_ok(&v))
		v = archive_add(archive, name, text, (size_t)st.st_size);
	free(text);
	fclose(from);
	return v;
}

void archive_end(struct archive *archive)
{
	static const char zero[2 * BLOCK];

	fwrite(zero, sizeof zero, 1, archive->to);
}
