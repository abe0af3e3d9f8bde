/* When has a huge page repaid what it cost to get?
 *
 * Getting one is a fault and the clearing of all of it. Against the small pages in its place that
 * is cheaper or dearer by how many of them a program uses. What it saves comes with each access:
 * from the finding on huge-page gain. */
#include "analyse/analysis.h"

#include <string.h>

#define GIB ((double)(1 << 30))

struct cost { /* of getting one page */
	const struct cell_result *cell;
	struct page_kind page;
	struct estimate ns, ms_per_gib;
};

static bool is_first_touch(const struct cell_result *c)
{
	return strcmp(c->cell.bench, "fault") == 0 && verdict_is_ok(&c->outcome) &&
	       cell_is(&c->cell, "op", "write") && cell_is(&c->cell, "memory", "resident") &&
	       cell_count(&c->cell, "resp") == 0 && cell_find_metric(c, "mean_ns");
}

static struct estimate scaled(struct estimate e, double factor)
{
	return (struct estimate){e.est * factor, e.lo * factor, e.hi * factor};
}

/* The largest span speaks. */
static bool find_cost(const struct result *result, struct page_kind page, struct cost *out)
{
	*out = (struct cost){.page = page};
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];
		struct page_kind own = cell_page(&c->cell, "page");

		if (is_first_touch(c) && own.how == page.how && own.bytes == page.bytes &&
		    (!out->cell ||
		     cell_count(&c->cell, "span") > cell_count(&out->cell->cell, "span")))
			out->cell = c;
	}
	if (!out->cell)
		return false;
	out->ns = cell_find_metric(out->cell, "mean_ns")->e;
	out->ms_per_gib = scaled(out->ns, GIB / (double)page.bytes / 1e6);
	return out->ns.lo > 0;
}

/* ns that each random load saves. */
static const struct finding *find_saving(const struct result *result, const char *page,
					 struct estimate *out)
{
	const struct finding *f = NULL;

	while ((f = result_find_finding(result, "huge-gain", "page", page, f))) {
		const struct finding_value *base = value_of(f, "base_ns"),
					   *huge = value_of(f, "huge_ns");

		if (!base || !huge)
			continue;
		*out = estimate_less(base->e, huge->e);
		return f;
	}
	return NULL;
}

/* Accesses after which the saving has paid `debt`; false: it never does, as far as is known. */
static bool repay(struct estimate debt, const struct finding *gain, struct estimate saving,
		  struct estimate *out)
{
	if (!gain || saving.lo <= 0 || debt.lo <= 0)
		return false;
	*out = estimate_over(debt, saving);
	return true;
}

struct words {
	char page[PAGE_NAME_MAX], touch[RESULT_TEXT_MAX], sparse[RESULT_TEXT_MAX];
};

static void say_touch(struct words *words, const char *small, const struct cost *base,
		      const struct cost *huge)
{
	char a[QUANTITY_MAX], b[QUANTITY_MAX];

	quantity(a, base->ms_per_gib.est, "ms");
	quantity(b, huge->ms_per_gib.est, "ms");
	snprintf(words->touch, sizeof words->touch, "to touch 1 GiB once: %s %s, %s %s", small, a,
		 words->page, b);
}

static void say_debt(struct words *words, const char *what, const struct estimate *accesses)
{
	if (accesses)
		snprintf(words->sparse, sizeof words->sparse,
			 "%s, repaid after %.0f random loads of it", what, accesses->est);
	else
		snprintf(words->sparse, sizeof words->sparse,
			 "%s, and no gain was measured that would repay it", what);
}

/* All of it used: dearer or cheaper outright. One small page of it used: nearly always dearer. */
static bool report(struct result *result, const struct cost *base, const struct cost *huge)
{
	double pages = (double)huge->page.bytes / (double)base->page.bytes;
	struct estimate even = estimate_over(huge->ns, base->ns), saving = {0}, accesses;
	struct estimate all = estimate_less(huge->ns, scaled(base->ns, pages)),
			one = estimate_less(huge->ns, base->ns);
	struct draft draft = draft_begin(result, "break-even", "breakeven/1");
	struct words words = {0};
	char small[PAGE_NAME_MAX], what[120];

	page_name(base->page, small);
	page_name(huge->page, words.page);
	draft_subject(&draft, "page", "%s", words.page);
	draft_subject(&draft, "base", "%s", small);
	draft_from(&draft, base->cell);
	draft_from(&draft, huge->cell);
	draft_value(&draft, "base_ms_per_gib", "ms", base->ms_per_gib);
	draft_value(&draft, "huge_ms_per_gib", "ms", huge->ms_per_gib);
	draft_value(&draft, "base_ns", "ns", base->ns);
	draft_value(&draft, "huge_ns", "ns", huge->ns);
	draft_value(&draft, "even_pages", "", even);
	const struct finding *gain = find_saving(result, words.page, &saving);

	if (gain)
		draft_value(&draft, "saved_ns", "ns", saving);
	say_touch(&words, small, base, huge);
	if (all.lo > 0) { /* dearer even where all is used */
		bool paid = repay(all, gain, saving, &accesses);

		if (paid)
			draft_value(&draft, "even_accesses_used", "", accesses);
		say_debt(&words, "dearer even where all of it is used", paid ? &accesses : NULL);
	} else {
		bool paid = repay(one, gain, saving, &accesses);

		if (paid)
			draft_value(&draft, "even_accesses_sparse", "", accesses);
		snprintf(what, sizeof what,
			 "cheaper from %.0f of its %.0f small pages on; with one used, dearer",
			 even.est, pages);
		say_debt(&words, what, paid ? &accesses : NULL);
	}
	return draft_done(&draft, all.lo > 0 || all.hi < 0 ? CONFIRMED : SEEN, "%s; %s: %s",
			  words.touch, words.page, words.sparse);
}

bool find_break_even(struct result *result)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = bench_pages(result, "fault", pages, PAGE_KINDS_MAX);
	size_t at = base_kind(pages, n);
	struct cost base, huge;

	if (at == n || !find_cost(result, pages[at], &base))
		return true;
	for (size_t i = 0; i < n; i++)
		if (pages[i].how != PAGE_BASE && find_cost(result, pages[i], &huge) &&
		    !report(result, &base, &huge))
			return false;
	return true;
}
