#include "measure/plan.h"

#include "measure/region_slots.h"

#define TABLE_BYTES 4096u

/* Page tables, where slots lie so far apart that these are most of what they take: each slot has a
 * table of its own on every level whose entries span less than a slot. */
static uint64_t table_bytes(const struct region_spec *spec)
{
	static const unsigned table_shift[] = {21, 30, 39};
	uint64_t slots = spec->bytes / spec->slot_bytes, tables = 0;

	for (unsigned i = 0; i < sizeof table_shift / sizeof *table_shift; i++)
		tables += spec->slot_bytes >> table_shift[i] ? slots
							     : (spec->bytes >> table_shift[i]) + 1;
	return tables * TABLE_BYTES;
}

/* The coloured alias lives in a few pages, a hugetlb alias in one, the zero layout in none of its
 * own. */
uint64_t region_frames(const struct region_spec *spec)
{
	if (spec->page.how == 0)
		return 0;
	if (slots_alone(spec))
		return table_bytes(spec) +
		       (spec->layout == LAYOUT_ZERO ? 0 : slots_alone_bytes(spec));
	if (spec->layout == LAYOUT_ZERO)
		return 0;
	if (spec->layout == LAYOUT_ALIAS)
		return spec->page.bytes;
	if (spec->layout == LAYOUT_REFERENCE)
		return spec->bytes / (spec->slot_bytes ? spec->slot_bytes : spec->page.bytes) *
			   LINE_BYTES +
		       spec->page.bytes;
	return (spec->bytes + spec->page.bytes - 1) / spec->page.bytes * spec->page.bytes;
}

bool plan_shares_frames(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->ngroups; i++) {
		const struct region_spec *region = &plan->groups[i].region[0];

		if (region->page.how &&
		    (region->layout == LAYOUT_ZERO || region->layout == LAYOUT_ALIAS))
			return true;
	}
	return false;
}

static uint64_t most(const struct plan *plan, uint64_t (*need)(const struct plan_group *, uint64_t),
		     uint64_t argument)
{
	uint64_t max = 0;

	for (unsigned i = 0; i < plan->ngroups; i++) {
		uint64_t n = need(&plan->groups[i], argument);

		max = n > max ? n : max;
	}
	return max;
}

static uint64_t pages_of(const struct plan_group *group, uint64_t page_bytes, bool loose)
{
	uint64_t n = 0;

	for (int i = 0; i < 2; i++)
		if (group->region[i].page.how == PAGE_HUGETLB &&
		    group->region[i].page.bytes == page_bytes &&
		    (group->region[i].remapped || group->region[i].untouched) == loose)
			n += region_frames(&group->region[i]) / page_bytes;
	return n;
}

static uint64_t group_pages(const struct plan_group *group, uint64_t page_bytes)
{
	return pages_of(group, page_bytes, false);
}

static uint64_t group_loose(const struct plan_group *group, uint64_t page_bytes)
{
	return pages_of(group, page_bytes, true);
}

static uint64_t group_bytes(const struct plan_group *group, uint64_t unused)
{
	(void)unused;
	return region_frames(&group->region[0]) + region_frames(&group->region[1]) +
	       group->extra_bytes;
}

uint64_t want_bytes(const struct want *want)
{
	return region_frames(&want->region[0]) + region_frames(&want->region[1]) +
	       want->extra_bytes;
}

uint64_t want_fresh_bytes(const struct want *want)
{
	uint64_t bytes = want->extra_bytes;

	for (int i = 0; i < 2; i++)
		if (want->region[i].page.how != PAGE_HUGETLB)
			bytes += region_frames(&want->region[i]);
	return bytes;
}

uint64_t plan_huge_pages(const struct plan *plan, uint64_t page_bytes)
{
	return most(plan, group_pages, page_bytes);
}

uint64_t plan_loose_pages(const struct plan *plan, uint64_t page_bytes)
{
	return most(plan, group_loose, page_bytes);
}

uint64_t plan_bytes(const struct plan *plan)
{
	return most(plan, group_bytes, 0);
}
