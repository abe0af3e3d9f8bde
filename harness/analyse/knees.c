/* Where a curve leaves one plateau for the next, and where to measure to say it more sharply. */
#include "analyse/analyse.h"
#include "stats/stats.h"

#include <math.h>

#define STEP_RELATIVE 0.04
#define STEP_ABSOLUTE 0.25
#define WINDOW	      16  /* points that a level looks at, at most */
#define DRIFT_SPAN    4.0 /* a level follows a drift: it is taken over two octaves */
#define FLAT_SPAN     1.4 /* how far a plateau must stay flat to be one */
#define SHARP_PART    0.8 /* a sharp edge is that far up at its first point or within 10% of x */
#define SHARP_SPAN    1.1
#define KNEES_MAX     16

struct level {
	double y, hi;
};

static double ceiling(double y)
{
	return y + fmax(STEP_RELATIVE * fabs(y), STEP_ABSOLUTE);
}

/* The middle one of three neighbours: a lone outlier vanishes, a step stays where it is. The first
 * point has one neighbour, and disturbance only ever makes slower. */
static struct curve_point smooth(const struct curve *curve, size_t i)
{
	const struct curve_point *p = curve->point, *a, *b, *c;

	if (i == 0)
		return curve->n > 1 && p[1].y < p[0].y ? p[1] : p[0];
	if (i + 1 == curve->n)
		return p[i];
	a = &p[i - 1];
	b = &p[i];
	c = &p[i + 1];
	if ((a->y <= b->y) == (b->y <= c->y))
		return *b;
	return (b->y <= a->y) == (a->y <= c->y) ? *a : *c;
}

/* Medians over points first..last. */
static struct level level_of(const struct curve *curve, size_t first, size_t last)
{
	double y[WINDOW], hi[WINDOW];
	size_t n = 0;

	for (size_t i = first; i <= last && n < WINDOW; i++, n++) {
		struct curve_point p = smooth(curve, i);

		y[n] = p.y;
		hi[n] = p.hi;
	}
	stats_sort(y, n);
	stats_sort(hi, n);
	return (struct level){stats_median(y, n), stats_median(hi, n)};
}

/* Of the plateau from `start`, as it is at `low`: the last two octaves, but three points if there
 * are. */
static struct level level_at(const struct curve *curve, size_t start, size_t low)
{
	size_t first = low;

	while (first > start && low - first + 1 < WINDOW &&
	       (low - first < 2 || curve->point[first - 1].x * DRIFT_SPAN >= curve->point[low].x))
		first--;
	return level_of(curve, first, low);
}

/* Last point within FLAT_SPAN of j, and at least the next one. */
static size_t flat_end(const struct curve *curve, size_t j)
{
	size_t end = j + 1;

	while (end + 1 < curve->n && curve->point[end + 1].x <= FLAT_SPAN * curve->point[j].x)
		end++;
	return end;
}

static bool is_flat(const struct curve *curve, size_t j)
{
	double limit = ceiling(smooth(curve, j).y);

	for (size_t i = j + 1; i <= flat_end(curve, j); i++)
		if (smooth(curve, i).y > limit)
			return false;
	return true;
}

/* The next plateau after k, or the last point. */
static size_t find_plateau(const struct curve *curve, size_t k, struct knee *knee)
{
	size_t j = k;

	while (j + 1 < curve->n && !is_flat(curve, j))
		j++;
	knee->flat = j + 1 < curve->n;
	knee->flat_x = curve->point[j].x;
	knee->after = knee->flat ? level_of(curve, j, flat_end(curve, j)).y : curve->point[j].y;
	return j;
}

static int edge_of(const struct curve *curve, size_t k, const struct knee *knee)
{
	double up = knee->before + SHARP_PART * (knee->after - knee->before);
	size_t i = k;

	while (i + 1 < curve->n && smooth(curve, i).y < up)
		i++;
	return i == k || curve->point[i].x <= SHARP_SPAN * knee->low_x ? EDGE_SHARP : EDGE_SLOPED;
}

/* Does the curve stay above? Else the rise was a disturbance longer than one point. */
static bool stays_up(const struct curve *curve, size_t k, double limit)
{
	return level_of(curve, k, curve->n - 1).y > limit;
}

/* Smoothing may move an edge by one point that is ragged; the bracket must hold all of it. */
static void set_bracket(const struct curve *curve, size_t start, size_t low, size_t k, double limit,
			struct knee *knee)
{
	while (low > start && curve->point[low].y > limit)
		low--;
	while (k + 1 < curve->n && curve->point[k].y <= limit)
		k++;
	knee->low_x = curve->point[low].x;
	knee->high_x = curve->point[k].x;
}

/* The first knee of the plateau that begins at *start; *start moves to the plateau after it.
 * `lone`: the last point may be a step by itself. */
static bool next_knee(const struct curve *curve, size_t *start, bool lone, struct knee *knee)
{
	size_t low = *start, end = curve->n - !lone;

	for (size_t i = low + 1; i < end; i++) {
		struct level level = level_at(curve, *start, low);
		struct curve_point p = smooth(curve, i);
		double limit = ceiling(level.y);

		if (p.y <= limit) {
			low = i;
			continue;
		}
		if (p.lo <= level.hi || !stays_up(curve, i, limit))
			continue;
		knee->before = level.y;
		size_t plateau = find_plateau(curve, i, knee);
		set_bracket(curve, *start, low, i, limit, knee);
		knee->edge = edge_of(curve, i, knee);
		*start = plateau;
		return true;
	}
	return false;
}

static size_t find(const struct curve *curve, bool lone, struct knee *out, size_t max)
{
	size_t n = 0, start = 0;

	if (curve->n < 2)
		return 0;
	while (n < max && next_knee(curve, &start, lone, &out[n]))
		n++;
	return n;
}

size_t knees_find(const struct curve *curve, struct knee *out, size_t max)
{
	return find(curve, false, out, max);
}

struct gap {
	double width; /* relative, of the whole bracket */
	double middle;
};

/* The widest gap inside the bracket that a point on the grid can split; width 0 when there is none.
 */
static struct gap gap_of(const struct curve *curve, const struct knee *knee, double unit,
			 double tolerance)
{
	double span = knee->high_x - knee->low_x, widest = 0;
	struct gap gap = {0};

	if (span <= unit || span <= tolerance * knee->low_x)
		return gap;
	for (size_t i = 0; i + 1 < curve->n; i++) {
		double a = curve->point[i].x, b = curve->point[i + 1].x;
		double middle = b > 2 * a && a > 0 ? sqrt(a * b) : (a + b) / 2;

		middle = round(middle / unit) * unit;
		if (a < knee->low_x || b > knee->high_x || b - a <= widest ||
		    fmin(middle - a, b - middle) < unit * (1 - 1e-9))
			continue;
		widest = b - a;
		gap = (struct gap){span / fmax(knee->low_x, unit), middle};
	}
	return gap;
}

size_t knees_refine(const struct curve *curve, double unit, double tolerance, double *x, size_t max)
{
	struct knee knees[KNEES_MAX];
	struct gap gaps[KNEES_MAX];
	size_t n = find(curve, true, knees, KNEES_MAX), written = 0;

	for (size_t i = 0; i < n; i++)
		gaps[i] = gap_of(curve, &knees[i], unit, tolerance);
	while (written < max) {
		size_t best = 0;

		for (size_t i = 1; i < n; i++)
			if (gaps[i].width > gaps[best].width)
				best = i;
		if (n == 0 || gaps[best].width == 0)
			break;
		x[written++] = gaps[best].middle;
		gaps[best].width = 0;
	}
	return written;
}
