/* What fork, split and pagetable plan, and that what they count is what they predict. */
#include "unit/measure/one_worker.h"

#include "result/key.h"

#include <sys/prctl.h>

#define MIB ((uint64_t)1 << 20)

/* An emulator has page tables of its own, and so has the shadow that a sanitizer keeps. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define EXACT true
#else
#define EXACT false
#endif

extern const struct bench bench_fork, bench_split, bench_pagetable;
const struct bench *const bench_registry[] = {&bench_fork, &bench_pagetable, &bench_split, NULL};

static struct plan_context small;

static struct verdict planned(const char *key, struct want *want)
{
	struct plan plan = plan_must(&small, "full", ONLY(key));
	const struct plan_cell *cell = cell_at(&plan, key);
	struct verdict verdict = cell->verdict;

	*want = cell->want;
	plan_free(&plan);
	return verdict;
}

/* Copies, page tables and what empties the caches count as memory too. */
static void no_cell_wants_more_than_there_is(void **state)
{
	static const char *const too_large[] = {
	    "fork/page=4k/part=write/child=alive/footprint=160MiB",
	    "fork/page=2m/part=write/child=alive/touch=page/footprint=160MiB",
	    "split/page=thp/cause=cold/span=512MiB",
	    "pagetable/page=4k/spacing=1GiB/pages=60000/tables=warm",
	};
	struct want want;

	(void)state;
	small.machine.memory_bytes = 256 * MIB;
	for (unsigned i = 0; i < sizeof too_large / sizeof *too_large; i++) {
		struct verdict verdict = planned(too_large[i], &want);

		assert_string_equal(verdict.code, "no-memory");
		assert_true(*verdict.remedy);
	}
	struct verdict fits = planned("fork/page=4k/part=write/child=gone/footprint=160MiB", &want);

	assert_true(verdict_is_ok(&fits));
	small.machine.memory_bytes = 64ull << 30;
}

static void writes_fault_by_what_is_shared(void **state)
{
	static const struct {
		const char *key;
		double faults, splits;
	} cells[] = {
	    {"fork/page=4k/part=write/child=alive/footprint=16MiB", 1, 0},
	    {"fork/page=thp/part=write/child=alive/touch=page/footprint=16MiB", 1, 1},
	    {"fork/page=thp/part=write/child=alive/touch=each-4k/footprint=16MiB", 512, 1},
	    {"fork/page=thp/part=write/child=gone/touch=each-4k/footprint=16MiB", 1, 0},
	    {"fork/page=thp-64k/part=write/child=gone/touch=each-4k/footprint=16MiB", 16, 0},
	    {"fork/page=2m/part=write/child=alive/touch=each-4k/footprint=16MiB", 1, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct want want;
		struct verdict verdict = planned(cells[i].key, &want);

		assert_true(verdict_is_ok(&verdict));
		assert_true(want.expect.faults_per_op == cells[i].faults);
		assert_string_equal(want.expect.vmstat[0].line, "thp_split_pmd");
		assert_true(want.expect.vmstat[0].per_op == cells[i].splits);
	}
}

static void impossible_geometry_is_skipped(void **state)
{
	struct want want;

	(void)state;
	struct verdict close =
	    planned("pagetable/page=thp/spacing=4KiB/pages=64/tables=warm", &want);
	struct verdict far =
	    planned("pagetable/page=4k/spacing=1GiB/pages=1048576/tables=warm", &want);
	struct verdict many =
	    planned("pagetable/page=2m/spacing=2MiB/pages=1048576/tables=warm", &want);

	assert_string_equal(close.code, "not-whole");
	assert_string_equal(far.code, "no-address-space");
	assert_string_equal(many.code, "too-many-maps");
}

/* By hand: 100 pages that are 2 MiB apart have 100 tables, and one on each level above. */
static void page_tables_are_what_geometry_says(void **state)
{
	static const struct {
		const char *key;
		double kib;
	} cells[] = {
	    {"pagetable/page=4k/spacing=4KiB/pages=512/tables=warm", 3 * 4},
	    {"pagetable/page=4k/spacing=4KiB/pages=513/tables=warm", 4 * 4},
	    {"pagetable/page=4k/spacing=2MiB/pages=100/tables=warm", 102 * 4},
	    {"pagetable/page=4k/spacing=1GiB/pages=100/tables=warm", 201 * 4},
	    {"pagetable/page=thp/spacing=2MiB/pages=100/tables=warm", 102 * 4},
	};

	(void)state;
	if (!EXACT)
		skip();
	for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct verdict verdict = work_on(cells[i].key);
		double kib = 0;

		assert_string_not_equal(verdict.code, "tables-differ");
		if (sampled("table_kib", &kib))
			assert_true(kib == cells[i].kib);
	}
}

/* They would take as many tables. */
static void small_pages_do_not_pass_for_huge_ones(void **state)
{
	(void)state;
	if (!EXACT || prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)) /* the worker's as well */
		skip();
	struct verdict verdict = work_on("pagetable/page=thp/spacing=2MiB/pages=100/tables=warm");

	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	assert_false(verdict_is_ok(&verdict));
}

static void a_child_gets_one_table_to_two_mib(void **state)
{
	static const char *const keys[] = {"fork/page=4k/part=fork/footprint=8MiB",
					   "fork/page=thp/part=fork/footprint=8MiB"};

	(void)state;
	if (!EXACT)
		skip();
	for (unsigned i = 0; i < 2; i++) {
		struct verdict verdict = work_on(keys[i]);
		double tables = 0;

		assert_string_not_equal(verdict.code, "tables-differ");
		if (sampled("tables", &tables))
			assert_true(tables == 4);
	}
}

static void counts_are_those_that_are_claimed(void **state)
{
	static const struct {
		const char *key, *proof;
	} cells[] = {
	    {"fork/page=4k/part=write/child=alive/footprint=4MiB", "faults"},
	    {"fork/page=4k/part=write/child=gone/footprint=4MiB", "faults"},
	    {"fork/page=thp/part=write/child=alive/touch=each-4k/footprint=8MiB", "faults"},
	    {"fork/page=thp/part=write/child=gone/touch=each-4k/footprint=8MiB", "faults"},
	    {"split/page=4k/cause=munmap/span=8MiB", "faults"},
	    {"split/page=thp/cause=mprotect/span=8MiB", "faults"},
	};

	(void)state;
	if (!EXACT)
		skip();
	for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct verdict verdict = work_on(cells[i].key);
		const struct proof *proof = proof_named(cells[i].proof);

		assert_string_not_equal(verdict.code, "call-failed");
		assert_string_not_equal(verdict.code, "chain-broken");
		if (!verdict_is_ok(&verdict))
			continue;
		print_message("%s: %s of %s\n", cells[i].key, proof->seen, proof->expected);
		assert_int_equal(proof->state, PROOF_HELD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_cell_wants_more_than_there_is),
	    cmocka_unit_test(writes_fault_by_what_is_shared),
	    cmocka_unit_test(impossible_geometry_is_skipped),
	    cmocka_unit_test(page_tables_are_what_geometry_says),
	    cmocka_unit_test(small_pages_do_not_pass_for_huge_ones),
	    cmocka_unit_test(a_child_gets_one_table_to_two_mib),
	    cmocka_unit_test(counts_are_those_that_are_claimed),
	};

	small = described_machine("pack:1 l3:1 core:2 pu:1");
	if (!open_here())
		return SKIP_TEST;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
