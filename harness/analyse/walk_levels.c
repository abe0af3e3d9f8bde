/* What a walk costs by how many tables it reads, and for how many pages page-directory entries are
 * kept. tables_1 .. tables_4  at one number of pages, as the distance between them grows: the cost
 * rests while the same upper entries are cached, and steps up where one level more is read
 *   directory_entries     where the cost, at one distance, passes the middle of the first such
 * step. If twice the distance halves the pages, these entries lie in sets and the distance leaves
 *                         sets out: entries = pages x distance. If it changes nothing, it is their
 * number. */
#include "analyse/analysis.h"
#include "result/phrase.h"
#include "stats/stats.h"

#include <math.h>
#include <string.h>

#define DIRECTORY                                                                                  \
	((uint64_t)2 << 20) /* bytes that one entry of the page directory maps, at 4k pages */
#define STRIDES_MAX 24
#define PAGES_MAX   32
#define TABLES_MAX  4
#define WALKS	    0.25 /* of the middle cost: a column that stays below does not walk */
#define CELLS_MAX   512
#define REST	    1.12 /* costs of one plateau lie so close together */
#define KEPT_USED                                                                                  \
	3 /* the widest strides: fewer pages, of which fewer miss the data caches as well */
#define STEP   1.2  /* from one to the next, at least */
#define ANCHOR 1.25 /* the first against a walk by aliases, which reads one table */
#define HALVES 1.6  /* pages x distance constant to so much; pages alone then differ by more */
#define ALIKE  1.25

struct walk_cell {
	uint64_t stride, pages;
	struct estimate cost;
	const struct cell_result *cell;
};

struct plateau {
	struct estimate cost;
	unsigned first, last; /* of the column */
};

struct walks {
	struct result *result;
	struct page_kind page;
	const char *unit; /* "cycles" or "ns" */
	unsigned first;	  /* tables that the first plateau reads; 0: not known */
	const char *why;  /* not */
	bool hits;	  /* loads near to each other do without a walk */
	unsigned ncolumn; /* cells of one number of pages, by stride */
	struct walk_cell column[STRIDES_MAX];
	unsigned nplateaus;
	struct plateau plateau[TABLES_MAX + 1];
	unsigned nkept;
	struct kept {
		uint64_t stride;
		double low, high; /* pages */
		const struct cell_result *from[2];
	} kept[STRIDES_MAX];
};

static bool take(const struct walks *w, const struct cell_result *c, struct walk_cell *out)
{
	struct page_kind own = cell_page(&c->cell, "page");
	const struct metric_result *m =
	    cell_find_metric(c, strcmp(w->unit, "ns") ? "translation_cycles" : "translation_ns");

	if (strcmp(c->cell.bench, "walkcache") != 0 || !verdict_is_ok(&c->outcome) || !m ||
	    own.how != w->page.how || own.bytes != w->page.bytes ||
	    !cell_is(&c->cell, "layout", "distinct") || cell_count(&c->cell, "stride") < DIRECTORY)
		return false;
	*out = (struct walk_cell){cell_count(&c->cell, "stride"), cell_count(&c->cell, "pages"),
				  m->e, c};
	return true;
}

/* Cells of that many pages by stride, or (pages 0) of that stride by pages. */
static unsigned gather(const struct walks *w, uint64_t pages, uint64_t stride,
		       struct walk_cell *out, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->result->ncells && n < max; i++) {
		struct walk_cell one;
		unsigned k = n;

		if (!take(w, &w->result->cells[i], &one) || (pages && one.pages != pages) ||
		    (!pages && one.stride != stride))
			continue;
		for (; k > 0 &&
		       (pages ? out[k - 1].stride > one.stride : out[k - 1].pages > one.pages);
		     k--)
			out[k] = out[k - 1];
		out[k] = one;
		n++;
	}
	return n;
}

