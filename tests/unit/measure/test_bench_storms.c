/* How often each operation must interrupt, as it is planned: counted by hand, of page tables of 512
 * entries, and seen on Linux 6.18. */
#include "unit/measure/one_worker.h"

#include <math.h>

extern const struct bench bench_collapse, bench_madvise, bench_mapfixed, bench_migrate,
    bench_mprotect, bench_munmap, bench_rivals;
const struct bench *const bench_registry[] = {
    &bench_collapse, &bench_madvise, &bench_mapfixed, &bench_migrate,
    &bench_mprotect, &bench_munmap,  &bench_rivals,   NULL};

#define MADVISE	 "madvise/advice=dontneed/page=4k/mapping="
#define MPROTECT "mprotect/change=rw-ro/page="
#define RESP	 "/resp=1/place=core/state=spin"

struct told {
	const char *key;
	double each, other; /* other: of other kernels, 0: the same */
};

static void claims_hold(const struct told *claim, size_t n)
{
	if (here.machine.base_page_bytes != 4096 || !here.machine.responders[PLACE_CORE])
		skip();
	for (size_t i = 0; i < n; i++) {
		struct plan plan = plan_must(&here, "full", ONLY(claim[i].key));
		struct expect expect = cell_at(&plan, claim[i].key)->want.expect;

		print_message("%s: %g, %g\n", claim[i].key, expect.ipis_per_op, expect.ipis_else);
		assert_true(fabs(expect.ipis_per_op - claim[i].each) < 1e-9);
		assert_true(fabs(expect.ipis_else - claim[i].other) < 1e-9);
		assert_true(claim[i].other == 0 || expect.ipis_why);
		plan_free(&plan);
	}
}

#define HOLD(...)                                                                                  \
	do {                                                                                       \
		static const struct told claims[] = {__VA_ARGS__};                                 \
		(void)state;                                                                       \
		claims_hold(claims, sizeof claims / sizeof *claims);                               \
	} while (0)

/* A batch is 2,048 pages: of 62 calls of 33 pages, three lie in two tables and as many end one. */
static void unmapping_a_file_flushes_each_table_and_those_that_it_frees(void **state)
{
	HOLD({"munmap/page=4k/mapping=anon/npages=512" RESP, 1, 0},
	     {"munmap/page=4k/mapping=private/npages=33" RESP, 1, 0},
	     {"munmap/page=4k/mapping=shared/npages=1" RESP, 1 + 1 / 512.0, 0},
	     {"munmap/page=4k/mapping=file/npages=64" RESP, 1 + 1 / 8.0, 0},
	     {"munmap/page=4k/mapping=shared/npages=33" RESP, 1 + 6 / 62.0, 0},
	     {"munmap/page=4k/mapping=shared/npages=512" RESP, 2, 0},
	     {"munmap/page=4k/mapping=file/npages=4096" RESP, 9, 0},
	     {"munmap/page=1g/mapping=shared/npages=1" RESP, 1, 0});
}

/* What was mapped before keeps the first table of a call. */
static void mapping_over_a_file_frees_whole_tables_only(void **state)
{
	HOLD({"mapfixed/page=4k/mapping=shared/npages=32" RESP, 1, 0},
	     {"mapfixed/page=4k/mapping=shared/npages=33" RESP, 1 + 3 / 62.0, 0},
	     {"mapfixed/page=4k/mapping=shared/npages=512" RESP, 2, 0},
	     {"mapfixed/page=4k/mapping=file/npages=4096" RESP, 9, 0});
}

static void dropping_a_file_frees_tables_since_6_14(void **state)
{
	HOLD({MADVISE "anon/touched=all/npages=512" RESP, 1, 0},
	     {MADVISE "shared/touched=all/npages=33" RESP, 1 + 3 / 62.0, 0},
	     {MADVISE "file/touched=first/npages=33" RESP, 1, 0},
	     {MADVISE "file/touched=all/npages=512" RESP, 1, 2},
	     {MADVISE "file/touched=ends/npages=4096" RESP, 2, 0},
	     {MADVISE "shared/touched=all/npages=4096" RESP, 8, 9});
}

#define SLEEP "/resp=1/place=core/state=sleep"

