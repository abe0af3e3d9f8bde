/* Medians, quantiles and order-statistic intervals. */
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

#define INSERT_MAX 64 /* past it qsort wins */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Samples of a cell are few, and there are many cells: no call to compare two numbers. */
static void insert_each(double *x, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		double own = x[i];
		size_t k = i;

		for (; k > 0 && x[k - 1] > own; k--)
			x[k] = x[k - 1];
		x[k] = own;
	}
}

void stats_sort(double *x, size_t n)
{
	if (n <= INSERT_MAX)
		insert_each(x, n);
	else
		qsort(x, n, sizeof *x, by_value);
}

double stats_median(const double *sorted, size_t n)
{
	if (n % 2)
		return sorted[n / 2];
	return sorted[n / 2 - 1] + (sorted[n / 2] - sorted[n / 2 - 1]) / 2;
}

double stats_quantile(const double *sorted, size_t n, double q)
{
	double place = (double)(n - 1) * fmin(fmax(q, 0), 1);
	size_t i = (size_t)place;

	if (i + 1 >= n)
		return sorted[n - 1];
	return sorted[i] + (place - (double)i) * (sorted[i + 1] - sorted[i]);
}

double stats_mad(const double *sorted, size_t n, double *scratch)
{
	double median = stats_median(sorted, n);

	for (size_t i = 0; i < n; i++)
		scratch[i] = fabs(sorted[i] - median);
	stats_sort(scratch, n);
	return stats_median(scratch, n);
}

/* P(exactly k of n samples fall below the median). */
static double binomial_half(size_t n, size_t k)
{
	double log_ways =
	    lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);

	return exp(log_ways - (double)n * M_LN2);
}

struct stats_interval stats_median_interval(const double *sorted, size_t n, double confidence)
{
	size_t k = 0; /* the interval is [sorted[k], sorted[n - 1 - k]] */
	double outside = 2 * binomial_half(n, 0);

	while (k + 2 < n - k) {
		double next = outside + 2 * binomial_half(n, k + 1);

		if (1 - next < confidence)
			break;
		outside = next;
		k++;
	}
	return (struct stats_interval){
	    .lo = sorted[k],
	    .hi = sorted[n - 1 - k],
	    .coverage = fmax(1 - outside, 0),
	};
}
