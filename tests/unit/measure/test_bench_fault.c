/* Which faults are planned where, and that each operation takes as many as it should. */
#include "unit/measure/one_worker.h"

#include "measure/proofs.h"
#include "result/key.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)

extern const struct bench bench_fault;
const struct bench *const bench_registry[] = {&bench_fault, NULL};

static struct plan_context small;

static struct verdict planned(const char *key, struct want *want)
{
	struct plan plan = plan_must(&small, "full", ONLY(key));
	const struct plan_cell *cell = cell_at(&plan, key);
	struct verdict verdict = cell->verdict;

	if (want)
		*want = cell->want;
	plan_free(&plan);
	return verdict;
}

/* A machine of 256 MiB: nothing is planned that it cannot hold, what the benchmark holds itself and
 * what it keeps away from the kernel included. */
static void no_cell_wants_more_than_there_is(void **state)
{
	static const char *const too_large[] = {
	    "fault/page=4k/op=write/memory=resident/span=512MiB/resp=0",
	    "fault/page=thp/op=write/memory=resident/span=512MiB/resp=0",
	    "fault/page=4k/op=minor/span=512MiB",
	    "fault/page=4k/op=write/memory=idle/span=64MiB/resp=0",
	    "fault/page=1g/op=write/memory=resident/span=1GiB/resp=0",
	};

	(void)state;
	small.machine.memory_bytes = 256 * MIB;
	for (unsigned i = 0; i < sizeof too_large / sizeof *too_large; i++) {
		struct verdict verdict = planned(too_large[i], NULL);

		assert_int_equal(verdict.outcome, OUTCOME_SKIPPED);
		assert_string_equal(verdict.code, "no-memory");
		assert_true(*verdict.remedy);
	}
	struct verdict fits =
	    planned("fault/page=4k/op=write/memory=resident/span=64MiB/resp=0", NULL);

	assert_int_equal(fits.outcome, OUTCOME_OK);
	small.machine.memory_bytes = 64ull << 30;
}

static void what_no_program_can_do_is_skipped(void **state)
{
	static const char *const keys[] = {
	    "fault/page=thp-64k/op=read/span=64MiB", "fault/page=2m/op=read/span=64MiB",
	    "fault/page=thp/op=mmap/span=64MiB", "fault/page=thp/op=minor/span=64MiB",
	    "fault/page=2m/op=around/span=64MiB"};

	(void)state;
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct verdict verdict = planned(keys[i], NULL);

		assert_string_equal(verdict.code, "no-such-fault");
	}
	struct verdict uneven =
	    planned("fault/page=thp/op=write/memory=resident/span=3MiB/resp=0", NULL);

	assert_string_equal(uneven.code, "not-whole");
	small.machine.fault_around_bytes = 4 * KIB;
	struct verdict alone = planned("fault/page=4k/op=around/span=64MiB", NULL);

	assert_string_equal(alone.code, "no-fault-around");
	small.machine.fault_around_bytes = 64 * KIB;
}

