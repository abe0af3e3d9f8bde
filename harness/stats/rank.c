/* Mann-Whitney and Holm. Two-sided p is twice the smaller tail, as in R and SciPy, so that ties,
 * which make the distribution lopsided, never give a p below what the sizes allow. */
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

#define EXACT_MAX 100

typedef unsigned __int128 big; /* holds choose(100, 50) with room to multiply by 100 */

struct ranked {
	double value;
	bool first;   /* of sample x */
	size_t rank2; /* doubled mid-rank, an integer even in a tie */
};

struct pool {
	struct ranked *item; /* in order of value */
	size_t n, m, sum2;   /* sum2: of x's doubled ranks */
	double tie_term;     /* sum of t³ − t over groups of t tied values */
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static void assign_ranks(struct pool *pool)
{
	size_t size = pool->n + pool->m, end;

	for (size_t i = 0; i < size; i = end) {
		for (end = i + 1; end < size && pool->item[end].value == pool->item[i].value;)
			end++;
		double tied = (double)(end - i);

		pool->tie_term += tied * tied * tied - tied;
		for (size_t k = i; k < end; k++) {
			pool->item[k].rank2 = i + 1 + end;
			pool->sum2 += pool->item[k].first ? i + 1 + end : 0;
		}
	}
}

static bool pool_samples(struct pool *pool, const double *x, const double *y)
{
	size_t size = pool->n + pool->m;

	pool->item = malloc(size * sizeof *pool->item);
	if (!pool->item)
		return false;
	for (size_t i = 0; i < size; i++) {
		bool first = i < pool->n;

		pool->item[i].value = first ? x[i] : y[i - pool->n];
		pool->item[i].first = first;
	}
	qsort(pool->item, size, sizeof *pool->item, by_value);
	assign_ranks(pool);
	return true;
}

static big choose(size_t n, size_t k)
{
	big ways = 1;

	for (size_t i = 1; i <= k; i++)
		ways = ways * (n - k + i) / i;
	return ways;
}

/* Without ties the counts are the coefficients of the Gaussian binomial [n+m over n]: the product
 * of (1 − q^(m+i)) / (1 − q^i). Only those up to u matter, and unsigned wrap-around cancels out. */
static double tail_untied(size_t n, size_t m, size_t u)
{
	big *count = calloc(u + 1, sizeof *count), sum = 0;

	if (!count)
		return NAN;
	count[0] = 1;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = u; j >= m + i; j--)
			count[j] -= count[j - m - i];
		for (size_t j = i; j <= u; j++)
			count[j] += count[j - i];
	}
	for (size_t j = 0; j <= u; j++)
		sum += count[j];
	free(count);
	return (double)sum / (double)choose(n + m, n);
}

/* With ties: subsets of k items by the sum of their doubled ranks, one item at a time. Only sums of
 * positive numbers, so doubles keep 13 digits. low[j] and high[j] bound what j items reach. */
static void count_subsets(const struct pool *pool, size_t k, size_t width, double *count,
			  size_t *low, size_t *high)
{
	size_t size = pool->n + pool->m;

	count[0] = 1;
	for (size_t i = 0; i < size; i++) {
		size_t rank2 = pool->item[i].rank2;

		for (size_t j = i < k ? i + 1 : k; j > 0; j--) {
			double *into = count + j * width + rank2;
			const double *from = count + (j - 1) * width;

			for (size_t s = low[j - 1]; s <= high[j - 1]; s++)
				into[s] += from[s];
			if (i + 1 == j)
				low[j] = low[j - 1] + rank2;
			high[j] = high[j - 1] + rank2;
		}
	}
}

static double smaller_tail(const double *count, size_t width, size_t seen)
{
	double below = 0, above = 0, all = 0;

	for (size_t s = 0; s < width; s++) {
		all += count[s];
		below += s <= seen ? count[s] : 0;
		above += s >= seen ? count[s] : 0;
	}
	return fmin(below, above) / all;
}

static double tail_tied(const struct pool *pool)
{
	size_t size = pool->n + pool->m, k = pool->n < pool->m ? pool->n : pool->m;
	size_t seen = k == pool->n ? pool->sum2 : size * (size + 1) - pool->sum2;
	size_t width = 1, bounds[2][EXACT_MAX / 2 + 1] = {{0}};
	double *count, tail;

	for (size_t i = size - k; i < size; i++)
		width += pool->item[i].rank2;
	count = calloc((k + 1) * width, sizeof *count);
	if (!count)
		return NAN;
	count_subsets(pool, k, width, count, bounds[0], bounds[1]);
	tail = smaller_tail(count + k * width, width, seen);
	free(count);
	return tail;
}

/* distance: of U from its mean. */
static double tail_normal(double n, double m, double distance, double tie_term)
{
	double size = n + m;
	double variance = n * m / 12 * (size + 1 - tie_term / (size * (size - 1)));

	if (variance <= 0)
		return 1;
	return erfc(fmax(distance - 0.5, 0) / sqrt(2 * variance)) / 2;
}

static double pool_tail(const struct pool *pool)
{
	size_t n = pool->n, m = pool->m;
	size_t twice_u = pool->sum2 - n * (n + 1);

	if (n + m > EXACT_MAX)
		return tail_normal((double)n, (double)m,
				   fabs((double)twice_u - (double)n * (double)m) / 2,
				   pool->tie_term);
	if (pool->tie_term > 0)
		return tail_tied(pool);
	return tail_untied(n, m, twice_u <= n * m ? twice_u / 2 : n * m - twice_u / 2);
}

double stats_mann_whitney(const double *x, size_t n, const double *y, size_t m)
{
	struct pool pool = {.n = n, .m = m};
	double p;

	if (n == 0 || m == 0)
		return 1;
	if (!pool_samples(&pool, x, y))
		return NAN;
	p = fmin(2 * pool_tail(&pool), 1);
	free(pool.item);
	return p;
}

double stats_mann_whitney_floor(size_t n, size_t m)
{
	double a = (double)n, b = (double)m;

	if (n == 0 || m == 0)
		return 1;
	if (n + m <= EXACT_MAX)
		return fmin(2 / (double)choose(n + m, n), 1);
	/* Two separate blocks, tied within, are as far apart as samples can be. */
	return fmin(2 * tail_normal(a, b, a * b / 2, a * a * a - a + b * b * b - b), 1);
}

static int by_p(const void *a, const void *b, void *context)
{
	const double *p = context, x = p[*(const size_t *)a], y = p[*(const size_t *)b];

	return (x > y) - (x < y);
}

void stats_holm(double *p, size_t n, size_t *scratch)
{
	double worst = 0;

	for (size_t i = 0; i < n; i++)
		scratch[i] = i;
	qsort_r(scratch, n, sizeof *scratch, by_p, p);
	for (size_t i = 0; i < n; i++) {
		double *each = &p[scratch[i]];

		worst = fmin(fmax(worst, *each * (double)(n - i)), 1);
		*each = worst;
	}
}