static double middle_cost(const struct walks *w)
{
	double cost[CELLS_MAX];
	struct walk_cell one;
	size_t n = 0;

	for (unsigned i = 0; i < w->result->ncells && n < CELLS_MAX; i++)
		if (take(w, &w->result->cells[i], &one))
			cost[n++] = one.cost.est;
	stats_sort(cost, n);
	return n ? stats_median(cost, n) : 0;
}

static double dearest(const struct walk_cell *cell, unsigned n)
{
	double most = 0;

	for (unsigned i = 0; i < n; i++)
		most = fmax(most, cell[i].cost.est);
	return most;
}

/* The number of pages that most strides have, the smallest of several: fewer miss for other
 * reasons. So few that the L1 TLB holds them tell nothing. */
static void find_column(struct walks *w)
{
	struct walk_cell one, column[STRIDES_MAX];
	uint64_t best = 0;
	double middle = middle_cost(w);

	for (unsigned i = 0; i < w->result->ncells; i++) {
		unsigned n;

		if (!take(w, &w->result->cells[i], &one))
			continue;
		n = gather(w, one.pages, 0, column, STRIDES_MAX);
		if (dearest(column, n) < WALKS * middle || n < w->ncolumn ||
		    (n == w->ncolumn && one.pages >= best))
			continue;
		best = one.pages;
		w->ncolumn = n;
		memcpy(w->column, column, sizeof column);
	}
}

/* Two strides or more of about one cost; the widest stride may stand alone, for beyond it there are
 * no addresses. */
static void find_plateaus(struct walks *w)
{
	for (unsigned first = 0, last; first < w->ncolumn; first = last + 1) {
		double low = w->column[first].cost.est, high = low, est[STRIDES_MAX];
		struct plateau p = {.first = first};

		for (last = first; last + 1 < w->ncolumn; last++) {
			double next = w->column[last + 1].cost.est;

			if (fmax(high, next) > REST * fmin(low, next))
				break;
			low = fmin(low, next);
			high = fmax(high, next);
		}
		if (low <= 0 || (first == last && last + 1 < w->ncolumn))
			continue;
		for (unsigned i = first; i <= last; i++)
			est[i - first] = w->column[i].cost.est;
		stats_sort(est, last - first + 1);
		p.last = last;
		p.cost = (struct estimate){stats_median(est, last - first + 1), low, high};
		if (first == last)
			p.cost = w->column[first].cost;
		if (w->nplateaus && p.cost.est < STEP * w->plateau[w->nplateaus - 1].cost.est)
			continue;
		if (w->nplateaus <= TABLES_MAX)
			w->plateau[w->nplateaus++] = p;
	}
}

/* Where, at one stride, the cost passes the middle between one table and two, and does not come
 * back. */
static void find_kept(struct walks *w, uint64_t stride)
{
	double middle = (w->plateau[0].cost.est + w->plateau[1].cost.est) / 2;
	struct walk_cell row[PAGES_MAX];
	unsigned n = gather(w, 0, stride, row, PAGES_MAX), at = 0;

	for (unsigned i = 0; i < n; i++)
		if (row[i].cost.est < middle)
			at = i + 1;
	if (at == 0 || at == n || row[at - 1].cost.est * 2 < w->plateau[0].cost.est ||
	    w->nkept == STRIDES_MAX)
		return;
	w->kept[w->nkept++] = (struct kept){stride,
					    (double)row[at - 1].pages,
					    (double)row[at].pages,
					    {row[at - 1].cell, row[at].cell}};
}

enum { NOT_TOLD, IN_SETS, ALL_ALIKE };

