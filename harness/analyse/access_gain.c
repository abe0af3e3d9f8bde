/* What huge pages gain where accesses do not wait for each other, or ascend, by footprint. Both
 * page kinds get the very same accesses, so what differs is translation. */
#include "analyse/analysis.h"

#include <stdlib.h>
#include <string.h>

#define FOOTPRINTS_MAX 16

static const struct pattern {
	const char *name, *cells;
} patterns[] = {
    {"random updates", "gups op=update"},
    {"random reads", "gups op=read"},
    {"random blocks of 4 KiB", "gups op=blocks"},
    {"ascending lines", "stride layout=distinct stride=64B"},
    {"ascending loads, one to 4 KiB", "stride layout=distinct stride=4KiB"},
};

struct pair {
	const struct cell_result *base, *huge;
	uint64_t bytes;
	struct estimate ratio;
};

struct gain {
	const struct pattern *pattern;
	struct page_kind base, huge;
	unsigned n;
	struct pair pair[FOOTPRINTS_MAX]; /* footprint rises */
};

static bool is_kind(const struct cell_result *c, struct page_kind page)
{
	struct page_kind own = cell_page(&c->cell, "page");

	return own.how == page.how && own.bytes == page.bytes;
}

/* In all but the page. */
static bool alike(const struct cell *a, const struct cell *b)
{
	if (a->nparams != b->nparams)
		return false;
	for (unsigned i = 0; i < a->nparams; i++) {
		const struct cell_param *p = &a->param[i];
		const struct value *other = cell_value(b, p->name);

		if (!other || (strcmp(p->name, "page") != 0 && !value_equal(&p->value, other)))
			return false;
	}
	return true;
}

static const struct cell_result *partner(const struct result *result, const struct gain *gain,
					 const struct cell_result *base)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];

		if (strcmp(c->cell.bench, base->cell.bench) == 0 && verdict_is_ok(&c->outcome) &&
		    is_kind(c, gain->huge) && alike(&base->cell, &c->cell) &&
		    cell_find_metric(c, "ns"))
			return c;
	}
	return NULL;
}

static int by_bytes(const void *a, const void *b)
{
	uint64_t x = ((const struct pair *)a)->bytes, y = ((const struct pair *)b)->bytes;

	return (x > y) - (x < y);
}

static void find_pairs(const struct result *result, const struct selector *cells, struct gain *gain)
{
	for (unsigned i = 0; i < result->ncells && gain->n < FOOTPRINTS_MAX; i++) {
		const struct cell_result *c = &result->cells[i], *huge;
		const struct metric_result *ns = cell_find_metric(c, "ns");

		if (!selector_match(cells, &c->cell) || !verdict_is_ok(&c->outcome) || !ns ||
		    !is_kind(c, gain->base) || !(huge = partner(result, gain, c)))
			continue;
		struct estimate e = cell_find_metric(huge, "ns")->e;

		if (e.lo > 0 && ns->e.lo > 0)
			gain->pair[gain->n++] = (struct pair){
			    c, huge, cell_count(&c->cell, "footprint"), estimate_over(ns->e, e)};
	}
	qsort(gain->pair, gain->n, sizeof *gain->pair, by_bytes);
}

#define AT_MAX 48

/* Leaves "1.38 at 1GiB" in text. */
static void add_pair(struct draft *draft, const struct pair *pair, char text[AT_MAX])
{
	struct value footprint = {.type = P_BYTES, .count = pair->bytes};
	char bytes[24], name[RESULT_NAME_MAX];

	value_format(&footprint, bytes, sizeof bytes);
	snprintf(name, sizeof name, "ratio_%s", bytes);
	draft_value(draft, name, "", pair->ratio);
	draft_from(draft, pair->base);
	draft_from(draft, pair->huge);
	snprintf(text, AT_MAX, "%.2f at %s", pair->ratio.est, bytes);
}

/* Of the base page's time, what the huge page saves: translations, and prefetchers that stop at the
 * end of a page. */
static struct estimate share_of(struct estimate ratio)
{
	return (struct estimate){1 - 1 / ratio.est, 1 - 1 / ratio.lo, 1 - 1 / ratio.hi};
}

static bool report(struct result *result, const struct gain *gain)
{
	const struct pair *last = &gain->pair[gain->n - 1];
	struct estimate share = share_of(last->ratio);
	char base[PAGE_NAME_MAX], huge[PAGE_NAME_MAX], at[AT_MAX], first[AT_MAX + 2] = "";
	struct draft draft = draft_begin(result, "access-gain", "accessgain/2");
	struct gain_word small = gain_small(&last->ratio);
	bool certain = last->ratio.est < GAIN_MIN && small.certain;

	page_name(gain->base, base);
	page_name(gain->huge, huge);
	draft_subject(&draft, "page", "%s", huge);
	draft_subject(&draft, "base", "%s", base);
	draft_subject(&draft, "access", "%s", gain->pattern->name);
	for (unsigned i = 0; i < gain->n; i++) {
		add_pair(&draft, &gain->pair[i], at);
		if (i == 0 && gain->n > 1)
			snprintf(first, sizeof first, "%s, ", at);
	}
	draft_value(&draft, "share", "", share);
	if (last->ratio.est >= GAIN_MIN && last->ratio.lo > 1)
		return draft_done(&draft, CONFIRMED,
				  "%s, %s instead of %s, times as fast: %s%s; it saves %.0f%% of "
				  "the time there",
				  gain->pattern->name, huge, base, first, at, share.est * 100);
	return draft_done(&draft, certain ? CONFIRMED : CANNOT_TELL,
			  "%s, %s instead of %s, times as fast: %s%s; %s", gain->pattern->name,
			  huge, base, first, at,
			  certain ? small.what : "the interval is too wide to tell");
}

static bool judge(struct result *result, const struct pattern *pattern, struct page_kind base,
		  struct page_kind huge)
{
	struct gain gain = {pattern, base, huge, 0, {{0}}};
	struct selector cells;
	struct verdict parsed = selector_parse(pattern->cells, base.bytes, &cells);

	if (!verdict_is_ok(&parsed))
		return true;
	find_pairs(result, &cells, &gain);
	return gain.n == 0 || report(result, &gain);
}

bool find_access_gain(struct result *result)
{
	static const char *const benches[] = {"gups", "stride"};
	struct page_kind pages[PAGE_KINDS_MAX];

	for (unsigned b = 0; b < sizeof benches / sizeof *benches; b++) {
		size_t n = bench_pages(result, benches[b], pages, PAGE_KINDS_MAX);
		size_t base = base_kind(pages, n);

		for (unsigned p = 0; base < n && p < sizeof patterns / sizeof *patterns; p++)
			for (size_t i = 0; i < n; i++)
				if (strncmp(patterns[p].cells, benches[b], strlen(benches[b])) ==
					0 &&
				    pages[i].how != PAGE_BASE &&
				    !judge(result, &patterns[p], pages[base], pages[i]))
					return false;
	}
	return true;
}