/* An idle CPU is told of page tables that go, once to a leg, and of nothing else. */
static void sleepers_are_told_of_tables(void **state)
{
	static const struct told claims[] = {
	    {"munmap/page=4k/mapping=anon/npages=512" SLEEP, 0, 1},
	    {"munmap/page=4k/mapping=anon/npages=1" SLEEP, 0, 1},
	    {"munmap/page=2m/mapping=anon/npages=1" SLEEP, 0, 0},
	    {"mapfixed/page=4k/mapping=anon/npages=512" SLEEP, 0, 1},
	    {"mapfixed/page=4k/mapping=anon/npages=33" SLEEP, 0, 0},
	    {MADVISE "anon/touched=all/npages=512" SLEEP, 0, 1},
	    {MADVISE "anon/touched=all/npages=33" SLEEP, 0, 0},
	    {"madvise/advice=dontneed/page=2m/mapping=anon/touched=all/npages=1" SLEEP, 0, 0},
	    {MPROTECT "4k/mapping=anon/touched=all/npages=512" SLEEP, 0, 0},
	    {MPROTECT "2m/mapping=anon/touched=all/npages=1" SLEEP, 0, 1},
	    {"munmap/page=4k/mapping=anon/npages=512/resp=1/place=core/state=other-mm", 0, 0}};

	(void)state;
	if (here.machine.base_page_bytes != 4096 || !here.machine.responders[PLACE_CORE])
		skip();
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		struct plan plan = plan_must(&here, "full", ONLY(claims[i].key));
		struct expect expect = cell_at(&plan, claims[i].key)->want.expect;

		print_message("%s: %g\n", claims[i].key, expect.ipis_a_leg);
		assert_true(expect.ipis_per_op == 0 && expect.ipis_else == 0);
		assert_true(expect.ipis_a_leg == claims[i].other);
		assert_true(expect.ipis_a_leg == 0 || expect.ipis_why);
		plan_free(&plan);
	}
}

/* Whatever the change is. */
static void protecting_hugetlb_pages_flushes_once_or_twice(void **state)
{
	HOLD({MPROTECT "2m/mapping=anon/touched=all/npages=1" RESP, 1, 2},
	     {"mprotect/change=none-rw/page=2m/mapping=anon/touched=all/npages=1" RESP, 1, 2},
	     {"mprotect/change=none-rw/page=2m/mapping=anon/touched=all/npages=1/resp=0", 0, 0});
}

/* A flush for each huge page that is there, and one at the end; nothing was free. */
static void protecting_flushes_more_before_5_19(void **state)
{
	HOLD({MPROTECT "4k/mapping=anon/touched=all/npages=33" RESP, 1, 0},
	     {"mprotect/change=none-rw/page=4k/mapping=anon/touched=all/npages=33" RESP, 0, 1},
	     {"mprotect/change=none-rw/page=4k/mapping=anon/touched=all/npages=33/resp=1/"
	      "place=core/state=other-mm",
	      0, 0},
	     {MPROTECT "thp/mapping=anon/touched=all/npages=1" RESP, 1, 2},
	     {MPROTECT "thp/mapping=anon/touched=all/npages=4" RESP, 1, 5},
	     {MPROTECT "thp/mapping=anon/touched=ends/npages=4" RESP, 1, 3},
	     {"mprotect/change=none-rw/page=thp/mapping=anon/touched=all/npages=2" RESP, 0, 3});
}

#define PAGEOUT "madvise/advice=pageout/page=4k/mapping="
#define FREE	"madvise/advice=free/page="

/* A flush of each page that is there before it is written out, and for each table one that the last
 * reclaim left owing. Files write for themselves. Before 6.9 one more, of accessed bits. A batch of
 * 62 calls of 33 pages has three that lie in two tables. */
static void paging_out_flushes_page_by_page(void **state)
{
	HOLD({PAGEOUT "anon/touched=all/npages=1" RESP, 2, 3},
	     {PAGEOUT "anon/touched=first/npages=33" RESP, 2, 3},
	     {PAGEOUT "anon/touched=ends/npages=32" RESP, 3, 4},
	     {PAGEOUT "shared/touched=all/npages=33" RESP, 34 + 3 / 62.0, 35 + 3 / 62.0},
	     {PAGEOUT "file/touched=all/npages=32" RESP, 2, 3},
	     {PAGEOUT "file/touched=first/npages=33" RESP, 2, 3},
	     {PAGEOUT "file/touched=all/npages=1024" RESP, 4, 5},
	     {FREE "thp/mapping=anon/touched=all/npages=2" RESP, 3, 0},
	     {FREE "thp/mapping=anon/touched=first/npages=8" RESP, 2, 0},
	     {FREE "4k/mapping=anon/touched=all/npages=2" RESP, 1, 0},
	     {"madvise/advice=cold/page=thp/mapping=anon/touched=all/npages=2" RESP, 1, 0});
}

