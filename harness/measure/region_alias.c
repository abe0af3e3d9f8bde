/* Layouts that map few frames many times: coloured aliases, hugetlb aliases, the zero pages. */
#include "measure/region_internal.h"

#include "machine/sysfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#define COLOURED_PAGES 4 /* of one memfd: all combinations of address bits 12 and 13 */

static struct verdict alias_failed(uint64_t maps, uint64_t bytes)
{
	int error = errno;
	uint64_t limit = 0;
	char remedy[64];

	sysfile_read_u64("/proc/sys/vm/max_map_count", &limit);
	snprintf(remedy, sizeof remedy, "sudo sysctl vm.max_map_count=%" PRIu64, maps + 1024);
	if (error == ENOMEM && limit && maps + 64 > limit)
		return verdict_skipped(
		    "too-many-maps", remedy,
		    "needs %" PRIu64 " mappings, and vm.max_map_count is %" PRIu64, maps, limit);
	errno = error;
	return map_failed("aliases", bytes);
}

/* Frames of one memfd are often adjacent when touched in order, and would coalesce to one TLB
 * entry. */
static void touch_out_of_order(char *base, uint64_t page)
{
	static const unsigned char order[COLOURED_PAGES] = {2, 0, 3, 1};

	madvise(base, COLOURED_PAGES * page, MADV_NOHUGEPAGE);
	for (unsigned i = 0; i < COLOURED_PAGES; i++)
		memset(base + order[i] * page, 0, page);
}

struct verdict map_coloured(struct region *region)
{
	uint64_t page = region->spec.page.bytes, piece = COLOURED_PAGES * page, at = 0;
	struct verdict verdict = verdict_ok();
	int fd = memfd_create("tlbscope", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)piece)) {
		verdict = map_failed("memfd", piece);
		goto out;
	}
	for (; at < region->spec.bytes; at += piece) {
		int populate = at ? MAP_POPULATE : 0;

		if (mmap(region->base + at, piece, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | populate, fd, 0) == MAP_FAILED) {
			verdict = alias_failed(region->spec.bytes / piece, region->spec.bytes);
			break;
		}
		if (!at)
			touch_out_of_order(region->base, page);
	}
	region->frame_bytes = piece;
out:
	if (fd >= 0)
		close(fd);
	return verdict;
}

/* A chain that ran in the same page before has left its links there. */
static void clear_lines(struct region *region, const struct slotting *slotting)
{
	const struct window window = {.region = region, .base = region->base};

	for (uint64_t i = 0;
	     i < (uint64_t)1 << ALIAS_LINES_SHIFT && i < region->spec.bytes >> slotting->shift; i++)
		memset(window_slot(&window, i), 0, LINE_BYTES);
}

struct verdict map_huge_alias(struct region *region, int fd)
{
	const struct slotting slotting = slotting_of(&region->spec);
	uint64_t page = region->spec.page.bytes, aliases = region->spec.bytes / page;
	struct verdict verdict = verdict_ok();
	bool own = fd < 0;

	region->frame_bytes = page;
	if (own)
		verdict = hugetlb_memfd(page, page, &fd);
	for (uint64_t i = 0; verdict_is_ok(&verdict) && i < aliases; i++) {
		char *at = region->base + (slot_offset(&slotting, 0, i) & ~(page - 1));

		if (mmap(at, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED)
			verdict =
			    i ? alias_failed(aliases, region->spec.bytes) : no_pool(page, page);
		else
			*(volatile char *)at = 0;
	}
	if (verdict_is_ok(&verdict))
		clear_lines(region, &slotting);
	region->fd = own ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 0); /* for scatter_alias() */
	return verdict;
}

struct verdict huge_zero_allowed(void)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/use_zero_page";
	uint64_t used = 1;

	if (sysfile_read_u64(path, &used) == 0 && !used)
		return verdict_skipped(
		    "no-huge-zero",
		    "echo 1 | sudo tee /sys/kernel/mm/transparent_hugepage/use_zero_page",
		    "the huge zero page is off in %s", path);
	return verdict_ok();
}

struct verdict map_zero(struct region *region)
{
	const struct slotting slotting = slotting_of(&region->spec);
	const struct window window = {.region = region, .base = region->base};
	uint64_t page = region->spec.page.bytes, span = region_span(region);
	bool huge = region->spec.page.how == PAGE_THP;
	struct verdict verdict = huge ? huge_zero_allowed() : verdict_ok();

	if (verdict_is_ok(&verdict) && huge)
		verdict = thp_allowed(page);
	if (verdict_is_ok(&verdict))
		verdict = map_anonymous(region, region->base, span, PROT_READ, huge);
	if (!verdict_is_ok(&verdict))
		return verdict;
	region->frame_bytes = 0;
	if (slots_alone(&region->spec)) {
		touch_slots(region);
		return verdict;
	}
	if (!huge && madvise(region->base, span, MADV_POPULATE_READ) == 0)
		return verdict;
	for (uint64_t i = 0;
	     slotting.how == SLOT_HUGE_ALIAS && i < region->spec.bytes >> slotting.shift; i++)
		(void)*(volatile char *)window_slot(&window, i);
	for (uint64_t at = 0; slotting.how != SLOT_HUGE_ALIAS && at < span; at += page)
		(void)*(volatile char *)(region->base + at);
	return verdict;
}
