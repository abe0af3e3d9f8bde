/* Does the TLB hold a huge page as one entry? Aliases of one huge page at offsets that conflict
 * would all be small entries of one set, and thrash it, if the host backs the page by smaller ones;
 * true huge entries do not see the offset. Which offsets conflict depends on the index, so there
 * are three kinds: one that costs more shows pieces, and whole pages are those that no kind finds
 * in pieces. */
#include "analyse/analysis.h"
#include "analyse/set_probe.h"

#include <string.h>

#define SPLINTER_RATIO 1.5
#define ALIASES_LOW    128 /* past what L1 and one L2 set hold together */
#define ALIASES_HIGH   256 /* of more, whole pages would overfill their sets as well */
#define TWO_M	       ((uint64_t)2 << 20)

/* The last two for an index that folds so many bits (XOR with those above). */
static const char *const offsets[] = {"equal", "fold7", "fold8"};
#define OFFSETS (sizeof offsets / sizeof *offsets)

enum { UNKNOWN, PIECES, WHOLE };

struct pairs {
	struct {
		unsigned splintered, whole, unclear;
	} of[OFFSETS];
	const struct cell_result *equal, *spread; /* of the largest ratio */
	struct estimate ratio;
};

/* Which of `offsets` the cell is at; OFFSETS: none. */
static size_t offsets_of(const struct cell_result *c, struct page_kind page)
{
	struct page_kind own = cell_page(&c->cell, "page");
	uint64_t aliases = own.bytes ? cell_count(&c->cell, "footprint") / own.bytes : 0;
	size_t at = 0;

	if (strcmp(c->cell.bench, "chase") != 0 || !verdict_is_ok(&c->outcome) ||
	    !cell_is(&c->cell, "layout", "alias") || own.how != page.how ||
	    own.bytes != page.bytes || aliases < ALIASES_LOW || aliases > ALIASES_HIGH)
		return OFFSETS;
	while (at < OFFSETS && !cell_is(&c->cell, "offsets", offsets[at]))
		at++;
	return at;
}

/* Are the cells alike but for their offsets, which the other spreads (or lacks, as by default)? */
static bool is_partner(const struct cell *equal, const struct cell *other)
{
	return (!cell_value(other, "offsets") || cell_is(other, "offsets", "spread")) &&
	       cell_differs_in(equal, other, "offsets");
}

static const struct cell_result *partner(const struct result *result, const struct cell_result *c)
{
	for (unsigned i = 0; i < result->ncells; i++)
		if (verdict_is_ok(&result->cells[i].outcome) &&
		    is_partner(&c->cell, &result->cells[i].cell))
			return &result->cells[i];
	return NULL;
}

static const char *metric_of(const struct cell_result *a, const struct cell_result *b)
{
	return cell_find_metric(a, "cycles") && cell_find_metric(b, "cycles") ? "cycles" : "ns";
}

static void judge(struct pairs *pairs, size_t at, const struct cell_result *equal,
		  const struct cell_result *spread)
{
	const char *metric = metric_of(equal, spread);
	const struct metric_result *a = cell_find_metric(equal, metric);
	const struct metric_result *b = cell_find_metric(spread, metric);

	if (!a || !b || b->e.lo <= 0)
		return;
	struct estimate ratio = estimate_over(a->e, b->e);

	if (ratio.lo > SPLINTER_RATIO)
		pairs->of[at].splintered++;
	else if (ratio.hi < SPLINTER_RATIO)
		pairs->of[at].whole++;
	else
		pairs->of[at].unclear++;
	if (!pairs->equal || ratio.est > pairs->ratio.est) {
		pairs->equal = equal;
		pairs->spread = spread;
		pairs->ratio = ratio;
	}
}

static int answer_at(const struct pairs *pairs, size_t at)
{
	bool whole = pairs->of[at].whole, splintered = pairs->of[at].splintered;

	return splintered && !whole				? PIECES
	       : whole && !splintered && !pairs->of[at].unclear ? WHOLE
								: UNKNOWN;
}

/* One kind of offsets is enough for pieces, and all are needed for whole pages. */
static int answer_all(const struct pairs *pairs, bool *twice)
{
	unsigned whole = 0;
	int answer = UNKNOWN;

	*twice = false;
	for (size_t at = 0; at < OFFSETS; at++) {
		whole += answer_at(pairs, at) == WHOLE;
		if (answer_at(pairs, at) != PIECES)
			continue;
		answer = PIECES;
		*twice |= pairs->of[at].splintered > 1;
	}
	return answer == UNKNOWN && whole == OFFSETS ? WHOLE : answer;
}

