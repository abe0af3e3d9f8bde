#include "analyse/cost_model.h"

#include "stats/stats.h"

#include <math.h>

#define FALL_MIN 0.015 /* of the cost: a smaller fall is no ceiling */
#define FALL_FAR 2.0   /* and it must leave the point so many of its units below */
#define DRAWS	 400
#define SEED	 5
#define FAR	 PIECES_NEAR

double cost_at(const struct cost_model *model, double pages)
{
	return line_at(pages < model->full_x ? model->below : model->above, pages);
}

static size_t length(const struct piece *piece)
{
	return piece->last - piece->first + 1;
}

/* Does the curve fall between these pieces? By how much of its height? */
static double fall_of(const struct curve *curve, const struct piece *left)
{
	const struct piece *right = left + 1;
	struct curve_point p = curve->point[right->first];
	double fall = pieces_fall(curve, left, right) / p.y;

	if (length(left) < 3 || length(right) < 2 || fall < FALL_MIN ||
	    line_distance(left->line, p) < FALL_FAR)
		return 0;
	return fall;
}

static void take_ceiling(const struct curve *curve, const struct piece *left,
			 struct cost_model *out)
{
	const struct piece *right = left + 1;
	size_t before, after;

	pieces_cut(curve, left, right, &before, &after);
	*out = (struct cost_model){.ceiling = true,
				   .partial_x = curve->point[before].x,
				   .full_x = curve->point[after].x,
				   .partial = before,
				   .whole = after,
				   .first = left->first,
				   .last = right->last,
				   .first_full = right->first,
				   .below = left->line,
				   .above = right->line};
}

/* Without a fall: the longest piece. */
static void take_line(const struct piece *piece, size_t n, struct cost_model *out)
{
	const struct piece *best = piece;

	for (size_t i = 1; i < n; i++)
		if (length(&piece[i]) > length(best))
			best = &piece[i];
	*out = (struct cost_model){.full_x = INFINITY,
				   .first = best->first,
				   .last = best->last,
				   .first_full = best->last + 1,
				   .below = best->line,
				   .above = best->line};
}

/* Of the points of the model; one in ten may be anywhere. */
static void judge(const struct curve *curve, struct cost_model *model)
{
	size_t n = model->last - model->first + 1, far = 0;
	double off[PIECES_POINTS_MAX];

	for (size_t i = 0; i < n; i++) {
		struct curve_point p = curve->point[model->first + i];
		struct line line =
		    model->first + i < model->first_full ? model->below : model->above;

		off[i] = fabs(p.y - line_at(line, p.x)) / fabs(p.y);
		far += line_distance(line, p) > FAR;
	}
	stats_sort(off, n);
	model->misfit = off[n - 1 - n / 10];
	model->fits = n >= 3 && 2 * n > curve->n && far <= n / 10;
}

bool cost_fit(const struct curve *curve, struct cost_model *out)
{
	struct piece piece[PIECES_MAX];
	size_t n = pieces_find(curve, piece, PIECES_MAX), best = 0;
	double most = 0;

	if (n == 0)
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		double fall = fall_of(curve, &piece[i]);

		if (fall > most) {
			most = fall;
			best = i;
		}
	}
	if (most > 0)
		take_ceiling(curve, &piece[best], out);
	else
		take_line(piece, n, out);
	judge(curve, out);
	return true;
}

#define BESIDE 4 /* points at least to a line beside a cut */

/* The last piece before the cut, and as much of the one before as it takes to draw a line. */
static bool line_before(const struct curve *curve, size_t n, struct piece *out)
{
	const struct curve left = {.n = n, .point = curve->point, .pieces = true};
	struct piece piece[PIECES_MAX];
	size_t pieces = pieces_find(&left, piece, PIECES_MAX);

	if (!pieces || n < 3)
		return false;
	*out = piece[pieces - 1];
	if (length(out) >= BESIDE)
		return true;
	out->first = n > BESIDE ? n - BESIDE : 0;
	return line_fit(curve->point + out->first, length(out), NULL, &out->line);
}

/* The lines that lie next to the cut on either side of it. */
static bool fit_apart(const struct curve *curve, size_t partial, size_t full,
		      struct cost_model *out)
{
	const struct curve right = {
	    .n = curve->n - full, .point = curve->point + full, .pieces = true};
	struct piece below, above[PIECES_MAX];

	if (!line_before(curve, partial + 1, &below) || !pieces_find(&right, above, PIECES_MAX))
		return false;
	*out = (struct cost_model){.ceiling = true,
				   .partial_x = curve->point[partial].x,
				   .full_x = curve->point[full].x,
				   .partial = partial,
				   .whole = full,
				   .first = below.first,
				   .last = full + above[0].last,
				   .first_full = full,
				   .below = below.line,
				   .above = above[0].line};
	judge(curve, out);
	return true;
}

/* Counted on both sides, and alike: whatever fell there, flushes did not change. */
static bool refuted(const struct storm_curve *curve, const struct cost_model *model)
{
	bool before, after;

	return storm_flushes_all(curve->cell[model->partial], &before) &&
	       storm_flushes_all(curve->cell[model->whole], &after) && before == after;
}

