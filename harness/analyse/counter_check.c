/* Do the hardware's own counts bear out the levels that times have shown? Below a level's reach an
 * access misses it never, past it always. misses_below, misses_above: per access, on both sides of
 * the edge level 1: dtlb_load_miss_l1 (hits of level 2; on some cores walks as well) and
 * dtlb_load_walk; level 2: dtlb_load_walk alone */
#include "analyse/analysis.h"
#include "analyse/levels.h"

#include <math.h>
#include <string.h>

#define NEVER	0.1
#define ALWAYS	0.9
#define ONCE	1.5 /* misses per access: more were counted twice */
#define MEETS	1.15
#define OCTAVES 4 /* how far from an edge, as a factor */

/* Does the first level's counter count walks as well (Arm's, and what kernels map on Zen)? Results
 * of before this was kept show it: a load misses once, and where every load walks, every load is
 * counted here, too. */
static bool with_walks(const struct result *result, const struct series *s)
{
	double last = s->n ? s->curve.point[s->n - 1].x : 0;
	struct estimate walks, first;

	for (unsigned i = 0; i < result->ncounters; i++)
		if (strcmp(result->counters[i].id, "dtlb_load_miss_l1") == 0 &&
		    result->counters[i].with_walks)
			return true;
	return series_level(s, "dtlb_load_walk", last, last, &walks) &&
	       series_level(s, "dtlb_load_miss_l1", last, last, &first) &&
	       walks.est + first.est > ONCE;
}

/* Misses of a level per access, over the cells from low_x to high_x. False: not counted there. */
static bool misses(const struct result *result, const struct series *s, unsigned level,
		   double low_x, double high_x, struct estimate *out)
{
	struct estimate first;

	if (!series_level(s, "dtlb_load_walk", low_x, high_x, out))
		return false;
	if (level == 1 && series_level(s, "dtlb_load_miss_l1", low_x, high_x, &first))
		*out = with_walks(result, s)
			   ? first
			   : (struct estimate){out->est + first.est, out->lo + first.lo,
					       out->hi + first.hi};
	return true;
}

/* Where counts by themselves pass one half. False: they do not. */
static bool counted_edge(const struct result *result, const struct series *s, unsigned level,
			 double *low_x, double *high_x)
{
	for (size_t i = 0; i + 1 < s->n; i++) {
		double a = s->curve.point[i].x, b = s->curve.point[i + 1].x;
		struct estimate before, after;

		if (!misses(result, s, level, a, a, &before) ||
		    !misses(result, s, level, b, b, &after) || before.est >= 0.5 || after.est < 0.5)
			continue;
		*low_x = a;
		*high_x = b;
		return true;
	}
	return false;
}

static struct draft begin(struct result *result, const struct levels *levels, unsigned level,
			  bool agrees, char name[PAGE_NAME_MAX])
{
	struct draft draft = draft_begin(result, "counter-check", "counter-check/2");

	page_name(levels->page, name);
	draft_subject(&draft, "page", "%s", name);
	draft_subject(&draft, "level", "%u", level);
	draft_subject(&draft, "counter", "%s", level == 1 ? "dtlb_load_miss_l1" : "dtlb_load_walk");
	draft_subject(&draft, "agrees", "%s", agrees ? "yes" : "no");
	return draft;
}

static bool check_knee(struct result *result, const struct levels *levels, unsigned level)
{
	const struct knee *k = levels_knee(levels, level);
	const struct knee *next = level == 1 ? levels_knee(levels, 2) : NULL;
	const struct series *s = &levels->series[levels->source[level - 1]];
	double past = fmin(k->flat_x * OCTAVES, next ? next->low_x : INFINITY);
	double low_x, high_x;
	struct estimate below, above;
	char name[PAGE_NAME_MAX], where[80] = "";

	if (!misses(result, s, level, k->low_x / OCTAVES, k->low_x, &below) ||
	    !misses(result, s, level, k->flat_x, past, &above))
		return true;
	/* A slope that never became flat has not reached every access yet. */
	bool agrees =
	    below.est <= NEVER && above.est >= (k->flat ? ALWAYS : 0.5) && above.est < ONCE;
	struct draft draft = begin(result, levels, level, agrees, name);

	draft_value(&draft, "misses_below", "1/op", below);
	draft_value(&draft, "misses_above", "1/op", above);
	draft_from_range(&draft, s, k->low_x, k->low_x);
	draft_from_range(&draft, s, k->flat_x, k->flat_x);
	if (agrees)
		return draft_done(&draft, CONFIRMED,
				  "%s level %u: hardware counts agree: %.2f misses per access to "
				  "%.0f pages, %.2f from %.0f",
				  name, level, below.est, k->low_x, above.est, k->flat_x);
	if (counted_edge(result, s, level, &low_x, &high_x))
		snprintf(where, sizeof where, "; by counts the edge lies between %.0f and %.0f",
			 low_x, high_x);
	return draft_done(&draft, SEEN,
			  "%s level %u: hardware counts disagree: %.2f misses per access to %.0f "
			  "pages, %.2f from %.0f%s",
			  name, level, below.est, k->low_x, above.est, k->flat_x, where);
}

/* Is it where distinct memory steps, too late for times alone to tell a TLB from a data cache? */
static bool settles_doubt(const struct levels *levels, unsigned level, double low_x, double high_x)
{
	if (level != 2 || levels->doubtful < 0)
		return false;
	const struct knee *k = &levels->series[DISTINCT].knee[levels->doubtful];

	return low_x <= k->high_x * MEETS && high_x * MEETS >= k->low_x;
}

/* Times saw no level, and yet misses go from never to always. */
static bool check_none(struct result *result, const struct levels *levels, unsigned level)
{
	const struct series *s = &levels->series[DISTINCT];
	char name[PAGE_NAME_MAX];
	double low_x, high_x;

	if (!counted_edge(result, s, level, &low_x, &high_x))
		return true;
	bool settles = settles_doubt(levels, level, low_x, high_x);
	struct draft draft = begin(result, levels, level, settles, name);

	draft_from_range(&draft, s, low_x, high_x);
	if (settles)
		return draft_done(&draft, CONFIRMED,
				  "%s level %u: hardware counts settle it: misses begin between "
				  "%.0f and %.0f pages, where distinct memory steps",
				  name, level, low_x, high_x);
	return draft_done(&draft, SEEN,
			  "%s level %u: hardware counts disagree: misses begin between %.0f and "
			  "%.0f pages, where times show no level",
			  name, level, low_x, high_x);
}

bool find_counter_check(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = chase_pages(result, pages, PAGE_KINDS_MAX);
	bool done = true;

	for (size_t i = 0; i < n && done; i++) {
		struct levels levels;

		if (!levels_find(result, pages[i], &levels))
			return false;
		for (unsigned level = 1; level <= 2 && done; level++)
			done = levels_knee(&levels, level) ? check_knee(result, &levels, level)
							   : check_none(result, &levels, level);
		levels_free(&levels);
	}
	return done;
}
