/* What a page walk costs over an L1 hit: by aliases, whose data and page tables stay cached, and
 * beside it by distinct memory, which pays for the cache misses of page-table entries and of data
 * as well. */
#include "analyse/analysis.h"
#include "analyse/levels.h"

#include <math.h>
#include <string.h>

#define SURE_WIDTH 0.05 /* relative width of the interval */
#define RISE_SPAN  3.0	/* from the first page too many to the whole walk */

struct span {
	double low, high;
	bool plateau;
	double again; /* pages at which the curve leaves this plateau as well; 0: it does not */
};

/* Sizes past the second TLB level; the largest one alone when the curve never gets flat. Where sets
 * fill one after another, the rise may rest on the way: its steps are one. A step further on may be
 * a third level's end, and this plateau its hits; or walks that miss more caches. */
static struct span walk_span(const struct levels *levels, int clean)
{
	const struct series *s = &levels->series[clean];
	size_t knee = levels->knee[1];
	double rise_to = s->knee[knee].low_x * RISE_SPAN;
	double last = s->curve.point[s->n - 1].x;

	while (knee + 1 < s->nknees && s->knee[knee + 1].low_x <= rise_to)
		knee++;
	if (!s->knee[knee].flat)
		return (struct span){last, last, false, 0};
	if (knee + 1 < s->nknees)
		return (struct span){s->knee[knee].flat_x, s->knee[knee + 1].low_x, true,
				     s->knee[knee + 1].low_x};
	return (struct span){s->knee[knee].flat_x, last, true, 0};
}

/* Cost over the span less a hit, in that unit. */
static bool over_hit(const struct levels *levels, const struct series *s, const struct span *span,
		     const char *unit, struct estimate *out)
{
	struct estimate hit, walk;

	if (!levels_hit(levels, s, levels_knee(levels, 1), unit, &hit) ||
	    !series_level(s, unit, span->low, span->high, &walk))
		return false;
	*out = estimate_less(walk, hit);
	return true;
}

static const struct {
	int distinct;
	const char *unit, *name;
} costs[] = {
    {0, "cycles", "walk_cycles"},
    {0, "ns", "walk_ns"},
    {1, "cycles", "distinct_cycles"},
    {1, "ns", "distinct_ns"},
};

/* Adds what can be had; best[0] (aliases) and best[1] (distinct) get the cost in the first unit
 * that there is. */
static void add_costs(struct draft *draft, const struct levels *levels, int clean,
		      const struct span *span, struct estimate best[2], const char *unit[2])
{
	for (unsigned i = 0; i < sizeof costs / sizeof *costs; i++) {
		int which = costs[i].distinct;
		const struct series *s = &levels->series[which ? DISTINCT : clean];
		struct estimate e;

		if (!over_hit(levels, s, span, costs[i].unit, &e))
			continue;
		draft_value(draft, costs[i].name, costs[i].unit, e);
		if (unit[which])
			continue;
		best[which] = e;
		unit[which] = costs[i].unit;
	}
}

static bool report(struct result *result, const struct levels *levels, int clean)
{
	struct span span = walk_span(levels, clean);
	const char *unit[2] = {NULL, NULL};
	char name[PAGE_NAME_MAX], alias[QUANTITY_MAX], beside[QUANTITY_MAX + 40] = "",
									     again[48] = "";
	struct estimate best[2] = {{0}};
	bool least = !span.plateau || span.again > 0;
	struct draft draft = draft_begin(result, "walk-cost", "walk/3");

	page_name(levels->page, name);
	draft_subject(&draft, "page", "%s", name);
	draft_subject(&draft, "layout", "%s", clean == ALIAS ? "alias" : "zero");
	if (least)
		draft_subject(&draft, "bound", "at-least");
	if (span.again > 0)
		draft_subject(&draft, "again", "%.0f", span.again);
	if (host_splinters(result, levels->page))
		draft_subject(&draft, "entries", "%s", splinter_entries(result, levels->page));
	add_costs(&draft, levels, clean, &span, best, unit);
	draft_from_range(&draft, &levels->series[clean], span.low, span.high);
	draft_from_range(&draft, &levels->series[DISTINCT], span.low, span.high);
	quantity(alias, best[0].est, unit[0] ? unit[0] : "ns");
	if (unit[1]) {
		char number[QUANTITY_MAX];

		quantity(number, best[1].est, unit[1]);
		snprintf(beside, sizeof beside, "; in distinct memory %s", number);
	}
	if (span.again > 0)
		snprintf(again, sizeof again, "; more past %.0f pages", span.again);
	bool sure = !least && best[0].hi - best[0].lo <= SURE_WIDTH * best[0].est;

	return draft_done(&draft, sure ? CONFIRMED : SEEN,
			  "%s: a page walk costs %s%s over an L1 hit%s%s", name,
			  least ? "at least " : "", alias, beside, again);
}

static bool visit(struct result *result, struct page_kind page)
{
	struct levels levels;
	bool done = true;
	int clean;

	if (!levels_find(result, page, &levels))
		return false;
	clean = levels_clean(&levels);
	if (levels_knee(&levels, 2) && clean >= 0 && levels.source[1] == clean)
		done = report(result, &levels, clean);
	levels_free(&levels);
	return done;
}

bool find_walk_cost(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = chase_pages(result, pages, PAGE_KINDS_MAX);

	for (size_t i = 0; i < n; i++)
		if (!visit(result, pages[i]))
			return false;
	return true;
}
