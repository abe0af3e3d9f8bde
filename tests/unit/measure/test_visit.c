/* One visit: what is called when, with what, and what is left afterwards. */
#include "unit/measure/visited.h"

static void batches_are_whole_passes_within_what_arm_provides(void **state)
{
	static const struct want wants[] = {
	    {.max_ops = 1000, .pass_ops = 300}, {.max_ops = 1000, .pass_ops = 1},
	    {.max_ops = 7, .pass_ops = 7},	{.max_ops = 100, .pass_ops = 0},
	    {.max_ops = 0, .pass_ops = 12},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		uint64_t pass = wants[i].pass_ops ? wants[i].pass_ops : 1;

		memset(&call_log, 0, sizeof call_log);
		visit_to(&legs, &wants[i]);
		assert_true(count(LEG) >= 1);
		for (unsigned k = 0; k < call_log.n; k++)
			if (call_log.call[k].hook == LEG || call_log.call[k].hook == ARM) {
				assert_int_equal(call_log.call[k].value % pass, 0);
				assert_true(!wants[i].max_ops ||
					    call_log.call[k].value <= wants[i].max_ops);
			}
	}
}

/* A leg that takes no time at all must not make batches without end. */
static void empty(struct visit *visit, uint64_t n)
{
	(void)visit;
	note(LEG, n);
}

static void a_leg_without_duration_ends(void **state)
{
	const struct bench nothing = {.name = "legs", .timing = TIME_LEG, .leg = empty};

	(void)state;
	visit_to(&nothing, &(struct want){.pass_ops = 3});
	for (unsigned k = 0; k < call_log.n; k++)
		assert_true(call_log.call[k].value && call_log.call[k].value % 3 == 0);
}

static void each_batch_is_armed_run_and_checked_with_one_number(void **state)
{
	unsigned i = 1;

	(void)state;
	visit_to(&legs, &(struct want){.max_ops = 1 << 20, .pass_ops = 64});
	assert_int_equal(call_log.call[0].hook, PREPARE);
	for (; i + 2 < call_log.n; i += 3) {
		assert_int_equal(call_log.call[i].hook, ARM);
		assert_int_equal(call_log.call[i + 1].hook, LEG);
		assert_int_equal(call_log.call[i + 2].hook, CHECK);
		assert_int_equal(call_log.call[i].value, call_log.call[i + 1].value);
		assert_int_equal(call_log.call[i].value, call_log.call[i + 2].value);
	}
	assert_int_equal(i, call_log.n - 1);
	assert_int_equal(call_log.call[i].hook, RELEASE);
	if (measured()) {
		assert_true(*sample("ns") > 0);
		assert_true(*sample("cycles") > 0);
		assert_null(sample("p99_ns"));
	}
}

static void single_operations_come_in_order_after_arming(void **state)
{
	const uint64_t n = 200;
	unsigned i = 1, batches = 0;

	(void)state;
	visit_to(&ops, &(struct want){.max_ops = n});
	print_verdict();
	assert_true(verdict_is_ok(&record.verdict));
	while (i < call_log.n && call_log.call[i].hook == ARM) {
		uint64_t armed = call_log.call[i++].value;

		for (uint64_t k = 0; k < armed; k++, i++) {
			assert_int_equal(call_log.call[i].hook, OP);
			assert_int_equal(call_log.call[i].value, k);
		}
		assert_int_equal(call_log.call[i].hook, CHECK);
		assert_int_equal(call_log.call[i++].value, armed);
		assert_true(armed == n || batches == 0); /* the first one only warms */
		assert_true(armed <= n);
		batches++;
	}
	assert_true(batches >= 2);
	assert_int_equal(call_log.call[i].hook, RELEASE);
	assert_int_equal(i, call_log.n - 1);
	assert_non_null(sample("ns"));
	assert_non_null(sample("p99_ns"));
	assert_non_null(sample("mean_ns"));
	assert_int_equal(record.ns.total, (batches - 1) * n);
}

/* Up to twice as many legs as are wanted; those that do not count leave nothing but their number.
 */
