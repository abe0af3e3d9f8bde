/* From selectors to the cells of a plan. */
#include "unit/measure/planned.h"

static void a_bare_run_measures_no_floor(void **state)
{
	const char *const lin = "lin/size=4KiB", *const null = "null";
	struct plan_request request = {.profile = "quick", .only = &lin, .nonly = 1};
	struct plan plan;

	(void)state;
	assert_true(plan_make(&request, &context, &plan).outcome == OUTCOME_OK);
	assert_int_not_equal(count_bench(&plan, "null"), 0);
	plan_free(&plan);
	request.no_floor = true;
	assert_true(plan_make(&request, &context, &plan).outcome == OUTCOME_OK);
	assert_int_equal(count_bench(&plan, "null"), 0);
	plan_free(&plan);
	request.only = &null;
	assert_true(plan_make(&request, &context, &plan).outcome == OUTCOME_OK);
	assert_int_not_equal(count_bench(&plan, "null"), 0);
	plan_free(&plan);
}

static void sweeps_become_the_cells_of_their_selectors(void **state)
{
	struct plan plan = plan_must(&context, "quick", NULL);

	(void)state;
	assert_true(has_cell(&plan, "lin/size=4KiB/mode=a"));
	assert_true(has_cell(&plan, "lin/size=8KiB/mode=a"));
	assert_true(has_cell(&plan, "lin/size=64KiB/mode=a"));
	assert_false(has_cell(&plan, "lin/size=128KiB/mode=a"));
	assert_true(has_cell(&plan, "lin/size=4KiB/mode=b/depth=2"));
	assert_true(has_cell(&plan, "lin/size=4KiB/mode=c"));
	assert_int_equal(count_bench(&plan, "lin"), 5 + 2);
	plan_free(&plan);
	plan = plan_must(&context, "full", NULL);
	/* nine sizes; a and c at 4 KiB are among them or one more; b at depth 1 2 4 8, twice */
	assert_int_equal(count_bench(&plan, "lin"), 9 + 1 + 4 + 4);
	assert_true(has_cell(&plan, "lin/size=8KiB/mode=b/depth=8"));
	plan_free(&plan);
}

static void a_cell_names_every_sweep_that_it_is_in(void **state)
{
	struct plan plan = plan_must(&context, "quick", NULL);

	(void)state;
	assert_string_equal(cell_at(&plan, "lin/size=4KiB/mode=a")->sweeps, "lin-size,lin");
	assert_string_equal(cell_at(&plan, "lin/size=4KiB/mode=a")->refine, "size");
	assert_string_equal(cell_at(&plan, "lin/size=4KiB/mode=c")->sweeps, "lin");
	assert_null(cell_at(&plan, "lin/size=4KiB/mode=c")->refine);
	plan_free(&plan);
}

static void a_range_over_responders_ends_where_the_machine_does(void **state)
{
	struct plan plan = plan_must(&context, "quick", NULL);

	(void)state;
	for (unsigned i = 0; i < plan.ncells; i++)
		assert_true(verdict_is_ok(&plan.cells[i].verdict));
	assert_true(has_cell(&plan, "gangs/resp=0"));
	assert_true(has_cell(&plan, "gangs/resp=1/place=smt/state=spin"));
	assert_true(has_cell(&plan, "gangs/resp=1/place=core/state=spin"));
	unsigned expected = 1;
	for (int place = PLACE_SMT; place < PLACE_NEAREST; place++) /* with as many partners */
		expected += 2 * context.machine.responders[place];
	assert_int_equal(count_bench(&plan, "gangs"), expected);
	plan_free(&plan);
}

static void one_cpu_plans_what_needs_no_responder(void **state)
{
	struct plan_context small = described_machine("pack:1 core:1 pu:1");
	struct plan plan = plan_must(&small, "full", NULL);

	(void)state;
	assert_int_equal(count_bench(&plan, "gangs"), 1);
	assert_true(has_cell(&plan, "null/resp=0"));
	plan_free(&plan);
	forget_machine(&small);
}

static void a_place_asked_for_by_name_stays_with_its_reason(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("gangs/resp=1/place=package"));
	const struct plan_cell *cell = cell_at(&plan, "gangs/resp=1/place=package/state=spin");

	(void)state;
	assert_int_equal(cell->verdict.outcome, OUTCOME_SKIPPED);
	assert_string_equal(cell->verdict.code, "no-place");
	assert_true(cell->group == NO_CELL);
	assert_int_equal(cell->nderived, 0);
	assert_true(cell->requested);
	plan_free(&plan);
}

