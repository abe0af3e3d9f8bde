/* From records of visits to a cell of the result: who counts, who does not. */
#include "measure/collect.h"
#include "unit/measure/made_up.h"

#include <math.h>

static const struct metric metrics[] = {
    {.name = "ns", .unit = "ns", .better = BETTER_LESS, .primary = true},
    {.name = "own", .unit = "things", .better = BETTER_MORE},
    {0},
};
static const struct derived diff = {"added_ns", "ns", "resp=0", DERIVED_DIFF, NULL};
static const struct derived ratio = {"times", "ns", "resp=0", DERIVED_RATIO, NULL};
static const struct bench bench = {.name = "x", .metrics = metrics};
const struct bench *const bench_registry[] = {&bench, NULL};

#define TARGET 0.01

static struct fixture {
	struct plan_cell plan_cell[2];
	struct plan plan;
	struct result result;
	struct tally tally[2];
	struct record record;
} f;

static int set_up(void **state)
{
	(void)state;
	memset(&f, 0, sizeof f);
	result_init(&f.result);
	for (int i = 0; i < 2; i++) {
		f.plan_cell[i].bench = &bench;
		assert_non_null(result_add_cell(&f.result));
	}
	strcpy(f.result.cells[0].key, "x/resp=1");
	strcpy(f.result.cells[1].key, "x/resp=0");
	f.plan = (struct plan){.ncells = 2, .cells = f.plan_cell};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	result_free(&f.result);
	return 0;
}

/* A visit that went well. */
static struct record *visit(double ns)
{
	memset(&f.record, 0, sizeof f.record);
	f.record.begun = f.record.done = true;
	record_sample(&f.record, "ns", ns);
	record_proof(&f.record, "pinned", PROOF_HELD);
	return &f.record;
}

static struct record *visit_with_failed_proof(double ns)
{
	struct proof *proof = record_proof(visit(ns), "ipis", PROOF_FAILED);

	strcpy(proof->expected, "1");
	strcpy(proof->seen, "0.2");
	return &f.record;
}

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

static void take(unsigned cell, const struct record *record, unsigned round)
{
	assert_true(collect_record(&f.plan_cell[cell], &f.result.cells[cell], &f.tally[cell],
				   record, round));
}

static struct cell_result *judged(unsigned cell)
{
	struct cell_result *c = &f.result.cells[cell];

	collect_estimate(c, 0);
	collect_judge(c, &f.tally[cell], TARGET, 0);
	return c;
}

static bool noted(const struct cell_result *cell, const char *words)
{
	for (unsigned i = 0; i < cell->nnotes; i++)
		if (strstr(cell->notes[i], words))
			return true;
	return false;
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

static void disturbances_and_histograms_add_up(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 3; r++) {
		visit(100)->disturbed[DISTURBED_FAULTS] = 2;
		histogram_add(&f.record.ns, 100);
		histogram_add(&f.record.ns, 1000 * (r + 1));
		take(0, &f.record, r);
	}
	visit_with_failed_proof(1)->disturbed[DISTURBED_FAULTS] = 100;
	histogram_add(&f.record.ns, 5);
	take(0, &f.record, 3);
	const struct cell_result *cell = &f.result.cells[0];
	uint64_t total = 0, most = 0;

	assert_int_equal(cell->nhists, 1); /* nobody saw gaps */
	assert_string_equal(cell->hists[0].name, "ns");
	for (unsigned i = 0; i < cell->hists[0].ncounts; i++) {
		total += cell->hists[0].counts[i];
		most = cell->hists[0].counts[i] > most ? cell->hists[0].counts[i] : most;
	}
	assert_int_equal(total, 6);
	assert_int_equal(most, 3);
	assert_int_equal(cell->ndisturbances, 1);
	assert_string_equal(cell->disturbances[0].name, disturbance_names[DISTURBED_FAULTS]);
	assert_true(cell->disturbances[0].value == 6);
}

/* A tail is told once at least one operation lies in it. */
static void quantiles_are_of_all_rounds(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 4; r++) {
		visit(100);
		for (unsigned i = 0; i < 240; i++)
			histogram_add(&f.record.ns, i < 235 ? 1000 : 5000);
		take(0, &f.record, r);
		collect_judge(&f.result.cells[0], &f.tally[0], 0.02, 0);
		const struct hist_result *hist = &f.result.cells[0].hists[0];

		assert_in_range(hist->p50_ns, 990, 1010);
		assert_in_range(hist->p90_ns, 990, 1010);
		assert_in_range(hist->p99_ns, 4900, 5100);
		assert_true(hist->p999_ns == 0); /* of 240 to 960 */
	}
	for (unsigned i = 0; i < 240; i++)
		histogram_add(&f.record.ns, 1000);
	take(0, &f.record, 4);
	collect_judge(&f.result.cells[0], &f.tally[0], 0.02, 0);
	assert_in_range(f.result.cells[0].hists[0].p999_ns, 4900, 5100);
}

/* 100 interrupts of 2 µs in each visit and one timer tick of 50 µs; two of these were heard in ten
 * times as long as one would have been seen. In four visits that is less than one of the four. */
