/* Student's t by the regularised incomplete beta function, its continued fraction by Lentz's
 * method. */
#include "stats/stats.h"

#include <math.h>

#define STEPS_MAX 10000
#define TINY	  1e-300

static double nonzero(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

/* Converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 / nonzero(1 - (a + b) * x / (a + 1)), h = d;

	for (int m = 1; m < STEPS_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / nonzero(1 + even * d);
		c = nonzero(1 + even / c);
		h *= c * d;
		d = 1 / nonzero(1 + odd * d);
		c = nonzero(1 + odd / c);
		h *= c * d;
		if (fabs(c * d - 1) < 1e-16)
			break;
	}
	return h;
}

static double incomplete_beta(double a, double b, double x, double one_less_x)
{
	double front =
	    exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(one_less_x));

	if (x <= 0)
		return 0;
	if (one_less_x <= 0)
		return 1;
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, one_less_x) / b;
}

double stats_student_tail(double t, double df)
{
	double tail = incomplete_beta(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t)) / 2;

	return t < 0 ? 1 - tail : tail;
}

double stats_student_quantile(double tail, double df)
{
	double low = 0, high = 1;

	if (tail >= 0.5)
		return tail > 0.5 ? -stats_student_quantile(1 - tail, df) : 0;
	while (stats_student_tail(high, df) > tail && high < 1e300)
		high *= 2;
	for (int i = 0; i < 200 && low < high; i++) {
		double middle = low + (high - low) / 2;

		if (middle == low || middle == high)
			break;
		if (stats_student_tail(middle, df) > tail)
			low = middle;
		else
			high = middle;
	}
	return low + (high - low) / 2;
}