static void only_keeps_what_matches_of_the_profile(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=8KiB..32KiB"));

	(void)state;
	assert_int_equal(count_bench(&plan, "lin"), 3);
	assert_string_equal(cell_at(&plan, "lin/size=16KiB/mode=a")->sweeps, "lin-size");
	assert_int_equal(count_bench(&plan, "gangs"), 0);
	plan_free(&plan);
	plan = plan_must(&context, "quick", ONLY("*/size=4KiB", "gangs/resp=0"));
	assert_int_equal(count_bench(&plan, "lin"), 3);
	assert_int_equal(count_bench(&plan, "gangs"), 1);
	plan_free(&plan);
}

static void only_outside_the_profile_makes_cells_with_defaults(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=12KiB,20KiB/mode=b"));
	const struct plan_cell *cell = cell_at(&plan, "lin/size=12KiB/mode=b/depth=2");

	(void)state;
	assert_int_equal(count_bench(&plan, "lin"), 2);
	assert_string_equal(cell->sweeps, "");
	assert_true(cell->requested);
	assert_null(cell->refine);
	plan_free(&plan);
}

/* Asked for by name, so it is measured or it is an error. */
static void a_value_that_is_spelled_out_is_never_dropped(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=8KiB,12KiB"));
	struct verdict v;

	(void)state;
	assert_int_equal(count_bench(&plan, "lin"), 2);
	assert_string_equal(cell_at(&plan, "lin/size=8KiB/mode=a")->sweeps, "lin-size");
	assert_string_equal(cell_at(&plan, "lin/size=12KiB/mode=a")->sweeps, "");
	plan_free(&plan);
	v = plan_try(&context, "quick", ONLY("lin/size=4KiB/mode=a,z"), &plan);
	assert_told(&v, "bad-value", "mode=z");
	plan = plan_must(&context, "quick", ONLY("gangs/resp=1/place=core,package"));
	assert_true(has_cell(&plan, "gangs/resp=1/place=core/state=spin"));
	assert_string_equal(cell_at(&plan, "gangs/resp=1/place=package/state=spin")->verdict.code,
			    "no-place");
	plan_free(&plan);
}

static void null_is_in_every_plan(void **state)
{
	static const char *const profiles[] = {"quick", "full"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct plan plan = plan_must(&context, profiles[i], ONLY("lin/size=4KiB"));

		assert_true(has_cell(&plan, "null/resp=0"));
		plan_free(&plan);
	}
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *only, *code, *names;
	} wrong[] = {
	    {"lni/size=4KiB", "unknown-bench", "lni"},
	    {"lin/sice=4KiB", "unknown-param", "sice"},
	    {"lin/mode=z", "bad-value", "mode=z"},
	    {"lin/mode=b/depth=9", "bad-value", "depth=9"},
	    {"*/size=12KiB", "no-match", "*/size=12KiB"},
	    {"*/sice=1", "no-match", "*/sice=1"},
	    {"lin/mode=a/depth=2", "no-match", "lin/mode=a/depth=2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct plan plan;
		struct verdict v = plan_try(&context, "quick", ONLY(wrong[i].only), &plan);

		assert_told(&v, wrong[i].code, wrong[i].names);
		assert_null(plan.cells);
	}
}

static void a_text_that_is_no_selector_is_an_error(void **state)
{
	struct plan plan;

	(void)state;
	struct verdict v = plan_try(&context, "quick", ONLY("lin/size=4KiB.."), &plan);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_true(v.text[0] && v.remedy[0]);
	v = plan_try(&context, "quick", ONLY("lin/size=4KiB", "lin/size"), &plan);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bare_run_measures_no_floor),
	    cmocka_unit_test(sweeps_become_the_cells_of_their_selectors),
	    cmocka_unit_test(a_cell_names_every_sweep_that_it_is_in),
	    cmocka_unit_test(a_range_over_responders_ends_where_the_machine_does),
	    cmocka_unit_test(one_cpu_plans_what_needs_no_responder),
	    cmocka_unit_test(a_place_asked_for_by_name_stays_with_its_reason),
	    cmocka_unit_test(only_keeps_what_matches_of_the_profile),
	    cmocka_unit_test(only_outside_the_profile_makes_cells_with_defaults),
	    cmocka_unit_test(a_value_that_is_spelled_out_is_never_dropped),
	    cmocka_unit_test(null_is_in_every_plan),
	    cmocka_unit_test(what_is_wrong_is_named),
	    cmocka_unit_test(a_text_that_is_no_selector_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
