/* Dependent loads in ascending order at one distance: what prefetchers make of translation. */
#include "layout.h"

#define BATCH_STEPS 65536

struct stride {
	void **start, **at;
	uint64_t steps; /* from start to at */
	uintptr_t *list;
	uintptr_t loaded; /* last; must be 0 */
};

static struct verdict stride_want(const struct cell *cell, const struct machine *machine,
				  struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = cell_is(cell, "layout", "zero") ? LAYOUT_ZERO : LAYOUT_DISTINCT;
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = cell_count(cell, "stride");
	want->pass_ops = spec->slot_bytes ? spec->bytes / spec->slot_bytes : 0;
	/* A walk in order need not end where it began: batches go on from each other. */
	if (spec->layout == LAYOUT_DISTINCT && want->pass_ops > BATCH_STEPS)
		want->pass_ops = BATCH_STEPS;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

static void stride_leg(struct visit *visit, uint64_t n)
{
	struct stride *stride = visit->state;

	if (stride->at) {
		stride->at = chain_walk(stride->at, n);
		stride->steps += n;
	} else {
		stride->loaded = chain_walk_list(stride->list, visit->window[0].slots, n);
	}
}

static void link_in_order(const struct window *window, struct stride *stride)
{
	void **slot = (void **)window_slot(window, 0);

	stride->start = stride->at = slot;
	for (uint64_t i = 1; i < window->slots; i++) {
		void **next = (void **)window_slot(window, i);

		*slot = next;
		slot = next;
	}
	*slot = stride->start;
}

static struct verdict stride_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct stride *stride = visit->state;

	if (visit->want->region[0].layout == LAYOUT_DISTINCT) {
		link_in_order(window, stride);
	} else {
		stride->list = visit_alloc(visit, window->slots * sizeof *stride->list);
		if (!stride->list)
			return visit_no_memory(visit);
		for (uint64_t i = 0; i < window->slots; i++)
			stride->list[i] = (uintptr_t)window_slot(window, i);
	}
	region_forget_translations();
	stride_leg(visit, visit->want->pass_ops);
	return verdict_ok();
}

static struct verdict stride_check(struct visit *visit, uint64_t n)
{
	const struct stride *stride = visit->state;
	const struct window *window = &visit->window[0];
	void *expected = stride->at ? window_slot(window, stride->steps % window->slots) : NULL;

	if (!stride->loaded && stride->at == expected)
		return verdict_ok();
	return chain_broken(n);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,2m,1g,thp", "4k", NULL, "page kind of the memory"},
    {"layout", P_WORD, "distinct,zero", "distinct", NULL,
     "distinct: memory of its own; zero: the kernel's zero page throughout"},
    {"stride", P_BYTES, "64B..4MiB", "4KiB", NULL, "distance of two loads, a power of two"},
    {"footprint", P_BYTES, "4KiB..max", "64MiB", NULL,
     "bytes of address space that one pass covers"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {0},
};

/* Spelled out: steps of a range are whole pages. */
#define STRIDES                                                                                    \
	"stride=64B,128B,256B,512B,1KiB,2KiB,4KiB,8KiB,16KiB,32KiB,64KiB,128KiB,256KiB,512KiB,"    \
	"1MiB,2MiB,4MiB"

static const struct sweep sweeps[] = {
    {"strides",
     "stride page=4k,thp layout=distinct footprint=64MiB "
     "stride=64B,512B,4KiB,64KiB,1MiB",
     "stride page=4k,thp layout=distinct,zero footprint=4MiB,64MiB,256MiB " STRIDES, NULL,
     "where a pass touches fewer lines to a page, then fewer pages"},
    {"stride-gain", NULL,
     "stride page=4k,thp layout=distinct stride=64B,512B,4KiB "
     "footprint=16MiB,128MiB,1GiB,4GiB,half",
     NULL, "what huge pages gain where addresses ascend"},
    {0},
};

const struct bench bench_stride = {
    .name = "stride",
    .what = "latency of dependent loads in ascending order, against their distance",
    .isolates = "what remains of cache and TLB misses once prefetchers, next-page prefetch and "
		"neighbouring page-table "
		"entries have helped",
    .cannot = "a miss by itself (see chase); conflicts of a stride of exactly one page: from 128 "
	      "bytes on the line moves on by one "
	      "with each 4 KiB or slot, because all loads would else fall into one set of L1D",
    .source = "stride sweep as in lmbench's lat_mem_rd (McVoy and Staelin 1996) and Saavedra and "
	      "Smith 1995",
    .revision = 2,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct stride),
    .want = stride_want,
    .prepare = stride_prepare,
    .leg = stride_leg,
    .check = stride_check,
};
