/* How many page walks overlap. A load that walks takes so long alone; with many chains side by side
 * one is done each so many cycles; the one over the other is how many are under way at a time. Both
 * are bracketed, so the answer is a range: alone   from what translation adds (the lines' own cost
 * taken off) to the whole load each    the last step over its chains, and what the last chains
 * added to it Where the last step still takes about as long as one load, more might overlap: "at
 * least", and as many as are under way on average: walks alone, over the step. */
#include "analyse/analysis.h"

#include <math.h>
#include <string.h>

#define SATURATED 1.2 /* a step takes that many times one load: chains wait for something */
#define OWN_PART                                                                                   \
	0.5 /* of a step that the same lines cost without walks: then it is not the walkers */
#define AGREE 1.25 /* both ends of the range */

struct overlap {
	struct series steps;
	const char *unit;
	double chains;		   /* of the last step */
	struct estimate one, last; /* steps of one chain and of most */
	struct estimate walk;	   /* of one chain, what the lines and the L2 TLB cost taken off */
	bool saturated, lines_limit, hits, has_walk, penalty_known;
	struct estimate range;
};

static bool metric_of(const struct cell_result *cell, const char *prefix, const char *unit,
		      struct estimate *out)
{
	char name[RESULT_NAME_MAX];
	const struct metric_result *m;

	snprintf(name, sizeof name, "%s%s", prefix, unit);
	m = cell_find_metric(cell, name);
	if (m)
		*out = m->e;
	return m;
}

/* The L2 TLB is asked before a walk begins: its share is no walker's. False: not known. */
static bool take_penalty_off(const struct result *result, const struct cell *like,
			     struct overlap *o)
{
	const struct finding *f = NULL;
	char page[PAGE_NAME_MAX], name[RESULT_NAME_MAX];

	page_name(cell_page(like, "page"), page);
	snprintf(name, sizeof name, "penalty_%s", o->unit);
	while ((f = result_find_finding(result, "tlb-level", "page", page, f)))
		for (unsigned i = 0; i < f->nvalues; i++) {
			if (strcmp(f->values[i].name, name) != 0 || f->values[i].e.hi >= o->walk.lo)
				continue;
			o->walk = estimate_less(o->walk, f->values[i].e);
			return true;
		}
	return false;
}

/* What the last chains added, each. */

static double slope(const struct overlap *o)
{
	const struct curve_point *last = &o->steps.curve.point[o->steps.n - 1], *before = last - 1;

	return (last->y - before->y) / (last->x - before->x);
}

static void bracket(struct overlap *o)
{
	double each = o->last.hi / o->chains, added = slope(o),
	       least = added > 0 ? fmin(added, o->last.lo / o->chains) : o->last.lo / o->chains;
	double lo = (o->has_walk ? o->walk.lo : o->one.lo) / fmax(each, added),
	       hi = fmin(o->one.hi / least, o->chains);

	if (!o->saturated)
		lo = hi = o->chains * (o->has_walk ? o->walk.lo : 0) / o->last.hi;
	o->range = (struct estimate){(lo + hi) / 2, fmin(lo, hi), fmax(lo, hi)};
}

/* The same layout at greater distances, of fewer pages: does the TLB hold them? Then some of these
 * loads hit as well, and how many depends on their order. */
static bool some_hit(const struct result *result, const struct cell *like)
{
	char page[PAGE_NAME_MAX];
	const struct finding *f;

	page_name(cell_page(like, "page"), page);
	f = result_find_finding(result, "walk-levels", "page", page, NULL);
	return f && facts_get(&f->subject, "hits");
}