/* Is the index, as base pages show it, one that these offsets would conflict in? */
static bool index_is_asked(const struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = chase_pages(result, pages, PAGE_KINDS_MAX);
	size_t base = base_kind(pages, n);
	struct set_probe probe;

	if (base == n)
		return false;
	probe = set_probe_read(result, pages[base], 2);
	for (unsigned i = 0; i < probe.nbits; i++)
		for (unsigned k = i + 1; k < probe.nbits; k++)
			if (probe.group[i] == probe.group[k] && probe.bit[k] - probe.bit[i] != 7 &&
			    probe.bit[k] - probe.bit[i] != 8)
				return false;
	return probe.index_known && probe.folds_known;
}

static const struct {
	const char *splinters, *before, *after, *after_large;
} answers[] = {
    {"unknown", "it cannot be told whether the host splinters ", " pages", " pages"},
    {"yes", "the host splinters ", " pages into 4K TLB entries", " pages into smaller TLB entries"},
    {"no", "the TLB holds ", " pages whole", " pages whole"},
};

static const struct finding *splinter_of(const struct result *result, uint64_t bytes)
{
	const struct finding *f = NULL;
	char name[PAGE_NAME_MAX];

	page_name((struct page_kind){PAGE_HUGETLB, bytes}, name);
	while ((f = result_find_finding(result, "splinter", "page", name, f)))
		if (f->confidence != CANNOT_TELL)
			return f;
	return NULL;
}

/* "yes" or "no"; NULL: not known. */
static const char *answer_of(const struct result *result, struct page_kind page)
{
	const struct finding *f = splinter_of(result, page.bytes);

	if (page.how == PAGE_BASE)
		return NULL;
	f = f ? f : splinter_of(result, TWO_M);
	return f ? facts_get(&f->subject, "splinters") : NULL;
}

bool host_splinters(const struct result *result, struct page_kind page)
{
	const char *answer = answer_of(result, page);

	return answer && strcmp(answer, "yes") == 0;
}

bool splinter_tested(const struct result *result, struct page_kind page)
{
	return answer_of(result, page) != NULL;
}

const char *splinter_entries(const struct result *result, struct page_kind page)
{
	const struct page_kind two_m = {PAGE_HUGETLB, TWO_M};

	return page.bytes <= TWO_M || host_splinters(result, two_m) ? "4k" : "smaller";
}

static bool report(struct result *result, struct page_kind page, const struct pairs *pairs)
{
	const char *metric = metric_of(pairs->equal, pairs->spread);
	struct estimate equal = cell_find_metric(pairs->equal, metric)->e;
	struct estimate spread = cell_find_metric(pairs->spread, metric)->e;
	bool twice;
	int answer = answer_all(pairs, &twice);
	bool sure = answer == PIECES ? twice : index_is_asked(result);
	struct draft draft = draft_begin(result, "splinter", "splinter/2");
	char name[PAGE_NAME_MAX];

	page_name(page, name);
	draft_subject(&draft, "page", "%s", name);
	draft_subject(&draft, "splinters", "%s", answers[answer].splinters);
	draft_value(&draft, "ratio", "", pairs->ratio);
	draft_value(&draft, "equal", metric, equal);
	draft_value(&draft, "spread", metric, spread);
	draft_from(&draft, pairs->equal);
	draft_from(&draft, pairs->spread);
	draft_subject(&draft, "offsets", "%s", cell_value(&pairs->equal->cell, "offsets")->word);
	return draft_done(
	    &draft,
	    answer == UNKNOWN ? CANNOT_TELL
	    : sure	      ? CONFIRMED
			      : SEEN,
	    "%s%s%s: at %s 4K offsets a load takes %.1f %s, spread %.1f", answers[answer].before,
	    name, page.bytes > TWO_M ? answers[answer].after_large : answers[answer].after,
	    cell_is(&pairs->equal->cell, "offsets", "equal") ? "equal" : "conflicting", equal.est,
	    metric, spread.est);
}

bool find_splinter(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = chase_pages(result, pages, PAGE_KINDS_MAX);

	for (size_t k = 0; k < n; k++) {
		struct pairs pairs = {0};

		for (unsigned i = 0; i < result->ncells; i++) {
			const struct cell_result *equal = &result->cells[i], *spread;
			size_t at = offsets_of(equal, pages[k]);

			spread = at < OFFSETS ? partner(result, equal) : NULL;
			if (spread)
				judge(&pairs, at, equal, spread);
		}
		if (pairs.equal && !report(result, pages[k], &pairs))
			return false;
	}
	return true;
}
