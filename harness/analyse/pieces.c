#include "analyse/pieces.h"

#include <math.h>

#define UNCERTAIN 0.015 /* of y, at least */
#define FAR	  9.0	/* squared distance that a point can have at most: three units */
#define PRICE	  12.0	/* of a further line: two points that lie far off pay for it */
#define LEAST	  2	/* points to a line */
#define STEP_MIN  0.03	/* of the height: a smaller one is not looked at more closely */
#define WITNESS	  1.6	/* a second point must not be further off than that */

double line_at(struct line line, double x)
{
	return line.base + line.slope * x;
}

static double uncertainty(struct curve_point p)
{
	return fmax((p.hi - p.lo) / 4, fmax(UNCERTAIN * fabs(p.y), 1e-9));
}

double line_distance(struct line line, struct curve_point point)
{
	return fabs(point.y - line_at(line, point.x)) / uncertainty(point);
}

static double cost_of(struct line line, const struct curve_point *point, size_t n, double limit)
{
	double sum = 0;

	for (size_t i = 0; i < n && sum < limit; i++) {
		double d = line_distance(line, point[i]);

		sum += fmin(d * d, FAR);
	}
	return sum;
}

static struct line line_through(struct curve_point a, struct curve_point b)
{
	double slope = (b.y - a.y) / (b.x - a.x);

	return (struct line){a.y - slope * a.x, slope};
}

/* The line through two of the points, at least half of them apart, that serves all best. */
static struct line best_line(const struct curve_point *point, size_t n, double *cost)
{
	struct line best = {0};
	size_t apart = n / 2 > 1 ? n / 2 : 1;

	*cost = INFINITY;
	for (size_t i = 0; i + apart < n; i++) {
		for (size_t k = i + apart; k < n; k++) {
			struct line line = line_through(point[i], point[k]);
			double sum = cost_of(line, point, n, *cost);

			if (sum < *cost) {
				*cost = sum;
				best = line;
			}
		}
	}
	return best;
}

bool line_fit(const struct curve_point *point, size_t n, const bool *use, struct line *out)
{
	double w = 0, x = 0, y = 0, xx = 0, xy = 0;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		double weight = 1 / (uncertainty(point[i]) * uncertainty(point[i]));

		if (use && !use[i])
			continue;
		used++;
		w += weight;
		x += weight * point[i].x;
		y += weight * point[i].y;
		xx += weight * point[i].x * point[i].x;
		xy += weight * point[i].x * point[i].y;
	}
	if (used < 2 || w * xx - x * x <= 0)
		return false;
	out->slope = (w * xy - x * y) / (w * xx - x * x);
	out->base = (y - out->slope * x) / w;
	return true;
}

/* Drawn again through all points but those far off. */
static struct line polished(const struct curve_point *point, size_t n)
{
	bool near[PIECES_POINTS_MAX];
	double cost;
	struct line line = best_line(point, n, &cost);

	for (size_t i = 0; i < n; i++)
		near[i] = line_distance(line, point[i]) < PIECES_NEAR;
	line_fit(point, n, near, &line);
	return line;
}

size_t pieces_find(const struct curve *curve, struct piece *out, size_t max)
{
	double best[PIECES_POINTS_MAX + 1];   /* of the first so many points */
	size_t begins[PIECES_POINTS_MAX + 1]; /* the last line's first point, then */
	size_t n = curve->n, pieces = 0, at;

	if (n < 3 || n > PIECES_POINTS_MAX)
		return 0;
	best[0] = -PRICE;
	for (size_t end = 1; end <= n; end++) {
		best[end] = INFINITY;
		begins[end] = 0;
		for (size_t first = 0; first + LEAST <= end; first++) {
			double cost = 0;

			if (best[first] + PRICE >= best[end])
				continue;
			best_line(curve->point + first, end - first, &cost);
			if (best[first] + PRICE + cost < best[end]) {
				best[end] = best[first] + PRICE + cost;
				begins[end] = first;
			}
		}
	}
	for (at = n; at > 0; at = begins[at])
		pieces++;
	if (pieces > max)
		return 0;
	at = n;
	for (size_t i = pieces; i-- > 0; at = begins[at]) {
		out[i] = (struct piece){.first = begins[at], .last = at - 1};
		out[i].line = polished(curve->point + out[i].first, at - out[i].first);
	}
	return pieces;
}

