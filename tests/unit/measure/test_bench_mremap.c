/* What mremap plans, and that its calls arrive. */
#include "unit/measure/one_worker.h"

extern const struct bench bench_mremap;
const struct bench *const bench_registry[] = {&bench_mremap, NULL};

static struct want planned(const char *key)
{
	struct plan plan = plan_must(&here, "full", ONLY(key));
	struct want want = cell_at(&plan, key)->want;

	plan_free(&plan);
	return want;
}

/* By hand, of tables of 512 entries. A call that crossed from one to the next would flush twice,
 * and so would one that empties a table. */
static void calls_flush_once_for_each_table(void **state)
{
	static const struct {
		const char *key;
		uint64_t apart;
		double flushes;
	} cells[] = {
	    {"mremap/page=4k/npages=1/resp=1/place=core/state=spin", 2, 1},
	    {"mremap/page=4k/npages=32/resp=1/place=core/state=spin", 64, 1},
	    {"mremap/page=4k/npages=33/resp=1/place=core/state=spin", 64, 1},
	    {"mremap/page=4k/npages=300/resp=1/place=core/state=spin", 512, 1},
	    {"mremap/page=4k/npages=512/resp=1/place=core/state=spin", 512, 1},
	    {"mremap/page=4k/npages=513/resp=1/place=core/state=spin", 1024, 2},
	    {"mremap/page=4k/npages=1024/resp=1/place=core/state=spin", 1024, 2},
	};

	(void)state;
	if (here.machine.base_page_bytes != 4096 || !here.machine.responders[PLACE_CORE])
		skip();
	for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct want want = planned(cells[i].key);

		assert_int_equal(want.region[0].bytes, want.max_ops * cells[i].apart * 4096);
		assert_true(want.expect.ipis_per_op == cells[i].flushes);
	}
}

static void what_is_moved_arrives(void **state)
{
	static const char *const keys[] = {
	    "mremap/page=4k/npages=1/resp=0", "mremap/page=4k/npages=33/resp=0",
	    "mremap/page=4k/npages=512/resp=0", "mremap/page=4k/npages=513/resp=0"};

	(void)state;
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct verdict verdict = work_on(keys[i]);

		assert_string_not_equal(verdict.code, "call-failed");
		assert_string_not_equal(verdict.code, "not-moved");
		assert_string_not_equal(verdict.code, "worker-died");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_flush_once_for_each_table),
	    cmocka_unit_test(what_is_moved_arrives),
	};

	if (!open_here())
		return SKIP_TEST;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
