/* A chain through pages that lie far apart, of which only those that hold a slot are mapped: what
 * assoc and walkcache walk. They differ in where within their pages the slots lie. */
#ifndef TLBSCOPE_BENCH_SPARSE_CHAIN_H
#define TLBSCOPE_BENCH_SPARSE_CHAIN_H

#include "layout.h"

struct sparse_chain {
	void **start, **at;
	uintptr_t *list;  /* zero */
	uintptr_t loaded; /* last; must be 0 */
};

static inline struct verdict sparse_want(const struct cell *cell, const struct machine *machine,
					 bool equal_offsets, struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = layout_of(cell);
	spec->sparse = spec->layout != LAYOUT_REFERENCE;
	spec->offsets = spec->sparse && equal_offsets ? OFFSETS_EQUAL : OFFSETS_SPREAD;
	spec->slot_bytes = spec->sparse ? cell_count(cell, "stride") : spec->page.bytes;
	spec->bytes = cell_count(cell, "pages") * spec->slot_bytes;
	want->pass_ops = cell_count(cell, "pages");
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

static inline void sparse_leg(struct visit *visit, uint64_t n)
{
	struct sparse_chain *chain = visit->state;

	if (chain->at)
		chain->at = chain_walk(chain->at, n);
	else
		chain->loaded = chain_walk_list(chain->list, visit->window[0].slots, n);
}

static inline struct verdict sparse_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct sparse_chain *chain = visit->state;
	struct order order;

	order_init(&order, window->slots, visit->seed);
	if (visit->want->region[0].layout == LAYOUT_ZERO) {
		chain->list = visit_alloc(visit, window->slots * sizeof *chain->list);
		if (!chain->list)
			return visit_no_memory(visit);
		chain_list(window, &order, chain->list);
	} else {
		chain->start = chain->at = chain_link(window, &order);
	}
	region_forget_translations();
	sparse_leg(visit, window->slots);
	return verdict_ok();
}

static inline struct verdict sparse_check(struct visit *visit, uint64_t n)
{
	const struct sparse_chain *chain = visit->state;

	if (chain->loaded)
		return not_zero();
	return chain->at == chain->start ? verdict_ok() : chain_broken(n);
}

#endif
