/* Past how many pages the kernel flushes everything instead of page by page: there one page more is
 * cheaper. Found in curves, each by itself; nothing here knows what the kernel's limit may be. */
#include "analyse/analysis.h"
#include "analyse/cost_model.h"
#include "analyse/storms.h"

#include <math.h>
#include <stdlib.h>

struct fall {
	const struct cell_result *partial, *full; /* the cells on either side */
	double partial_x, full_x;
	struct estimate saving;
	bool used;
};

/* Full flushes of an operation as the kernel's tracepoint has them; false: none were counted. */
static bool fulls(const struct cell_result *c, double *count)
{
	const struct metric_result *m = cell_find_metric(c, "tlb_flush_full");

	*count = m ? m->e.est : 0;
	m = cell_find_metric(c, "tlb_flush");
	return m && m->e.est > 0.5;
}

static bool counted(const struct fall *fall)
{
	double before, after;

	return fulls(fall->partial, &before) && fulls(fall->full, &after) && before < 0.5 &&
	       after > 0.5;
}

/* Counted on both sides, and alike: whatever fell there, flushes did not change. */
static bool refuted(const struct fall *fall)
{
	double before, after;

	return fulls(fall->partial, &before) && fulls(fall->full, &after) &&
	       (before < 0.5) == (after < 0.5);
}

static bool look(const struct result *result, const struct cell_result *c, struct fall *out,
		 bool *memory)
{
	struct storm_curve curve;
	struct cost_model model;
	bool found;

	*memory = storm_curve(result, c, "npages", "ns", &curve);
	if (!*memory)
		return false;
	found = cost_fit(&curve.curve, &model) && model.ceiling;
	if (found) {
		cost_intervals(&curve, &model);
		*out = (struct fall){.partial = curve.cell[model.partial],
				     .full = curve.cell[model.whole],
				     .partial_x = model.partial_x,
				     .full_x = model.full_x,
				     .saving = model.saving};
		found = model.saving.lo > 0 && !refuted(out);
	}
	storm_curve_free(&curve);
	return found;
}

/* How sure: what is saved at least, as a part of the cost. */
static double depth(const struct fall *fall)
{
	return fall->saving.lo / cell_find_metric(fall->full, "ns")->e.est;
}

struct agreed {
	double lo, hi; /* the last page count before the fall */
	unsigned curves;
	bool counted;
};

static bool meets(const struct fall *fall, const struct agreed *all)
{
	return fall->partial_x <= all->hi && fall->full_x - 1 >= all->lo;
}

static void join(struct fall *fall, struct agreed *all, struct draft *draft)
{
	all->lo = fmax(all->lo, fall->partial_x);
	all->hi = fmin(all->hi, fall->full_x - 1);
	all->curves++;
	all->counted |= counted(fall);
	fall->used = true;
	draft_from(draft, fall->partial);
	draft_from(draft, fall->full);
}

static bool conclude(struct draft *draft, const struct fall *first, const struct agreed *all)
{
	char where[48], saving[QUANTITY_MAX];
	bool sure = all->counted || (all->curves > 1 && all->lo == all->hi);

	if (all->lo == all->hi)
		snprintf(where, sizeof where, "%.0f pages", all->lo);
	else
		snprintf(where, sizeof where, "a limit between %.0f and %.0f pages", all->lo,
			 all->hi);
	quantity(saving, first->saving.est, "ns");
	if (all->counted) {
		draft_subject(draft, "before", "partial");
		draft_subject(draft, "after", "full");
	}
	draft_subject(draft, "npages", "%.0f", all->lo);
	draft_value(draft, "ceiling", "pages",
		    (struct estimate){floor((all->lo + all->hi) / 2), all->lo, all->hi});
	draft_value(draft, "saving_ns", "ns", first->saving);
	return draft_done(
	    draft, sure ? CONFIRMED : SEEN, "past %s one full flush is cheaper, by %s (%s)%s",
	    where, saving, first->partial->cell.bench,
	    all->counted ? "; the kernel's tracepoint has partial flushes before, full "
			   "ones after"
			 : "");
}

/* Sharp falls are in front: all that meet the first one, and then its narrowed bracket, agree. */
static bool report(struct result *result, struct fall *fall, size_t n)
{
	struct draft draft = draft_begin(result, "flush-ceiling", "ceiling/2");
	struct agreed all = {fall->partial_x, fall->full_x - 1, 0, false};

	for (size_t i = 0; i < n; i++)
		if (!fall[i].used && meets(&fall[i], &all))
			join(&fall[i], &all, &draft);
	return conclude(&draft, fall, &all);
}

static int by_sharpness(const void *a, const void *b)
{
	const struct fall *x = a, *y = b;
	double left = x->full_x - x->partial_x, right = y->full_x - y->partial_x;

	if (left != right)
		return left < right ? -1 : 1;
	return (depth(x) < depth(y)) - (depth(x) > depth(y));
}

bool find_flush_ceiling(struct result *result)
{
	struct fall *fall = calloc(result->ncells + 1, sizeof *fall);
	bool ok = fall;
	size_t n = 0;

	for (unsigned i = 0; ok && i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];

		if (storm_is(c) && storm_leads(result, c, "npages"))
			n += look(result, c, &fall[n], &ok);
	}
	if (ok)
		qsort(fall, n, sizeof *fall, by_sharpness);
	for (size_t i = 0; ok && i < n; i++)
		if (!fall[i].used)
			ok = report(result, fall + i, n - i);
	free(fall);
	return ok;
}
