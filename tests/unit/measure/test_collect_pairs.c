/* What is derived from two cells: over which rounds, and from which of their visits. */
#include "unit/measure/collected.h"

static void pair_up(const struct derived *derived)
{
	f.plan_cell[0].derived[0].derived = derived;
	f.plan_cell[0].derived[0].partner = 1;
	f.plan_cell[0].nderived = 1;
}

static void derived_metrics_are_over_common_rounds(void **state)
{
	(void)state;
	pair_up(&diff);
	for (unsigned r = 0; r < 10; r++) {
		if (r % 2 == 0)
			take(0, visit(100 + r), r);
		if (r % 3 == 0)
			take(1, visit(10 * r), r);
	}
	judged(0);
	judged(1);
	assert_true(collect_derived(&f.plan, f.result.cells));
	const struct metric_result *added = cell_find_metric(&f.result.cells[0], "added_ns");

	assert_int_equal(added->nsamples, 2); /* rounds 0 and 6 */
	assert_int_equal(added->rounds[1], 6);
	assert_true(added->samples[0] == 100);
	assert_true(added->samples[1] == 106 - 60);
	assert_true(added->e.est == 73);
	assert_string_equal(added->pair, "x/resp=0");
	assert_string_equal(added->unit, "ns");
	assert_null(cell_find_metric(&f.result.cells[1], "added_ns"));
}

static void few_common_rounds_make_a_derived_metric_noisy(void **state)
{
	(void)state;
	pair_up(&diff);
	for (unsigned r = 0; r < 10; r++) {
		take(0, visit(100), r);
		take(1, visit(50), r < 4 ? r : 10 + r);
	}
	judged(0);
	judged(1);
	assert_true(collect_derived(&f.plan, f.result.cells));
	assert_true(cell_find_metric(&f.result.cells[0], "added_ns")->noisy);
	assert_false(cell_find_metric(&f.result.cells[0], "ns")->noisy);
	assert_true(noted(&f.result.cells[0], "added_ns"));
}

static void a_ratio_has_its_own_unit_and_no_division_by_zero(void **state)
{
	(void)state;
	pair_up(&ratio);
	for (unsigned r = 0; r < 4; r++) {
		take(0, visit(30), r);
		take(1, visit(r ? 10 : 0), r);
	}
	judged(0);
	judged(1);
	assert_true(collect_derived(&f.plan, f.result.cells));
	const struct metric_result *times = cell_find_metric(&f.result.cells[0], "times");

	assert_int_equal(times->nsamples, 3);
	assert_true(times->e.est == 3);
	assert_string_equal(times->unit, "ratio");
}

static struct record *visit_on(double ns, double width)
{
	record_sample(visit(ns), CONDITION_WIDTH, width);
	return &f.record;
}

/* 24 rounds; in every other one the cell itself had company, and in those from 10 on its partner.
 */
static void pair_with_company(double width_most)
{
	pair_up(&diff);
	for (unsigned r = 0; r < 24; r++) {
		take(0, visit_on(r % 2 ? 150 : 100, r % 2 ? 2.5 : 3.7), r);
		take(1, visit_on(r < 10 ? 60 : 90, r < 10 ? 3.7 : 2.5), r);
	}
	for (int i = 0; i < 2; i++) {
		assert_true(collect_estimate(&f.result.cells[i], width_most));
		collect_judge(&f.result.cells[i], &f.tally[i], TARGET, width_most);
	}
	assert_true(collect_derived(&f.plan, f.result.cells));
}

static void visits_with_company_are_set_aside(void **state)
{
	(void)state;
	pair_with_company(3.7);
	const struct metric_result *ns = cell_find_metric(&f.result.cells[0], "ns");

	assert_int_equal(ns->nsamples, 12);
	assert_int_equal(ns->naside, 12);
	assert_true(ns->e.hi == 100);
	assert_true(noted(&f.result.cells[0], "12 of 24 visits, which are set aside"));
	assert_int_equal(cell_find_metric(&f.result.cells[1], "ns")->nsamples, 10);
}

