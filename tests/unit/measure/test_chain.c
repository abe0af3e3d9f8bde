/* Orders are bijections with an exact inverse; chains are one cycle through every slot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <tlbscope/chain.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <string.h>

static const uint64_t sizes[] = {1,  2,	  3,   4,   5,	  7,	8,    12,    63,     64,    65,
				 72, 100, 127, 128, 1000, 4095, 4097, 65536, 100003, 300007};
#define NSIZES (sizeof sizes / sizeof *sizes)

static void order_is_a_bijection(void **state)
{
	(void)state;
	for (size_t s = 0; s < NSIZES; s++)
		for (uint64_t seed = 0; seed < 5; seed++) {
			uint64_t n = sizes[s];
			char *seen = calloc(n, 1);
			struct order order;

			assert_non_null(seen);
			order_init(&order, n, seed);
			for (uint64_t k = 0; k < n; k++) {
				uint64_t slot = order_at(&order, k);

				assert_true(slot < n);
				assert_false(seen[slot]);
				seen[slot] = 1;
				assert_int_equal(order_rank(&order, slot), k);
			}
			free(seen);
		}
}

static void seeds_give_other_orders(void **state)
{
	struct order a, b;
	unsigned equal = 0;

	(void)state;
	order_init(&a, 1000, 1);
	order_init(&b, 1000, 2);
	for (uint64_t k = 0; k < 1000; k++)
		equal += order_at(&a, k) == order_at(&b, k);
	assert_true(equal < 50);
	order_init(&b, 1000, 1);
	for (uint64_t k = 0; k < 1000; k++)
		assert_int_equal(order_at(&a, k), order_at(&b, k));
}

/* A prefetcher that looks for a stride must find none: no distance is common. */
static void no_distance_is_common(void **state)
{
	(void)state;
	for (uint64_t n = 64; n <= 4096; n *= 4)
		for (uint64_t seed = 0; seed < 8; seed++) {
			unsigned *times = calloc(2 * n, sizeof *times);
			struct order order;

			assert_non_null(times);
			order_init(&order, n, seed);
			for (uint64_t k = 0; k + 1 < n; k++)
				times[n + order_at(&order, k + 1) - order_at(&order, k)]++;
			for (uint64_t i = 0; i < 2 * n; i++)
				assert_true(times[i] <= n / 5);
			free(times);
		}
}

/* A window over plain memory: chains need no proof of pages. */
struct plain {
	struct region region;
	struct window window;
};

static void plain_open(struct plain *plain, uint64_t slots, uint64_t slot_bytes, enum layout layout)
{
	uint64_t bytes = slots * slot_bytes;

	memset(plain, 0, sizeof *plain);
	plain->region.spec = (struct region_spec){
	    .page = {PAGE_BASE, 4096}, .layout = layout, .bytes = bytes, .slot_bytes = slot_bytes};
	assert_int_equal(posix_memalign((void **)&plain->region.base, 1 << 21, bytes), 0);
	memset(plain->region.base, 0, bytes);
	plain->window = (struct window){&plain->region, plain->region.base, bytes, slots};
}

static void plain_close(struct plain *plain)
{
	free(plain->region.base);
}

static void check_chain(uint64_t slots, uint64_t slot_bytes, enum layout layout, uint64_t seed)
{
	struct plain plain;
	struct order order;
	void **at, **start;

	plain_open(&plain, slots, slot_bytes, layout);
	order_init(&order, slots, seed);
	at = start = chain_link(&plain.window, &order);
	for (uint64_t k = 0; k < slots; k++, at = *at) {
		assert_ptr_equal(at, window_slot(&plain.window, order_at(&order, k)));
		assert_true(k == 0 || at != start);
	}
	assert_ptr_equal(at, start);
	assert_ptr_equal(chain_walk(start, slots), start);
	assert_ptr_equal(chain_walk(start, 3 * slots), start);
	for (uint64_t n = 0; n < 20; n++)
		assert_ptr_equal(chain_walk(start, n),
				 window_slot(&plain.window, order_at(&order, n % slots)));
	plain_close(&plain);
}

static void chain_is_one_cycle(void **state)
{
	(void)state;
	for (size_t s = 0; s < NSIZES; s++) {
		check_chain(sizes[s], 64, LAYOUT_DISTINCT, s);
		check_chain(sizes[s], 64, LAYOUT_REFERENCE, s);
		if (sizes[s] <= 4097)
			check_chain(sizes[s], 4096, LAYOUT_DISTINCT, s + 100);
	}
}

static void list_visits_every_slot_once(void **state)
{
	(void)state;
	for (size_t s = 0; s < NSIZES && sizes[s] <= 4097; s++) {
		uint64_t n = sizes[s];
		uintptr_t *list = calloc(n, sizeof *list);
		char *seen = calloc(n, 1);
		struct plain plain;
		struct order order;

		plain_open(&plain, n, 4096, LAYOUT_ZERO);
		order_init(&order, n, s);
		chain_list(&plain.window, &order, list);
		for (uint64_t k = 0; k < n; k++) {
			uint64_t slot = (list[k] - (uintptr_t)plain.window.base) / 4096;

			assert_true(slot < n);
			assert_ptr_equal((char *)list[k], window_slot(&plain.window, slot));
			assert_false(seen[slot]);
			seen[slot] = 1;
		}
		assert_int_equal(chain_walk_list(list, n, 5 * n + 3), 0);
		plain_close(&plain);
		free(seen);
		free(list);
	}
}

