#include "measure/region_internal.h"
#include "measure/region_where.h"

#include <tlbscope/bench.h>

#include <sys/mman.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

uint64_t region_span(const struct region *region)
{
	const struct slotting slotting = slotting_of(&region->spec);

	return slotting_span(&slotting, region->spec.bytes);
}

struct verdict region_reserve(struct region *region, uint64_t bytes, uint64_t align)
{
	/* Room behind as well, so that no other mapping merges with the region's. */
	uint64_t whole = bytes + align + (uint64_t)sysconf(_SC_PAGESIZE);
	char *got;

	if (whole < bytes)
		return verdict_skipped("no-address-space", "choose a smaller footprint with --only",
				       "needs more than 64 bits of address space");
	got = mmap(where_hint(&region->spec), whole, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (got == MAP_FAILED)
		return map_failed("address space", whole);
	if (region->spec.where == WHERE_HIGH && (uintptr_t)got < WHERE_HIGH_FROM) {
		munmap(got, whole);
		return verdict_skipped("no-high-addresses",
				       "choose a smaller footprint with --only",
				       "the kernel gave no addresses from 2^48 on");
	}
	region->reserved = got;
	region->reserved_bytes = whole;
	region->base = (char *)(((uintptr_t)got + align - 1) & ~(uintptr_t)(align - 1));
	return verdict_ok();
}

static uint64_t alignment_of(const struct region_spec *spec)
{
	uint64_t page = spec->page.bytes, least = 4 * MIB;

	if (spec->layout == LAYOUT_REFERENCE && thp_pmd_bytes() > least)
		least = thp_pmd_bytes();
	if (spec->layout == LAYOUT_ALIAS)
		least = spec->page.how == PAGE_BASE ? REGION_ALIAS_PAGES * page * 4 : 4 * GIB;
	if (spec->layout == LAYOUT_ZERO && spec->page.how == PAGE_THP)
		least = 4 * GIB;
	if (slots_alone(spec) && spec->slot_bytes > least)
		least = spec->slot_bytes;
	return page > least ? page : least;
}

static struct verdict fill(struct region *region, int fd, uint64_t seed)
{
	const struct region_spec *spec = &region->spec;

	switch (spec->layout) {
	case LAYOUT_REFERENCE:
		return map_reference(region, fd);
	case LAYOUT_ALIAS:
		return spec->page.how == PAGE_BASE ? map_coloured(region)
						   : map_huge_alias(region, fd);
	case LAYOUT_ZERO:
		return map_zero(region);
	case LAYOUT_DISTINCT:
		break;
	}
	if (spec->page.how == PAGE_HUGETLB)
		return map_hugetlb(region, fd);
	return spec->page.how == PAGE_THP ? map_thp(region) : map_base(region, seed);
}

/* Whole pages, and for coloured aliases whole memfds. */
static uint64_t rounded(const struct region_spec *spec)
{
	uint64_t unit = spec->page.bytes;

	if (spec->layout == LAYOUT_ALIAS && spec->page.how == PAGE_BASE)
		unit *= 4;
	return (spec->bytes + unit - 1) / unit * unit;
}

struct verdict region_map(struct region *region, const struct region_spec *spec, int hugetlb_fd,
			  uint64_t seed)
{
	const struct machine here = {.base_page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
				     .thp_bytes = thp_pmd_bytes(),
				     .memory_bytes = UINT64_MAX,
				     .max_maps = UINT64_MAX,
				     .nodes = where_nodes(),
				     .high_addresses = where_has_high()};
	struct verdict verdict = region_check(spec, &here);

	*region = (struct region){.fd = -1};
	if (!verdict_is_ok(&verdict))
		return verdict;
	region->spec = *spec;
	region->spec.bytes = rounded(spec);
	region->frame_bytes = slots_alone(spec) ? slots_alone_bytes(spec) : region->spec.bytes;
	region->backing = spec->page;
	uint64_t align = alignment_of(spec),
		 span = (region_span(region) + align - 1) / align * align;

	verdict = region_reserve(region, span, align);
	if (verdict_is_ok(&verdict))
		verdict = fill(region, hugetlb_fd, seed);
	if (verdict_is_ok(&verdict))
		verdict = where_verify(region);
	if (!verdict_is_ok(&verdict))
		region_unmap(region);
	return verdict;
}

void region_unmap(struct region *region)
{
	if (region->reserved)
		munmap(region->reserved, region->reserved_bytes);
	if (region->reserved && region->fd >= 0)
		close(region->fd);
	*region = (struct region){0};
}

/* Past 33 pages (tlb_single_page_flush_ceiling) the kernel flushes all; two touched pages far apart
 * are enough. */
void region_forget_translations(void)
{
	const size_t bytes = 4 * MIB, page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return;
	madvise(at, bytes, MADV_NOHUGEPAGE);
	*(volatile char *)at = 0;
	*(volatile char *)(at + bytes - page) = 0;
	munmap(at, bytes);
}
