/* Past how many pages the kernel flushes everything instead of page by page. Where its tracepoint
 * was counted that tells, next to without noise, and what it saves stands beside. Else it is where
 * one page more is cheaper, found in curves, each by itself. Nothing here knows what the kernel's
 * limit may be. */
#include "analyse/analysis.h"
#include "analyse/cost_model.h"
#include "analyse/storms.h"
#include "result/phrase.h"

#include <math.h>
#include <stdlib.h>

#define SAVING_MAX (2 * QUANTITY_MAX + CELL_NAME_MAX + 96)

struct fall {
	const struct cell_result *partial, *full; /* the cells on either side */
	double partial_x, full_x;
	bool counted, told; /* told: what it saves */
	struct estimate saving;
	bool used;
};

static struct fall fall_at(const struct storm_curve *curve, size_t partial, size_t full)
{
	return (struct fall){.partial = curve->cell[partial],
			     .full = curve->cell[full],
			     .partial_x = curve->curve.point[partial].x,
			     .full_x = curve->curve.point[full].x};
}

static bool look_along(const struct storm_curve *curve, struct fall *out)
{
	struct cost_model model;
	size_t partial, full;
	bool counted = storm_counted(curve, &partial, &full),
	     fitted = cost_fit_counted(curve, &model) && model.ceiling;

	if (fitted)
		cost_intervals(curve, &model);
	if (!counted && !(fitted && model.saving.lo > 0))
		return false;
	*out = fall_at(curve, counted ? partial : model.partial, counted ? full : model.whole);
	out->counted = counted;
	out->told = fitted && (!counted || (model.partial == partial && model.whole == full));
	out->saving = out->told ? model.saving : (struct estimate){0};
	return true;
}

static bool look(const struct result *result, const struct cell_result *c, struct fall *out,
		 bool *memory)
{
	struct storm_curve curve;
	bool found;

	*memory = storm_curve(result, c, "npages", "ns", &curve);
	if (!*memory)
		return false;
	found = look_along(&curve, out);
	storm_curve_free(&curve);
	return found;
}

/* How sure: what is saved at least, as a part of the cost. */
static double depth(const struct fall *fall)
{
	return fall->told ? fall->saving.lo / cell_find_metric(fall->full, "ns")->e.est : -INFINITY;
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
	all->counted |= fall->counted;
	fall->used = true;
	draft_from(draft, fall->partial);
	draft_from(draft, fall->full);
}

/* A saving that may as well be none is no saving. */
static void say_saving(const struct fall *fall, char out[SAVING_MAX])
{
	const struct estimate *e = &fall->saving;
	char number[QUANTITY_MAX], other[QUANTITY_MAX];
	const char *bench = fall->partial->cell.bench;

	quantity(number, fabs(e->est), "ns");
	if (!fall->told)
		snprintf(out, SAVING_MAX,
			 "takes the place of single ones; what that saves was not measured");
	else if (e->lo > 0 || e->hi < 0)
		snprintf(out, SAVING_MAX, "is %s, by %s (%s)", e->lo > 0 ? "cheaper" : "dearer",
			 number, bench);
	else {
		quantity(number, e->lo, "ns");
		quantity(other, e->hi, "ns");
		snprintf(out, SAVING_MAX,
			 "takes the place of single ones; cost difference not told apart here (%s "
			 "to %s, %s)",
			 number, other, bench);
	}
}

static bool conclude(struct draft *draft, const struct fall *first, const struct agreed *all)
{
	char where[48], saving[SAVING_MAX];
	bool sure = all->counted || (all->curves > 1 && all->lo == all->hi);

	if (all->lo == all->hi)
		snprintf(where, sizeof where, "%.0f page%s", all->lo, plural(all->lo));
	else
		snprintf(where, sizeof where, "a limit between %.0f and %.0f pages", all->lo,
			 all->hi);
	say_saving(first, saving);
	if (all->counted) {
		draft_subject(draft, "before", "partial");
		draft_subject(draft, "after", "full");
	}
	draft_subject(draft, "npages", "%.0f", all->lo);
	draft_value(draft, "ceiling", "pages",
		    (struct estimate){floor((all->lo + all->hi) / 2), all->lo, all->hi});
	if (first->told)
		draft_value(draft, "saving_ns", "ns", first->saving);
	return draft_done(
	    draft, sure ? CONFIRMED : SEEN, "past %s one full flush %s%s", where, saving,
	    all->counted ? "; the kernel's tracepoint has partial flushes before, full ones after"
			 : "");
}

/* What was counted is in front, then what is sharp: all that meet the first one, and then its
 * narrowed bracket, agree. */
static bool report(struct result *result, struct fall *fall, size_t n)
{
	struct draft draft = draft_begin(result, "flush-ceiling", "ceiling/3");
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

	if (x->counted != y->counted)
		return x->counted ? -1 : 1;
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
	/* Every call has the same limit: beside one that was counted, a fall elsewhere is something
	 * else. */
	for (size_t i = 0; ok && i < n; i++)
		if (!fall[i].used && fall[i].counted == fall[0].counted)
			ok = report(result, fall + i, n - i);
	free(fall);
	return ok;
}