/* Five rounds in which both were alone are too few, but ten such visits of the one and twelve of
 * the other are enough: a difference that is not that of company. */
static void too_few_rounds_alone_leave_ranks(void **state)
{
	(void)state;
	pair_with_company(3.7);
	const struct metric_result *added = cell_find_metric(&f.result.cells[0], "added_ns");

	assert_int_equal(added->nsamples, 10);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(added->rounds[i], 2 * i);
	assert_true(added->e.lo == 40 && added->e.hi == 40);
	assert_false(noted(&f.result.cells[0], "added_ns: "));
}

/* What a core does alone is not known: all must serve, in order. */
static void unknown_company_leaves_all_pairs(void **state)
{
	(void)state;
	pair_with_company(0);
	const struct metric_result *added = cell_find_metric(&f.result.cells[0], "added_ns");

	assert_int_equal(added->nsamples, 24);
	for (unsigned r = 0; r < 24; r++)
		assert_int_equal(added->rounds[r], r);
	assert_true(added->samples[1] == 90);
}

/* The cell was near all the time, its partner only in six rounds of 26, too few to be its usual
 * distance: in the others the difference would be that of the distances. */
static void pairs_are_of_one_distance(void **state)
{
	(void)state;
	pair_up(&diff);
	for (unsigned r = 0; r < 26; r++)
		for (unsigned i = 0; i < 2; i++) {
			bool far = i == 1 && r < 20;

			visit((i ? 50 : 100) + 30 * far);
			record_sample(&f.record, CONDITION_HANDOFF, far ? 470 : 110);
			take(i, &f.record, r);
		}
	for (int i = 0; i < 2; i++) {
		assert_true(collect_estimate(&f.result.cells[i], 0));
		collect_judge(&f.result.cells[i], &f.tally[i], TARGET, 0);
	}
	assert_int_equal(cell_find_metric(&f.result.cells[1], "ns")->naside, 6);
	assert_true(collect_derived(&f.plan, f.result.cells));
	const struct metric_result *added = cell_find_metric(&f.result.cells[0], "added_ns");

	assert_int_equal(added->nsamples, 6);
	assert_int_equal(added->rounds[0], 20);
	assert_true(added->e.lo == 50 && added->e.hi == 50);
	assert_true(noted(&f.result.cells[0], "added_ns: of pairs under different conditions"));
}

static void without_a_common_round_there_is_none(void **state)
{
	(void)state;
	pair_up(&diff);
	take(0, visit(100), 0);
	take(1, visit(50), 1);
	judged(0);
	judged(1);
	assert_true(collect_derived(&f.plan, f.result.cells));
	assert_null(cell_find_metric(&f.result.cells[0], "added_ns"));
	assert_int_equal(f.result.cells[0].nmetrics, 1);
}

/* What must not be used must not be subtracted either. */
static void an_invalid_partner_gives_no_derived_metric(void **state)
{
	(void)state;
	pair_up(&diff);
	for (unsigned r = 0; r < 10; r++) {
		take(0, visit(100), r);
		take(1, r % 2 ? visit_with_failed_proof(1) : visit(50), r);
	}
	assert_true(verdict_is_ok(&judged(0)->outcome));
	assert_int_equal(judged(1)->outcome.outcome, OUTCOME_INVALID);
	assert_true(collect_derived(&f.plan, f.result.cells));
	assert_null(cell_find_metric(&f.result.cells[0], "added_ns"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(few_common_rounds_make_a_derived_metric_noisy),
	    T(derived_metrics_are_over_common_rounds),
	    T(visits_with_company_are_set_aside),
	    T(too_few_rounds_alone_leave_ranks),
	    T(unknown_company_leaves_all_pairs),
	    T(pairs_are_of_one_distance),
	    T(a_ratio_has_its_own_unit_and_no_division_by_zero),
	    T(without_a_common_round_there_is_none),
	    T(an_invalid_partner_gives_no_derived_metric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
