/* Mann-Whitney and Holm, against published vectors, by enumeration, and by their properties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/stats.h"

#include <math.h>

#define SIZE(a)			   (sizeof(a) / sizeof *(a))
#define assert_near(a, b, epsilon) assert_true(fabs((a) - (b)) <= (epsilon))

struct published {
	const char *source;
	size_t n, m;
	double x[16], y[16];
	double p, epsilon; /* epsilon: half a digit of what was printed, at best 1e-9 */
};

static const struct published published[] = {
    {"R ?wilcox.test: permeability constants (Hollander and Wolfe 1973, p. 69), W = 35; exact "
     "764/3003",
     10,
     5,
     {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46},
     {1.15, 0.88, 0.90, 0.74, 1.21},
     764.0 / 3003,
     1e-9},
    {"SciPy mannwhitneyu's documentation: ages of diabetics, U = 17; exact 14/126",
     5,
     4,
     {19, 22, 16, 29, 24},
     {20, 11, 17, 12},
     14.0 / 126,
     1e-9},
    {"SciPy test_stats.py, cases_basic, from R",
     3,
     13,
     {210.052110, 110.190630, 307.918612},
     {436.08811482466416, 416.37397329768191, 179.96975939463582, 197.8118754228619,
      34.038757281225756, 138.54220550921517, 128.7769351470246, 265.92721427951852,
      275.6617533155341, 592.34083395416258, 448.73177590617018, 300.61495185038905,
      187.97508449019588},
     0.7035714285714286,
     1e-9},
    {"Sprent and Smeeton, Applied Nonparametric Statistical Methods, example 6.1 (R package ANSM5)",
     10,
     11,
     {23, 18, 17, 25, 22, 19, 31, 26, 29, 33},
     {21, 28, 32, 30, 41, 24, 35, 34, 27, 39, 36},
     0.015871126,
     1e-9},
    {"the same, example 6.4: ties",
     11,
     13,
     {16, 18, 19, 22, 22, 25, 28, 28, 28, 31, 33},
     {22, 23, 25, 27, 27, 28, 30, 32, 33, 35, 36, 38, 38},
     0.03586652,
     5e-9},
    {"the same, example 6.5: the same grouped in three values",
     11,
     13,
     {1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3},
     {2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3},
     0.044156106,
     1e-9},
};

static void agrees_with_published_p(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE(published); i++) {
		const struct published *e = &published[i];

		assert_near(stats_mann_whitney(e->x, e->n, e->y, e->m), e->p, e->epsilon);
		assert_near(stats_mann_whitney(e->y, e->m, e->x, e->n), e->p, e->epsilon);
	}
}

/* Largest U with two-sided p <= 0.05 for n = m; Mann and Whitney's table, as in any textbook. */
static const struct {
	size_t n, u;
} critical[] = {{4, 0},	 {5, 2},   {6, 5},   {7, 8},   {8, 13},
		{9, 17}, {10, 23}, {12, 37}, {15, 64}, {20, 127}};

/* y = 1..n and x with exactly u pairs x > y: x sits above `u` of the y. */
static void make_u(size_t n, size_t u, double *x, double *y)
{
	for (size_t i = 0; i < n; i++) {
		size_t above = u < n ? u : n;

		y[i] = (double)i + 1;
		x[i] = (double)above + 0.5 + (double)i / 100 / (double)n;
		u -= above;
	}
}

static void agrees_with_critical_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE(critical); i++) {
		double x[20], y[20];
		size_t n = critical[i].n;

		make_u(n, critical[i].u, x, y);
		assert_true(stats_mann_whitney(x, n, y, n) <= 0.05);
		make_u(n, critical[i].u + 1, x, y);
		assert_true(stats_mann_whitney(x, n, y, n) > 0.05);
	}
}

static double pairs(const double *v, size_t size, unsigned members)
{
	double u = 0;

	for (size_t i = 0; i < size; i++)
		for (size_t j = 0; j < size; j++)
			if ((members >> i & 1) && !(members >> j & 1))
				u += v[i] > v[j] ? 1 : v[i] == v[j] ? 0.5 : 0;
	return u;
}

/* The definition: all ways to choose which of the pooled values are x. */
static double by_enumeration(const double *v, size_t n, size_t m)
{
	double seen = pairs(v, n + m, (1u << n) - 1), below = 0, above = 0, all = 0;

	for (unsigned members = 0; members < 1u << (n + m); members++) {
		if ((size_t)__builtin_popcount(members) != n)
			continue;
		double u = pairs(v, n + m, members);

		all++;
		below += u <= seen;
		above += u >= seen;
	}
	return fmin(2 * fmin(below, above) / all, 1);
}

