/* Simulated series with a known change, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "analyse/change_points.h"
#include "stats/stats.h"

#include <math.h>

#define POINTS_MAX 32
#define TRIES	   1000

struct told {
	unsigned flagged, confirmed, found;
};

static double normal(struct random *random)
{
	double u = random_unit(random) + 1e-18, v = random_unit(random);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* n runs around 100 with 1% of noise that their intervals do not show, from `at` on by `ratio`
 * higher; every `wild`-th run (0: none) is four times as noisy. */
static void play(struct random *random, struct history_point *point, unsigned n, unsigned at,
		 double ratio, unsigned wild)
{
	for (unsigned i = 0; i < n; i++) {
		double z = normal(random) * (wild && random_below(random, wild) == 0 ? 4 : 1);
		double est = 100 * exp(0.01 * z) * (i >= at ? ratio : 1);

		point[i] = (struct history_point){i, {est, est * 0.995, est * 1.005}};
	}
}

static struct told try(unsigned n, double ratio, unsigned wild)
{
	struct told told = {0};

	for (unsigned t = 0; t < TRIES; t++) {
		struct history_point point[POINTS_MAX];
		struct history_change change[POINTS_MAX];
		struct random random;
		bool confirmed = false, found = false;

		random_seed(&random, t * 7919 + n + wild);
		unsigned at = 1 + (unsigned)random_below(&random, n - 1);

		play(&random, point, n, at, ratio, wild);
		size_t k = change_points(point, n, CHANGE_THRESHOLD, change, POINTS_MAX);

		for (size_t i = 0; i < k; i++) {
			confirmed |= change[i].confidence == CONFIRMED;
			found |= change[i].at + 1 >= at && change[i].at <= at + 1;
		}
		told.flagged += k > 0;
		told.confirmed += confirmed;
		told.found += found;
	}
	return told;
}

static void equal_runs_raise_no_alarm(void **state)
{
	(void)state;
	for (unsigned n = 3; n <= 32; n = n < 8 ? n + 1 : 2 * n) {
		struct told told = try(n, 1, 0);

		assert_true(told.flagged <= TRIES / 50);
		assert_true(told.confirmed <= TRIES / 250);
	}
}

static void wild_runs_raise_few(void **state)
{
	(void)state;
	for (unsigned n = 4; n <= 32; n *= 2) {
		struct told told = try(n, 1, 10);

		assert_true(told.flagged <= TRIES / 16);
		assert_true(told.confirmed <= TRIES / 50);
	}
}

static void steps_are_found(void **state)
{
	(void)state;
	assert_true(try(7, 1.08, 0).found >= TRIES * 80 / 100);
	assert_true(try(16, 1.08, 0).found >= TRIES * 95 / 100);
	assert_true(try(16, 1 / 1.08, 0).found >= TRIES * 95 / 100);
	assert_true(try(32, 1.08, 10).found >= TRIES * 95 / 100);
}

static void points_of(struct history_point *point, const double *est, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		point[i] = (struct history_point){i, {est[i], est[i] * 0.999, est[i] * 1.001}};
}

static void two_changes_are_told_in_order(void **state)
{
	const double est[] = {10, 10.01, 9.99, 12, 12.01, 11.99, 12, 9, 9.01, 8.99};
	struct history_point point[10];
	struct history_change change[10];

	(void)state;
	points_of(point, est, 10);
	assert_int_equal(change_points(point, 10, 0.03, change, 10), 2);
	assert_int_equal(change[0].at, 3);
	assert_true(fabs(change[0].ratio - 1.2) < 0.01);
	assert_int_equal(change[0].confidence, CONFIRMED);
	assert_int_equal(change[1].at, 7);
	assert_true(fabs(change[1].ratio - 0.75) < 0.01);
}

/* Cobb 1978, The problem of the Nile: yearly flow at Aswan, 1871 to 1970 (R's datasets::Nile). One
 * change, after 1898; means of 1097.75 and 849.9722 (strucchange's breakpoints()). */
static void the_nile_changed_after_1898(void **state)
{
	static const double nile[] = {
	    1120, 1160, 963, 1210, 1160, 1160, 813,  1230, 1370, 1140, 995,  935,  1110, 994,  1020,
	    960,  1180, 799, 958,  1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,
	    874,  694,	940, 833,  701,	 916,  692,  1020, 1050, 969,  831,  726,  456,	 824,  702,
	    1120, 1100, 832, 764,  821,	 768,  845,  864,  862,	 698,  845,  744,  796,	 1040, 759,
	    781,  865,	845, 944,  984,	 897,  822,  1010, 771,	 676,  649,  846,  812,	 742,  801,
	    1040, 860,	874, 848,  890,	 744,  749,  838,  1050, 918,  986,  797,  923,	 975,  815,
	    1020, 906,	901, 1170, 912,	 746,  919,  718,  714,	 740,
	};
	struct history_point point[100];
	struct history_change change[100];
	double log_sum[2] = {0}, sum[2] = {0};

	(void)state;
	points_of(point, nile, 100);
	assert_int_equal(change_points(point, 100, 0.03, change, 100), 1);
	assert_int_equal(change[0].at, 1899 - 1871);
	assert_int_equal(change[0].confidence, CONFIRMED);
	for (int i = 0; i < 100; i++) {
		sum[i >= 28] += nile[i];
		log_sum[i >= 28] += log(nile[i]);
	}
	assert_true(fabs(sum[0] / 28 - 1097.75) < 1e-9); /* the data are the published ones */
	assert_true(fabs(sum[1] / 72 - 849.9722222222222) < 1e-9);
	assert_true(fabs(change[0].ratio - exp(log_sum[1] / 72 - log_sum[0] / 28)) < 1e-9);
}

static void one_run_is_an_outlier_or_only_seen(void **state)
{
	const double between[] = {10, 10.01, 9.99, 12, 10.01, 9.99, 10};
	const double last[] = {10, 10.01, 9.99, 10, 10.01, 9.99, 12};
	struct history_point point[7];
	struct history_change change[7];

	(void)state;
	points_of(point, between, 7);
	assert_int_equal(change_points(point, 7, 0.03, change, 7), 0);
	points_of(point, last, 7);
	assert_int_equal(change_points(point, 7, 0.03, change, 7), 1);
	assert_int_equal(change[0].at, 6);
	assert_int_equal(change[0].confidence, SEEN);
}

static void small_changes_and_short_series_are_not_told(void **state)
{
	const double small[] = {10, 10.001, 10, 10.2, 10.201, 10.2};
	struct history_point point[6];
	struct history_change change[6];

	(void)state;
	points_of(point, small, 6);
	assert_int_equal(change_points(point, 6, 0.03, change, 6), 0);
	assert_int_equal(change_points(point, 6, 0.01, change, 6), 1);
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(change_points(point + 2, n, 0.01, change, 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(equal_runs_raise_no_alarm),
	    cmocka_unit_test(wild_runs_raise_few),
	    cmocka_unit_test(steps_are_found),
	    cmocka_unit_test(two_changes_are_told_in_order),
	    cmocka_unit_test(one_run_is_an_outlier_or_only_seen),
	    cmocka_unit_test(the_nile_changed_after_1898),
	    cmocka_unit_test(small_changes_and_short_series_are_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
