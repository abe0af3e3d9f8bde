/* TLB levels of each page kind: where a curve of translations leaves its plateau.
 *   entries, level 1 and sharp edges: lo = est = largest size that still hits, hi = first that
 * misses entries, sloped edges: where 5% and 50% (est: 25%) of the rise are done; a slope, not a
 * size penalty_cycles, penalty_ns: of level 1, the difference of the plateaus */
#include "analyse/analysis.h"
#include "analyse/levels.h"
#include "result/phrase.h"

#include <math.h>
#include <string.h>

#define TIGHT_PAGES  2
#define TIGHT_PART   0.02
#define ROUNDS_AGREE 0.9
#define WHAT_MAX     96
#define MOST	     0.5 /* of the rise, at the first size that misses: one page too many, and all miss */
#define BELOW	     0.15 /* of a step, that the last size before it may show */
#define TRACE	     0.01 /* of the rise: past a plateau's intervals, a size that misses now and then */
#define BACK	     1.15 /* how far before a knee the first misses can lie */

/* Does each round by itself put the cell on this side of the middle? */
static bool on_side(const struct metric_result *m, double middle, bool above)
{
	unsigned right = 0;

	for (unsigned i = 0; i < m->nsamples; i++)
		right += (m->samples[i] > middle) == above;
	return m->nsamples >= 3 && right >= ROUNDS_AGREE * m->nsamples;
}

/* The middle of the bracket's own two points: in a set-associative TLB the first miss is far below
 * the plateau. */
static bool rounds_agree(const struct series *s, const struct knee *k)
{
	const struct metric_result *low = cell_find_metric(series_at(s, k->low_x), s->metric);
	const struct metric_result *high = cell_find_metric(series_at(s, k->high_x), s->metric);
	double middle = (low->e.est + high->e.est) / 2;

	return on_side(low, middle, false) && on_side(high, middle, true);
}

/* How the other curves that reach there judge it. */
static void ask_others(const struct levels *levels, unsigned level, unsigned *agree, unsigned *deny)
{
	const struct knee *k = levels_knee(levels, level);
	int source = levels->source[level - 1];

	*agree = *deny = 0;
	for (int i = DISTINCT; i <= ZERO; i++) {
		const struct series *s = &levels->series[i];

		if (i == source || !series_covers(s, k->low_x, k->high_x))
			continue;
		*agree += series_has_knee(s, k);
		*deny += !series_has_knee(s, k) && i != DISTINCT;
	}
}

static enum confidence judge(const struct levels *levels, unsigned level)
{
	const struct knee *k = levels_knee(levels, level);
	int source = levels->source[level - 1];
	bool lone = source != DISTINCT; /* a false knee of a way predictor looks the same */
	double tight = fmax(TIGHT_PAGES, level == 2 ? TIGHT_PART * k->low_x : 0);
	unsigned agree, deny;

	ask_others(levels, level, &agree, &deny);
	if (deny && !agree)
		return CANNOT_TELL;
	if (deny || (lone && !agree) || (level == 2 && k->edge == EDGE_SLOPED))
		return SEEN;
	if (k->high_x - k->low_x > tight || !rounds_agree(&levels->series[source], k))
		return SEEN;
	return CONFIRMED;
}

/* To the plateau, and no further than L1D is sure to hold the lines. */
static double rise_of(const struct series *s, const struct knee *k)
{
	double after = k->before;

	if (k->flat && (k->flat_x <= L1D_LINES || k->low_x >= L1D_LINES))
		return k->after - k->before;
	for (size_t i = 0; i < s->n && s->curve.point[i].x <= fmax(L1D_LINES, k->high_x); i++)
		after = fmax(after, s->curve.point[i].y);
	return fmin(after, k->after) - k->before;
}

/* Under LRU one page too many makes all of its set miss, and all pages where there is one set: a
 * step, and below it nothing. Else the first pages too many miss so rarely that they make no knee.
 */
static bool is_gradual(const struct series *s, const struct knee *k)
{
	const struct metric_result *low = cell_find_metric(series_at(s, k->low_x), s->metric);
	const struct metric_result *high = cell_find_metric(series_at(s, k->high_x), s->metric);
	double step = high->e.est - k->before;

	return step < MOST * rise_of(s, k) && low->e.hi - k->before > BELOW * step;
}

/* The largest size, near the knee, of which nothing misses. */
static double last_without(const struct series *s, const struct knee *k)
{
	const struct curve_point *p = s->curve.point;
	double hi = k->before;
	size_t low = 0;

	while (low + 1 < s->n && p[low + 1].x <= k->low_x)
		low++;
	for (size_t i = 0; i <= low; i++)
		if (p[i].x * BACK <= k->low_x && p[i].x * BACK * BACK >= k->low_x)
			hi = fmax(hi, p[i].hi);
	hi += TRACE * rise_of(s, k);
	while (low > 0 && p[low - 1].x * BACK >= k->low_x && p[low].lo > hi)
		low--;
	return p[low].x;
}

/* "4k", or what the TLB really holds of it. */
static void begin(struct result *result, const struct levels *levels, unsigned level,
		  struct draft *draft, char what[WHAT_MAX])
{
	char name[PAGE_NAME_MAX];
	bool split = host_splinters(result, levels->page);
	const char *entries = splinter_entries(result, levels->page);