static void gaps_by_chance_are_not_stolen(void **state)
{
	const double times[] = {0.1, 0.5};

	(void)state;
	for (unsigned t = 0; t < 2; t++) {
		const struct cell_result *cell = &f.result.cells[t];

		for (unsigned r = 0; r < 4; r++) {
			visit(100);
			for (unsigned i = 0; i < 100; i++)
				histogram_add(&f.record.stolen_ns, i ? 2000 : 50000);
			for (unsigned i = 0; i < 2; i++)
				histogram_add(&f.record.quiet_ns, 50000);
			f.record.heard_ns = 1e7;
			f.record.exposed_ns = 1e7 * times[t];
			take(t, &f.record, r);
		}
		collect_judge(&f.result.cells[t], &f.tally[t], 0.02, 0);
		assert_int_equal(cell->nhists, 2);
		assert_string_equal(cell->hists[0].name, "stolen_ns");
		assert_string_equal(cell->hists[1].name, "quiet_ns");
		assert_in_range(cell->hists[0].p50_ns, 1980, 2020);
		if (t == 0)
			assert_in_range(cell->hists[0].p99_ns, 1980, 2020 + 48500);
		else
			assert_in_range(cell->hists[0].p99_ns, 1980, 2020);
		assert_true(fabs(cell->hists[0].heard_s - 0.04) < 1e-9);
		assert_true(fabs(cell->hists[0].exposed_s - 0.04 * times[t]) < 1e-9);
	}
}

/* What was listened to in silence counts as well. */
static void silence_is_kept(void **state)
{
	(void)state;
	visit(100);
	f.record.heard_ns = 1e7;
	f.record.exposed_ns = 2e6;
	take(0, &f.record, 0);
	assert_int_equal(f.result.cells[0].nhists, 1);
	assert_true(fabs(f.result.cells[0].hists[0].heard_s - 0.01) < 1e-9);
	collect_judge(&f.result.cells[0], &f.tally[0], 0.02, 0);
	assert_true(f.result.cells[0].hists[0].p50_ns == 0);
}

static void rounds_wide_apart_are_noisy_and_close_ones_are_not(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 10; r++) {
		take(0, visit(100 + 10 * r), r);
		take(1, visit(100 + 0.01 * r), r);
	}
	assert_true(noted(judged(0), "noisy: ns"));
	assert_true(cell_find_metric(&f.result.cells[0], "ns")->noisy);
	assert_true(verdict_is_ok(&f.result.cells[0].outcome));
	assert_false(collect_within(&f.result.cells[0], TARGET));
	assert_false(noted(judged(1), "noisy"));
	assert_true(collect_within(&f.result.cells[1], TARGET));
}

/* However steady: 5 of them bracket the median in 94% of cases, 6 in 97%. */
static void too_few_rounds_for_95_percent_are_noisy(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 6; r++) {
		if (r < 5)
			take(0, visit(100), r);
		take(1, visit(100), r);
	}
	const struct cell_result *few = judged(0);

	assert_true(verdict_is_ok(&few->outcome));
	assert_true(cell_find_metric(few, "ns")->noisy);
	assert_true(noted(few, "noisy"));
	assert_true(noted(few, "5 rounds"));
	assert_true(noted(few, "93.8%"));
	assert_false(collect_within(few, TARGET));
	assert_false(cell_find_metric(judged(1), "ns")->noisy);
	assert_int_equal(f.result.cells[1].nnotes, 0);
	assert_true(collect_within(&f.result.cells[1], TARGET));
}

static void a_counter_that_is_read_once_is_not_noisy(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 10; r++) {
		visit(100);
		if (r == 9)
			record_sample(&f.record, "tlb_flush", 1);
		take(0, &f.record, r);
	}
	assert_false(cell_find_metric(judged(0), "tlb_flush")->noisy);
	assert_int_equal(f.result.cells[0].nnotes, 0);
}

static void a_note_on_noise_is_a_number(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 10; r++)
		take(0, visit(r < 6 ? 0 : 5), r);
	const struct cell_result *cell = judged(0);

	assert_true(noted(cell, "noisy"));
	assert_false(noted(cell, "inf"));
	assert_false(noted(cell, "nan"));
}

static void nothing_measured_is_not_within_any_target(void **state)
{
	(void)state;
	assert_false(collect_within(&f.result.cells[0], TARGET));
}

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

/* The cell was near all the time, its partner only in six rounds of fourteen: in the others the
 * difference would be that of the distances. */
static void pairs_are_of_one_distance(void **state)
{
	(void)state;
	pair_up(&diff);
	for (unsigned r = 0; r < 14; r++)
		for (unsigned i = 0; i < 2; i++) {
			bool far = i == 1 && r < 8;

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
	assert_int_equal(added->rounds[0], 8);
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

static void a_number_that_is_none_is_not_recorded(void **state)
{
	(void)state;
	visit(NAN);
	record_sample(&f.record, "own", INFINITY);
	assert_int_equal(f.record.nsamples, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
	    T(disturbances_and_histograms_add_up),
	    T(quantiles_are_of_all_rounds),
	    T(rounds_wide_apart_are_noisy_and_close_ones_are_not),
	    T(too_few_rounds_for_95_percent_are_noisy),
	    T(a_counter_that_is_read_once_is_not_noisy),
	    T(a_note_on_noise_is_a_number),
	    T(few_common_rounds_make_a_derived_metric_noisy),
	    T(nothing_measured_is_not_within_any_target),
	    T(derived_metrics_are_over_common_rounds),
	    T(visits_with_company_are_set_aside),
	    T(too_few_rounds_alone_leave_ranks),
	    T(unknown_company_leaves_all_pairs),
	    T(pairs_are_of_one_distance),
	    T(gaps_by_chance_are_not_stolen),
	    T(silence_is_kept),
	    T(a_ratio_has_its_own_unit_and_no_division_by_zero),
	    T(without_a_common_round_there_is_none),
	    T(an_invalid_partner_gives_no_derived_metric),
	    T(a_number_that_is_none_is_not_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
