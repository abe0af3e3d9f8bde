/* Plain mappings: base pages, hugetlb, and the few pages of the reference layout. */
#include "measure/region_internal.h"

#include "machine/pools.h"
#include "measure/proofs_scan.h"
#include "measure/region_where.h"

#include <tlbscope/chain.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HUGE_SHIFT 26 /* log2 of the page size in the flags of mmap and memfd_create */

struct verdict map_failed(const char *what, uint64_t bytes)
{
	int error = errno;

	return verdict_skipped(error == ENOMEM ? "no-memory" : "no-mapping",
			       "choose a smaller footprint with --only, or free memory",
			       "%s: no mapping of %" PRIu64 " KiB (%s)", what, bytes / 1024,
			       strerror(error));
}

struct verdict map_anonymous(const struct region *region, char *at, uint64_t bytes, int prot,
			     bool huge)
{
	void *got = mmap(at, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (got == MAP_FAILED)
		return map_failed("anonymous memory", bytes);
	/* EINVAL: a kernel without huge pages has none to keep off. */
	if (madvise(at, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) && (huge || errno != EINVAL))
		return map_failed(huge ? "madvise(MADV_HUGEPAGE)" : "madvise(MADV_NOHUGEPAGE)",
				  bytes);
	return where_bind(region, at, bytes);
}

/* A huge page whose one mapping is split leaves adjacent frames behind base-page translations. */
static void touch_adjacent(struct region *region)
{
	uint64_t page = region->spec.page.bytes, pmd = thp_pmd_bytes();
	struct verdict allowed = thp_allowed(pmd ? pmd : page);
	bool huge = pmd && verdict_is_ok(&allowed) &&
		    !madvise(region->base, region->spec.bytes, MADV_HUGEPAGE);

	for (uint64_t at = 0; at < region->spec.bytes; at += page)
		*(volatile char *)(region->base + at) = 0;
	for (uint64_t at = 0; huge && at + pmd <= region->spec.bytes; at += pmd) {
		mprotect(region->base + at, page, PROT_READ);
		mprotect(region->base + at, page, PROT_READ | PROT_WRITE);
	}
	madvise(region->base, region->spec.bytes, MADV_NOHUGEPAGE);
}

/* Read only, so that it serves the zero page as well. */
void touch_slots(const struct region *region)
{
	const struct window whole = {.region = region, .base = region->base};

	for (uint64_t i = 0; i < region->spec.bytes / region->spec.slot_bytes; i++)
		(void)*(volatile char *)window_slot(&whole, i);
}

/* Distinct: each slot's page gets a frame of its own, in random order as below. The reservation
 * itself becomes the memory: mapped anew, all of the span would count as promised. */
static struct verdict fill_slots(const struct region *region, uint64_t seed)
{
	const struct window whole = {.region = region, .base = region->base};
	struct order order;

	if (mprotect(region->base, region->spec.bytes, PROT_READ | PROT_WRITE))
		return map_failed("sparse memory", region->spec.bytes);
	madvise(region->base, region->spec.bytes, MADV_NOHUGEPAGE);
	struct verdict bound = where_bind(region, region->base, region->spec.bytes);

	if (!verdict_is_ok(&bound))
		return bound;
	order_init(&order, region->spec.bytes / region->spec.slot_bytes, seed);
	for (uint64_t k = 0; k < order.n; k++)
		*(volatile char *)window_slot(&whole, order_at(&order, k)) = 0;
	return verdict_ok();
}

struct verdict map_base(struct region *region, uint64_t seed)
{
	uint64_t page = region->spec.page.bytes;
	struct verdict verdict;
	struct order order;

	if (slots_alone(&region->spec))
		return fill_slots(region, seed);
	verdict = region_open(region, -1);
	if (verdict_is_ok(&verdict))
		verdict = map_memory(region, region->base, region->spec.bytes);
	if (!verdict_is_ok(&verdict))
		return verdict;
	if (region->spec.frames == FRAMES_ADJACENT) {
		touch_adjacent(region);
		return verdict;
	}
	if (region->spec.untouched)
		return verdict;
	order_init(&order, region->spec.bytes / page, seed);
	for (uint64_t k = 0; k < order.n; k++)
		*(volatile char *)(region->base + order_at(&order, k) * page) = 0;
	return verdict;
}

struct verdict no_pool(uint64_t page_bytes, uint64_t bytes)
{
	uint64_t pages = (bytes + page_bytes - 1) / page_bytes, unused;
	char remedy[160] = "a kernel with hugetlb pages of that size";

	if (pool_free(page_bytes, &unused))
		pool_command(page_bytes, pages, remedy, sizeof remedy);
	return verdict_skipped("no-pool", remedy,
			       "needs %" PRIu64 " free hugetlb pages of %" PRIu64 " KiB", pages,
			       page_bytes / 1024);
}

struct verdict hugetlb_memfd(uint64_t page_bytes, uint64_t bytes, int *fd)
{
	unsigned flags =
	    MFD_HUGETLB | MFD_CLOEXEC | (unsigned)__builtin_ctzll(page_bytes) << HUGE_SHIFT;

	*fd = memfd_create("tlbscope", flags);
	if (*fd >= 0 && ftruncate(*fd, (off_t)bytes) == 0)
		return verdict_ok();
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return no_pool(page_bytes, bytes);
}

bool fd_holds(int fd, uint64_t bytes)
{
	struct stat status;

	return fstat(fd, &status) == 0 && (uint64_t)status.st_size >= bytes;
}

/* Of the pool itself: a benchmark that unmaps shall not give its frames back to a file. */
struct verdict map_pool(char *at, uint64_t bytes, uint64_t page_bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED |
		    __builtin_ctzll(page_bytes) << HUGE_SHIFT;

	if (mmap(at, bytes, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED)
		return no_pool(page_bytes, bytes);
	return verdict_ok();
}

static struct verdict map_file(char *at, uint64_t bytes, uint64_t page_bytes, int fd)
{
	struct verdict verdict = verdict_ok();
	bool own = fd < 0;

	if (!own && !fd_holds(fd, bytes))
		return no_pool(page_bytes, bytes);
	if (own)
		verdict = hugetlb_memfd(page_bytes, bytes, &fd);
	if (verdict_is_ok(&verdict) &&
	    mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		verdict = no_pool(page_bytes, bytes);
	if (own && fd >= 0)
		close(fd);
	return verdict;
}

struct verdict map_hugetlb(struct region *region, int fd)
{
	uint64_t page = region->spec.page.bytes, bytes = region->spec.bytes;
	struct verdict verdict = verdict_ok();

	if (region->spec.mapping == MAPPING_SHARED)
		verdict = region_open(region, fd);
	if (verdict_is_ok(&verdict))
		verdict = region->spec.remapped || region->spec.untouched
			      ? map_memory(region, region->base, bytes)
			      : map_file(region->base, bytes, page, fd);

	for (uint64_t at = region->spec.untouched ? bytes : 0;
	     verdict_is_ok(&verdict) && at < bytes; at += page)
		*(volatile char *)(region->base + at) = 0;
	return verdict;
}

static struct verdict reference_hugetlb(struct region *region, uint64_t packed, int fd)
{
	uint64_t page = region->spec.page.bytes;

	region->backing = region->spec.page;
	region->frame_bytes = (packed + page - 1) / page * page;
	struct verdict verdict = map_file(region->base, region->frame_bytes, page, fd);

	for (uint64_t at = 0; verdict_is_ok(&verdict) && at < region->frame_bytes; at += page)
		*(volatile char *)(region->base + at) = 0;
	return verdict;
}

/* Lines are written by the chain itself; here each page is touched. */
struct verdict map_reference(struct region *region, int fd)
{
	uint64_t packed = region_span(region), pmd = thp_pmd_bytes(),
		 base = (uint64_t)sysconf(_SC_PAGESIZE);
	struct verdict allowed = thp_allowed(pmd ? pmd : base), verdict;
	bool huge = verdict_is_ok(&allowed);

	if (fd >= 0 && region->spec.page.how == PAGE_HUGETLB)
		return reference_hugetlb(region, packed, fd);
	uint64_t unit = huge ? pmd : base;

	region->frame_bytes = (packed + unit - 1) / unit * unit;
	region->backing = (struct page_kind){huge ? PAGE_THP : PAGE_BASE, unit};
	verdict =
	    map_anonymous(region, region->base, region->frame_bytes, PROT_READ | PROT_WRITE, huge);
	for (uint64_t at = 0; verdict_is_ok(&verdict) && at < region->frame_bytes; at += base)
		*(volatile char *)(region->base + at) = 0;
	if (verdict_is_ok(&verdict) && huge && !scan_all_huge(region->base, region->frame_bytes)) {
		madvise(region->base, region->frame_bytes, MADV_NOHUGEPAGE);
		region->backing = (struct page_kind){PAGE_BASE, base};
	}
	return verdict;
}

struct verdict region_refill(const struct region *region, char *at, uint64_t bytes, bool touch)
{
	const struct region_spec *spec = &region->spec;
	struct verdict verdict;

	if (spec->layout != LAYOUT_DISTINCT || at < region->base || bytes > spec->bytes ||
	    (uint64_t)(at - region->base) > spec->bytes - bytes)
		return verdict_error("bad-refill", "refill inside a distinct region",
				     "%" PRIu64 " KiB do not lie in a distinct region",
				     bytes / 1024);
	verdict = map_memory(region, at, bytes);
	if (verdict_is_ok(&verdict) && spec->page.how == PAGE_THP)
		verdict = thp_keep_size(spec->page.bytes, at, bytes);
	for (uint64_t i = 0; touch && verdict_is_ok(&verdict) && i < bytes; i += spec->page.bytes)
		*(volatile char *)(at + i) = 0;
	return verdict;
}
