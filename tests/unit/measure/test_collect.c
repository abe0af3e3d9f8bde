/* From records of visits to a cell of the result: who counts, who does not. */
#include "unit/measure/collected.h"

static struct record *visit_refused(struct verdict why)
{
	visit(1)->verdict = why;
	return &f.record;
}

static struct record *visit_died(bool begun)
{
	memset(&f.record, 0, sizeof f.record);
	f.record.begun = begun;
	return &f.record;
}

static bool shows_failed_proof(const struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nproofs; i++)
		if (cell->proofs[i].state == PROOF_FAILED)
			return true;
	return false;
}

static void each_visit_gives_one_sample_of_its_round(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 5; r++)
		take(0, visit(100 + r), 10 + 2 * r);
	const struct cell_result *cell = judged(0);
	const struct metric_result *ns = cell_find_metric(cell, "ns");

	assert_true(verdict_is_ok(&cell->outcome));
	assert_int_equal(cell->rounds, 5);
	assert_int_equal(ns->nsamples, 5);
	for (unsigned r = 0; r < 5; r++) {
		assert_int_equal(ns->rounds[r], 10 + 2 * r);
		assert_true(ns->samples[r] == 100 + r);
	}
	assert_string_equal(ns->unit, "ns");
	assert_true(ns->primary && ns->better == BETTER_LESS);
}

static void the_estimate_is_the_median_and_its_interval(void **state)
{
	static const double samples[] = {7, 1, 9, 3, 5, 10, 2, 8, 4, 6};

	(void)state;
	for (unsigned r = 0; r < 10; r++)
		take(0, visit(samples[r]), r);
	const struct estimate *e = &cell_find_metric(judged(0), "ns")->e;

	assert_true(e->est == 5.5);
	assert_true(e->lo == 2 && e->hi == 9); /* ranks 2 and 9 of 10: 97.9% */
}

static void a_failed_proof_never_gives_samples(void **state)
{
	(void)state;
	take(0, visit_with_failed_proof(3), 0);
	const struct cell_result *cell = judged(0);

	assert_int_equal(cell->rounds, 0);
	assert_null(cell_find_metric(cell, "ns"));
	assert_int_equal(cell->outcome.outcome, OUTCOME_INVALID);
	assert_string_equal(cell->outcome.code, "proof-ipis");
	assert_non_null(strstr(cell->outcome.text, "ipis"));
	assert_non_null(strstr(cell->outcome.text, "0.2"));
	assert_true(shows_failed_proof(cell));
}

static void one_failure_in_many_is_left_out_with_a_note(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 12; r++)
		take(0, r == 5 ? visit_with_failed_proof(3) : visit(100), r);
	const struct cell_result *cell = judged(0);

	assert_true(verdict_is_ok(&cell->outcome));
	assert_int_equal(cell_find_metric(cell, "ns")->nsamples, 11);
	assert_true(cell_find_metric(cell, "ns")->e.lo == 100);
	assert_true(noted(cell, "1 of 12"));
	assert_false(shows_failed_proof(cell));
}

/* Also when the failure came first. */
static void an_ok_cell_shows_no_failed_proof(void **state)
{
	(void)state;
	take(0, visit_with_failed_proof(3), 0);
	for (unsigned r = 1; r < 12; r++)
		take(0, visit(100), r); /* says nothing of ipis */
	const struct cell_result *cell = judged(0);

	assert_true(verdict_is_ok(&cell->outcome));
	assert_false(shows_failed_proof(cell));
}

static void more_than_a_quarter_is_invalid_with_the_reason(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 12; r++)
		take(0, r % 3 == 1 ? visit_with_failed_proof(3) : visit(100), r);
	const struct cell_result *cell = judged(0);

	assert_int_equal(cell->outcome.outcome, OUTCOME_INVALID);
	assert_string_equal(cell->outcome.code, "proof-ipis");
	assert_true(cell->outcome.remedy[0]);
	assert_true(shows_failed_proof(cell));
}

static void a_quarter_is_just_bearable(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 12; r++)
		take(0, r % 4 == 1 ? visit_with_failed_proof(3) : visit(100), r);
	assert_true(verdict_is_ok(&judged(0)->outcome));
}

