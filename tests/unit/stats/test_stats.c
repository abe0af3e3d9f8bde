/* Medians, quantiles, MAD and order-statistic intervals, against published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/stats.h"

#include <math.h>

#define EPSILON		  1e-9
#define SIZE(a)		  (sizeof(a) / sizeof *(a))
#define assert_near(a, b) assert_true(fabs((a) - (b)) <= EPSILON)

static void fill(double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (double)i + 1;
}

static void sorts_and_keeps_every_value(void **state)
{
	(void)state;
	double x[257], sum = 0;
	struct random r;

	random_seed(&r, 7);
	for (size_t i = 0; i < SIZE(x); i++) {
		x[i] = floor(random_unit(&r) * 64) - 32;
		sum += x[i];
	}
	stats_sort(x, SIZE(x));
	for (size_t i = 0; i < SIZE(x); i++) {
		assert_true(i == 0 || x[i - 1] <= x[i]);
		sum -= x[i];
	}
	assert_true(sum == 0);
}

/* Few are sorted in another way than many. */
static void sorts_any_number(void **state)
{
	(void)state;
	double x[150];
	struct random r;

	random_seed(&r, 8);
	for (size_t n = 0; n <= SIZE(x); n++) {
		uint32_t order[SIZE(x)];

		for (size_t i = 0; i < n; i++)
			order[i] = (uint32_t)i;
		random_shuffle(&r, order, n);
		for (size_t i = 0; i < n; i++)
			x[i] = order[i] / 2; /* pairs of ties */
		stats_sort(x, n);
		for (size_t i = 0; i < n; i++)
			assert_true(x[i] == (double)(i / 2));
	}
}

static void median_of_even_and_odd(void **state)
{
	(void)state;
	double x[] = {1, 3, 8, 100};

	assert_near(stats_median(x, 1), 1);
	assert_near(stats_median(x, 3), 3);
	assert_near(stats_median(x, 4), 5.5);
}

/* Hyndman and Fan 1996, definition 7, as R prints it: quantile(c(1,2,3,4,10)), and
 * quantile(1:9, c(.1,.33)), whose places are 1+0.8 and 1+2.64. */
static void quantiles_are_type_7(void **state)
{
	(void)state;
	double x[] = {1, 2, 3, 4, 10}, nine[9];

	assert_near(stats_quantile(x, 5, 0), 1);
	assert_near(stats_quantile(x, 5, 0.25), 2);
	assert_near(stats_quantile(x, 5, 0.5), 3);
	assert_near(stats_quantile(x, 5, 0.9), 7.6);
	assert_near(stats_quantile(x, 5, 1), 10);
	fill(nine, 9);
	assert_near(stats_quantile(nine, 9, 0.1), 1.8);
	assert_near(stats_quantile(nine, 9, 0.33), 3.64);
	assert_near(stats_quantile(nine, 1, 0.7), 1);
}

/* NumPy's documentation: percentile([[10, 7, 4], [3, 2, 1]], 50) is 3.5. */
static void quantile_agrees_with_numpy_example(void **state)
{
	(void)state;
	double x[] = {1, 2, 3, 4, 7, 10};

	assert_near(stats_quantile(x, 6, 0.5), 3.5);
}

/* R's ?mad: mad(c(1:9), constant = 1) is 2, and one wild value moves it little:
 * median(|c(1,1,2,2,4,6,9) - 2|) = median(0,0,1,1,2,4,7) = 1 (the usual textbook example). */
static void mad_is_unscaled(void **state)
{
	(void)state;
	double nine[9], book[] = {1, 1, 2, 2, 4, 6, 9}, scratch[24];
	/* Copper in wholemeal flour: MASS's chem; Venables and Ripley, 5.5: median 3.385, and mad()
	 * 0.526323, which is 1.4826 of this. */
	double chem[] = {2.20, 2.20, 2.40, 2.40, 2.50, 2.70, 2.80, 2.90, 3.03, 3.03, 3.10, 3.37,
			 3.40, 3.40, 3.40, 3.50, 3.60, 3.70, 3.70, 3.70, 3.70, 3.77, 5.28, 28.95};

	fill(nine, 9);
	assert_near(stats_mad(nine, 9, scratch), 2);
	assert_near(stats_mad(book, 7, scratch), 1);
	assert_near(stats_mad(book, 1, scratch), 0);
	assert_near(stats_median(chem, 24), 3.385);
	assert_near(1.4826 * stats_mad(chem, 24, scratch), 0.526323);
}