static void an_operation_is_a_page_or_a_call(void **state)
{
	static const struct {
		const char *key;
		uint64_t ops, bytes;
		double faults;
	} cells[] = {
	    {"fault/page=4k/op=write/memory=resident/span=64MiB/resp=0", 16384, 4 * KIB, 1},
	    {"fault/page=thp-64k/op=write/memory=resident/span=64MiB/resp=0", 1024, 64 * KIB, 1},
	    {"fault/page=thp/op=write/memory=resident/span=64MiB/resp=0", 32, 2 * MIB, 1},
	    {"fault/page=4k/op=populate/span=64MiB", 32, 2 * MIB, 512},
	    {"fault/page=thp-64k/op=populate/span=64MiB", 32, 2 * MIB, 32},
	    {"fault/page=4k/op=around/span=64MiB", 1024, 64 * KIB, 1},
	    {"fault/page=4k/op=memset/span=64MiB", 16384, 4 * KIB, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct want want;
		struct verdict verdict = planned(cells[i].key, &want);

		assert_true(verdict_is_ok(&verdict));
		assert_int_equal(want.max_ops, cells[i].ops);
		assert_int_equal(want.op_bytes, cells[i].bytes);
		assert_true(want.expect.faults);
		assert_true(want.expect.faults_per_op == cells[i].faults);
	}
}

/* Pages that are mapped from the pool come beside those that workers share. */
static void pool_pages_for_faults_are_counted_apart(void **state)
{
	struct plan plan =
	    plan_must(&small, "full",
		      ONLY("fault/page=2m/op=write/memory=resident/span=64MiB/resp=0",
			   "fault/page=2m/op=minor/span=32MiB"));

	(void)state;
	assert_int_equal(plan_loose_pages(&plan, 2 * MIB), 32);
	assert_int_equal(plan_huge_pages(&plan, 2 * MIB), 32); /* of its partner op=memset */
	assert_int_equal(plan_loose_pages(&plan, 1024 * MIB), 0);
	plan_free(&plan);
}

/* Held against the kernel's own count: one more fault in a hundred operations would fail. */
static void each_operation_takes_its_faults(void **state)
{
	static const char *const keys[] = {
	    "fault/page=4k/op=write/memory=resident/span=4MiB/resp=0",
	    "fault/page=thp/op=write/memory=resident/span=8MiB/resp=0",
	    "fault/page=4k/op=read/span=4MiB",
	    "fault/page=4k/op=populate/span=4MiB",
	    "fault/page=4k/op=mmap/span=4MiB",
	    "fault/page=4k/op=minor/span=4MiB",
	    "fault/page=4k/op=around/span=4MiB",
	    "fault/page=4k/op=memset/span=4MiB",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct verdict verdict = work_on(keys[i]);
		const struct proof *faults = proof_named("faults");

		assert_string_not_equal(verdict.code, "call-failed");
		if (!verdict_is_ok(&verdict))
			continue;
		print_message("%s: %s faults of %s\n", keys[i], faults->seen, faults->expected);
		assert_int_equal(faults->state, PROOF_HELD);
	}
}

static void a_page_that_is_missing_is_noticed(void **state)
{
	const struct region_spec spec = {.page = {PAGE_BASE, here.machine.base_page_bytes},
					 .layout = LAYOUT_DISTINCT,
					 .bytes = 1 * MIB,
					 .remapped = true,
					 .untouched = true};
	struct region region;
	struct verdict mapped = region_map(&region, &spec, -1, 1);

	(void)state;
	assert_true(verdict_is_ok(&mapped));
	struct verdict none = region_present(&region, region.base, spec.bytes);

	if (verdict_is_ok(&none)) /* a kernel without PAGEMAP_SCAN */
		skip();
	assert_string_equal(none.code, "page-size");
	memset(region.base, 1, spec.bytes);
	struct verdict all = region_present(&region, region.base, spec.bytes);

	assert_true(verdict_is_ok(&all));
	madvise(region.base + spec.bytes / 2, spec.page.bytes, MADV_DONTNEED);
	struct verdict hole = region_present(&region, region.base, spec.bytes);

	assert_int_equal(hole.outcome, OUTCOME_INVALID);
	region_unmap(&region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_cell_wants_more_than_there_is),
	    cmocka_unit_test(what_no_program_can_do_is_skipped),
	    cmocka_unit_test(an_operation_is_a_page_or_a_call),
	    cmocka_unit_test(pool_pages_for_faults_are_counted_apart),
	    cmocka_unit_test(each_operation_takes_its_faults),
	    cmocka_unit_test(a_page_that_is_missing_is_noticed),
	};

	small = described_machine("pack:1 l3:1 core:2 pu:1");
	small.machine.fault_around_bytes = 64 * KIB;
	if (!open_here())
		return SKIP_TEST;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
