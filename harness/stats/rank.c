/* Mann-Whitney and Holm. Two-sided p is twice the smaller tail, as in R and SciPy, so that ties,
 * which make the distribution lopsided, never give a p below what the sizes allow. */
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How large an exact count may become, in all samples times the smaller ones: 50 against 50, or 5
 * against 995. Within it choose() fits into 128 bits, and ties take milliseconds at most. */
#define EXACT_MAX 5000
/* Without ties less is to be counted: all samples times the smaller ones, squared. */
#define UNTIED_MAX (1 << 22)
#define BIG_BITS   126
/* From so many in all and in the smaller sample on, the normal approximation tells large p from
 * small ones, with whatever ties. */
#define SCREEN_ALL     30
#define SCREEN_SMALLER 10

typedef unsigned __int128 big;

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

static void merge(struct pool *pool, const double *x, const double *y)
{
	size_t n = pool->n, m = pool->m, size = n + m;

	for (size_t i = 0, k = 0; i + k < size;) {
		bool first = i < n && (k == m || x[i] <= y[k]);
		struct ranked *item = &pool->item[i + k];

		item->first = first;
		item->value = first ? x[i++] : y[k++];
	}
}

static bool pool_samples(struct pool *pool, const double *x, const double *y)
{
	size_t n = pool->n, m = pool->m;
	double *sorted = malloc((n + m) * sizeof *sorted);

	pool->item = malloc((n + m) * sizeof *pool->item);
	if (sorted && pool->item) {
		memcpy(sorted, x, n * sizeof *x);
		memcpy(sorted + n, y, m * sizeof *y);
		stats_sort(sorted, n);
		stats_sort(sorted + n, m);
		merge(pool, sorted, sorted + n);
		assign_ranks(pool);
	}
	free(sorted);
	return sorted && pool->item;
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

/* With ties: subsets of k items by the sum of their doubled ranks, items in rising order of rank,
 * and only as far as the tail goes: what j chosen items exceed the j smallest by, plus the least
 * that the others must add, is at most `slack`. Only sums of positive numbers, so doubles keep 13
 * digits. */
struct subsets {
	size_t size, k, slack;
	const size_t *rank; /* rising */
	size_t *sum;	    /* of the first i ranks */
	double *count;	    /* k + 1 rows of slack + 1 */
};

/* How far row j may exceed the j smallest once item i was looked at; false: it cannot lead to k. */
static bool room_left(const struct subsets *s, size_t i, size_t j, size_t *room)
{
	size_t left = s->k - j, next = i + 1;

	if (next + left > s->size)
		return false;
	size_t least = (s->sum[next + left] - s->sum[next]) - (s->sum[s->k] - s->sum[j]);

	*room = s->slack - least;
	return least <= s->slack;
}

static void count_subsets(const struct subsets *s)
{
	size_t width = s->slack + 1, room;

	s->count[0] = 1;
	for (size_t i = 0; i < s->size; i++)
		for (size_t j = i < s->k ? i + 1 : s->k; j > 0; j--) {
			size_t shift = s->rank[i] - s->rank[j - 1];
			const double *restrict from = s->count + (j - 1) * width;
			double *restrict into = s->count + j * width + shift;

			if (!room_left(s, i, j, &room) || shift > room)
				continue;
			for (size_t at = 0; at <= room - shift; at++)
				into[at] += from[at];
		}
}

/* P(sum of k random items <= limit) */
static double tail_below(const size_t *rank, size_t size, size_t k, size_t limit)
{
	struct subsets s = {.size = size, .k = k, .rank = rank};
	double tail = NAN, all = 0;

	s.sum = calloc(size + 1, sizeof *s.sum);
	for (size_t i = 0; s.sum && i < size; i++)
		s.sum[i + 1] = s.sum[i] + rank[i];
	s.slack = s.sum ? limit - s.sum[k] : 0;
	s.count = calloc((k + 1) * (s.slack + 1), sizeof *s.count);
	if (s.sum && s.count) {
		count_subsets(&s);
		for (size_t at = 0; at <= s.slack; at++)
			all += s.count[k * (s.slack + 1) + at];
		tail = all / (double)choose(size, k);
	}
	free(s.count);
	free(s.sum);
	return tail;
}

/* The same from above: ranks turned round. */
static double tail_above(const size_t *rank, size_t size, size_t k, size_t limit)
{
	size_t *turned = calloc(size, sizeof *turned), top = rank[size - 1];
	double tail = NAN;

	for (size_t i = 0; turned && i < size; i++)
		turned[i] = top - rank[size - 1 - i];
	if (turned)
		tail = tail_below(turned, size, k, k * top - limit);
	free(turned);
	return tail;
}

/* The tail on the seen side of the mean; where ties make it more than half, it is not the smaller
 * one. */
static double smaller_tail(const size_t *rank, size_t size, size_t k, size_t seen)
{
	bool below = seen <= k * (size + 1);
	double tail = below ? tail_below(rank, size, k, seen) : tail_above(rank, size, k, seen);

	if (tail <= 0.5 || isnan(tail))
		return tail;
	double other = below ? tail_above(rank, size, k, seen) : tail_below(rank, size, k, seen);

	return isnan(other) ? other : fmin(tail, other);
}

static double tail_tied(const struct pool *pool)
{
	size_t size = pool->n + pool->m, k = pool->n < pool->m ? pool->n : pool->m;
	size_t seen = k == pool->n ? pool->sum2 : size * (size + 1) - pool->sum2;
	size_t *rank = calloc(size, sizeof *rank);
	double tail = NAN;

	for (size_t i = 0; rank && i < size; i++)
		rank[i] = pool->item[i].rank2;
	if (rank)
		tail = smaller_tail(rank, size, k, seen);
	free(rank);
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

static double pool_normal(const struct pool *pool)
{
	size_t n = pool->n, m = pool->m;
	size_t twice_u = pool->sum2 - n * (n + 1);

	return tail_normal((double)n, (double)m, fabs((double)twice_u - (double)n * (double)m) / 2,
			   pool->tie_term);
}

static double pool_exact(const struct pool *pool)
{
	size_t n = pool->n, m = pool->m;
	size_t twice_u = pool->sum2 - n * (n + 1);

	if (pool->tie_term > 0)
		return tail_tied(pool);
	return tail_untied(n < m ? n : m, n < m ? m : n,
			   twice_u <= n * m ? twice_u / 2 : n * m - twice_u / 2);
}

static double log2_choose(size_t n, size_t k)
{
	return (lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1)) /
	       M_LN2;
}

/* Can so much be counted one by one? */
static bool can_count(size_t n, size_t m, bool tied)
{
	size_t size = n + m, k = n < m ? n : m;

	if (k <= EXACT_MAX / size)
		return true;
	return !tied && k <= UNTIED_MAX / size && k * k <= UNTIED_MAX / size &&
	       log2_choose(size, k) + log2((double)size) <= BIG_BITS;
}

static double pool_p(const struct pool *pool, double below, bool *exact)
{
	size_t size = pool->n + pool->m, k = pool->n < pool->m ? pool->n : pool->m;
	double p = 1;

	*exact = can_count(pool->n, pool->m, pool->tie_term > 0);
	if (!*exact || (size >= SCREEN_ALL && k >= SCREEN_SMALLER)) {
		p = fmax(fmin(2 * pool_normal(pool), 1),
			 stats_mann_whitney_floor(pool->n, pool->m));
		*exact = *exact && p < below;
	}
	return *exact ? fmin(2 * pool_exact(pool), 1) : p;
}

double stats_mann_whitney_below(const double *x, size_t n, const double *y, size_t m, double below,
				bool *exact)
{
	struct pool pool = {.n = n, .m = m};
	double p = 1;

	*exact = true;
	if (n == 0 || m == 0)
		return p;
	p = pool_samples(&pool, x, y) ? pool_p(&pool, below, exact) : NAN;
	free(pool.item);
	return p;
}

double stats_mann_whitney(const double *x, size_t n, const double *y, size_t m)
{
	bool exact;

	return stats_mann_whitney_below(x, n, y, m, INFINITY, &exact);
}

double stats_mann_whitney_floor(size_t n, size_t m)
{
	size_t k = n < m ? n : m;

	if (k == 0)
		return 1;
	if (can_count(n, m, true))
		return fmin(2 / (double)choose(n + m, k), 1);
	return exp2(1 - log2_choose(n + m, k));
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
