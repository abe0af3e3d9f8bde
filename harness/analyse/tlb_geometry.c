/* The geometry of each TLB: what chase says of its entries and costs, setprobe of its sets, and
 * beside them what CPUID claims. A claim is compared and never taken over. entries   level 1: of
 * the curve; level 2: sets x ways, else where the whole TLB's misses begin sets, ways, whole;
 * penalty_cycles (level 1); walk_cycles, distinct_cycles (level 2); coalescing */
#include "analyse/tlb_geometry.h"
#include "result/phrase.h"

#include <math.h>
#include <string.h>

#define WHOLE_AGREES 0.12
#define COALESCES    1.5

static const struct claim *claim_of(const struct geometry *g)
{
	for (unsigned i = 0; i < g->result->machine.nclaims; i++) {
		const struct claim *c = &g->result->machine.claims[i];

		if (c->level == g->level && claim_names_page(c, g->name) &&
		    strcmp(c->type, "instruction") != 0 && strcmp(c->type, "store") != 0)
			return c;
	}
	return NULL;
}

/* Level 2 is counted; where only the whole TLB could be seen, its size is a line's beginning and no
 * count. */
static enum claim_judged judge(const struct geometry *g, double claimed)
{
	if (g->level == 1)
		return claim_judge_bracket(&g->entries, claimed);
	return claim_judge_number(&g->entries, claimed, g->has_sets ? CLAIM_AGREES : WHOLE_AGREES);
}

static const char *agreement(const struct geometry *g, const struct claim *c)
{
	const char *range = strstr(c->source, "-");
	unsigned least = 0, most = 0;
	const char *comma = strchr(c->source, ',');

	if (!g->has_entries || host_splinters(g->result, g->page))
		return "cannot-tell";
	enum claim_judged judged = judge(g, claim_entries(c));

	if (judged != CLAIM_HELD)
		return judged == CLAIM_EITHER ? "cannot-tell" : "no";
	if (g->has_ways && !g->full && c->ways && c->ways != (uint64_t)g->ways.est)
		return c->ways >= g->ways.lo && c->ways <= g->ways.hi ? "yes" : "entries-only";
	if (range && comma && sscanf(comma, ", %u-%u ways", &least, &most) == 2 && g->has_ways)
		return g->ways.hi >= least && g->ways.lo <= most ? "yes" : "entries-only";
	return "yes";
}

static void add_claim(struct draft *draft, const struct geometry *g, char *text, size_t size)
{
	const struct claim *c = claim_of(g);
	char ways[32] = "";

	snprintf(text, size, "no claim");
	if (c) {
		if (c->ways == c->entries)
			snprintf(ways, sizeof ways, ", full");
		else if (c->ways)
			snprintf(ways, sizeof ways, ", %llu ways", (unsigned long long)c->ways);
		snprintf(text, size, "%llu entries%s (%s)", (unsigned long long)c->entries, ways,
			 c->source);
		draft_subject(draft, "agrees", "%s", agreement(g, c));
	}
	draft_subject(draft, "claim", "%s", text);
}

static void add_coalescing(struct draft *draft, const struct geometry *g)
{
	double ratio;

	if (g->level != 1 || g->page.how != PAGE_BASE || !g->has_entries ||
	    !find_coalescing(g->result, g->page, g->entries.est, &ratio))
		return;
	draft_subject(draft, "coalescing", "%s", ratio >= COALESCES ? "yes" : "none-seen");
	draft_number(draft, "coalescing", "", ratio);
}

static void copy_value(struct draft *draft, const struct finding_value *v)
{
	if (v)
		draft_value(draft, v->name, v->unit, v->e);
}

/* Where nothing counts the entries: from where on a curve misses. */
static void add_slope(struct draft *draft, const struct finding_value *v)
{
	if (v)
		draft_value(draft, "slope", v->unit, v->e);
}

static void add_values(struct draft *draft, const struct geometry *g, const struct finding *curve,
		       const struct finding *walk)
{
	if (g->has_entries)
		draft_value(draft, "entries", "pages", g->entries);
	if (!g->has_entries && g->level == 2 && curve && curve->confidence != CANNOT_TELL)
		add_slope(draft, value_of(curve, "entries"));
	if (g->has_sets)
		draft_value(draft, "sets", "", g->sets);
	if (g->has_ways)
		draft_value(draft, "ways", "", g->ways);
	if (g->level == 2 && g->probe.whole.known)
		draft_value(draft, "whole", "pages",
			    (struct estimate){g->probe.whole.entries, g->probe.whole.lo,
					      g->probe.whole.hi});
	if (g->level == 1) {
		copy_value(draft, value_of(curve, "penalty_cycles"));
		copy_value(draft, value_of(curve, "penalty_ns"));
		return;
	}
	copy_value(draft, value_of(walk, "walk_cycles"));
	copy_value(draft, value_of(walk, "walk_ns"));
	copy_value(draft, value_of(walk, "distinct_cycles"));
}