bool cost_fit_counted(const struct storm_curve *curve, struct cost_model *out)
{
	struct piece piece[PIECES_MAX];
	size_t partial, full, n;

	if (storm_counted(curve, &partial, &full) && fit_apart(&curve->curve, partial, full, out))
		return true;
	if (!cost_fit(&curve->curve, out))
		return false;
	if (!out->ceiling || !refuted(curve, out))
		return true;
	n = pieces_find(&curve->curve, piece, PIECES_MAX);
	take_line(piece, n, out);
	judge(&curve->curve, out);
	return true;
}

enum { BASE, WORK, INV, FULL, SAVING, NUMBERS };

static void numbers_of(const struct cost_model *model, struct line below, struct line above,
		       double out[NUMBERS])
{
	out[BASE] = below.base;
	out[WORK] = above.slope;
	out[INV] = below.slope - above.slope;
	out[FULL] = above.base - below.base;
	out[SAVING] =
	    model->ceiling ? line_at(below, model->full_x) - line_at(above, model->full_x) : 0;
}

/* Both lines once more, through other draws of the points that were near. */
static bool refit(const struct curve_point *point, const bool *near, const struct cost_model *model,
		  double out[NUMBERS])
{
	size_t first = model->first, cut = model->first_full;
	struct line below, above;

	if (!line_fit(point + first, cut - first, near + first, &below))
		return false;
	above = below;
	if (model->ceiling && !line_fit(point + cut, model->last + 1 - cut, near + cut, &above))
		return false;
	numbers_of(model, below, above, out);
	return true;
}

static struct estimate middle(double est, double *draws, size_t n)
{
	if (n == 0)
		return (struct estimate){est, est, est};
	stats_sort(draws, n);
	return (struct estimate){est, fmin(est, stats_quantile(draws, n, 0.025)),
				 fmax(est, stats_quantile(draws, n, 0.975))};
}

struct leftover {
	size_t n;
	double part[PIECES_POINTS_MAX]; /* how far off its line each point is */
};

static void leftover_add(struct leftover *left, struct line line, struct curve_point p)
{
	if (line_distance(line, p) < FAR)
		left->part[left->n++] = (p.y - line_at(line, p.x)) / p.y;
}

/* New medians, and to each point the distance of any other, to either side. */
static void draw_again(const struct storm_curve *curve, const struct leftover *left,
		       struct random *random, struct curve_point *out)
{
	storm_resample(curve, random, out);
	for (size_t i = 0; i < curve->n && left->n; i++) {
		double part = left->part[random_below(random, left->n)];

		out[i].y *= 1 + (random_next(random) & 1 ? part : -part);
	}
}

void cost_intervals(const struct storm_curve *curve, struct cost_model *model)
{
	struct estimate *const into[NUMBERS] = {&model->base, &model->work, &model->inv,
						&model->full, &model->saving};
	double draws[NUMBERS][DRAWS];
	struct curve_point point[PIECES_POINTS_MAX];
	bool near[PIECES_POINTS_MAX];
	double est[NUMBERS], number[NUMBERS];
	struct leftover left = {0};
	struct random random;
	size_t n = 0;

	for (size_t i = 0; i < curve->n; i++) {
		struct line line = i < model->first_full ? model->below : model->above;

		near[i] = line_distance(line, curve->curve.point[i]) < FAR;
		if (i >= model->first && i <= model->last)
			leftover_add(&left, line, curve->curve.point[i]);
	}
	random_seed(&random, SEED);
	for (size_t d = 0; d < DRAWS; d++) {
		draw_again(curve, &left, &random, point);
		if (!refit(point, near, model, number))
			continue;
		for (size_t k = 0; k < NUMBERS; k++)
			draws[k][n] = number[k];
		n++;
	}
	numbers_of(model, model->below, model->above, est);
	for (size_t k = 0; k < NUMBERS; k++)
		*into[k] = middle(est[k], draws[k], n);
	if (!model->ceiling)
		model->inv = model->full = model->saving = (struct estimate){0};
}

bool cost_line(const struct storm_curve *curve, double low_x, double high_x, size_t least,
	       struct estimate *base, struct estimate *slope)
{
	double bases[DRAWS], slopes[DRAWS];
	struct curve_point draw[PIECES_POINTS_MAX];
	const struct curve_point *point = curve->curve.point;
	size_t first = 0, end = 0, n = 0, far = 0;
	struct leftover left = {0};
	struct random random;
	struct line line, other;

	while (first < curve->n && point[first].x < low_x)
		first++;
	for (end = first; end < curve->n && point[end].x <= high_x;)
		end++;
	if (curve->n > PIECES_POINTS_MAX || end - first < least ||
	    !line_fit(point + first, end - first, NULL, &line))
		return false;
	for (size_t i = first; i < end; i++) {
		far += line_distance(line, point[i]) > FAR;
		leftover_add(&left, line, point[i]);
	}
	random_seed(&random, SEED);
	for (size_t d = 0; d < DRAWS; d++) {
		draw_again(curve, &left, &random, draw);
		if (!line_fit(draw + first, end - first, NULL, &other))
			continue;
		bases[n] = other.base;
		slopes[n++] = other.slope;
	}
	*base = middle(line.base, bases, n);
	*slope = middle(line.slope, slopes, n);
	return far <= (end - first) / 10;
}