/* Of two strides and more: is it pages x stride that stays, or pages? */
static int judge_kept(const struct walks *w, struct estimate *entries)
{
	const struct kept *kept = w->kept + (w->nkept > KEPT_USED ? w->nkept - KEPT_USED : 0);
	unsigned nkept = w->nkept < KEPT_USED ? w->nkept : KEPT_USED;
	double low[2] = {INFINITY, INFINITY}, high[2] = {0, 0}, middle[STRIDES_MAX];
	double bounds[2][2] = {{INFINITY, 0}, {INFINITY, 0}};
	int how;

	for (unsigned i = 0; i < nkept; i++) {
		double pages = sqrt(kept[i].low * kept[i].high),
		       each = (double)(kept[i].stride / DIRECTORY);

		for (int k = 0; k < 2; k++) {
			double by = k ? each : 1;

			low[k] = fmin(low[k], pages * by);
			high[k] = fmax(high[k], pages * by);
			bounds[k][0] = fmin(bounds[k][0], kept[i].low * by);
			bounds[k][1] = fmax(bounds[k][1], kept[i].high * by);
		}
	}
	if (nkept < 2)
		return NOT_TOLD;
	how = high[1] <= 2 * low[1] && high[0] > HALVES * low[0] ? IN_SETS
	      : high[0] <= ALIKE * low[0]			 ? ALL_ALIKE
								 : NOT_TOLD;
	for (unsigned i = 0; i < nkept; i++)
		middle[i] = sqrt(kept[i].low * kept[i].high) *
			    (how == IN_SETS ? (double)(kept[i].stride / DIRECTORY) : 1);
	stats_sort(middle, nkept);
	*entries = (struct estimate){stats_median(middle, nkept), bounds[how == IN_SETS][0],
				     bounds[how == IN_SETS][1]};
	return how;
}

static double cheapest(const struct walks *w)
{
	double least = INFINITY;

	for (unsigned i = 0; i < w->ncolumn; i++)
		least = fmin(least, w->column[i].cost.est);
	return least;
}

/* Tables that the first plateau reads: one, if it costs what a walk by aliases does, whose
 * directory entries are few; two, if more. Where a TLB folds upper bits into its index, distances
 * that ought to meet in few sets do not, and what rests first is its hits. */
static void find_first(struct walks *w)
{
	char page[PAGE_NAME_MAX];
	const struct finding *f;
	const struct finding_value *walk;
	double first = w->nplateaus ? w->plateau[0].cost.est : 0;

	page_name(w->page, page);
	f = result_find_finding(w->result, "walk-cost", "page", page, NULL);
	walk = value_of(f, strcmp(w->unit, "ns") ? "walk_cycles" : "walk_ns");
	w->hits = walk && cheapest(w) * ANCHOR < walk->e.lo;
	if (!walk)
		w->why = "a walk by aliases was not measured";
	else if (first * ANCHOR < walk->e.lo)
		w->why = "at small distances the TLB holds the pages, and there is no walk";
	else if (first <= ANCHOR * walk->e.est)
		w->first = 1;
	else if (facts_get(&f->subject, "bound"))
		w->why = "of a walk by aliases only the least is known";
	else
		w->first = 2;
}

/* From one to all of them, each has its step, and none is left over. With fewer, caches of two
 * levels may end at one distance, and what costs as much as a walk by aliases may read a table
 * more, as that one did. */
static bool all_told(const struct walks *w)
{
	return w->first == 1 && w->nplateaus == TABLES_MAX;
}

static void say(const struct walks *w, char *out, size_t size)
{
	size_t n = 0;

	for (unsigned i = 0; i < w->nplateaus; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%.0f",
				      i == 0		     ? ""
				      : i + 1 < w->nplateaus ? ", "
							     : " and ",
				      w->plateau[i].cost.est);
	snprintf(out + n, size - n, " %s with %u to %u tables read%s", w->unit, w->first,
		 w->first + w->nplateaus - 1,
		 all_told(w) ? "" : ", if each step is one table more");
}