static void add_subjects(struct draft *draft, const struct geometry *g, const struct finding *curve)
{
	const char *edge = curve ? facts_get(&curve->subject, "edge") : NULL;
	const char *held = curve ? facts_get(&curve->subject, "entries") : NULL;
	char index[160];

	draft_subject(draft, "page", "%s", g->name);
	draft_subject(draft, "level", "%u", g->level);
	draft_subject(draft, "source", "measured");
	if (g->full)
		draft_subject(draft, "associativity", "full");
	if (g->has_sets && g->probe.index_known && !g->contradicted) {
		set_probe_index(&g->probe, index, sizeof index);
		draft_subject(draft, "index", "%s%s", index,
			      g->probe.folds_known ? "" : " (folds not tested)");
	}
	if (edge)
		draft_subject(draft, "edge", "%s", edge);
	if (g->page.how != PAGE_BASE)
		draft_subject(draft, "splintered", "%s",
			      host_splinters(g->result, g->page)    ? "yes"
			      : splinter_tested(g->result, g->page) ? "no"
								    : "not tested");
	if (held)
		draft_subject(draft, "holds", "%s", held);
}

static const char *why_not(const struct geometry *g)
{
	return host_splinters(g->result, g->page) ? "cannot tell, the host holds them in pieces"
	       : g->contradicted ? "cannot tell, one set and the whole TLB disagree"
				 : "cannot tell its size";
}

static void say(const struct geometry *g, char *out, size_t size)
{
	const struct estimate *e = &g->entries;
	char entries[64];

	snprintf(entries, sizeof entries, is_bracket(e) ? "%.0f to %.0f" : "about %.0f", e->est,
		 e->hi);
	if (!g->has_entries)
		snprintf(out, size, "%s", why_not(g));
	else if (g->full)
		snprintf(out, size, "%.0f entries, fully associative", g->entries.est);
	else if (host_splinters(g->result, g->page))
		snprintf(out, size,
			 "%s entries of %s, as the host splinters: its own cannot be seen", entries,
			 strcmp(splinter_entries(g->result, g->page), "4k") ? "smaller pages"
									    : "4k");
	else if (g->has_sets && g->has_ways)
		snprintf(out, size, "%.0f entries, %.0f ways x %.0f sets", g->entries.est,
			 g->ways.est, g->sets.est);
	else
		snprintf(out, size, "%s entries, sets not told", entries);
}

/* A curve that rises little by little shows a size only where ways of so many sets make it up.
 * Where there may be a third level, its share of what one set and the whole show is not known. */
static enum confidence sure(const struct geometry *g, const struct finding *curve,
			    const struct finding *walk)
{
	if (!g->has_entries)
		return CANNOT_TELL;
	if (g->level == 2)
		return g->cross_checked && !(walk && facts_get(&walk->subject, "again")) ? CONFIRMED
											 : SEEN;
	if (!curve || !g->has_ways || (g->full ? !g->full_proved : !g->cross_checked))
		return SEEN;
	if (!g->full && facts_get(&curve->subject, "rise"))
		return CONFIRMED;
	return curve->confidence;
}

/* Adding a finding moves all findings, so earlier ones are found again after it. */
static bool report(struct geometry *g)
{
	struct draft draft = draft_begin(g->result, "tlb-geometry", "geometry/2");
	const struct finding *curve = draft.failed ? NULL : geometry_find(g, "tlb-level", true);
	const struct finding *walk = draft.failed ? NULL : geometry_find(g, "walk-cost", false);
	char what[160], claim[120];

	if (draft.failed)
		return false;
	add_subjects(&draft, g, curve);
	add_values(&draft, g, curve, walk);
	add_coalescing(&draft, g);
	add_claim(&draft, g, claim, sizeof claim);
	for (unsigned i = 0; i < g->probe.nfrom; i++)
		draft_from(&draft, g->probe.from[i]);
	for (unsigned i = 0; curve && i < curve->nfrom; i++)
		draft_from(&draft, result_find_cell(g->result, curve->from[i]));
	say(g, what, sizeof what);
	return draft_done(&draft, sure(g, curve, walk), "%s level %u: %s; claimed: %s", g->name,
			  g->level, what, claim);
}

/* Pieces of huge pages lie in sets of their own: nothing that is probed there is the huge page's.
 */
static bool holds_own(const struct geometry *g)
{
	return g->page.how == PAGE_BASE ||
	       (splinter_tested(g->result, g->page) && !host_splinters(g->result, g->page));
}

static bool conclude(struct result *result, struct page_kind page, unsigned level)
{
	struct geometry g = {.result = result, .page = page, .level = level};

	page_name(page, g.name);
	g.curve = geometry_find(&g, "tlb-level", true);
	if (holds_own(&g))
		g.probe = set_probe_read(result, page, level);
	if (!g.curve && !g.probe.probed && !g.probe.whole.known)
		return true;
	if (level == 1)
		geometry_take_l1(&g);
	else
		geometry_take_l2(&g);
	return report(&g);
}

bool find_tlb_geometry(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = chase_pages(result, pages, PAGE_KINDS_MAX);

	for (size_t i = 0; i < n; i++)
		for (unsigned level = 1; level <= 2; level++)
			if (!conclude(result, pages[i], level))
				return false;
	return true;
}
