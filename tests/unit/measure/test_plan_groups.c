/* What a plan adds and shares: partners, groups, memory, refined cells. */
#include "unit/measure/planned.h"

/* A bare run tests layouts for soundness only where it has them. */
static void shared_frames_are_told(void **state)
{
	struct plan plain = plan_must(&context, "quick", ONLY("lin/size=4KiB/mode=a,b"));
	struct plan aliased = plan_must(&context, "quick", ONLY("lin/size=4KiB/mode=c"));

	(void)state;
	assert_false(plan_shares_frames(&plain));
	assert_true(plan_shares_frames(&aliased));
	plan_free(&plain);
	plan_free(&aliased);
}

static void partners_come_once_and_were_not_asked_for(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("gangs/resp=1/place=core"));
	const char *key = "gangs/resp=1/place=core/state=spin";
	const char *other = "gangs/resp=1/place=core/state=other-mm";

	(void)state;
	assert_int_equal(count_bench(&plan, "gangs"), 3);
	assert_true(cell_at(&plan, key)->requested);
	assert_string_equal(partner_key(&plan, key, "added_ns"), other);
	assert_string_equal(partner_key(&plan, key, "over_alone_ns"), "gangs/resp=0");
	assert_false(cell_at(&plan, other)->requested);
	assert_false(cell_at(&plan, "gangs/resp=0")->requested);
	assert_int_equal(cell_at(&plan, other)->nderived, 0);
	plan_free(&plan);
	plan = plan_must(&context, "quick", ONLY("gangs/resp=1/place=core/state=other-mm"));
	assert_true(cell_at(&plan, other)->requested);
	plan_free(&plan);
}

static void equal_needs_share_a_group_and_its_size_is_the_largest(void **state)
{
	struct plan plan = plan_must(&context, "quick", NULL);
	const struct plan_cell *small = cell_at(&plan, "lin/size=4KiB/mode=a");
	const struct plan_cell *large = cell_at(&plan, "lin/size=64KiB/mode=a");
	const struct plan_cell *alias = cell_at(&plan, "lin/size=4KiB/mode=c");
	unsigned sum = 0;

	(void)state;
	assert_int_equal(small->group, large->group);
	assert_true(alias->group != small->group);
	assert_int_equal(plan.groups[small->group].region[0].bytes, 64 << 10);
	assert_true(cell_at(&plan, "gangs/resp=1/place=smt/state=spin")->group !=
		    cell_at(&plan, "gangs/resp=1/place=core/state=spin")->group);
	assert_int_equal(cell_at(&plan, "gangs/resp=0")->group,
			 cell_at(&plan, "null/resp=0")->group);
	for (unsigned g = 0; g < plan.ngroups; g++) {
		assert_true(plan.groups[g].ncells);
		assert_int_equal(plan.groups[g].cpus.n, plan.groups[g].gang.responders);
		sum += plan.groups[g].ncells;
	}
	assert_int_equal(sum, plan.ncells);
	plan_free(&plan);
}

/* C says nothing of the bytes between fields, and compilers make use of that. */
static void groups_are_told_apart_by_fields_alone(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("dirty/n=1,2,3"));

	(void)state;
	assert_int_equal(cell_at(&plan, "dirty/n=1")->group, cell_at(&plan, "dirty/n=2")->group);
	assert_int_equal(cell_at(&plan, "dirty/n=1")->group, cell_at(&plan, "dirty/n=3")->group);
	assert_int_equal(plan.groups[cell_at(&plan, "dirty/n=1")->group].region[1].bytes, 3 * 4096);
	plan_free(&plan);
}

static void what_does_not_fit_into_memory_is_skipped(void **state)
{
	struct plan_context small = context;

	(void)state;
	small.machine.memory_bytes = 10 << 10;
	struct plan plan = plan_must(&small, "quick", ONLY("lin/size=8KiB", "lin/size=12KiB"));
	const struct plan_cell *cell = cell_at(&plan, "lin/size=12KiB/mode=a");

	assert_true(verdict_is_ok(&cell_at(&plan, "lin/size=8KiB/mode=a")->verdict));
	assert_int_equal(cell->verdict.outcome, OUTCOME_SKIPPED);
	assert_string_equal(cell->verdict.code, "no-memory");
	assert_true(cell->verdict.remedy[0]);
	assert_true(cell->group == NO_CELL);
	plan_free(&plan);
}

