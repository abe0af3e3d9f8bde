/* Past how many pages the kernel flushes everything instead of page by page: there one page more is
 * cheaper. */
#include "analyse/analysis.h"
#include "analyse/storms.h"

#define DROPS_MAX 64
#define DROP_MIN  0.02 /* of the cost: less may be chance, with so many pairs */

struct drop {
	uint64_t npages;
	const struct cell_result *last, *next;
	struct estimate saving;
};

static bool is_drop(const struct result *result, const struct cell_result *c, struct drop *out)
{
	uint64_t npages = cell_count(&c->cell, "npages");
	const struct cell_result *next;

	if (!storm_is(c) || npages == 0 || cell_count(&c->cell, "resp") > 1)
		return false;
	next = storm_like(result, c, "npages", npages + 1);
	if (!next)
		return false;
	struct estimate cost = cell_find_metric(c, "ns")->e;
	struct estimate saving = estimate_less(cost, cell_find_metric(next, "ns")->e);

	*out = (struct drop){npages, c, next, saving};
	return saving.lo > 0 && saving.est > DROP_MIN * cost.est;
}

/* One finding for all drops at the page count of drop[0]; marks them as used. */
static bool report(struct result *result, struct drop *drop, size_t n)
{
	uint64_t npages = drop[0].npages;
	unsigned curves = 0;
	char saving[QUANTITY_MAX];
	struct draft draft = draft_begin(result, "flush-ceiling", "ceiling/1");

	draft_subject(&draft, "npages", "%lu", (unsigned long)npages);
	draft_number(&draft, "ceiling", "pages", (double)npages);
	draft_value(&draft, "saving_ns", "ns", drop[0].saving);
	quantity(saving, drop[0].saving.est, "ns");
	for (size_t i = 0; i < n; i++) {
		if (drop[i].npages != npages)
			continue;
		draft_from(&draft, drop[i].last);
		draft_from(&draft, drop[i].next);
		drop[i].npages = 0;
		curves++;
	}
	return draft_done(&draft, curves > 1 ? CONFIRMED : SEEN,
			  "past %lu pages one full flush is cheaper, by %s (%s)",
			  (unsigned long)npages, saving, drop[0].last->cell.bench);
}

bool find_flush_ceiling(struct result *result)
{
	struct drop drops[DROPS_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < result->ncells && n < DROPS_MAX; i++)
		n += is_drop(result, &result->cells[i], &drops[n]);
	for (size_t i = 0; i < n; i++)
		if (drops[i].npages && !report(result, drops + i, n - i))
			return false;
	return true;
}
