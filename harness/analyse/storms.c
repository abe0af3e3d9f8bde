#include "analyse/storms.h"
#include "result/key.h"
#include "stats/stats.h"

#include <stdlib.h>
#include <string.h>

#define DRAWS_MAX 256 /* of one cell: more rounds than that only widen the interval */

bool storm_is(const struct cell_result *c)
{
	const struct cell *cell = &c->cell;

	return verdict_is_ok(&c->outcome) && cell_find_metric(c, "ns") &&
	       cell_value(cell, "npages") && cell_value(cell, "resp") &&
	       cell_leaves_kinds_open(cell) &&
	       (cell_count(cell, "resp") == 0 || cell_is(cell, "state", "spin"));
}

bool storm_proved(const struct cell_result *c, const char *what)
{
	for (unsigned i = 0; i < c->nproofs; i++)
		if (strcmp(c->proofs[i].what, what) == 0)
			return c->proofs[i].state == PROOF_HELD;
	return false;
}

static bool vanishes(const char *name)
{
	return strcmp(name, "place") == 0 || strcmp(name, "state") == 0;
}

const struct cell_result *storm_like(const struct result *result, const struct cell_result *c,
				     const char *name, uint64_t count)
{
	bool alone = strcmp(name, "resp") == 0 && count == 0;
	struct cell like = c->cell;
	char key[CELL_KEY_MAX];
	const struct cell_result *found;

	like.nparams = 0;
	for (unsigned i = 0; i < c->cell.nparams; i++) {
		struct cell_param param = c->cell.param[i];

		if (alone && vanishes(param.name))
			continue;
		if (strcmp(param.name, name) == 0)
			param.value.count = count;
		like.param[like.nparams++] = param;
	}
	key_format(&like, key);
	found = result_find_cell(result, key);
	return found && storm_is(found) ? found : NULL;
}

/* What says who responds, and how much is done, rather than what. */
static bool is_load(const char *name)
{
	return vanishes(name) || strcmp(name, "resp") == 0 || strcmp(name, "npages") == 0;
}

bool storm_same_op(const struct cell *a, const struct cell *b, bool same_npages)
{
	if (strcmp(a->bench, b->bench) != 0)
		return false;
	for (unsigned i = 0; i < a->nparams; i++) {
		const char *name = a->param[i].name;
		const struct value *other = cell_value(b, name);

		if (is_load(name) && !(same_npages && strcmp(name, "npages") == 0))
			continue;
		if (!other || !value_equal(&a->param[i].value, other))
			return false;
	}
	return true;
}

/* Has another operation of that name another value there? */
static bool differs(const struct result *result, const struct cell *cell,
		    const struct cell_param *param)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell *other = &result->cells[i].cell;
		const struct value *value = cell_value(other, param->name);

		if (storm_is(&result->cells[i]) && strcmp(other->bench, cell->bench) == 0 &&
		    value && !value_equal(value, &param->value))
			return true;
	}
	return false;
}

void storm_name(const struct result *result, const struct cell *cell, char *out, size_t size)
{
	snprintf(out, size, "%s", cell->bench);
	for (unsigned i = 0; i < cell->nparams; i++) {
		const struct cell_param *param = &cell->param[i];
		size_t used = strlen(out);
		char text[64];

		if (is_load(param->name) || !differs(result, cell, param))
			continue;
		value_format(&param->value, text, sizeof text);
		snprintf(out + used, size - used, " %s", text);
	}
}

static bool alike(const struct cell *a, const struct cell *b, const char *axis)
{
	if (strcmp(a->bench, b->bench) != 0 || a->nparams != b->nparams)
		return false;
	for (unsigned i = 0; i < a->nparams; i++) {
		const struct cell_param *x = &a->param[i], *y = &b->param[i];

		if (strcmp(x->name, y->name) != 0 ||
		    (strcmp(x->name, axis) != 0 && !value_equal(&x->value, &y->value)))
			return false;
	}
	return true;
}

bool storm_leads(const struct result *result, const struct cell_result *c, const char *axis)
{
	for (const struct cell_result *o = result->cells; o < c; o++)
		if (storm_is(o) && alike(&o->cell, &c->cell, axis))
			return false;
	return true;
}

static void insert(struct storm_curve *curve, const struct cell_result *c, double x,
		   const struct estimate *e)
{
	struct curve_point *point = curve->curve.point;
	size_t at = curve->n;

	for (; at > 0 && point[at - 1].x > x; at--) {
		point[at] = point[at - 1];
		curve->cell[at] = curve->cell[at - 1];
	}
	point[at] = (struct curve_point){x, e->est, e->lo, e->hi};
	curve->cell[at] = c;
	curve->curve.n = ++curve->n;
}

bool storm_curve(const struct result *result, const struct cell_result *like, const char *axis,
		 const char *metric, struct storm_curve *out)
{
	*out = (struct storm_curve){.metric = metric, .curve = {.pieces = true}};
	out->cell = calloc(result->ncells + 1, sizeof(const struct cell_result *));
	out->curve.point = calloc(result->ncells + 1, sizeof *out->curve.point);
	if (!out->cell || !out->curve.point) {
		storm_curve_free(out);
		return false;
	}
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];
		const struct metric_result *m = cell_find_metric(c, metric);

		if (m && storm_is(c) && alike(&c->cell, &like->cell, axis))
			insert(out, c, (double)cell_count(&c->cell, axis), &m->e);
	}
	return true;
}

void storm_curve_free(struct storm_curve *curve)
{
	free(curve->cell);
	free(curve->curve.point);
	*curve = (struct storm_curve){0};
}

bool storm_flushes_all(const struct cell_result *c, bool *full)
{
	const struct metric_result *all = cell_find_metric(c, "tlb_flush"),
				   *whole = cell_find_metric(c, "tlb_flush_full");

	*full = all && whole && whole->e.est > all->e.est / 2;
	return all && all->e.est > 0.5;
}

bool storm_counted(const struct storm_curve *curve, size_t *partial, size_t *full)
{
	bool below = false, above = false, all;

	for (size_t i = 0; i < curve->n; i++) {
		if (!storm_flushes_all(curve->cell[i], &all))
			continue;
		if (all && !above)
			*full = i;
		if (!all)
			*partial = i;
		below |= !all;
		above |= all;
	}
	return below && above && *partial < *full;
}

void storm_resample(const struct storm_curve *curve, struct random *random, struct curve_point *out)
{
	double draw[DRAWS_MAX], sample[DRAWS_MAX];

	for (size_t k = 0; k < DRAWS_MAX; k++)
		draw[k] = random_unit(random);
	for (size_t i = 0; i < curve->n; i++) {
		const struct metric_result *m = cell_find_metric(curve->cell[i], curve->metric);
		size_t n = m->nsamples < DRAWS_MAX ? m->nsamples : DRAWS_MAX;

		out[i] = curve->curve.point[i];
		for (size_t k = 0; k < n; k++)
			sample[k] = m->samples[(size_t)(draw[k] * m->nsamples)];
		stats_sort(sample, n);
		if (n)
			out[i].y = stats_median(sample, n);
	}
}
