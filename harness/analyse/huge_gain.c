/* What huge pages save a random walk of one footprint.
 * Measured where the huge cell touches every 4 KB, as the small one does. Else its lines are fewer
 * and stay cached, so only its translation can be used: estimated as small − translation(small) +
 * translation(huge). */
#include "analyse/analysis.h"

#include <string.h>

#define WHAT_MAX 128

struct match {
	const struct cell_result *small, *huge;
	uint64_t bytes;
};

static bool is_distinct(const struct cell_result *c)
{
	return strcmp(c->cell.bench, "chase") == 0 && verdict_is_ok(&c->outcome) &&
	       cell_is(&c->cell, "layout", "distinct") && cell_is_plain(&c->cell) &&
	       cell_find_metric(c, "ns") != NULL;
}

static bool is_kind(const struct cell_result *c, struct page_kind page)
{
	struct page_kind own = cell_page(&c->cell, "page");

	return own.how == page.how && own.bytes == page.bytes;
}

/* Do both touch the same lines? A base page of 4 KB is touched once either way. */
static bool touch_alike(const struct cell *small, const struct cell *huge)
{
	return cell_touches_4k(huge) &&
	       (cell_touches_4k(small) || cell_page(small, "page").bytes == 4096);
}

/* The largest footprint of both; cells that touch alike win over all others. */
static struct match find_match(const struct result *result, struct page_kind small,
			       struct page_kind huge, bool alike)
{
	struct match best = {0};

	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *h = &result->cells[i];
		uint64_t bytes = cell_count(&h->cell, "footprint");

		if (bytes <= best.bytes || !is_kind(h, huge) || !is_distinct(h))
			continue;
		for (unsigned k = 0; k < result->ncells; k++) {
			const struct cell_result *s = &result->cells[k];

			if (cell_count(&s->cell, "footprint") == bytes && is_kind(s, small) &&
			    is_distinct(s) && touch_alike(&s->cell, &h->cell) == alike)
				best = (struct match){s, h, bytes};
		}
	}
	return best;
}

/* Time of the huge cell's kind over the small cell's lines. */
static bool huge_time(const struct match *match, bool alike, struct estimate *out)
{
	const struct metric_result *small = cell_find_metric(match->small, "translation_ns");
	const struct metric_result *huge = cell_find_metric(match->huge, "translation_ns");
	struct estimate ns = cell_find_metric(match->small, "ns")->e;

	if (alike) {
		*out = cell_find_metric(match->huge, "ns")->e;
		return out->lo > 0;
	}
	if (!small || !huge)
		return false;
	ns = estimate_less(ns, small->e);
	*out = (struct estimate){ns.est + huge->e.est, ns.lo + huge->e.lo, ns.hi + huge->e.hi};
	return out->lo > 0;
}

static void begin(struct result *result, const struct match *match, struct draft *draft,
		  char what[WHAT_MAX])
{
	char small[PAGE_NAME_MAX], huge[PAGE_NAME_MAX], bytes[32];
	struct value footprint = {.type = P_BYTES, .count = match->bytes};

	page_name(cell_page(&match->small->cell, "page"), small);
	page_name(cell_page(&match->huge->cell, "page"), huge);
	value_format(&footprint, bytes, sizeof bytes);
	*draft = draft_begin(result, "huge-gain", "hugegain/2");
	draft_subject(draft, "page", "%s", huge);
	draft_subject(draft, "base", "%s", small);
	draft_subject(draft, "footprint", "%s", bytes);
	draft_from(draft, match->small);
	draft_from(draft, match->huge);
	snprintf(what, WHAT_MAX, "%s instead of %s at %s", huge, small, bytes);
}

static bool report_unknown(struct result *result, const struct match *match, bool splintered)
{
	char what[WHAT_MAX];
	struct draft draft;

	begin(result, match, &draft, what);
	if (splintered)
		return draft_done(&draft, CANNOT_TELL,
				  "%s: no gain to expect, the host splinters huge pages; chase "
				  "touch=each-4k would measure it",
				  what);
	return draft_done(
	    &draft, CANNOT_TELL,
	    "%s: cannot tell, both kinds touch one line a page, so caches differ; chase "
	    "touch=each-4k would measure it",
	    what);
}

static bool report_gain(struct result *result, const struct match *match, bool alike,
			bool splintered, struct estimate time)
{
	struct estimate ns = cell_find_metric(match->small, "ns")->e;
	struct estimate ratio = estimate_over(ns, time);
	struct gain_word small = gain_small(&ratio);
	bool certain = ratio.est >= GAIN_MIN ? ratio.lo > 1 : small.certain;
	enum confidence sure = alike && certain ? CONFIRMED : SEEN;
	char what[WHAT_MAX], a[QUANTITY_MAX], b[QUANTITY_MAX];
	struct draft draft;

	begin(result, match, &draft, what);
	draft_subject(&draft, "method", "%s", alike ? "measured" : "estimated");
	draft_value(&draft, "ratio", "", ratio);
	draft_value(&draft, "base_ns", "ns", ns);
	draft_value(&draft, "huge_ns", "ns", time);
	quantity(a, ns.est, "ns");
	quantity(b, time.est, "ns");
	if (ratio.est >= GAIN_MIN && ratio.lo <= 1)
		return draft_done(
		    &draft, CANNOT_TELL,
		    "%s: cannot tell, the interval is too wide (%s against %s a load)", what, b, a);
	if (ratio.est < GAIN_MIN)
		return draft_done(&draft, sure, "%s: %s%s (%s against %s a load)", what, small.what,
				  splintered ? ", the host splinters" : "", b, a);
	return draft_done(&draft, sure, "%s: %.1f times as fast%s (%s against %s a load)", what,
			  ratio.est, alike ? "" : ", estimated from translation alone", b, a);
}

static bool compare(struct result *result, struct page_kind small, struct page_kind huge)
{
	struct match match = find_match(result, small, huge, true);
	bool alike = match.huge != NULL, splintered = host_splinters(result, huge);
	struct estimate time;

	if (!alike)
		match = find_match(result, small, huge, false);
	if (!match.huge)
		return true;
	if ((!alike && splintered) || !huge_time(&match, alike, &time))
		return report_unknown(result, &match, splintered);
	return report_gain(result, &match, alike, splintered, time);
}

bool find_huge_gain(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = chase_pages(result, pages, PAGE_KINDS_MAX);
	size_t base = base_kind(pages, n);

	for (size_t i = 0; i < n && base < n; i++)
		if (pages[i].how != PAGE_BASE && !compare(result, pages[base], pages[i]))
			return false;
	return true;
}
