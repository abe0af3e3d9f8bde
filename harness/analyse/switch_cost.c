/* What a switch of context leaves of the TLB.
 *
 * A walk over more pages costs more after a switch to another process than after one to a thread by
 * what the switch lost. How much that could be at most, the same walk after a flush tells: the
 * slopes of both over pages give the share that is kept, whatever a walk costs on this machine. */
#include "analyse/analysis.h"

#include <math.h>
#include <string.h>

/* Share past which nearly all is kept; under it, they are lost. Not nearer to nothing: the flush
 * that is the ruler also leaves the page tables colder than a switch does, so losing all was seen
 * as a share of a half. */
#define KEPT	  0.75
#define PEERS_MAX 64

struct kind { /* cells that differ in their footprint only */
	struct page_kind page;
	const char *layout, *with;
	uint64_t peers; /* 0: the parameter is not there */
};

struct slope {
	const struct cell_result *few, *many;
	struct estimate at_few, ns_per_page;
};

static bool is_of(const struct cell_result *c, const struct kind *kind)
{
	struct page_kind page = cell_page(&c->cell, "page");

	return strcmp(c->cell.bench, "switch") == 0 && verdict_is_ok(&c->outcome) &&
	       page.how == kind->page.how && page.bytes == kind->page.bytes &&
	       cell_is(&c->cell, "layout", kind->layout) && cell_is(&c->cell, "with", kind->with) &&
	       cell_count(&c->cell, "peers") == kind->peers && !cell_is(&c->cell, "touch", "all");
}

static double pages_of(const struct cell_result *c)
{
	uint64_t bytes = cell_page(&c->cell, "page").bytes;

	return bytes ? (double)(cell_count(&c->cell, "footprint") / bytes) : 0;
}

static bool find_slope(const struct result *result, const struct kind *kind, const char *metric,
		       struct slope *out)
{
	*out = (struct slope){0};
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];

		if (!is_of(c, kind) || !cell_find_metric(c, metric))
			continue;
		if (!out->few || pages_of(c) < pages_of(out->few))
			out->few = c;
		if (!out->many || pages_of(c) > pages_of(out->many))
			out->many = c;
	}
	if (!out->few || out->few == out->many)
		return false;
	double pages = pages_of(out->many) - pages_of(out->few);
	struct estimate e = cell_find_metric(out->many, metric)->e;

	out->at_few = cell_find_metric(out->few, metric)->e;
	e = estimate_less(e, out->at_few);
	out->ns_per_page = (struct estimate){e.est / pages, e.lo / pages, e.hi / pages};
	return true;
}

/* The share kept, where `all` is what losing everything costs (and is positive throughout). */
static struct estimate kept_of(struct estimate lost, struct estimate all)
{
	double lo = 1 - lost.hi / (lost.hi > 0 ? all.lo : all.hi);
	double hi = 1 - lost.lo / (lost.lo > 0 ? all.hi : all.lo);

	return (struct estimate){1 - lost.est / all.est, lo, hi};
}

static void begin(struct result *result, const struct kind *kind, const char *what,
		  struct draft *draft)
{
	char page[PAGE_NAME_MAX];

	page_name(kind->page, page);
	*draft = draft_begin(result, what, "switch/1");
	draft_subject(draft, "page", "%s", page);
	draft_subject(draft, "layout", "%s", kind->layout);
}

static void draft_from_slope(struct draft *draft, const struct slope *slope)
{
	draft_from(draft, slope->few);
	draft_from(draft, slope->many);
}

/* What entering the kernel loses: page-table isolation without PCID empties the TLB twice a call.
 */
static const char *add_entry(const struct result *result, struct draft *draft,
			     const struct kind *like, struct estimate all)
{
	struct kind kind = *like;
	struct slope entry;

	kind.with = "syscall";
	kind.peers = 0;
	if (!find_slope(result, &kind, "entry_ns", &entry))
		return "";
	struct estimate kept = kept_of(entry.ns_per_page, all);

	draft_value(draft, "entry_ns", "ns", entry.at_few);
	draft_value(draft, "entry_kept", "", kept);
	draft_from_slope(draft, &entry);
	return kept.hi < KEPT ? "; each system call loses them as well" : "";
}

