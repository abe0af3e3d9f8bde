/* Entries, sets and ways of one TLB: of the curve and the probes of sets, which must agree. */
#include "analyse/tlb_geometry.h"

#include <math.h>
#include <string.h>

#define NEARLY_ALL     0.85
#define OWN_LEFT       0.97 /* the program has pages of its own */
#define FULL_WAYS      24   /* no TLB in use has so many ways without being fully associative */
#define ROUNDED_DOWN   0.1  /* of a way: noise of the whole TLB's line */
#define LRU_LINE       0.06 /* the two halves of its line of misses begin so close together */
#define HALF_A_MISS    0.5
#define PRODUCT_AGREES 0.16 /* sets x ways with the whole TLB */
#define PAST_L1	       1.15 /* times its entries: so many are a second level's */
#define SETS_AGREE     0.04 /* the same of level 1, with the curve */

const struct finding *geometry_find(const struct geometry *g, const char *kind, bool by_level)
{
	const struct finding *f = NULL;
	char level[12];

	snprintf(level, sizeof level, "%u", g->level);
	while ((f = result_find_finding(g->result, kind, "page", g->name, f))) {
		const char *own = facts_get(&f->subject, "level");

		if (!by_level || (own && strcmp(own, level) == 0))
			return f;
	}
	return NULL;
}

static struct estimate exact(double x)
{
	return (struct estimate){x, x, x};
}

static void take_entries(struct geometry *g)
{
	const struct finding_value *v = value_of(g->curve, "entries");

	if (!v || g->curve->confidence == CANNOT_TELL || g->level != 1)
		return;
	g->entries = (struct estimate){v->e.est, v->e.lo, fmax(v->e.lo, v->e.hi - 1)};
	g->has_entries = true;
}

/* A power of two, as an index of address bits makes them. */
static double nearest_sets(double x)
{
	return exp2(round(log2(x)));
}

/* Nearly as many pages as there are entries, anywhere: -1: not asked, 0: they hit, 1: some miss. */
static int random_misses(const struct geometry *g)
{
	int answer = -1;

	for (unsigned i = 0; i < g->probe.nrandom; i++) {
		double part = g->probe.random[i].n / g->entries.est;

		if (part >= NEARLY_ALL && part <= OWN_LEFT)
			answer = g->probe.random[i].misses;
	}
	return answer;
}

/* One set that holds all there is. Pages of one set that is not, by the bits that are asked, may
 * lie in many by a hash of others: then pages anywhere do not fit. */
static bool is_full(struct geometry *g)
{
	const struct set_probe *p = &g->probe;
	int random = g->has_entries ? random_misses(g) : -1;
	bool whole =
	    g->has_entries && (p->past ? p->past >= g->entries.lo : p->fit >= g->entries.lo);

	g->full_proved = whole && random == 0;
	g->hashed = whole && random == 1;
	return !g->hashed && (whole || (p->past == 0 && p->fit >= FULL_WAYS));
}

/* Of L1: few pages of one set that fit, or as many as there are entries. */
static void take_l1_ways(struct geometry *g)
{
	const struct set_probe *p = &g->probe;
	double sets;

	if (!p->probed || p->fit == 0)
		return;
	g->full = is_full(g);
	if (g->hashed)
		return;
	if (g->full) {
		g->has_ways = g->has_sets = g->has_entries;
		g->ways = g->entries;
		g->sets = exact(1);
		return;
	}
	g->has_ways = p->past != 0 && p->past <= p->fit + 2;
	g->ways = (struct estimate){p->fit, p->fit, p->past > p->fit ? p->past - 1 : p->fit};
	if (!g->has_ways || !g->has_entries)
		return;
	sets = nearest_sets(g->entries.est / g->ways.est);
	g->has_sets = fabs(sets * g->ways.est / g->entries.est - 1) < SETS_AGREE;
	g->sets = exact(sets);
	g->cross_checked = g->has_sets && sets * g->ways.est == g->entries.est;
	if (g->has_sets)
		g->entries =
		    (struct estimate){sets * g->ways.est, fmin(g->entries.lo, sets * g->ways.est),
				      fmax(g->entries.hi, sets * g->ways.est)};
}

