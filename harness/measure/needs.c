#include "measure/plan.h"

/* The coloured alias lives in a few pages, a hugetlb alias in one, the zero layout in none of its own. */
uint64_t region_frames(const struct region_spec *spec)
{
	if (spec->page.how == 0 || spec->layout == LAYOUT_ZERO)
		return 0;
	if (spec->layout == LAYOUT_ALIAS)
		return spec->page.bytes;
	if (spec->layout == LAYOUT_REFERENCE)
		return spec->bytes / (spec->page.bytes / 64) + spec->page.bytes;
	return (spec->bytes + spec->page.bytes - 1) / spec->page.bytes * spec->page.bytes;
}

static uint64_t most(const struct plan *plan, uint64_t (*need)(const struct plan_group *, uint64_t), uint64_t argument)
{
	uint64_t max = 0;

	for (unsigned i = 0; i < plan->ngroups; i++) {
		uint64_t n = need(&plan->groups[i], argument);

		max = n > max ? n : max;
	}
	return max;
}

static uint64_t group_pages(const struct plan_group *group, uint64_t page_bytes)
{
	uint64_t n = 0;

	for (int i = 0; i < 2; i++)
		if (group->region[i].page.how == PAGE_HUGETLB && group->region[i].page.bytes == page_bytes)
			n += region_frames(&group->region[i]) / page_bytes;
	return n;
}

static uint64_t group_bytes(const struct plan_group *group, uint64_t unused)
{
	(void)unused;
	return region_frames(&group->region[0]) + region_frames(&group->region[1]);
}

uint64_t plan_huge_pages(const struct plan *plan, uint64_t page_bytes)
{
	return most(plan, group_pages, page_bytes);
}

uint64_t plan_bytes(const struct plan *plan)
{
	return most(plan, group_bytes, 0);
}