/* Ranks and coverage of the median's interval: binomial tables; n = 6 and 10 as in Conover,
 * Practical Nonparametric Statistics, table A3; coverage is 1 - 2 * sum of choose(n, i) below the
 * rank, over 2^n. */
static const struct {
	size_t n;
	double confidence, lo, hi, coverage;
} intervals[] = {
    {1, 0.95, 1, 1, 0},
    {2, 0.95, 1, 2, 0.5},
    {3, 0.95, 1, 3, 0.75},
    {5, 0.95, 1, 5, 0.9375},
    {6, 0.95, 1, 6, 1 - 2.0 / 64},
    {7, 0.95, 1, 7, 1 - 2.0 / 128},
    {8, 0.95, 1, 8, 1 - 2.0 / 256},
    {9, 0.95, 2, 8, 1 - 20.0 / 512},
    {10, 0.95, 2, 9, 1 - 22.0 / 1024},
    {15, 0.95, 4, 12, 1 - 2.0 * (1 + 15 + 105 + 455) / 32768},
    {20, 0.95, 6, 15, 1 - 2.0 * (1 + 20 + 190 + 1140 + 4845 + 15504) / 1048576},
    {20, 0.99, 4, 17, 1 - 2.0 * (1 + 20 + 190 + 1140) / 1048576},
    {10, 0.5, 4, 7, 1 - 2.0 * (1 + 10 + 45 + 120) / 1024},
};

static void interval_ranks_and_coverage(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE(intervals); i++) {
		double x[20];
		struct stats_interval seen;

		fill(x, intervals[i].n);
		seen = stats_median_interval(x, intervals[i].n, intervals[i].confidence);
		assert_near(seen.lo, intervals[i].lo);
		assert_near(seen.hi, intervals[i].hi);
		assert_near(seen.coverage, intervals[i].coverage);
	}
}

/* n = 100: ranks 40 and 61 with coverage 0.9647998 (the standard example for medians). */
static void interval_for_a_hundred(void **state)
{
	(void)state;
	double x[100];
	struct stats_interval seen;

	fill(x, 100);
	seen = stats_median_interval(x, 100, 0.95);
	assert_near(seen.lo, 40);
	assert_near(seen.hi, 61);
	/* pbinom(60, 100, 0.5) - pbinom(39, 100, 0.5) */
	assert_near(seen.coverage, 0.9647997997822951);
}

static void interval_holds_the_median_and_narrows(void **state)
{
	(void)state;
	static double x[20000];
	double before = 2;

	fill(x, SIZE(x));
	for (size_t n = 6; n <= SIZE(x); n = n * 3 / 2) {
		struct stats_interval seen = stats_median_interval(x, n, 0.95);
		double width = (seen.hi - seen.lo) / (double)n;

		assert_true(seen.lo <= stats_median(x, n) && stats_median(x, n) <= seen.hi);
		assert_true(seen.coverage >= 0.95 && seen.coverage < 1);
		assert_near(seen.lo - 1, (double)n - seen.hi);
		assert_true(width < before + 0.12); /* ranks are whole numbers */
		before = width;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sorts_and_keeps_every_value),
	    cmocka_unit_test(sorts_any_number),
	    cmocka_unit_test(median_of_even_and_odd),
	    cmocka_unit_test(quantiles_are_type_7),
	    cmocka_unit_test(quantile_agrees_with_numpy_example),
	    cmocka_unit_test(mad_is_unscaled),
	    cmocka_unit_test(interval_ranks_and_coverage),
	    cmocka_unit_test(interval_for_a_hundred),
	    cmocka_unit_test(interval_holds_the_median_and_narrows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