static double product_gap(const struct geometry *g, double ways)
{
	return fabs(g->sets.est * ways / g->probe.whole.entries - 1);
}

/* Victims that told index bits overfill one set and fit two. */
static bool in_bounds(const struct set_probe *p, double ways)
{
	return ways < p->index_victims && 2 * ways >= p->index_victims;
}

/* Where onset and share differ by the one way that both may be off. */
static double settle(const struct set_probe *p, double of_whole)
{
	bool lru = p->whole.hi - p->whole.lo < LRU_LINE * p->whole.entries;

	if (p->fit != of_whole + 1)
		return of_whole;
	return lru || p->fit_misses > HALF_A_MISS ? of_whole : p->fit;
}

/* The whole TLB's line of misses begins at its size under LRU and before it under any other policy,
 * so its share of a set is rounded up. The onset in one set is early where page tables or the
 * program's own pages take a way, and late where a miss is rare. They must agree, within what the
 * index bits leave open. */
static void take_l2_ways(struct geometry *g)
{
	const struct set_probe *p = &g->probe;
	bool onset = p->past && p->past <= p->fit + 4 && in_bounds(p, p->fit),
	     shared = p->whole.known;
	double ways = p->fit,
	       of_whole = shared ? ceil(p->whole.entries / g->sets.est - ROUNDED_DOWN) : 0;

	if (shared && in_bounds(p, of_whole) && (!onset || ways <= of_whole + 1)) {
		double low = onset ? fmin(of_whole, ways) : ceil(p->index_victims / 2.0);

		g->cross_checked = onset && of_whole == ways;
		g->contradicted = product_gap(g, of_whole) > PRODUCT_AGREES;
		g->ways = (struct estimate){onset ? settle(p, of_whole) : of_whole, low,
					    fmax(of_whole, onset ? ways : 0)};
		g->has_ways = true;
		return;
	}
	g->contradicted = shared && product_gap(g, ways) > PRODUCT_AGREES;
	g->has_ways = onset;
	g->ways = (struct estimate){ways, shared ? fmin(of_whole, ways) : ways, p->past - 1};
}

static const struct finding_value *l1_entries(const struct geometry *g)
{
	struct geometry first = *g;

	first.level = 1;
	return value_of(geometry_find(&first, "tlb-level", true), "entries");
}

/* With fewer pages between than the L1 TLB holds, it would be the L1 TLB that was probed. */
static bool reaches_past_l1(const struct geometry *g)
{
	const struct finding_value *v = l1_entries(g);

	return v && v->e.hi < g->probe.filler;
}

/* Pages there and back through all that there is: where that is the L1 TLB, no second one is. */
static bool whole_is_l1(const struct geometry *g)
{
	const struct finding_value *v = l1_entries(g);

	return v && g->probe.whole.entries < PAST_L1 * v->e.est;
}

void geometry_take_l2(struct geometry *g)
{
	const struct set_probe *p = &g->probe;

	g->probe.whole.known &= !whole_is_l1(g);
	g->has_sets = p->folds_known && reaches_past_l1(g);
	g->sets = exact(ldexp(1, (int)p->ngroups));
	if (g->has_sets)
		take_l2_ways(g);
	if (g->contradicted)
		g->has_sets = g->has_ways = false;
	if (g->has_sets && g->has_ways) {
		g->entries = (struct estimate){g->sets.est * g->ways.est, g->sets.est * g->ways.lo,
					       g->sets.est * g->ways.hi};
		g->has_entries = true;
	} else if (p->whole.known && !g->contradicted) {
		g->entries = (struct estimate){p->whole.entries, p->whole.lo, p->whole.hi};
		g->has_entries = true;
	}
}

void geometry_take_l1(struct geometry *g)
{
	take_entries(g);
	take_l1_ways(g);
}