/* Results are judged before each save, and once more at the end. */
static void a_judgement_can_be_revised(void **state)
{
	(void)state;
	take(0, visit_with_failed_proof(3), 0);
	take(0, visit(100), 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(judged(0)->outcome.outcome, OUTCOME_INVALID);
	assert_true(shows_failed_proof(judged(0)));
	for (unsigned r = 2; r < 12; r++)
		take(0, visit(100), r);
	judged(0);
	const struct cell_result *cell = judged(0);

	assert_true(verdict_is_ok(&cell->outcome));
	assert_false(shows_failed_proof(cell));
	assert_int_equal(cell->nnotes, 1);
	assert_true(noted(cell, "1 of 12"));
}

/* What is known of a cell when its run is resumed is the cell alone. */
static void visits_that_failed_before_an_interruption_count(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 6; r++)
		take(0, r % 2 ? visit_with_failed_proof(3) : visit(100), r);
	judged(0);
	memset(&f.tally[0], 0, sizeof f.tally[0]);
	take(0, visit(100), 6);
	const struct cell_result *cell = judged(0);

	assert_int_equal(cell->failed_visits, 3);
	assert_int_equal(cell->outcome.outcome, OUTCOME_INVALID); /* 3 of 7 */
	assert_string_equal(cell->outcome.code, "proof-ipis");
	assert_true(shows_failed_proof(cell));
}

static void a_dead_worker_makes_its_cell_invalid(void **state)
{
	(void)state;
	for (int begun = 0; begun < 2; begun++) {
		take(0, visit_died(begun), 0);
		const struct cell_result *cell = judged(0);

		assert_int_equal(cell->outcome.outcome, OUTCOME_INVALID);
		assert_string_equal(cell->outcome.code, "worker-died");
		assert_true(cell->outcome.remedy[0]);
	}
}

static void skipped_stays_skipped_and_is_not_tried_again(void **state)
{
	(void)state;
	take(0, visit_refused(verdict_skipped("no-pool", "reserve", "no pages")), 0);
	const struct cell_result *cell = judged(0);

	assert_int_equal(cell->outcome.outcome, OUTCOME_SKIPPED);
	assert_string_equal(cell->outcome.code, "no-pool");
	assert_true(f.tally[0].hopeless);
	assert_null(cell_find_metric(cell, "ns"));
}

static void a_skip_after_good_visits_is_one_failed_visit(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 10; r++)
		take(0,
		     r == 5 ? visit_refused(verdict_skipped("no-huge-pages", "wait", "none now"))
			    : visit(10),
		     r);
	const struct cell_result *cell = judged(0);

	assert_false(f.tally[0].hopeless);
	assert_int_equal(cell->outcome.outcome, OUTCOME_OK);
	assert_int_equal(cell->rounds, 9);
	assert_int_equal(cell->failed_visits, 1);
}

static void failing_from_the_start_ends_hopes_and_failing_later_does_not(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 3; r++) {
		assert_false(f.tally[0].hopeless);
		take(0, visit_with_failed_proof(1), r);
	}
	assert_true(f.tally[0].hopeless);
	take(1, visit(1), 0);
	for (unsigned r = 1; r < 10; r++)
		take(1, visit_with_failed_proof(1), r);
	assert_false(f.tally[1].hopeless);
}

static void what_was_not_asked_for_is_left_out_but_counters_stay(void **state)
{
	(void)state;
	visit(100);
	record_sample(&f.record, "p99_ns", 300); /* the engine's, not asked for */
	record_sample(&f.record, "own", 7);
	record_sample(&f.record, "page_faults", 0.5);
	take(0, &f.record, 0);
	const struct cell_result *cell = judged(0);

	assert_null(cell_find_metric(cell, "p99_ns"));
	assert_string_equal(cell_find_metric(cell, "own")->unit, "things");
	assert_int_equal(cell_find_metric(cell, "own")->better, BETTER_MORE);
	assert_false(cell_find_metric(cell, "own")->primary);
	assert_string_equal(cell_find_metric(cell, "page_faults")->unit, "1/op");
	assert_int_equal(cell_find_metric(cell, "page_faults")->better, BETTER_NEITHER);
}

static void a_number_that_is_none_is_not_recorded(void **state)
{
	(void)state;
	visit(NAN);
	record_sample(&f.record, "own", INFINITY);
	assert_int_equal(f.record.nsamples, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(each_visit_gives_one_sample_of_its_round),
	    T(the_estimate_is_the_median_and_its_interval),
	    T(a_failed_proof_never_gives_samples),
	    T(one_failure_in_many_is_left_out_with_a_note),
	    T(an_ok_cell_shows_no_failed_proof),
	    T(more_than_a_quarter_is_invalid_with_the_reason),
	    T(a_quarter_is_just_bearable),
	    T(a_judgement_can_be_revised),
	    T(visits_that_failed_before_an_interruption_count),
	    T(a_dead_worker_makes_its_cell_invalid),
	    T(skipped_stays_skipped_and_is_not_tried_again),
	    T(a_skip_after_good_visits_is_one_failed_visit),
	    T(failing_from_the_start_ends_hopes_and_failing_later_does_not),
	    T(what_was_not_asked_for_is_left_out_but_counters_stay),
	    T(a_number_that_is_none_is_not_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