static bool report(struct walks *w)
{
	char page[PAGE_NAME_MAX], name[RESULT_NAME_MAX], text[300];
	struct draft draft = draft_begin(w->result, "walk-levels", "walk-levels/2");

	page_name(w->page, page);
	draft_subject(&draft, "page", "%s", page);
	draft_subject(&draft, "source", "measured");
	if (w->hits)
		draft_subject(&draft, "hits", "yes");
	for (unsigned i = 0; i < w->ncolumn; i++)
		draft_from(&draft, w->column[i].cell);
	if (w->nplateaus < 2 || w->first == 0 || w->first + w->nplateaus - 1 > TABLES_MAX)
		return draft_done(
		    &draft, CANNOT_TELL,
		    "%s: what a walk costs by the tables that it reads cannot be told: %s", page,
		    w->nplateaus < 2 ? "its cost does not rest at two heights"
		    : w->first == 0  ? w->why
				     : "more steps than there are tables");
	for (unsigned i = 0; i < w->nplateaus; i++) {
		snprintf(name, sizeof name, "tables_%u_%s", w->first + i, w->unit);
		draft_value(&draft, name, w->unit, w->plateau[i].cost);
	}
	say(w, text, sizeof text);
	return draft_done(&draft, all_told(w) ? CONFIRMED : SEEN, "%s: a walk costs %s", page,
			  text);
}

static bool report_kept(struct walks *w)
{
	char page[PAGE_NAME_MAX];
	struct estimate entries = {0};
	int how = judge_kept(w, &entries);
	struct draft draft;

	if (w->nkept == 0 || w->first == 0)
		return true;
	page_name(w->page, page);
	draft = draft_begin(w->result, "walk-cache", "walk-cache/2");
	draft_subject(&draft, "page", "%s", page);
	draft_subject(&draft, "source", "measured");
	draft_subject(&draft, "kept", "%s",
		      w->first > 1	 ? "unknown"
		      : how == IN_SETS	 ? "in-sets"
		      : how == ALL_ALIKE ? "anywhere"
					 : "unknown");
	for (unsigned i = 0; i < w->nkept; i++) {
		draft_from(&draft, w->kept[i].from[0]);
		draft_from(&draft, w->kept[i].from[1]);
	}
	if (w->first > 1)
		return draft_done(&draft, CANNOT_TELL,
				  "%s: for how many pages entries of the page directory are kept "
				  "cannot be told: %u pages are too many already",
				  page, (unsigned)w->column[0].pages);
	if (how == NOT_TOLD)
		return draft_done(
		    &draft, CANNOT_TELL,
		    "%s: for how many pages entries of the page directory are kept cannot be "
		    "told: walks at %u stride%s read one table more, and follow no rule",
		    page, w->nkept, plural(w->nkept));
	draft_value(&draft, "directory_entries", "", entries);
	return draft_done(&draft, SEEN,
			  "%s: %.0f to %.0f entries of the page directory are kept, %s", page,
			  entries.lo, entries.hi,
			  how == IN_SETS ? "in sets: twice the distance, half the pages"
					 : "whatever their distance");
}

static bool visit(struct result *result, struct page_kind page, const char *unit)
{
	struct walks w = {.result = result, .page = page, .unit = unit};

	find_column(&w);
	if (w.ncolumn < 4)
		return true;
	find_plateaus(&w);
	for (unsigned i = 0; w.nplateaus >= 2 && i < w.ncolumn; i++)
		if (w.column[i].stride <= w.column[w.plateau[1].last].stride)
			find_kept(&w, w.column[i].stride);
	find_first(&w);
	return report(&w) && report_kept(&w);
}

static bool has_cycles(const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++)
		if (strcmp(result->cells[i].cell.bench, "walkcache") == 0 &&
		    cell_find_metric(&result->cells[i], "translation_cycles"))
			return true;
	return false;
}

bool find_walk_levels(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = bench_pages(result, "walkcache", pages, PAGE_KINDS_MAX);

	for (size_t i = 0; i < n; i++)
		if (!visit(result, pages[i], has_cycles(result) ? "cycles" : "ns"))
			return false;
	return true;
}