double pieces_fall(const struct curve *curve, const struct piece *left, const struct piece *right)
{
	double x = curve->point[right->first].x;

	return line_at(left->line, x) - line_at(right->line, x);
}

void pieces_cut(const struct curve *curve, const struct piece *left, const struct piece *right,
		size_t *before, size_t *after)
{
	*before = left->last;
	*after = right->first;
	while (*before > left->first &&
	       line_distance(left->line, curve->point[*before]) > PIECES_NEAR)
		--*before;
	while (*after < right->last &&
	       line_distance(right->line, curve->point[*after]) > PIECES_NEAR)
		++*after;
}

struct cut {
	size_t before, after; /* points */
	double low, high;
	double fall; /* relative; negative: a rise */
};

/* The deepest fall first: few things but a cheaper way of doing the same make more work cost less.
 * A small step may be no more than what the machine did between two waves. */
static bool comes_before(const struct cut *a, const struct cut *b)
{
	if ((a->fall > 0) != (b->fall > 0))
		return a->fall > 0;
	return fabs(a->fall) > fabs(b->fall);
}

struct wanted {
	double unit, *x;
	size_t n, max;
};

static void want(struct wanted *w, double low, double at, double high)
{
	at = round(at / w->unit) * w->unit;
	if (w->n < w->max && at - low >= w->unit / 2 && high - at >= w->unit / 2 &&
	    (w->n == 0 || at != w->x[w->n - 1]))
		w->x[w->n++] = at;
}

/* So many points that a handful of waves reach the unit. */
static void split(struct wanted *w, const struct cut *cut)
{
	double width = cut->high - cut->low;
	unsigned points = (unsigned)fmax(3, fmin(7, ceil(cbrt(width / w->unit)) - 1));

	for (unsigned i = 1; i <= points; i++)
		want(w, cut->low, cut->low + width * i / (points + 1), cut->high);
}

/* Where the cut is must not rest on one point to a side: a disturbed one that happens to lie on the
 * other side's line would move it. */
static void witness(struct wanted *w, const struct curve *curve, const struct cut *cut)
{
	const struct curve_point *p = curve->point;
	size_t before = cut->before, after = cut->after;

	if (before > 0 && p[before].x > WITNESS * p[before - 1].x)
		want(w, p[before - 1].x, (p[before - 1].x + p[before].x) / 2, p[before].x);
	if (after + 1 < curve->n && p[after + 1].x > WITNESS * p[after].x)
		want(w, p[after].x, (p[after].x + p[after + 1].x) / 2, p[after + 1].x);
}

size_t pieces_refine(const struct curve *curve, double unit, double *x, size_t max)
{
	struct wanted wanted = {unit, x, 0, max};
	struct piece piece[PIECES_MAX];
	struct cut cut[PIECES_MAX];
	size_t n = pieces_find(curve, piece, PIECES_MAX), cuts = 0;

	for (size_t i = 0; i + 1 < n; i++) {
		double y = curve->point[piece[i + 1].first].y;
		struct cut new = {.fall = pieces_fall(curve, &piece[i], &piece[i + 1]) / y};
		size_t k = cuts;

		if (fabs(new.fall) < STEP_MIN)
			continue;

		pieces_cut(curve, &piece[i], &piece[i + 1], &new.before, &new.after);
		new.low = curve->point[new.before].x;
		new.high = curve->point[new.after].x;
		for (; k > 0 && comes_before(&new, &cut[k - 1]); k--)
			cut[k] = cut[k - 1];
		cut[k] = new;
		cuts++;
	}
	for (size_t i = 0; i < cuts; i++) {
		if (cut[i].fall > 0)
			witness(&wanted, curve, &cut[i]);
		split(&wanted, &cut[i]);
	}
	return wanted.n;
}

size_t curve_refine(const struct curve *curve, double unit, double tolerance, double *x, size_t max)
{
	return curve->pieces ? pieces_refine(curve, unit, x, max)
			     : knees_refine(curve, unit, tolerance, x, max);
}
