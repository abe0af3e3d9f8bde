/* Whose pages a region holds: anonymous memory, a memfd, a file. */
#include "measure/region_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct verdict no_file(const char *directory)
{
	return verdict_skipped("no-file",
			       "set TMPDIR to a directory of a file system that has room",
			       "no file for a mapping in %s: %s", directory, strerror(errno));
}

/* Unlinked from birth: nothing is left, whatever ends the worker. */
static struct verdict open_file(struct region *region)
{
	const char *directory = getenv("TMPDIR");

	if (!directory || !*directory)
		directory = "/var/tmp"; /* /tmp often is memory */
	region->fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (region->fd < 0 || ftruncate(region->fd, (off_t)region->spec.bytes))
		return no_file(directory);
	return verdict_ok();
}

static struct verdict open_shared(struct region *region, int hugetlb_fd)
{
	const struct region_spec *spec = &region->spec;

	if (spec->page.how == PAGE_HUGETLB && hugetlb_fd < 0)
		return hugetlb_memfd(spec->page.bytes, spec->bytes, &region->fd);
	if (spec->page.how == PAGE_HUGETLB) {
		if (!fd_holds(hugetlb_fd, spec->bytes))
			return no_pool(spec->page.bytes, spec->bytes);
		region->fd = fcntl(hugetlb_fd, F_DUPFD_CLOEXEC, 0);
	} else {
		region->fd = memfd_create("tlbscope", MFD_CLOEXEC);
		if (region->fd >= 0 && ftruncate(region->fd, (off_t)spec->bytes))
			return map_failed("shared memory", spec->bytes);
	}
	return region->fd >= 0 ? verdict_ok() : map_failed("shared memory", spec->bytes);
}

struct verdict region_open(struct region *region, int hugetlb_fd)
{
	if (region->spec.mapping == MAPPING_ANON)
		return verdict_ok();
	return region->spec.mapping == MAPPING_SHARED ? open_shared(region, hugetlb_fd)
						      : open_file(region);
}

struct verdict map_memory(const struct region *region, char *at, uint64_t bytes)
{
	const struct region_spec *spec = &region->spec;
	int flags = (spec->mapping == MAPPING_PRIVATE ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED;

	if (spec->mapping == MAPPING_ANON)
		return spec->page.how == PAGE_HUGETLB
			   ? map_pool(at, bytes, spec->page.bytes)
			   : map_anonymous(region, at, bytes, PROT_READ | PROT_WRITE,
					   spec->page.how == PAGE_THP);
	if (mmap(at, bytes, PROT_READ | PROT_WRITE, flags, region->fd, at - region->base) ==
	    MAP_FAILED)
		return map_failed("a file's pages", bytes);
	if (spec->page.how == PAGE_BASE)
		madvise(at, bytes, MADV_NOHUGEPAGE);
	return verdict_ok();
}