static bool report_kept(struct result *result, const struct kind *process, const struct slope *lost,
			const struct slope *ruler)
{
	char price[QUANTITY_MAX], each[QUANTITY_MAX], all[QUANTITY_MAX];
	struct draft draft;

	begin(result, process, "switch", &draft);
	draft_from_slope(&draft, lost);
	draft_from_slope(&draft, ruler);
	draft_value(&draft, "switch_ns", "ns", lost->at_few);
	draft_value(&draft, "lost_ns_per_page", "ns", lost->ns_per_page);
	draft_value(&draft, "flushed_ns_per_page", "ns", ruler->ns_per_page);
	if (ruler->ns_per_page.lo <= 0)
		return draft_done(&draft, CANNOT_TELL,
				  "what a switch loses cannot be told: even a flush of all "
				  "translations makes no page dearer");
	struct estimate kept = kept_of(lost->ns_per_page, ruler->ns_per_page);
	const char *entry = add_entry(result, &draft, process, ruler->ns_per_page);

	draft_value(&draft, "kept", "", kept);
	quantity(price, fmax(lost->at_few.est, 0), "ns");
	quantity(each, fmax(lost->ns_per_page.est, 0), "ns");
	quantity(all, ruler->ns_per_page.est, "ns");
	if (kept.lo > KEPT)
		return draft_done(
		    &draft, CONFIRMED,
		    "a switch to another process keeps its translations (PCID, ASID): "
		    "%s over one to a thread, and %s for each page used again, where "
		    "a lost one costs %s%s",
		    price, each, all, entry);
	if (kept.hi < KEPT)
		return draft_done(
		    &draft, CONFIRMED,
		    "a switch to another process loses its translations: %s over one to "
		    "a thread, and %s for each page used again (%s after a flush)%s",
		    price, each, all, entry);
	return draft_done(&draft, CANNOT_TELL,
			  "a switch to another process keeps between %.0f%% and %.0f%% of its "
			  "translations%s",
			  fmax(kept.lo, 0) * 100, fmin(kept.hi, 1) * 100, entry);
}

/* How many address spaces a CPU keeps apart: so many take turns, and the next one costs them all.
 */
static bool report_spaces(struct result *result, const struct kind *process,
			  const struct slope *ruler)
{
	uint64_t kept_to = 0, gone_from = 0;
	struct kind kind = *process;
	struct slope at[PEERS_MAX + 1];
	struct draft draft;

	for (kind.peers = 1; kind.peers <= PEERS_MAX && !gone_from; kind.peers++) {
		struct slope *slope = &at[kind.peers];

		if (!find_slope(result, &kind, "lost_ns", slope))
			continue;
		struct estimate kept = kept_of(slope->ns_per_page, ruler->ns_per_page);

		if (kept.lo > KEPT)
			kept_to = kind.peers;
		else if (kept.hi < KEPT && kept_to)
			gone_from = kind.peers;
	}
	if (!gone_from)
		return true;
	begin(result, process, "address-spaces", &draft);
	draft_value(&draft, "spaces", "",
		    (struct estimate){(double)kept_to + 1, (double)kept_to + 1, (double)gone_from});
	draft_from_slope(&draft, &at[kept_to]);
	draft_from_slope(&draft, &at[gone_from]);
	draft_from_slope(&draft, ruler);
	return draft_done(&draft, gone_from == kept_to + 1 ? CONFIRMED : SEEN,
			  "a CPU keeps the translations of %llu processes that take turns; with "
			  "%llu each switch loses them",
			  (unsigned long long)kept_to + 1, (unsigned long long)gone_from + 1);
}

static bool judge(struct result *result, struct page_kind page, const char *layout)
{
	const struct kind process = {page, layout, "process", 1},
			  flush = {page, layout, "flush", 0};
	struct slope lost, ruler;

	if (!find_slope(result, &process, "lost_ns", &lost) ||
	    !find_slope(result, &flush, "lost_ns", &ruler))
		return true;
	return report_kept(result, &process, &lost, &ruler) &&
	       (ruler.ns_per_page.lo <= 0 || report_spaces(result, &process, &ruler));
}

bool find_switch_cost(struct result *result)
{
	static const char *const layouts[] = {"alias", "distinct"};
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = bench_pages(result, "switch", pages, PAGE_KINDS_MAX);

	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < sizeof layouts / sizeof *layouts; k++)
			if (!judge(result, pages[i], layouts[k]))
				return false;
	return true;
}
