/* TLBs beside the one for loads: of instructions (itlb), and of stores where a core has one of its
 * own (stores). Read from what translation adds to a jump or a store, because branch prediction and
 * draining cost more than it does. */
#include "analyse/analysis.h"
#include "stats/stats.h"

#include <math.h>
#include <string.h>

#define SAME_PART 1.25 /* stores and loads that begin to miss so close together use one TLB */
#define RISE	  0.5  /* cycles or ns that a step must add: branch predictors leave smaller ones */
#define DEEPER	  2.0  /* a miss of the second level costs so many times one of the first */
#define NEXT	  4.0  /* times as many pages: the second level's */
#define BACK	  1.35 /* how far before the step the first sets can overflow */
#define POINTS	  64
#define EARLY	  0.06 /* of the rise: sets that overflow first */

struct side {
	struct result *result;
	struct page_kind page;
	char name[PAGE_NAME_MAX];
	struct series series;
};

static const struct cell_result *first_cell(const struct result *result, const char *bench,
					    struct page_kind page)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];
		struct page_kind own = cell_page(&c->cell, "page");

		if (strcmp(c->cell.bench, bench) == 0 && verdict_is_ok(&c->outcome) &&
		    own.how == page.how && own.bytes == page.bytes &&
		    cell_is(&c->cell, "layout", "distinct") && !cell_touches_4k(&c->cell))
			return c;
	}
	return NULL;
}

static const char *metric_of(const struct cell_result *cell)
{
	return cell_find_metric(cell, "translation_cycles") ? "translation_cycles"
	       : cell_find_metric(cell, "translation_ns")   ? "translation_ns"
							    : NULL;
}

static const char *unit_of(const struct series *s)
{
	return strcmp(s->metric, "translation_ns") == 0 ? "ns" : "cycles";
}

/* Do the intervals before and after part? Draining, and what else runs, can make a step of noise.
 */
static bool parted(const struct series *s, const struct knee *k)
{
	double before[POINTS], after[POINTS];
	size_t nbefore = 0, nafter = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct curve_point *p = &s->curve.point[i];

		if (p->x <= k->low_x && nbefore < POINTS)
			before[nbefore++] = p->hi;
		if (p->x >= k->high_x && nafter < POINTS)
			after[nafter++] = p->lo;
	}
	if (nbefore < 2 || nafter < 2)
		return false;
	stats_sort(before, nbefore);
	stats_sort(after, nafter);
	return stats_median(after, nafter) > stats_median(before, nbefore);
}

/* The first step past `from` pages that adds so much. */
static const struct knee *step_after(const struct series *s, double from, double rise)
{
	for (size_t i = 0; i < s->nknees; i++)
		if (s->knee[i].low_x >= from && s->knee[i].after - s->knee[i].before >= rise &&
		    parted(s, &s->knee[i]))
			return &s->knee[i];
	return NULL;
}

static size_t point_of(const struct series *s, double x)
{
	size_t i = 0;

	while (i + 1 < s->n && s->curve.point[i].x < x)
		i++;
	return i;
}

/* From the last size that shows nothing of the rise to the first that clearly does: a knee needs
 * more of a step than the first sets make. */
static struct estimate bracket(const struct series *s, const struct knee *k)
{
	const struct curve_point *p = s->curve.point;
	double rise = k->after - k->before;
	size_t low = point_of(s, k->low_x), high = point_of(s, k->high_x);

	while (low > 0 && p[low - 1].x * BACK >= k->low_x && p[low].y > k->before + EARLY * rise)
		low--;
	while (high > low + 1 && p[high - 1].y > k->before + 2 * EARLY * rise)
		high--;
	return (struct estimate){p[low].x, p[low].x, p[high].x};
}

static void add_from(struct draft *draft, const struct series *s, const struct knee *k)
{
	if (!k)
		return;
	draft_from(draft, series_at(s, k->low_x));
	draft_from(draft, series_at(s, k->high_x));
}

static const struct claim *claim_of(const struct side *side, const char *type, unsigned level)
{
	for (unsigned i = 0; i < side->result->machine.nclaims; i++) {
		const struct claim *c = &side->result->machine.claims[i];

		if (c->level == level && strcmp(c->type, type) == 0 &&
		    claim_names_page(c, side->name))
			return c;
	}
	return NULL;
}

/* Beside the number, never in it. */
static void add_claim(struct draft *draft, const struct side *side, const char *type,
		      unsigned level, const struct estimate *e)
{
	const struct claim *c = claim_of(side, type, level);
	double claimed = c ? claim_entries(c) : 0;

	draft_subject(draft, "source", "measured");
	if (!c) {
		draft_subject(draft, "claim", "no claim");
		return;
	}
	draft_subject(draft, "claim", "%llu entries (%s)", (unsigned long long)c->entries,
		      c->source);
	draft_subject(draft, "agrees", "%s",
		      !e || host_splinters(side->result, side->page)		     ? "cannot-tell"
		      : claimed >= e->lo / SAME_PART && claimed <= e->hi * SAME_PART ? "yes"
										     : "no");
}