/* Who reads them again takes a fault. */
static void some_advice_drops_the_pages(void **state)
{
	static const struct {
		const char *key;
		bool drops;
	} cells[] = {
	    {MADVISE "anon/touched=all/npages=1" RESP, true},
	    {PAGEOUT "anon/touched=all/npages=1" RESP, true},
	    {FREE "4k/mapping=anon/touched=all/npages=1" RESP, false},
	    {"madvise/advice=cold/page=4k/mapping=anon/touched=all/npages=1" RESP, false},
	    {MPROTECT "4k/mapping=anon/touched=all/npages=1" RESP, false},
	};

	(void)state;
	if (!here.machine.responders[PLACE_CORE])
		skip();
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct plan plan = plan_must(&here, "full", ONLY(cells[i].key));

		assert_int_equal(cell_at(&plan, cells[i].key)->want.drops, cells[i].drops);
		plan_free(&plan);
	}
}

/* Pages move in batches of 512. Every CPU is interrupted before they do, so that gaps prove
 * nothing.
 */
static void moving_flushes_each_batch(void **state)
{
	static const char *const blurred[] = {"migrate/page=4k/npages=1" RESP, "collapse" RESP};
	const unsigned had = here.machine.nodes;

	here.machine.nodes = 2;
	HOLD({"migrate/page=4k/npages=1" RESP, 1, 0}, {"migrate/page=4k/npages=512" RESP, 1, 0},
	     {"migrate/page=4k/npages=513" RESP, 2, 0}, {"migrate/page=4k/npages=4096" RESP, 8, 0});
	for (unsigned i = 0; i < 2; i++) {
		struct plan plan = plan_must(&here, "full", ONLY(blurred[i]));

		assert_true(cell_at(&plan, blurred[i])->want.expect.gaps_blurred);
		plan_free(&plan);
	}
	here.machine.nodes = had;
}

/* Where there is swap space already, no other is made. */
static void paging_out_wants_swap_space(void **state)
{
	static const char *const key =
	    "madvise/advice=pageout/page=4k/mapping=anon/touched=all/npages=1/resp=0";
	const uint64_t had = here.machine.swap_bytes;

	(void)state;
	for (int enough = 0; enough < 2; enough++) {
		here.machine.swap_bytes = enough ? (uint64_t)1 << 30 : 0;
		struct plan plan = plan_must(&here, "full", ONLY(key));
		const struct want *want = &cell_at(&plan, key)->want;

		assert_int_equal(want->pressure.swap, enough ? SWAP_NONE : SWAP_ANY);
		assert_int_equal(want->pressure.swap_bytes, enough ? 0 : want->region[0].bytes);
		assert_int_equal(want->pressure.limit_bytes, 0);
		plan_free(&plan);
	}
	here.machine.swap_bytes = had;
}

/* 16 pages to a read fault: the first of them was not there, 15 are copied. */
static void reading_a_private_file_back_maps_its_neighbours(void **state)
{
	here.machine.fault_around_bytes = 65536;
	HOLD({"rivals/work=drop/page=4k/mapping=private/initiators=2/place=core", 0.5, 0},
	     {"rivals/work=cycle/page=4k/mapping=private/initiators=2/place=core", 31 / 32.0, 0},
	     {"rivals/work=cycle/page=4k/mapping=file/initiators=2/place=core", 0.5, 1});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unmapping_a_file_flushes_each_table_and_those_that_it_frees),
	    cmocka_unit_test(mapping_over_a_file_frees_whole_tables_only),
	    cmocka_unit_test(dropping_a_file_frees_tables_since_6_14),
	    cmocka_unit_test(sleepers_are_told_of_tables),
	    cmocka_unit_test(protecting_hugetlb_pages_flushes_once_or_twice),
	    cmocka_unit_test(protecting_flushes_more_before_5_19),
	    cmocka_unit_test(paging_out_flushes_page_by_page),
	    cmocka_unit_test(some_advice_drops_the_pages),
	    cmocka_unit_test(moving_flushes_each_batch),
	    cmocka_unit_test(paging_out_wants_swap_space),
	    cmocka_unit_test(reading_a_private_file_back_maps_its_neighbours),
	};

	if (!open_here())
		return SKIP_TEST;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
