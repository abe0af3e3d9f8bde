/* Windows of huge aliases: wherever one lies, its slots are pages that the region has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <tlbscope/region.h>

#include <stdlib.h>

#define MIB   ((uint64_t)1 << 20)
#define SEEDS 64

static int by_address(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

static char *page_of(const struct window *window, uint64_t i)
{
	uint64_t page = window->region->spec.page.bytes;

	return (char *)((uintptr_t)window_slot(window, i) & ~(uintptr_t)(page - 1));
}

/* Arithmetic alone: nothing is mapped. */
static void check(uint64_t region_bytes, uint64_t bytes, bool equal_offsets)
{
	struct region region = {.spec = {.page = {PAGE_HUGETLB, 2 * MIB},
					 .layout = LAYOUT_ALIAS,
					 .offsets = equal_offsets ? OFFSETS_EQUAL : OFFSETS_SPREAD,
					 .bytes = region_bytes},
				.base = (char *)((uintptr_t)1 << 40)};
	struct window all = {.region = &region, .base = region.base};
	uint64_t have = region_bytes / (2 * MIB);
	char **mapped = calloc(have, sizeof *mapped);

	assert_non_null(mapped);
	for (uint64_t i = 0; i < have; i++)
		mapped[i] = page_of(&all, i);
	qsort(mapped, have, sizeof *mapped, by_address);
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct window window = region_window(&region, bytes, seed);

		for (uint64_t i = 0; i < window.slots; i++) {
			char *page = page_of(&window, i);

			assert_non_null(bsearch(&page, mapped, have, sizeof *mapped, by_address));
		}
	}
	free(mapped);
}

static void every_slot_is_in_the_region(void **state)
{
	(void)state;
	for (int equal = 0; equal <= 1; equal++)
		for (uint64_t have = 128; have <= 4096; have += 416)
			for (uint64_t want = 64; want <= have; want += 448)
				check(have * MIB, want * MIB, equal);
	check(2816 * MIB, 2432 * MIB, false);
}

static void windows_lie_in_several_places(void **state)
{
	struct region region = {
	    .spec = {.page = {PAGE_HUGETLB, 2 * MIB}, .layout = LAYOUT_ALIAS, .bytes = 4096 * MIB},
	    .base = (char *)((uintptr_t)1 << 40)};
	bool first = false, other = false;

	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct window window = region_window(&region, 512 * MIB, seed);

		first |= window.base == region.base;
		other |= window.base != region.base;
	}
	assert_true(first && other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_slot_is_in_the_region),
	    cmocka_unit_test(windows_lie_in_several_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
