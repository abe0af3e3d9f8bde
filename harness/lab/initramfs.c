#include "lab/initramfs.h"

#include <dirent.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER 110 /* six characters of magic, thirteen numbers of eight hexadecimal digits */
#define ALIGN  4

struct archive {
	FILE *file;
	unsigned entries;
	struct verdict verdict;
};

static void fail(struct archive *a, const char *path)
{
	if (verdict_is_ok(&a->verdict))
		a->verdict =
		    verdict_error("no-initramfs", "see that it can be read",
				  "cannot put %s into the guest: %s", path, strerror(errno));
}

static void pad(struct archive *a, size_t length)
{
	while (length++ % ALIGN)
		fputc(0, a->file);
}

static void header(struct archive *a, const char *name, unsigned mode, size_t size)
{
	size_t length = strlen(name) + 1;

	/* inode, mode, uid, gid, links, mtime, size, device (2), special device (2), name, check */
	fprintf(a->file, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x",
		++a->entries, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, length, 0);
	fwrite(name, 1, length, a->file);
	pad(a, HEADER + length);
}

/* With those above it. Twice is no harm. */
static void add_directory(struct archive *a, const char *path)
{
	char part[4096];

	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", slash ? (int)(slash - path) : (int)strlen(path),
			 path);
		header(a, part + 1, S_IFDIR | 0755, 0);
		if (!slash)
			return;
	}
}

static void add_parent(struct archive *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[4096];

	snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
	if (*parent)
		add_directory(a, parent);
}

static void copy(struct archive *a, FILE *from, size_t size, const char *path)
{
	static char buffer[65536];
	size_t left = size;

	while (left) {
		size_t n = fread(buffer, 1, left < sizeof buffer ? left : sizeof buffer, from);

		if (!n)
			break;
		fwrite(buffer, 1, n, a->file);
		left -= n;
	}
	if (left)
		fail(a, path);
	pad(a, size);
}

static void add_file(struct archive *a, const char *path, const char *from, unsigned mode)
{
	FILE *file = fopen(from, "r");
	struct stat info;

	if (!file || fstat(fileno(file), &info) || !S_ISREG(info.st_mode)) {
		fail(a, from);
	} else {
		add_parent(a, path);
		header(a, path + 1, S_IFREG | mode, (size_t)info.st_size);
		copy(a, file, (size_t)info.st_size, from);
	}
	if (file)
		fclose(file);
}

static void add_link(struct archive *a, const char *path, const char *to)
{
	header(a, path + 1, S_IFLNK | 0777, strlen(to));
	fwrite(to, 1, strlen(to), a->file);
	pad(a, strlen(to));
}

/* The loader is among them; the program itself has no name there, the vDSO no path. */
static int add_library(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	if (info->dlpi_name && info->dlpi_name[0] == '/')
		add_file(context, info->dlpi_name, info->dlpi_name, 0755);
	return 0;
}

static void add_command(struct archive *a, const char *const *command)
{
	size_t size = 0;

	for (const char *const *word = command; *word; word++)
		size += strlen(*word) + 1;
	header(a, &GUEST_COMMAND[1], S_IFREG | 0644, size);
	for (const char *const *word = command; *word; word++)
		fwrite(*word, 1, strlen(*word) + 1, a->file);
	pad(a, size);
}

static void add_data(struct archive *a, const char *data)
{
	DIR *dir = opendir(data);
	char from[4400], to[400];
	struct stat info;

	if (!dir)
		fail(a, data);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		snprintf(from, sizeof from, "%s/%s", data, entry->d_name);
		snprintf(to, sizeof to, GUEST_DATA "/%s", entry->d_name);
		if (stat(from, &info) == 0 && S_ISREG(info.st_mode))
			add_file(a, to, from, 0644);
	}
	if (dir)
		closedir(dir);
}

struct verdict initramfs_write(int fd, const char *const *command, const char *data)
{
	static const char *const directories[] = {"/proc",    "/sys", "/dev",  "/etc",	  "/tmp",
						  "/var/tmp", "/run", "/root", GUEST_WORK};
	static const char archive[] = "its archive";
	struct archive a = {.file = fdopen(dup(fd), "w"), .verdict = verdict_ok()};

	if (!a.file) {
		fail(&a, archive);
		return a.verdict;
	}
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		add_directory(&a, directories[i]);
	add_file(&a, GUEST_PROGRAM, "/proc/self/exe", 0755);
	add_link(&a, GUEST_INIT, GUEST_PROGRAM);
	dl_iterate_phdr(add_library, &a);
	if (access("/etc/ld.so.cache", R_OK) == 0)
		add_file(&a, "/etc/ld.so.cache", "/etc/ld.so.cache", 0644);
	add_command(&a, command);
	if (data)
		add_data(&a, data);
	header(&a, "TRAILER!!!", 0, 0);
	if (ferror(a.file))
		fail(&a, archive);
	if (fclose(a.file))
		fail(&a, archive);
	return a.verdict;
}
