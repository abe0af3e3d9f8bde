/* A change against noise: known, measured, told by the runs themselves, or unknown. */
#include "unit/analyse/two_sides.h"

static struct metric_result *only_metric(struct result *result)
{
	return &result->cells[0].metrics[0];
}

static void what_lies_within_known_noise_is_no_change(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 106, 0.001, 10);
	options.noise = 0.08;
	compare();
	assert_int_equal(row(KEY)->state, ROW_SAME);
	assert_int_equal(c.end, COMPARISON_SAME);
}

static void unknown_noise_leaves_it_open(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 106, 0.001, 10);
	options.noise = -1;
	compare();
	assert_int_equal(row(KEY)->source, NOISE_ASSUMED);
	assert_int_equal(row(KEY)->state, ROW_UNSURE);
	assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
}

static void a_large_change_does_not_need_known_noise(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 150, 0.01, 10);
	options.noise = -1;
	compare();
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

/* Runs of unchanged code, each with a middle of its own. */
static void measure_noise(const char *key, double between, unsigned runs)
{
	struct result run;

	for (unsigned i = 0; i < runs; i++) {
		begin(&run);
		cell(&run, key, 100 * (1 + between * bell()), 0.001, 10);
		assert_true(result_merge(&noise, &run));
		result_free(&run);
	}
	assert_true(result_merged(&noise));
	options.noise_result = &noise;
	options.noise = -1;
}

static void measured_noise_is_of_runs_not_of_rounds(void **state)
{
	(void)state;
	measure_noise(KEY, 0.02, 10);
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 106, 0.001, 10);
	compare();
	assert_int_equal(row(KEY)->source, NOISE_MEASURED);
	assert_true(row(KEY)->noise > 0.06 && row(KEY)->noise < 0.3);
	assert_int_equal(row(KEY)->state, ROW_SAME);
}

static void above_measured_noise_it_counts(void **state)
{
	(void)state;
	measure_noise(KEY, 0.003, 10);
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 106, 0.001, 10);
	compare();
	assert_true(row(KEY)->noise < 0.05);
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

static void a_cell_without_noise_takes_its_benchmarks_worst(void **state)
{
	(void)state;
	measure_noise(KEY, 0.02, 10);
	cell(&old, OTHER, 100, 0.001, 10);
	cell(&new, OTHER, 106, 0.001, 10);
	compare();
	assert_int_equal(row(OTHER)->source, NOISE_MEASURED);
	assert_int_equal(row(OTHER)->state, ROW_SAME);
}

/* Several ordinary runs a side: samples are many, runs are few, and runs differ. */
static void fill(struct result *side, double middle, double between, unsigned runs, unsigned rounds)
{
	struct result run;

	for (unsigned i = 0; i < runs; i++) {
		begin(&run);
		cell(&run, KEY, middle * (1 + between * bell()), 0.001, rounds);
		assert_true(result_merge(side, &run));
		result_free(&run);
	}
	assert_true(result_merged(side));
}

static void several_runs_a_side_tell_their_own_noise(void **state)
{
	(void)state;
	options.noise = -1;
	fill(&old, 100, 0.03, 4, 10);
	fill(&new, 104, 0.03, 4, 10);
	compare();
	assert_int_equal(row(KEY)->source, NOISE_RUNS);
	assert_int_equal(row(KEY)->old.runs, 4);
	assert_int_equal(row(KEY)->state, ROW_SAME);
}

static void take_turns(void)
{
	BUILD_TEXT(old.run.turns, "a session");
	BUILD_TEXT(new.run.turns, "a session");
}

