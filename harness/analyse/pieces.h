/* Curves of straight pieces: what a call costs against how much it is asked to do.
 *
 * A cost that grows in proportion has no plateaus, so knees.c sees nothing but steps in it. Here a
 * curve is cut into as few straight lines as explain it: the cut that makes the sum of squared
 * distances, in units of each point's own uncertainty, plus a price for each further line, least
 * (Bellman's segmented least squares). Distances count up to three of those units at most, and each
 * line is drawn through the pair of its points that serves all others best, so a lone outlier
 * neither bends a line nor makes one. Where two lines meet the curve steps, up or down, or turns.
 */
#ifndef TLBSCOPE_ANALYSE_PIECES_H
#define TLBSCOPE_ANALYSE_PIECES_H

#include "analyse/analyse.h"

#define PIECES_MAX	  8
#define PIECES_POINTS_MAX 96 /* longer curves are not looked at */

struct line {
	double base, slope; /* y = base + slope * x */
};

struct piece {
	size_t first, last; /* points of the curve */
	struct line line;
};

/* In order of x; every point belongs to one. 0: fewer than three points, or too many. */
size_t pieces_find(const struct curve *curve, struct piece *out, size_t max);

double line_at(struct line line, double x);
/* By least squares, each point in units of its own uncertainty; of `use` (NULL: all) only. False:
 * fewer than two points. */
bool line_fit(const struct curve_point *point, size_t n, const bool *use, struct line *out);
/* How far off the line the point lies, in units of its uncertainty: half its interval's half, but
 * at least 1.5%, since a process has modes that its own rounds do not show. */
double line_distance(struct line line, struct curve_point point);

/* The last point before the cut and the first one after it that lie on their lines: one that lies
 * on neither says nothing about where the cut is. */
void pieces_cut(const struct curve *curve, const struct piece *left, const struct piece *right,
		size_t *before, size_t *after);
#define PIECES_NEAR 3.0 /* units of a point that is on its line */
/* How much the second piece lies below the first one's continuation at its own first point;
 * negative where it lies above. */
double pieces_fall(const struct curve *curve, const struct piece *left, const struct piece *right);

#endif
