#include "lab/kernel.h"

#include "lab/program.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBIAN_DEFAULT "linux-image-cloud-amd64"
#define WORK_BYTES     64
#define PACKAGE_PREFIX "linux-image-"
#define PACKAGE_CHARS  "abcdefghijklmnopqrstuvwxyz0123456789.+-"

static const char elsewhere[] = "--kernel FILE, a bzImage or a package (.deb) that holds one";

static struct verdict make_directories(const char *path)
{
	char part[4200];

	snprintf(part, sizeof part, "%s/", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(part, 0777) && errno != EEXIST)
			return verdict_error("no-kernel", "set XDG_CACHE_HOME to a place that can",
					     "cannot make %s: %s", part, strerror(errno));
		*slash = '/';
	}
	return verdict_ok();
}

static struct verdict cache_directory(char *out, size_t size)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && *cache == '/')
		snprintf(out, size, "%s/tlbscope/kernels", cache);
	else
		snprintf(out, size, "%s/.cache/tlbscope/kernels", home && *home ? home : "/root");
	return make_directories(out);
}

/* The bzImage of an unpacked package: /boot/vmlinuz-RELEASE. */
static bool find_image(const char *root, char *out, size_t size)
{
	char pattern[4300];
	glob_t found;

	snprintf(pattern, sizeof pattern, "%s/boot/vmlinuz-*", root);
	bool there = glob(pattern, 0, NULL, &found) == 0;

	if (there)
		snprintf(out, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return there;
}

/* Only a package needs a directory, and only until its kernel is open. */
static struct verdict make_work(char work[WORK_BYTES])
{
	const char *place = getenv("TMPDIR");

	if (*work)
		return verdict_ok();
	if (!place || !*place || strlen(place) > 32)
		place = "/tmp";
	snprintf(work, WORK_BYTES, "%s/tlbscope-vm-XXXXXX", place);
	if (mkdtemp(work))
		return verdict_ok();
	*work = 0;
	return verdict_error("no-kernel", "set TMPDIR to a place that can be written",
			     "cannot make a directory in %s: %s", place, strerror(errno));
}

static struct verdict unpack(const char *deb, char work[WORK_BYTES], char *out, size_t size)
{
	char root[4200], last[160] = "no dpkg-deb here";
	const char *const argv[] = {"dpkg-deb", "-x", deb, root, NULL};
	struct verdict verdict = make_work(work);

	if (!verdict_is_ok(&verdict))
		return verdict;
	snprintf(root, sizeof root, "%s/package", work);
	if (run_program(argv, NULL, NULL, 0, last, sizeof last) != 0)
		return verdict_error("no-kernel", elsewhere, "cannot unpack %s: %s", deb, last);
	if (!find_image(root, out, size))
		return verdict_error("no-kernel", elsewhere, "there is no kernel in %s", deb);
	return verdict_ok();
}

/* A name like linux-image-amd64 stands for the newest package: it depends on that and is empty. */
static struct verdict newest(const char *name, char *out, size_t size)
{
	const char *const argv[] = {"apt-cache", "show", "--no-all-versions", name, NULL};
	char text[16384], last[160] = "";

	if (run_program(argv, NULL, text, sizeof text, last, sizeof last) != 0)
		return verdict_error("no-kernel", elsewhere, "apt knows no package %s%s%s", name,
				     *last ? ": " : " (is this Debian?)", last);
	const char *depends = strstr(text, "\nDepends: ");
	const char *end = depends ? strchr(depends + 1, '\n') : NULL;
	const char *image = depends ? strstr(depends, " " PACKAGE_PREFIX) : NULL;

	if (image && (!end || image < end))
		snprintf(out, size, "%.*s", (int)strspn(image + 1, PACKAGE_CHARS), image + 1);
	else
		snprintf(out, size, "%s", name);
	return verdict_ok();
}

static struct verdict fetch(const char *package, char work[WORK_BYTES], char *out, size_t size)
{
	const char *const argv[] = {"apt-get", "download", package, NULL};
	char pattern[4200], last[160] = "";
	struct verdict verdict = make_work(work);
	glob_t found;

	if (!verdict_is_ok(&verdict))
		return verdict;
	if (run_program(argv, work, NULL, 0, last, sizeof last) != 0)
		return verdict_error("no-kernel", elsewhere, "cannot fetch %s: %s", package, last);
	snprintf(pattern, sizeof pattern, "%s/%s_*.deb", work, package);
	if (glob(pattern, 0, NULL, &found) == 0)
		snprintf(out, size, "%s", found.gl_pathv[0]);
	else
		*out = 0;
	globfree(&found);
	return *out ? verdict_ok()
		    : verdict_error("no-kernel", elsewhere, "apt-get download %s left no package",
				    package);
}

/* Under a name of its own first: another process may want the same one now. */
static struct verdict keep(const char *image, const char *kept)
{
	char made[4300];
	const char *const argv[] = {"cp", image, made, NULL};

	snprintf(made, sizeof made, "%s.%d", kept, (int)getpid());
	if (run_program(argv, NULL, NULL, 0, NULL, 0) == 0 && rename(made, kept) == 0)
		return verdict_ok();
	unlink(made);
	return verdict_error("no-kernel", "free space there, or set XDG_CACHE_HOME",
			     "cannot write %s", kept);
}

static struct verdict debian(const char *name, char work[WORK_BYTES], char *out, size_t size)
{
	char package[128], deb[4200], image[4400], cache[4096];
	struct verdict verdict = cache_directory(cache, sizeof cache);

	if (strspn(name, PACKAGE_CHARS) != strlen(name) ||
	    strncmp(name, PACKAGE_PREFIX, strlen(PACKAGE_PREFIX)) != 0)
		return verdict_error("no-kernel", "debian, or debian:linux-image-amd64",
				     "%s is no name of a kernel's package", name);
	if (verdict_is_ok(&verdict))
		verdict = newest(name, package, sizeof package);
	if (!verdict_is_ok(&verdict))
		return verdict;
	snprintf(out, size, "%s/%s", cache, package);
	if (access(out, R_OK) == 0)
		return verdict;
	verdict = fetch(package, work, deb, sizeof deb);
	if (verdict_is_ok(&verdict))
		verdict = unpack(deb, work, image, sizeof image);
	if (verdict_is_ok(&verdict))
		verdict = keep(image, out);
	return verdict;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static struct verdict find(const char *name, char work[WORK_BYTES], char *out, size_t size)
{
	char path[4096];

	if (strcmp(name, "debian") == 0)
		return debian(DEBIAN_DEFAULT, work, out, size);
	if (strncmp(name, "debian:", 7) == 0)
		return debian(name + 7, work, out, size);
	if (!realpath(name, path))
		return verdict_error("no-kernel", "--kernel debian fetches one",
				     "cannot read the kernel %s: %s", name, strerror(errno));
	if (ends_with(path, ".deb"))
		return unpack(path, work, out, size);
	snprintf(out, size, "%s", path);
	return verdict_ok();
}

struct verdict kernel_open(const char *name, int *fd)
{
	char work[WORK_BYTES] = "", path[4300];
	struct verdict verdict = find(name, work, path, sizeof path);

	*fd = verdict_is_ok(&verdict) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (verdict_is_ok(&verdict) && *fd < 0)
		verdict = verdict_error("no-kernel", "--kernel debian fetches one",
					"cannot read the kernel %s: %s", path, strerror(errno));
	if (*work)
		directory_remove(work);
	return verdict;
}