static void a_batch_is_cut_into_short_legs(void **state)
{
	unsigned armed = 0;

	(void)state;
	bay.conditions = true;
	visit_to(&ops, &(struct want){.max_ops = 512});
	bay.conditions = false;
	print_verdict();
	assert_true(verdict_is_ok(&record.verdict));
	for (unsigned i = 0; i < call_log.n; i++)
		if (call_log.call[i].hook == ARM && armed++) /* the first one only warms */
			assert_int_equal(call_log.call[i].value, 64);
	assert_in_range(armed - 1, 8, 16);
	const uint64_t counted = armed - 1 - (uint64_t)record.disturbed[DISTURBED_LEGS];

	assert_in_range(counted, 1, 8);
	assert_int_equal(record.ns.total, counted * 63); /* without the first of each */
	assert_non_null(sample("width"));
}

static void slow_operations_are_fewer(void **state)
{
	(void)state;
	call_log.op_ms = 20; /* 512 would take ten seconds */
	visit_to(&ops, &(struct want){.max_ops = 300});
	print_verdict();
	assert_true(verdict_is_ok(&record.verdict));
	assert_int_equal(record.ns.total, 32);
	assert_int_equal(count(ARM), 2);
}

static void one_operation_is_enough(void **state)
{
	(void)state;
	visit_to(&ops, &(struct want){.max_ops = 1});
	print_verdict();
	assert_true(verdict_is_ok(&record.verdict));
	assert_true(record.ns.total >= 1);
}

static void no_operation_at_all_is_refused(void **state)
{
	(void)state;
	visit_to(&ops, &(struct want){0});
	assert_int_equal(record.verdict.outcome, OUTCOME_INVALID);
	assert_int_equal(record.nsamples, 0);
}

static void the_state_is_zero_and_the_seed_is_handed_on(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		call_log.n = 0;
		visit_to(&ops, &(struct want){.max_ops = 4});
		assert_int_equal(call_log.dirty_state, 0);
		assert_int_equal(call_log.call[0].value, 77);
	}
}

static void release_comes_last_whatever_failed(void **state)
{
	static const struct bench *const benches[] = {&legs, &ops};

	(void)state;
	for (int b = 0; b < 2; b++)
		for (int i = 0; i < 4; i++) {
			memset(&call_log, 0, sizeof call_log);
			call_log.arm_fails_at = i == 0 ? 1 : i == 1 ? 2 : 0;
			call_log.check_fails_at = i == 2;
			call_log.prepare_fails = i == 3;
			visit_to(benches[b], &(struct want){.max_ops = 16});
			assert_int_equal(record.verdict.outcome, OUTCOME_INVALID);
			assert_string_equal(record.verdict.code, "made-up");
			assert_int_equal(count(RELEASE), 1);
			assert_int_equal(call_log.call[call_log.n - 1].hook, RELEASE);
			assert_int_equal(count(ARM), i == 3 ? 0 : i == 1 ? 2 : 1);
			assert_int_equal(count(LEG) + count(OP) > 0, i == 1 || i == 2);
			assert_null(sample("ns"));
		}
}

static void a_number_of_the_benchmarks_own_is_a_sample(void **state)
{
	unsigned n = 0;

	(void)state;
	visit_to(&ops, &(struct want){.max_ops = 16});
	for (unsigned i = 0; i < record.nsamples; i++)
		n += strcmp(record.sample[i].name, "own") == 0;
	assert_true(n > 0);
	assert_true(*sample("own") == 16);
}

static void memory_of_a_visit_goes_with_it(void **state)
{
	unsigned mappings = 0;
	unsigned char there;

	(void)state;
	for (int i = 0; i < 30; i++) {
		call_log.arm_fails_at = i % 3 == 2;
		call_log.n = 0;
		visit_to(i % 2 ? &ops : &legs, &(struct want){.max_ops = 64});
		if (i == 5)
			mappings = count_mappings();
		assert_true(mincore(call_log.allocated, 4096, &there) != 0);
	}
	if (!UNDER_ASAN)
		assert_true(count_mappings() <= mappings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(batches_are_whole_passes_within_what_arm_provides),
	    T(a_leg_without_duration_ends),
	    T(each_batch_is_armed_run_and_checked_with_one_number),
	    T(single_operations_come_in_order_after_arming),
	    T(a_batch_is_cut_into_short_legs),
	    T(slow_operations_are_fewer),
	    T(one_operation_is_enough),
	    T(no_operation_at_all_is_refused),
	    T(the_state_is_zero_and_the_seed_is_handed_on),
	    T(release_comes_last_whatever_failed),
	    T(a_number_of_the_benchmarks_own_is_a_sample),
	    T(memory_of_a_visit_goes_with_it),
	};

	return on_its_cpu() ? cmocka_run_group_tests(tests, NULL, NULL) : SKIP_TEST;
}
