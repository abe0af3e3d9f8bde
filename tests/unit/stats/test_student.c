/* Student's t against published values: R's qt() and pt() to all printed digits, and the table in
 * every textbook. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/stats.h"

#include <math.h>

#define assert_near(a, b, epsilon) assert_true(fabs((a) - (b)) <= (epsilon))

static const struct {
	double tail, df, t;
} published[] = {
    /* closed forms: tan(pi (1/2 - q)) at 1, (1 - 2q) sqrt(2 / (1 - (1 - 2q)^2)) at 2 */
    {0.025, 1, 12.706204736174694},
    {0.005, 1, 63.65674116287158},
    {0.025, 2, 4.302652729911275},
    {0.005, 2, 9.92484320091807},
    /* R: qt(0.975, c(5, 9, 10, 30)), qt(0.995, 5) */
    {0.025, 5, 2.5705818356363146},
    {0.005, 5, 4.032142983557536},
    {0.025, 9, 2.2621571627982053},
    {0.025, 10, 2.2281388519649385},
    {0.025, 30, 2.0422724563012373},
};

static void quantiles_are_the_published_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		double t = stats_student_quantile(published[i].tail, published[i].df);

		if (fabs(t - published[i].t) > 1e-9 * published[i].t)
			fail_msg("df %g, tail %g: %.12g, not %.12g", published[i].df,
				 published[i].tail, t, published[i].t);
	}
}

static void tails_have_closed_forms(void **state)
{
	(void)state;
	for (double t = -40; t <= 40; t += 0.25) {
		double one = 0.5 - atan(t) / M_PI;
		double two = 0.5 - t / (2 * sqrt(2 + t * t));
		double four = 0.5 - (t / sqrt(4 + t * t)) * (1 + 2 / (4 + t * t)) / 2;

		assert_near(stats_student_tail(t, 1), one, 1e-12);
		assert_near(stats_student_tail(t, 2), two, 1e-12);
		assert_near(stats_student_tail(t, 4), four, 1e-12);
	}
}

static void far_tails_come_back(void **state)
{
	(void)state;
	for (double tail = 0.4; tail > 1e-12; tail /= 7)
		for (double df = 1; df < 300; df = df * 2 + 1) {
			double t = stats_student_quantile(tail, df);

			assert_near(stats_student_tail(t, df) / tail, 1, 1e-6);
			assert_near(stats_student_quantile(1 - tail, df), -t, 1e-3 * t);
		}
	assert_true(stats_student_quantile(0.5, 3) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_are_the_published_ones),
	    cmocka_unit_test(tails_have_closed_forms),
	    cmocka_unit_test(far_tails_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