/* False: the cells do not tell, one chain and many are needed. */
static bool measure(const struct result *result, const struct cell *like, struct overlap *o)
{
	const struct cell_result *first, *last;
	struct estimate own;

	if (!series_like(result, like, "chains", NULL, &o->steps))
		return false;
	if (o->steps.n < 2 || o->steps.curve.point[0].x != 1)
		return false;
	first = o->steps.cell[0];
	last = o->steps.cell[o->steps.n - 1];
	o->unit = o->steps.metric;
	o->chains = o->steps.curve.point[o->steps.n - 1].x;
	if (!metric_of(first, "", o->unit, &o->one) || !metric_of(last, "", o->unit, &o->last) ||
	    o->one.lo <= 0 || o->last.lo <= 0)
		return false;
	o->has_walk = metric_of(first, "translation_", o->unit, &o->walk) && o->walk.lo > 0;
	o->saturated = o->last.lo > SATURATED * o->one.hi;
	o->lines_limit = metric_of(last, "translation_", o->unit, &own) &&
			 o->last.est - own.est > OWN_PART * o->last.est;
	o->hits = some_hit(result, like);
	o->penalty_known = o->has_walk && take_penalty_off(result, like, o);
	bracket(o);
	return true;
}

static bool report(struct result *result, const struct cell *like, const struct overlap *o)
{
	bool agree = o->penalty_known && o->range.hi <= AGREE * o->range.lo && o->steps.n > 3;
	char name[PAGE_NAME_MAX], alone[QUANTITY_MAX], each[QUANTITY_MAX];
	struct draft draft = draft_begin(result, "walkers", "walkers/2");

	page_name(cell_page(like, "page"), name);
	draft_subject(&draft, "page", "%s", name);
	draft_subject(&draft, "source", "measured");
	quantity(alone, o->one.est, o->unit);
	quantity(each, o->last.est / o->chains, o->unit);
	for (size_t i = 0; i < o->steps.n; i++)
		draft_from(&draft, o->steps.cell[i]);
	if (o->lines_limit)
		return draft_done(
		    &draft, CANNOT_TELL,
		    "%s: how many walks overlap cannot be told: the same lines without walks "
		    "take more than half as long",
		    name);
	if (o->hits || (!o->saturated && !o->has_walk))
		return draft_done(&draft, CANNOT_TELL,
				  "%s: how many walks overlap cannot be told: %s", name,
				  o->hits ? "the TLB holds some of the pages"
					  : "what a walk is of a load is not known");
	if (!o->saturated)
		draft_subject(&draft, "bound", "at-least");
	draft_value(&draft, "walkers", "", o->range);
	draft_value(&draft, strcmp(o->unit, "ns") ? "alone_cycles" : "alone_ns", o->unit, o->one);
	if (!o->saturated)
		return draft_done(
		    &draft, SEEN,
		    "%s: at least %.1f page walks overlap: %.0f loads side by side take "
		    "about as long as one, %s",
		    name, o->range.est, o->chains, alone);
	return draft_done(
	    &draft, agree ? CONFIRMED : SEEN,
	    "%s: %.1f to %.1f page walks overlap: a load that walks takes %s alone, and each "
	    "of %.0f side by side %s",
	    name, o->range.lo, o->range.hi, alone, o->chains, each);
}

/* Of several footprints the one whose single load is the cheapest: the others' are longer by cache
 * misses of page-table entries, which overlap as well. */
static const struct cell *cheapest(const struct result *result, struct page_kind page)
{
	const struct cell *best = NULL;
	double least = INFINITY;

	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];
		struct page_kind own = cell_page(&c->cell, "page");
		struct estimate e;

		if (strcmp(c->cell.bench, "walkers") != 0 || !verdict_is_ok(&c->outcome) ||
		    cell_is(&c->cell, "layout", "reference") ||
		    cell_count(&c->cell, "chains") != 1 || own.how != page.how ||
		    own.bytes != page.bytes ||
		    (!metric_of(c, "", "cycles", &e) && !metric_of(c, "", "ns", &e)) ||
		    e.est >= least)
			continue;
		least = e.est;
		best = &c->cell;
	}
	return best;
}

bool find_walkers(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = bench_pages(result, "walkers", pages, PAGE_KINDS_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct cell *like = cheapest(result, pages[i]);
		struct overlap o = {0};
		bool done = !like || !measure(result, like, &o) || report(result, like, &o);

		series_free(&o.steps);
		if (!done)
			return false;
	}
	return true;
}
