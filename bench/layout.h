/* What benchmarks that chase share: the word of a layout, and what a broken chain is called. */
#ifndef TLBSCOPE_BENCH_LAYOUT_H
#define TLBSCOPE_BENCH_LAYOUT_H

#include <tlbscope/bench.h>

static inline enum layout layout_of(const struct cell *cell)
{
	static const struct {
		const char *word;
		enum layout layout;
	} words[] = {
	    {"reference", LAYOUT_REFERENCE}, {"alias", LAYOUT_ALIAS}, {"zero", LAYOUT_ZERO}};

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (cell_is(cell, "layout", words[i].word))
			return words[i].layout;
	return LAYOUT_DISTINCT;
}

/* The slots' addresses in visiting order, with a zero in each. NULL: no memory. */
static inline uintptr_t *list_of_zeros(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	uintptr_t *list = visit_alloc(visit, window->slots * sizeof *list);
	struct order order;

	if (!list)
		return NULL;
	order_init(&order, window->slots, visit->seed);
	chain_list(window, &order, list);
	for (uint64_t i = 0; i < window->slots; i++)
		*(uintptr_t *)list[i] = 0;
	return list;
}

static inline struct verdict chain_broken(uint64_t n)
{
	return verdict_invalid(
	    "chain-broken", "report this: the chain's pages were written to while it was measured",
	    "after %llu loads the chain was not where it had begun", (unsigned long long)n);
}

static inline struct verdict not_zero(void)
{
	return verdict_invalid("not-zero",
			       "report this: an alias was written to while it was measured",
			       "a slot did not hold the zero that keeps the chain together");
}

#endif