static void interleaved_runs_need_no_noise(void **state)
{
	(void)state;
	options.noise = -1;
	fill(&old, 100, 0.01, 12, 1);
	fill(&new, 106, 0.01, 12, 1);
	take_turns();
	compare();
	assert_int_equal(row(KEY)->source, NOISE_INTERLEAVED);
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

/* One visit whose proof failed, or that was set aside, is no reason to doubt the others. */
static void a_missing_round_leaves_runs_interleaved(void **state)
{
	(void)state;
	options.noise = -1;
	fill(&old, 100, 0.01, 12, 1);
	fill(&new, 106, 0.01, 12, 1);
	for (unsigned i = 5; i < 12; i++) {
		new.cells[0].metrics[0].runs[i]++;
		new.cells[0].metrics[0].rounds[i]++;
	}
	take_turns();
	compare();
	assert_int_equal(row(KEY)->source, NOISE_INTERLEAVED);
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

/* Single rounds in blocks, or sides of two sessions, look the same, and did not meet one weather.
 */
static void single_rounds_alone_are_not_interleaved(void **state)
{
	(void)state;
	options.noise = -1;
	fill(&old, 100, 0.01, 12, 1);
	fill(&new, 106, 0.01, 12, 1);
	compare();
	assert_int_equal(row(KEY)->source, NOISE_RUNS);
	comparison_free(&c);
	take_turns();
	BUILD_TEXT(new.run.turns, "another session");
	compare();
	assert_int_equal(row(KEY)->source, NOISE_RUNS);
}

/* Interrupts that were none: no logarithm tells how far such runs lie apart, and so nothing hides
 * the first ones. */
static void runs_of_zero_hide_nothing(void **state)
{
	(void)state;
	options.noise = -1;
	fill(&old, 0, 0, 7, 10);
	fill(&new, 6, 0.001, 7, 10);
	compare();
	assert_int_equal(row(KEY)->old.runs, 7);
	assert_int_equal(row(KEY)->source, NOISE_ASSUMED);
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

static void less_than_zero_has_no_relative_change(void **state)
{
	(void)state;
	cell(&old, KEY, -10, 0.001, 20);
	cell(&new, KEY, -9.99, 0.0001, 20);
	compare();
	assert_int_equal(row(KEY)->state, ROW_SAME);
	teardown(NULL);
	setup(NULL);
	cell(&old, KEY, -10, 0.001, 20);
	cell(&new, KEY, -5, 0.0001, 20);
	compare();
	assert_int_equal(row(KEY)->state, ROW_UNSURE);
	assert_non_null(strstr(row(KEY)->why, "less than zero"));
}

static void a_visitor_in_one_half_is_no_change(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.001, 20);
	cell(&new, KEY, 100.5, 0.0001, 20);
	for (unsigned i = 0; i < 11; i++)
		only_metric(&new)->samples[i] *= 1.2;
	only_metric(&new)->e = build_estimate(only_metric(&new)->samples, 20);
	compare();
	assert_true(row(KEY)->holm < 0.05 && row(KEY)->change > 0.03);
	assert_int_equal(row(KEY)->state, ROW_UNSURE);
}

static void with_width(struct result *result, double width)
{
	build_metric(&result->cells[0], "width", "adds/cycle", width, 0.01)->primary = false;
	result->clock.width = width;
}

static void a_core_with_company_is_no_regression(void **state)
{
	const char *key = "madvise/page=4k/npages=1/resp=0";

	(void)state;
	cell(&old, key, 1700, 0.01, 20);
	cell(&new, key, 2500, 0.01, 20);
	with_width(&old, 3.7);
	with_width(&new, 2.4);
	compare();
	assert_int_equal(c.nrows, 1);
	assert_int_equal(c.rows[0].state, ROW_UNSURE);
	assert_non_null(strstr(c.rows[0].why, "one side only"));
	assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
}

static void alone_on_both_sides_it_is_one(void **state)
{
	const char *key = "madvise/page=4k/npages=1/resp=0";

	(void)state;
	cell(&old, key, 1700, 0.01, 20);
	cell(&new, key, 2500, 0.01, 20);
	with_width(&old, 3.7);
	with_width(&new, 3.6);
	compare();
	assert_int_equal(c.rows[0].state, ROW_REGRESSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_lies_within_known_noise_is_no_change),
	    TEST(unknown_noise_leaves_it_open),
	    TEST(a_large_change_does_not_need_known_noise),
	    TEST(measured_noise_is_of_runs_not_of_rounds),
	    TEST(above_measured_noise_it_counts),
	    TEST(a_cell_without_noise_takes_its_benchmarks_worst),
	    TEST(several_runs_a_side_tell_their_own_noise),
	    TEST(interleaved_runs_need_no_noise),
	    TEST(a_missing_round_leaves_runs_interleaved),
	    TEST(single_rounds_alone_are_not_interleaved),
	    TEST(runs_of_zero_hide_nothing),
	    TEST(less_than_zero_has_no_relative_change),
	    TEST(a_visitor_in_one_half_is_no_change),
	    TEST(a_core_with_company_is_no_regression),
	    TEST(alone_on_both_sides_it_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
