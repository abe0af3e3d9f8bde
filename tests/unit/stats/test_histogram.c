#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/histogram.h"
#include "stats/stats.h"

#include <math.h>
#include <string.h>

static struct histogram h, other;

static int clear(void **state)
{
	(void)state;
	memset(&h, 0, sizeof h);
	memset(&other, 0, sizeof other);
	return 0;
}

static double quantile(double q)
{
	static uint64_t counts[HISTOGRAM_BUCKETS];

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		counts[i] = h.count[i];
	return histogram_quantile(counts, HISTOGRAM_BUCKETS, HISTOGRAM_LO_NS, HISTOGRAM_RATIO, q);
}

static void values_fall_in_their_bucket(void **state)
{
	(void)state;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		double edge = HISTOGRAM_LO_NS * pow(HISTOGRAM_RATIO, (double)i);

		histogram_add(&h, edge * 1.0001);
		histogram_add(&h, edge * 1.0099);
		assert_int_equal(h.count[i], 2);
	}
	assert_int_equal(h.total, 2 * HISTOGRAM_BUCKETS);
}

static void ends_take_what_lies_outside(void **state)
{
	(void)state;
	histogram_add(&h, 0.2);
	histogram_add(&h, 0);
	histogram_add(&h, -5);
	histogram_add(&h, 1e12);
	histogram_add(&h, INFINITY);
	histogram_add(&h, NAN);
	assert_int_equal(h.count[0], 3);
	assert_int_equal(h.count[HISTOGRAM_BUCKETS - 1], 2);
	assert_int_equal(h.total, 5);
}

static void merging_adds_and_never_wraps(void **state)
{
	(void)state;
	h.count[5] = UINT32_MAX - 1;
	h.total = UINT32_MAX - 1;
	histogram_add(&other, 1.06);
	histogram_add(&other, 1.06);
	histogram_add(&other, 500);
	assert_int_equal(other.count[5], 2);
	histogram_merge(&h, &other);
	assert_true(h.count[5] == UINT32_MAX);
	assert_true(h.total == (uint64_t)UINT32_MAX + 1);
	histogram_add(&h, 1.06);
	assert_true(h.count[5] == UINT32_MAX);
}

/* By hand: 10 in [1, 2), 30 in [2, 4): the median is 10 of 30 into the second. */
static void quantile_is_linear_inside_a_bucket(void **state)
{
	(void)state;
	uint64_t counts[] = {10, 30, 0};

	assert_true(fabs(histogram_quantile(counts, 3, 1, 2, 0.5) - (2 + 2.0 / 3)) < 1e-9);
	assert_true(fabs(histogram_quantile(counts, 3, 1, 2, 0.125) - 1.5) < 1e-9);
	assert_true(fabs(histogram_quantile(counts, 3, 1, 2, 0) - 1) < 1e-9);
	assert_true(fabs(histogram_quantile(counts, 3, 1, 2, 1) - 4) < 1e-9);
}

static void quantile_starts_in_the_first_used_bucket(void **state)
{
	(void)state;
	uint64_t counts[] = {0, 0, 4, 0, 4};

	assert_true(fabs(histogram_quantile(counts, 5, 1, 2, 0) - 4) < 1e-9);
	assert_true(fabs(histogram_quantile(counts, 5, 1, 2, 1) - 32) < 1e-9);
	assert_true(fabs(histogram_quantile(counts, 5, 1, 2, 0.75) - 24) < 1e-9);
}

static void quantiles_are_within_a_bucket_of_the_samples(void **state)
{
	(void)state;
	static double x[5000];
	struct random r;
	double before = 0;

	random_seed(&r, 4);
	for (size_t i = 0; i < 5000; i++) {
		x[i] = 800 * exp(3 * random_unit(&r));
		histogram_add(&h, x[i]);
	}
	stats_sort(x, 5000);
	for (double q = 0.001; q < 1; q += 0.01) {
		double seen = quantile(q), real = stats_quantile(x, 5000, q);

		assert_true(seen >= before);
		assert_true(fabs(seen / real - 1) < 0.015);
		before = seen;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(values_fall_in_their_bucket, clear),
	    cmocka_unit_test_setup(ends_take_what_lies_outside, clear),
	    cmocka_unit_test_setup(merging_adds_and_never_wraps, clear),
	    cmocka_unit_test(quantile_is_linear_inside_a_bucket),
	    cmocka_unit_test(quantile_starts_in_the_first_used_bucket),
	    cmocka_unit_test_setup(quantiles_are_within_a_bucket_of_the_samples, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