	*draft = draft_begin(result, "tlb-level", "knee/2");
	page_name(levels->page, name);
	draft_subject(draft, "page", "%s", name);
	draft_subject(draft, "level", "%u", level);
	if (split)
		draft_subject(draft, "entries", "%s", entries);
	snprintf(what, WHAT_MAX, "%s level %u%s%s%s", name, level, split ? " (" : "",
		 !split			 ? ""
		 : strcmp(entries, "4k") ? entries
					 : "4K",
		 split ? " entries, as the host splinters)" : "");
}

/* The difference of the plateaus beside level 1, in every unit there is; its text is "" without
 * any. */
static void add_penalty(struct draft *draft, const struct levels *levels, char *text, size_t size)
{
	const struct series *s = &levels->series[levels->source[0]];
	double limit = levels->source[0] == DISTINCT ? L1D_LINES : INFINITY;
	const char *const units[] = {"cycles", "ns"};
	struct estimate below, above, hit;

	text[0] = 0;
	for (unsigned i = 0; i < 2; i++) {
		char name[RESULT_NAME_MAX], number[QUANTITY_MAX];

		if (!series_sides(s, levels->knee[0], limit, units[i], &below, &above))
			continue;
		if (levels_hit(levels, s, levels_knee(levels, 1), units[i], &hit) &&
		    hit.hi < below.lo)
			below = hit;
		snprintf(name, sizeof name, "penalty_%s", units[i]);
		draft_value(draft, name, units[i], estimate_less(above, below));
		quantity(number, above.est - below.est, units[i]);
		snprintf(text + strlen(text), size - strlen(text), "%s%s",
			 text[0] ? " or " : ", a miss costs ", number);
	}
}

static void add_from(struct draft *draft, const struct series *s, const struct knee *k)
{
	draft_from(draft, series_at(s, k->low_x));
	draft_from(draft, series_at(s, k->high_x));
	draft_from(draft, series_at(s, k->flat_x));
}

static bool report_sharp(struct result *result, const struct levels *levels, unsigned level)
{
	const struct knee *k = levels_knee(levels, level);
	const struct series *s = &levels->series[levels->source[level - 1]];
	enum confidence confidence = judge(levels, level);
	bool gradual = is_gradual(s, k);
	double least = gradual ? last_without(s, k) : k->low_x;
	char what[WHAT_MAX], penalty[96] = "";
	struct draft draft;

	begin(result, levels, level, &draft, what);
	draft_subject(&draft, "edge", "%s", k->edge == EDGE_SHARP ? "sharp" : "sloped");
	draft_value(&draft, "entries", "pages", (struct estimate){least, least, k->high_x});
	if (gradual && confidence == CONFIRMED) { /* what one set holds may bear it out */
		draft_subject(&draft, "rise", "gradual");
		confidence = SEEN;
	}
	if (level == 1)
		add_penalty(&draft, levels, penalty, sizeof penalty);
	add_from(&draft, s, k);
	return draft_done(&draft, confidence, "%s: %.0f page%s still hit%s, %.0f no longer do%s%s",
			  what, least, plural(least), least == 1 ? "s" : "", k->high_x, penalty,
			  confidence == CANNOT_TELL ? "; but layouts disagree, so it may be no TLB"
						    : "");
}

static bool report_slope(struct result *result, const struct levels *levels)
{
	const struct knee *k = levels_knee(levels, 2);
	const struct series *s = &levels->series[levels->source[1]];
	struct estimate e = {series_crossing(s, k, 0.25), series_crossing(s, k, 0.05),
			     series_crossing(s, k, 0.5)};
	enum confidence confidence = judge(levels, 2);
	char what[WHAT_MAX];
	struct draft draft;

	begin(result, levels, 2, &draft, what);
	draft_subject(&draft, "edge", "sloped");
	draft_value(&draft, "entries", "pages", e);
	add_from(&draft, s, k);
	return draft_done(
	    &draft, confidence,
	    "%s: the curve leaves its plateau at %.0f pages and has half of its rise at "
	    "%.0f: a slope and not a size",
	    what, e.lo, e.hi);
}

static bool report_doubt(struct result *result, const struct levels *levels)
{
	const struct knee *k = &levels->series[DISTINCT].knee[levels->doubtful];
	char what[WHAT_MAX];
	struct draft draft;

	begin(result, levels, 2, &draft, what);
	add_from(&draft, &levels->series[DISTINCT], k);
	return draft_done(
	    &draft, CANNOT_TELL,
	    "%s: distinct memory steps at %.0f to %.0f pages, where a data cache fills "
	    "as well; chase layout=alias tells them apart",
	    what, k->low_x, k->high_x);
}

static bool report(struct result *result, const struct levels *levels)
{
	const struct knee *second = levels_knee(levels, 2);

	if (levels_knee(levels, 1) && !report_sharp(result, levels, 1))
		return false;
	if (second)
		return second->edge == EDGE_SHARP ? report_sharp(result, levels, 2)
						  : report_slope(result, levels);
	return levels->doubtful < 0 || report_doubt(result, levels);
}

bool find_tlb_levels(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = chase_pages(result, pages, PAGE_KINDS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct levels levels;
		bool done;

		if (!levels_find(result, pages[i], &levels))
			return false;
		done = report(result, &levels);
		levels_free(&levels);
		if (!done)
			return false;
	}
	return true;
}
