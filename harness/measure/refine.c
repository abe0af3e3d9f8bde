#include "measure/refine.h"

#include <stdlib.h>
#include <string.h>

/* Same benchmark, same values but for the parameter that is refined. */
static bool same_curve(const struct plan_cell *a, const struct plan_cell *b)
{
	if (a->bench != b->bench || !a->refine || !b->refine || strcmp(a->refine, b->refine) != 0 ||
	    a->cell.nparams != b->cell.nparams)
		return false;
	for (unsigned i = 0; i < a->cell.nparams; i++) {
		const struct cell_param *x = &a->cell.param[i], *y = &b->cell.param[i];

		if (strcmp(x->name, y->name) != 0)
			return false;
		if (strcmp(x->name, a->refine) != 0 && !value_equal(&x->value, &y->value))
			return false;
	}
	return true;
}

static const struct estimate *curve_value(const struct cell_result *cell)
{
	const struct metric_result *metric = cell_find_metric(cell, "cycles");

	if (!metric)
		metric = cell_find_metric(cell, "ns");
	return metric && metric->nsamples ? &metric->e : NULL;
}

static int by_x(const void *a, const void *b)
{
	double x = ((const struct curve_point *)a)->x, y = ((const struct curve_point *)b)->x;

	return (x > y) - (x < y);
}

static struct curve curve_of(const struct plan *plan, const struct result *result, unsigned leader,
			     bool *seen)
{
	const char *name = plan->cells[leader].refine;
	struct curve curve = {.point = malloc((plan->ncells - leader) * sizeof *curve.point),
			      .pieces =
				  cell_value(&plan->cells[leader].cell, name)->type == P_COUNT};

	for (unsigned i = leader; curve.point && i < plan->ncells; i++) {
		const struct estimate *e = curve_value(&result->cells[i]);

		if (!same_curve(&plan->cells[leader], &plan->cells[i]))
			continue;
		seen[i] = true;
		if (e)
			curve.point[curve.n++] = (struct curve_point){
			    (double)cell_count(&plan->cells[i].cell, name), e->est, e->lo, e->hi};
	}
	if (curve.point)
		qsort(curve.point, curve.n, sizeof *curve.point, by_x);
	return curve;
}

/* The finest step that makes sense: one page of the kind, or one of a count. */
static double unit_of(const struct plan_cell *cell)
{
	const struct value *value = cell_value(&cell->cell, cell->refine);
	uint64_t page = cell_page(&cell->cell, "page").bytes;

	return value->type == P_BYTES && page ? (double)page : 1;
}

static unsigned refine_curve(struct plan *plan, const struct plan_context *context,
			     const struct curve *curve, refine_fn *refine, unsigned leader,
			     unsigned wave)
{
	double x[REFINE_POINTS_MAX], unit = unit_of(&plan->cells[leader]);
	size_t n = curve->n > 2 ? refine(curve, unit, REFINE_TOLERANCE, x, REFINE_POINTS_MAX) : 0;
	unsigned added = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t count = (uint64_t)(x[i] / unit + 0.5) * (uint64_t)unit;

		added += plan_refined(plan, context, leader, plan->cells[leader].refine, count,
				      wave) != NO_CELL;
	}
	return added;
}

unsigned refine_plan(struct plan *plan, const struct plan_context *context,
		     const struct result *result, refine_fn *refine, unsigned wave)
{
	unsigned known = plan->ncells, added = 0;
	bool *seen = calloc(known, sizeof *seen);

	for (unsigned i = 0; seen && i < known; i++) {
		if (seen[i] || !plan->cells[i].refine || plan->cells[i].group == NO_CELL)
			continue;
		/* Cells added meanwhile have no estimates: the curve ends where the result does. */
		struct plan measured = *plan;

		measured.ncells = known;
		struct curve curve = curve_of(&measured, result, i, seen);

		added += refine_curve(plan, context, &curve, refine, i, wave);
		free(curve.point);
	}
	free(seen);
	return added;
}

bool refine_counts(const struct plan_cell *cell)
{
	return cell->refine && cell->group != NO_CELL &&
	       cell_value(&cell->cell, cell->refine)->type == P_COUNT;
}

/* False: nothing was counted. */
static bool mostly_full(const struct cell_result *cell, bool *full)
{
	const struct metric_result *all = cell_find_metric(cell, FLUSHES),
				   *whole = cell_find_metric(cell, FULL_FLUSHES);

	if (!all || !whole || all->e.est < 0.5)
		return false;
	*full = whole->e.est > all->e.est / 2;
	return true;
}

struct bracket { /* the last count with flushes of pages, the first with those of everything */
	uint64_t below, above;
};

static bool counted_bracket(const struct plan *plan, const struct result *result, unsigned leader,
			    bool *seen, struct bracket *out)
{
	*out = (struct bracket){0, UINT64_MAX};
	for (unsigned i = leader; i < result->ncells; i++) {
		uint64_t count = cell_count(&plan->cells[i].cell, plan->cells[leader].refine);
		bool full;

		if (!same_curve(&plan->cells[leader], &plan->cells[i]))
			continue;
		seen[i] = true;
		if (!mostly_full(&result->cells[i], &full))
			continue;
		if (full && count < out->above)
			out->above = count;
		else if (!full && count > out->below)
			out->below = count;
	}
	return out->below && out->above != UINT64_MAX && out->below < out->above;
}

/* Where to look in a bracket: on both sides of what another curve has told, else in the middle, of
 * one curve at a time. 0: not now. */
static uint64_t next_count(struct bracket b, const struct bracket *known, bool *halved)
{
	if (known->below > b.below && known->below < b.above)
		return known->below;
	if (known->above > b.below && known->above < b.above)
		return known->above;
	if (*halved)
		return 0;
	*halved = true;
	return b.below + (b.above - b.below) / 2;
}

unsigned refine_counted(struct plan *plan, const struct plan_context *context,
			const struct result *result, unsigned wave)
{
	unsigned cells = plan->ncells, added = 0;
	bool *seen = calloc(cells, sizeof *seen), halved = false;
	struct bracket known = {0, 0}, b;

	for (unsigned i = 0; seen && i < cells; i++) {
		if (seen[i] || !refine_counts(&plan->cells[i]) ||
		    !counted_bracket(plan, result, i, seen, &b))
			continue;
		if (b.above - b.below == 1) {
			known = b;
			continue;
		}
		uint64_t count = next_count(b, &known, &halved);

		if (count)
			added += plan_refined(plan, context, i, plan->cells[i].refine, count,
					      wave) != NO_CELL;
	}
	free(seen);
	return added;
}
