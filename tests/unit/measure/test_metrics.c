/* What a proof of a rate lets pass, and what it does not. */
#include "measure/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OPS 512.0

static struct record record;

static enum proof_state judge(const double *sums, unsigned n, double expected, double allowance)
{
	const struct rates rates = {sums, n, OPS};

	memset(&record, 0, sizeof record);
	record_rate_proof(&record, "ipis", &rates, expected, allowance, "made up");
	assert_int_equal(record.nproofs, 1);
	return record.proof[0].state;
}

static void one_for_each_operation_holds(void **state)
{
	const double exact = OPS, nearly = OPS * 0.96, twice = OPS * 2;

	(void)state;
	assert_int_equal(judge(&exact, 1, 1, 0), PROOF_HELD);
	assert_int_equal(judge(&nearly, 1, 1, 0), PROOF_HELD);
	assert_int_equal(judge(&twice, 1, 1, 0), PROOF_FAILED);
}

static void one_that_sleeps_does_not_hide_among_twenty(void **state)
{
	double sums[20];

	(void)state;
	for (int i = 0; i < 20; i++)
		sums[i] = OPS;
	assert_int_equal(judge(sums, 20, 1, 0), PROOF_HELD);
	sums[13] = 0; /* the sum is 19 of 20: within 5% */
	assert_int_equal(judge(sums, 20, 1, 0), PROOF_FAILED);
	assert_string_equal(record.proof[0].seen, "0");
	assert_non_null(strstr(record.proof[0].text, "worst of 20"));
}

static void half_of_one_among_ten_does_not_hide_either(void **state)
{
	double sums[10];

	(void)state;
	for (int i = 0; i < 10; i++)
		sums[i] = OPS;
	sums[0] = OPS / 2;
	assert_int_equal(judge(sums, 10, 1, 0), PROOF_FAILED);
	assert_string_equal(record.proof[0].seen, "0.5");
}

static void where_nothing_is_expected_strays_are_allowed(void **state)
{
	const double none = 0, some = OPS * 0.08;

	(void)state;
	assert_int_equal(judge(&none, 1, 0, 0), PROOF_HELD);
	assert_int_equal(judge(&some, 1, 0, 0), PROOF_FAILED);
	assert_int_equal(judge(&some, 1, 0, 0.05), PROOF_HELD);
}

static double sample_of(const char *name)
{
	for (unsigned i = 0; i < record.nsamples; i++)
		if (strcmp(record.sample[i].name, name) == 0)
			return record.sample[i].value;
	return -1;
}

static void a_second_mode_is_told_apart(void **state)
{
	double ns[100];

	(void)state;
	for (int i = 0; i < 100; i++)
		ns[i] = i < 92 ? 1000 + i : 4000000 + i;
	memset(&record, 0, sizeof record);
	record_slow(&record, ns, 100);
	assert_true(sample_of("slow_share") == 0.08);
	assert_true(sample_of("slow_ns") > 4000000);
	memset(&record, 0, sizeof record);
	record_slow(&record, ns, 92);
	assert_true(sample_of("slow_share") == 0);
	assert_true(sample_of("slow_ns") == -1);
}

/* 2 MiB in 100 µs with 512 faults: 51.2 ms a GiB, 195.3 ns a fault. */
static void memory_is_told_by_gib_and_by_fault(void **state)
{
	const struct want want = {.op_bytes = 2 << 20,
				  .expect = {.faults = true, .faults_per_op = 512}};

	(void)state;
	memset(&record, 0, sizeof record);
	record_memory(&record, &want, 100000);
	assert_true(sample_of("ms_per_gib") == 51.2);
	assert_true(sample_of("ns_per_fault") == 195.3125);
	memset(&record, 0, sizeof record);
	record_memory(&record, &(struct want){0}, 100000);
	assert_int_equal(record.nsamples, 0);
}

static void batches_with_company_do_not_count_where_some_had_none(void **state)
{
	double ns[] = {1.3, 1.2, 1.9, 1.21, 1.6}, cycles[] = {4.3, 4, 6, 4.1, 5},
	       width[] = {3.2, 3.68, 2.1, 3.66, 2.9};

	(void)state;
	assert_int_equal(batches_alone(ns, cycles, width, 5), 2);
	assert_true(ns[0] == 1.2 && ns[1] == 1.21 && cycles[1] == 4.1 && width[1] == 3.66);
	assert_int_equal(batches_alone(ns, cycles, width, 2), 2);
	width[0] = width[1] = 0; /* nobody asked */
	assert_int_equal(batches_alone(ns, cycles, width, 2), 2);
}

/* Which legs count, as a string of digits: their places. */
static const char *that_count(const struct leg_conditions *legs, unsigned n)
{
	static char out[17];
	bool counts[16];
	unsigned kept = legs_alike(legs, n, counts), k = 0;

	for (unsigned i = 0; i < n; i++)
		if (counts[i])
			out[k++] = "0123456789abcdef"[i];
	out[k] = '\0';
	assert_int_equal(k, kept);
	return out;
}

static void legs_count_that_were_under_the_best_conditions(void **state)
{
	const struct leg_conditions company[] = {
	    {2.5, 110, false}, {3.6, 110, false}, {3.68, 100, false}, {3.5, 110, false}};
	const struct leg_conditions away[] = {
	    {3.68, 110, true}, {2.5, 110, false}, {2.45, 110, false}};
	const struct leg_conditions all_away[] = {{3.68, 110, true}, {2.5, 110, true}};

	(void)state;
	assert_string_equal(that_count(company, 4), "12");
	assert_string_equal(that_count(company, 1), "0"); /* the best there is */
	assert_string_equal(that_count(away, 3), "12");
	assert_string_equal(that_count(all_away, 2), "0");
}

static void legs_count_at_the_commonest_distance_of_those_alone(void **state)
{
	const struct leg_conditions moved[] = {{3.6, 470, false},
					       {3.6, 110, false},
					       {3.6, 90, false},
					       {2.5, 480, false},
					       {2.5, 480, false}};
	const struct leg_conditions even[] = {{3.6, 470, false}, {3.6, 110, false}};
	const struct leg_conditions unasked[] = {{3.6, 0, false}, {2.5, 0, false}, {3.5, 0, false}};

	(void)state;
	assert_string_equal(that_count(moved, 5), "12");
	assert_string_equal(that_count(even, 2), "1"); /* the nearer */
	assert_string_equal(that_count(unasked, 3), "02");
	assert_string_equal(that_count((struct leg_conditions[3]){{0}}, 3), "012");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_for_each_operation_holds),
	    cmocka_unit_test(one_that_sleeps_does_not_hide_among_twenty),
	    cmocka_unit_test(half_of_one_among_ten_does_not_hide_either),
	    cmocka_unit_test(where_nothing_is_expected_strays_are_allowed),
	    cmocka_unit_test(a_second_mode_is_told_apart),
	    cmocka_unit_test(memory_is_told_by_gib_and_by_fault),
	    cmocka_unit_test(batches_with_company_do_not_count_where_some_had_none),
	    cmocka_unit_test(legs_count_that_were_under_the_best_conditions),
	    cmocka_unit_test(legs_count_at_the_commonest_distance_of_those_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