static void agrees_with_enumeration(void **state)
{
	(void)state;
	struct random r;

	random_seed(&r, 11);
	for (unsigned trial = 0; trial < 300; trial++) {
		size_t n = 1 + random_below(&r, 6), m = 1 + random_below(&r, 5);
		uint64_t values = trial % 3 ? 2 + random_below(&r, 8) : 1u << 30;
		double v[16];

		for (size_t i = 0; i < n + m; i++)
			v[i] = (double)random_below(&r, values);
		assert_near(stats_mann_whitney(v, n, v + n, m), by_enumeration(v, n, m), 1e-9);
	}
}

static void is_symmetric_and_bounded(void **state)
{
	(void)state;
	struct random r;

	random_seed(&r, 12);
	for (unsigned trial = 0; trial < 200; trial++) {
		size_t n = 1 + random_below(&r, 70), m = 1 + random_below(&r, 70);
		double x[70], y[70], p;

		for (size_t i = 0; i < 70; i++) {
			x[i] = (double)random_below(&r, 40);
			y[i] = (double)random_below(&r, 40) + trial / 10;
		}
		p = stats_mann_whitney(x, n, y, m);
		assert_true(p <= 1 && p >= stats_mann_whitney_floor(n, m) * (1 - 1e-12));
		assert_near(p, stats_mann_whitney(y, m, x, n), 1e-12);
	}
}

static void falls_as_samples_part(void **state)
{
	(void)state;
	double x[50], y[50], before = 1;
	const size_t sizes[][2] = {{10, 10}, {30, 25}, {50, 50}, {50, 49}, {49, 50}};

	for (size_t k = 0; k < SIZE(sizes); k++) {
		for (double shift = 0; shift < 60; shift += 3.25) {
			for (size_t i = 0; i < 50; i++) {
				x[i] = (double)i;
				y[i] = (double)i + shift + 5.125; /* past x's middle, no ties */
			}
			double p = stats_mann_whitney(x, sizes[k][0], y, sizes[k][1]);

			assert_true(shift == 0 || p <= before * (1 + 1e-12));
			before = p;
		}
		assert_near(before / stats_mann_whitney_floor(sizes[k][0], sizes[k][1]), 1, 1e-9);
	}
}

static void equal_samples_say_nothing(void **state)
{
	(void)state;
	static double same[80];

	assert_near(stats_mann_whitney(same, 10, same, 12), 1, 0);
	assert_near(stats_mann_whitney(same, 80, same, 80), 1, 0);
	assert_near(stats_mann_whitney(same, 0, same, 5), 1, 0);
}

/* Large sizes: Mann and Whitney 1947 with continuity and the tie correction of Hollander and Wolfe.
 * Of 60 zeros and 45 ones against 20 zeros and 65 ones: U = mn/2 - (60*65 - 45*20)/2. */
static void large_samples_are_normal(void **state)
{
	(void)state;
	double x[105], y[85], n = 105, m = 85, size = 190, ties, variance;

	for (size_t i = 0; i < 105; i++)
		x[i] = i >= 60;
	for (size_t i = 0; i < 85; i++)
		y[i] = i >= 20;
	ties = 80.0 * 80 * 80 - 80 + 110.0 * 110 * 110 - 110;
	variance = n * m / 12 * (size + 1 - ties / (size * (size - 1)));
	assert_near(stats_mann_whitney(x, 105, y, 85), erfc(1499.5 / sqrt(2 * variance)), 1e-15);
}

/* Where exact ends and the normal begins: both against fractions summed in whole numbers. */
static void exact_up_to_a_hundred_then_normal(void **state)
{
	(void)state;
	double x[63], y[63];

	for (size_t i = 0; i < 51; i++) {
		x[i] = (double)i;
		y[i] = (double)i + 9.5;
	}
	assert_near(stats_mann_whitney(x, 50, y, 50), 0.002808316638770783, 1e-12);
	assert_near(stats_mann_whitney(x, 51, y, 51) / 0.0030388632695122274, 1, 0.1);
	for (size_t i = 0; i < 63; i++) {
		x[i] = (double)(i * 7 % 23);
		y[i] = (double)(i * 5 % 29);
	}
	assert_near(stats_mann_whitney(x, 37, y, 63), 0.12716357559363495, 1e-12);
}

static double ways(size_t n, size_t k)
{
	double product = 1;

	for (size_t i = 1; i <= k; i++)
		product *= (double)(n - k + i) / (double)i;
	return product;
}

/* A short new run against a long history. All of x are 1; `ones` of the many y are as well, and the
 * rest 0: x is the upper tail, in as many ways as x can be chosen from all ones. */
