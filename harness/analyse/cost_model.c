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
	model->fits = n >= 3 && far <= n / 10;
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

void cost_intervals(const struct storm_curve *curve, struct cost_model *model)
{
	struct estimate *const into[NUMBERS] = {&model->base, &model->work, &model->inv,
						&model->full, &model->saving};
	double draws[NUMBERS][DRAWS];
	struct curve_point point[PIECES_POINTS_MAX];
	bool near[PIECES_POINTS_MAX];
	double est[NUMBERS], number[NUMBERS];
	struct random random;
	size_t n = 0;

	for (size_t i = 0; i < curve->n; i++)
		near[i] = line_distance(i < model->first_full ? model->below : model->above,
					curve->curve.point[i]) < FAR;
	random_seed(&random, SEED);
	for (size_t d = 0; d < DRAWS; d++) {
		storm_resample(curve, &random, point);
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