static bool report_code(struct side *side, unsigned level, const struct knee *k)
{
	struct estimate e = k ? bracket(&side->series, k) : (struct estimate){0};
	struct draft draft = draft_begin(side->result, "instruction-tlb", "side/1");
	const struct series *s = &side->series;
	char cost[QUANTITY_MAX];

	draft_subject(&draft, "page", "%s", side->name);
	draft_subject(&draft, "level", "%u", level);
	add_claim(&draft, side, "instruction", level, k ? &e : NULL);
	if (!k) {
		draft_from(&draft, s->cell[0]);
		draft_from(&draft, s->cell[s->n - 1]);
		return draft_done(
		    &draft, CANNOT_TELL,
		    "%s instructions: jumps through %.0f to %.0f pages show no step that is "
		    "translation's",
		    side->name, s->curve.point[0].x, s->curve.point[s->n - 1].x);
	}
	draft_value(&draft, "entries", "pages", e);
	add_from(&draft, s, k);
	quantity(cost, k->after - k->before, unit_of(s));
	return draft_done(
	    &draft, SEEN,
	    "%s instructions, level %u: jumps through %.0f pages of code still hit, through "
	    "%.0f no longer do, and take up to %s more",
	    side->name, level, e.lo, e.hi, cost);
}

static bool code(struct side *side)
{
	const struct knee *first = step_after(&side->series, 0, RISE),
			  *second = first ? step_after(&side->series, first->high_x * NEXT,
						       DEEPER * (first->after - first->before))
					  : NULL;

	return report_code(side, 1, first) && (!second || report_code(side, 2, second));
}

/* Where loads begin to miss, of the same kind of page; false: not known. */
static bool loads_miss(const struct side *side, struct estimate *out)
{
	const struct finding *f = NULL;

	while ((f = result_find_finding(side->result, "tlb-level", "page", side->name, f))) {
		const char *level = facts_get(&f->subject, "level");

		for (unsigned i = 0; level && *level == '1' && i < f->nvalues; i++)
			if (strcmp(f->values[i].name, "entries") == 0 &&
			    f->confidence != CANNOT_TELL) {
				*out = f->values[i].e;
				return true;
			}
	}
	return false;
}

static bool stores(struct side *side)
{
	const struct knee *k = step_after(&side->series, 0, RISE);
	struct estimate e = k ? bracket(&side->series, k) : (struct estimate){0};
	struct estimate loads = {0};
	bool known = loads_miss(side, &loads);
	bool same = k && known && e.lo <= loads.hi * SAME_PART && e.hi * SAME_PART >= loads.lo;
	struct draft draft = draft_begin(side->result, "store-tlb", "side/1");

	draft_subject(&draft, "page", "%s", side->name);
	draft_subject(&draft, "level", "1");
	draft_subject(&draft, "own", "%s", !k || !known ? "unknown" : same ? "none-seen" : "yes");
	add_claim(&draft, side, "store", 1, k && !same ? &e : NULL);
	add_from(&draft, &side->series, k);
	if (!k || !known)
		draft_from(&draft, side->series.cell[side->series.n - 1]);
	if (k)
		draft_value(&draft, "entries", "pages", e);
	if (!k || !known)
		return draft_done(
		    &draft, CANNOT_TELL,
		    "%s stores: whether they have a TLB of their own cannot be told, %s",
		    side->name, k ? "because that of loads is not known" : "no step is theirs");
	return draft_done(&draft, SEEN,
			  "%s stores miss from %.0f to %.0f pages on, loads from %.0f to %.0f: %s",
			  side->name, e.lo, e.hi, loads.lo, loads.hi,
			  same ? "no TLB of their own is seen" : "they have a TLB of their own");
}

static const struct {
	const char *bench;
	bool (*conclude)(struct side *side);
} sides[] = {
    {"itlb", code},
    {"stores", stores},
};

static bool visit(struct result *result, unsigned which, struct page_kind page)
{
	const struct cell_result *first = first_cell(result, sides[which].bench, page);
	struct side side = {.result = result, .page = page};
	bool done = true;

	if (!first)
		return true;
	page_name(page, side.name);
	if (!series_like(result, &first->cell, "footprint", metric_of(first), &side.series))
		return false;
	if (side.series.n > 3)
		done = sides[which].conclude(&side);
	series_free(&side.series);
	return done;
}

bool find_side_tlbs(struct result *result)
{
	for (unsigned k = 0; k < sizeof sides / sizeof *sides; k++) {
		struct page_kind pages[PAGE_KINDS_MAX];
		size_t n = bench_pages(result, sides[k].bench, pages, PAGE_KINDS_MAX);

		for (size_t i = 0; i < n; i++)
			if (!visit(result, k, pages[i]))
				return false;
	}
	return true;
}