/* A mark in one slot is what the walk returns exactly when it ends there. */
static void list_walk_ends_where_it_must(void **state)
{
	enum { N = 21 };
	uintptr_t list[N];
	struct plain plain;
	struct order order;

	(void)state;
	plain_open(&plain, N, 4096, LAYOUT_ZERO);
	order_init(&order, N, 7);
	chain_list(&plain.window, &order, list);
	for (uint64_t n = 1; n < 3 * N; n++) {
		uintptr_t *last = (uintptr_t *)list[(n - 1) % N];

		*last = 8;
		assert_int_equal(chain_walk_list(list, N, n), 8);
		*last = 0;
		assert_int_equal(chain_walk_list(list, N, n), 0);
	}
	plain_close(&plain);
}

static uint64_t divisor(uint64_t a, uint64_t b)
{
	return b ? divisor(b, a % b) : a;
}

static void steps_reach_every_slot(void **state)
{
	(void)state;
	for (uint64_t n = 2; n < 3000; n++)
		for (uint64_t seed = 0; seed < 3; seed++) {
			uint64_t step = chain_step(n, seed);

			assert_true(step > 0 && step < n);
			assert_int_equal(divisor(n, step), 1);
		}
}

static void coloured_walk_follows_its_step(void **state)
{
	enum { N = 40 };
	uint64_t step = chain_step(N, 3);
	struct plain plain;

	(void)state;
	plain_open(&plain, N, 4096, LAYOUT_ALIAS);
	for (uint64_t n = 1; n < 3 * N; n++) {
		uintptr_t *last = (uintptr_t *)window_slot(&plain.window, (n - 1) * step % N);

		*last = 8;
		assert_int_equal(chain_walk_coloured(&plain.window, step, n), 8);
		*last = 0;
		assert_int_equal(chain_walk_coloured(&plain.window, step, n), 0);
	}
	plain_close(&plain);
}

/* Pages of the size are reserved and never all mapped: only the lines of the slots are. */
static void huge_walk_follows_its_step(void **state)
{
	enum { N = 300 };
	static const struct region_spec specs[] = {
	    {.page = {PAGE_THP, 2 << 20}, .layout = LAYOUT_ZERO},
	    {.page = {PAGE_THP, 32 << 20}, .layout = LAYOUT_ZERO},
	    {.page = {PAGE_HUGETLB, 2 << 20}, .layout = LAYOUT_ALIAS},
	    {.page = {PAGE_HUGETLB, 2 << 20}, .layout = LAYOUT_ALIAS, .offsets = OFFSETS_EQUAL},
	    {.page = {PAGE_HUGETLB, 1 << 30}, .layout = LAYOUT_ALIAS},
	    {.page = {PAGE_HUGETLB, 1 << 30}, .layout = LAYOUT_ALIAS, .offsets = OFFSETS_EQUAL},
	    {.page = {PAGE_HUGETLB, 2 << 20}, .layout = LAYOUT_ALIAS, .offsets = OFFSETS_FOLD7},
	    {.page = {PAGE_HUGETLB, 2 << 20}, .layout = LAYOUT_ALIAS, .offsets = OFFSETS_FOLD8},
	    {.page = {PAGE_HUGETLB, 1 << 30}, .layout = LAYOUT_ALIAS, .offsets = OFFSETS_FOLD7},
	    {.page = {PAGE_HUGETLB, 1 << 30}, .layout = LAYOUT_ALIAS, .offsets = OFFSETS_FOLD8},
	};
	const uint64_t span = (uint64_t)1 << 40;
	uint64_t step = chain_step(N, 3);

	(void)state;
	if (getenv("TLBSCOPE_EMULATED")) /* 300 GiB of addresses take real memory there */
		skip();
	for (unsigned s = 0; s < sizeof specs / sizeof *specs; s++) {
		struct region region = {.spec = specs[s]};
		struct window window = {.region = &region, .slots = N};
		char *at = mmap(NULL, span, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (at == MAP_FAILED)
			skip();
		madvise(at, span, MADV_NOHUGEPAGE);
		window.base = at;
		for (uint64_t n = 1; n < 2 * N; n++) {
			uintptr_t *last = (uintptr_t *)window_slot(&window, (n - 1) * step % N);

			assert_int_equal(*last, 0);
			*last = 8;
			assert_int_equal(chain_walk_huge(&window, step, n), 8);
			*last = 0;
			assert_int_equal(chain_walk_huge(&window, step, n), 0);
		}
		munmap(at, span);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order_is_a_bijection),
	    cmocka_unit_test(seeds_give_other_orders),
	    cmocka_unit_test(no_distance_is_common),
	    cmocka_unit_test(chain_is_one_cycle),
	    cmocka_unit_test(list_visits_every_slot_once),
	    cmocka_unit_test(list_walk_ends_where_it_must),
	    cmocka_unit_test(steps_reach_every_slot),
	    cmocka_unit_test(coloured_walk_follows_its_step),
	    cmocka_unit_test(huge_walk_follows_its_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