static void an_unsound_layout_is_skipped_with_the_finding(void **state)
{
	const struct soundness soundness = {
	    .alias = verdict_skipped("unsound-layout", "use distinct", "it rises")};
	struct plan_context tested = context;

	(void)state;
	tested.soundness = &soundness;
	struct plan plan = plan_must(&tested, "quick", ONLY("lin/size=4KiB/mode=*"));
	const struct plan_cell *cell = cell_at(&plan, "lin/size=4KiB/mode=c");

	assert_string_equal(cell->verdict.code, "unsound-layout");
	assert_int_equal(cell->verdict.outcome, OUTCOME_SKIPPED);
	assert_true(verdict_is_ok(&cell_at(&plan, "lin/size=4KiB/mode=a")->verdict));
	plan_free(&plan);
}

static void a_refined_cell_belongs_to_its_models_sweep(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=4KiB..64KiB/mode=a"));
	unsigned like = plan_find(&plan, "lin/size=4KiB/mode=a"), before = plan.ncells;
	unsigned at = plan_refined(&plan, &context, like, "size", 24 << 10, 2);

	(void)state;
	assert_int_equal(at, before);
	assert_string_equal(plan.cells[at].key, "lin/size=24KiB/mode=a");
	assert_string_equal(plan.cells[at].sweeps, plan.cells[like].sweeps);
	assert_string_equal(plan.cells[at].refine, "size");
	assert_int_equal(plan.cells[at].wave, 2);
	assert_true(plan.cells[at].requested);
	assert_int_equal(plan.cells[at].group, plan.cells[like].group);
	assert_true(plan_refined(&plan, &context, like, "size", 24 << 10, 3) == NO_CELL);
	assert_true(plan_refined(&plan, &context, like, "size", 8 << 10, 3) == NO_CELL);
	assert_int_equal(plan.ncells, before + 1);
	plan_free(&plan);
}

static void a_refined_cell_brings_its_partner(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=4KiB/mode=c"));
	unsigned like = plan_find(&plan, "lin/size=4KiB/mode=c");
	unsigned at = plan_refined(&plan, &context, like, "size", 24 << 10, 2);

	(void)state;
	assert_true(at != NO_CELL);
	assert_string_equal(partner_key(&plan, "lin/size=24KiB/mode=c", "extra_ns"),
			    "lin/size=24KiB/mode=a");
	assert_int_equal(cell_at(&plan, "lin/size=24KiB/mode=a")->wave, 2);
	plan_free(&plan);
}

/* The plan moves in memory while the model is still looked at. */
static void many_refined_cells_keep_their_sweep(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=4KiB..64KiB/mode=a"));
	unsigned like = plan_find(&plan, "lin/size=4KiB/mode=a");

	(void)state;
	for (uint64_t i = 100; i < 1500; i++) {
		unsigned at = plan_refined(&plan, &context, like, "size", i * 4096, 2);

		assert_true(at != NO_CELL);
		assert_string_equal(plan.cells[at].sweeps, "lin-size,lin");
	}
	plan_free(&plan);
}

static void every_key_reads_back_as_its_cell(void **state)
{
	struct plan plan = plan_must(&context, "full", NULL);

	(void)state;
	for (unsigned i = 0; i < plan.ncells; i++) {
		char key[CELL_KEY_MAX];
		struct cell cell;
		struct verdict v = key_parse(plan.cells[i].key, 4096, &cell);

		assert_true(verdict_is_ok(&v));
		key_format(&cell, key);
		assert_string_equal(key, plan.cells[i].key);
		assert_int_equal(cell.nparams, plan.cells[i].cell.nparams);
		assert_int_equal(plan_find(&plan, key), i);
	}
	plan_free(&plan);
}

static void a_plan_has_an_end(void **state)
{
	struct plan plan;

	(void)state;
	struct verdict v = plan_try(&context, "quick", ONLY("many/a=1..400+1/b=1..400+1"), &plan);
	assert_told(&v, "plan-too-large", "20000");
	assert_null(plan.cells);
	/* The cells are few enough; with their partners they are not. */
	v = plan_try(&context, "quick", ONLY("many/a=1..400+1/b=1..50+1"), &plan);
	assert_told(&v, "plan-too-large", "20000");
	assert_null(plan.cells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shared_frames_are_told),
	    cmocka_unit_test(partners_come_once_and_were_not_asked_for),
	    cmocka_unit_test(equal_needs_share_a_group_and_its_size_is_the_largest),
	    cmocka_unit_test(groups_are_told_apart_by_fields_alone),
	    cmocka_unit_test(what_does_not_fit_into_memory_is_skipped),
	    cmocka_unit_test(an_unsound_layout_is_skipped_with_the_finding),
	    cmocka_unit_test(a_refined_cell_belongs_to_its_models_sweep),
	    cmocka_unit_test(a_refined_cell_brings_its_partner),
	    cmocka_unit_test(many_refined_cells_keep_their_sweep),
	    cmocka_unit_test(every_key_reads_back_as_its_cell),
	    cmocka_unit_test(a_plan_has_an_end),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