static void one_side_may_be_small(void **state)
{
	static double x[8] = {1, 1, 1, 1, 1, 1, 1, 1}, y[1200], rising[1200];
	const struct {
		size_t n, m, ones;
	} rows[] = {{2, 98, 4}, {2, 99, 4}, {3, 98, 9}, {4, 400, 0}, {5, 995, 20}, {6, 300, 7}};

	(void)state;
	for (size_t i = 0; i < SIZE(rising); i++)
		rising[i] = -(double)i;
	for (size_t k = 0; k < SIZE(rows); k++) {
		size_t n = rows[k].n, m = rows[k].m, ones = rows[k].ones;
		double all = ways(n + m, n);

		for (size_t i = 0; i < m; i++)
			y[i] = i < ones;
		assert_near(stats_mann_whitney(x, n, y, m) * all / (2 * ways(n + ones, n)), 1,
			    1e-9);
		assert_near(stats_mann_whitney_floor(n, m) * all / 2, 1, 1e-9);
		for (size_t i = 0; i < n; i++)
			x[i] = 1 + (double)i;
		assert_near(stats_mann_whitney(x, n, rising, m) * all / 2, 1, 1e-9);
		for (size_t i = 0; i < n; i++)
			x[i] = 1;
	}
}

/* Far past what is counted one by one, with ties and without. */
static void nothing_is_below_what_sizes_can_give(void **state)
{
	static double x[40], y[2000];

	(void)state;
	for (unsigned tied = 0; tied < 2; tied++)
		for (size_t n = 4; n <= 40; n += 6) {
			for (size_t i = 0; i < SIZE(y); i++)
				y[i] = tied ? 0 : -(double)i;
			for (size_t i = 0; i < n; i++)
				x[i] = tied ? 1 : 1 + (double)i;
			assert_true(stats_mann_whitney(x, n, y, SIZE(y)) >=
				    stats_mann_whitney_floor(n, SIZE(y)) * (1 - 1e-9));
		}
}

static void floor_is_two_over_the_ways(void **state)
{
	(void)state;
	assert_near(stats_mann_whitney_floor(6, 6), 2.0 / 924, 1e-15);
	assert_near(stats_mann_whitney_floor(10, 10), 2.0 / 184756, 1e-15);
	assert_near(stats_mann_whitney_floor(1, 1), 1, 0);
	assert_near(stats_mann_whitney_floor(1, 3), 0.5, 1e-15);
	assert_near(stats_mann_whitney_floor(50, 50) * 1.0089134454556415e29, 2, 1e-9);
	assert_near(stats_mann_whitney_floor(60, 60) * 9.661490840775e34, 2, 1e-6);
}

/* Holm 1979 as in the textbook example (p = 0.01, 0.04, 0.03, 0.005): 0.03, 0.06, 0.06, 0.02. */
static void holm_textbook(void **state)
{
	(void)state;
	double p[] = {0.01, 0.04, 0.03, 0.005}, want[] = {0.03, 0.06, 0.06, 0.02};
	size_t scratch[4];

	stats_holm(p, 4, scratch);
	for (size_t i = 0; i < 4; i++)
		assert_near(p[i], want[i], 1e-9);
}

/* statsmodels, test_multi.py, from R's p.adjust(method = "holm"). */
static void holm_as_r(void **state)
{
	(void)state;
	double p[] = {0.838541367553,	0.642193923795, 0.680845947633,	    0.967833824309,
		      0.71626938238,	0.177096952723, 5.23656777208e-005, 0.0202732688798,
		      0.00028140506198, 0.0149877310796};
	double want[] = {1,
			 1,
			 1,
			 1,
			 1,
			 1,
			 5.23656777208e-004,
			 0.1419128821586,
			 0.00253264555782,
			 0.1199018486368};
	size_t scratch[10];

	stats_holm(p, 10, scratch);
	for (size_t i = 0; i < 10; i++)
		assert_near(p[i], want[i], 1e-9);
}

static void holm_keeps_order(void **state)
{
	(void)state;
	double p[40], adjusted[40];
	size_t scratch[40];
	struct random r;

	random_seed(&r, 13);
	for (size_t i = 0; i < 40; i++)
		p[i] = adjusted[i] = random_unit(&r) * random_unit(&r) * random_unit(&r);
	stats_holm(adjusted, 40, scratch);
	for (size_t i = 0; i < 40; i++) {
		assert_true(adjusted[i] >= p[i] && adjusted[i] <= 1);
		for (size_t j = 0; j < 40; j++)
			assert_true(p[i] > p[j] || adjusted[i] <= adjusted[j]);
	}
	stats_holm(adjusted, 0, scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_published_p),
	    cmocka_unit_test(agrees_with_critical_values),
	    cmocka_unit_test(agrees_with_enumeration),
	    cmocka_unit_test(is_symmetric_and_bounded),
	    cmocka_unit_test(falls_as_samples_part),
	    cmocka_unit_test(equal_samples_say_nothing),
	    cmocka_unit_test(large_samples_are_normal),
	    cmocka_unit_test(exact_up_to_a_hundred_then_normal),
	    cmocka_unit_test(one_side_may_be_small),
	    cmocka_unit_test(nothing_is_below_what_sizes_can_give),
	    cmocka_unit_test(floor_is_two_over_the_ways),
	    cmocka_unit_test(holm_textbook),
	    cmocka_unit_test(holm_as_r),
	    cmocka_unit_test(holm_keeps_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
