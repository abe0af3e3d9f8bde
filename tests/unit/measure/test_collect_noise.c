/* What is said of a cell's samples: quantiles, gaps by chance, and what is noisy. */
#include "unit/measure/collected.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(disturbances_and_histograms_add_up),
	    T(quantiles_are_of_all_rounds),
	    T(rounds_wide_apart_are_noisy_and_close_ones_are_not),
	    T(too_few_rounds_for_95_percent_are_noisy),
	    T(a_counter_that_is_read_once_is_not_noisy),
	    T(a_note_on_noise_is_a_number),
	    T(nothing_measured_is_not_within_any_target),
	    T(gaps_by_chance_are_not_stolen),
	    T(silence_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
