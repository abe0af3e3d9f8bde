/* Dependent loads of several lines to a page: how a miss is shared by what follows it. */
#include "layout.h"

struct lines {
	void **start, **at;
};

static struct verdict lines_want(const struct cell *cell, const struct machine *machine,
				 struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = LAYOUT_DISTINCT;
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = cell_is(cell, "touch", "each-4k") ? 4096 : spec->page.bytes;
	want->pass_ops = spec->slot_bytes ? spec->bytes / spec->slot_bytes : 0;
	want->pass_ops *= cell_count(cell, "lines");
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

/* Line j of a page's visit: an odd factor goes through all 64, from the slot's own line on. */
static void **line_at(const struct window *window, uint64_t slot, uint64_t j)
{
	char *own = window_slot(window, slot);
	uintptr_t page = (uintptr_t)own & ~(uintptr_t)4095, line = (uintptr_t)own >> 6 & 63;

	return (void **)(page + ((line + j * 29) & 63) * 64);
}

static void **link_lines(const struct window *window, const struct order *order, uint64_t lines)
{
	void **first = line_at(window, order_at(order, 0), 0), **last = first;

	for (uint64_t k = 0; k < order->n; k++)
		for (uint64_t j = 0, slot = order_at(order, k); j < lines; j++) {
			void **here = line_at(window, slot, j);

			*last = here;
			last = here;
		}
	*last = first;
	return first;
}

static void lines_leg(struct visit *visit, uint64_t n)
{
	struct lines *lines = visit->state;

	lines->at = chain_walk(lines->at, n);
}

static struct verdict lines_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct lines *lines = visit->state;
	struct order order;

	order_init(&order, window->slots, visit->seed);
	lines->start = lines->at = link_lines(window, &order, cell_count(visit->cell, "lines"));
	region_forget_translations();
	lines_leg(visit, visit->want->pass_ops);
	return verdict_ok();
}

static struct verdict lines_check(struct visit *visit, uint64_t n)
{
	const struct lines *lines = visit->state;

	return lines->at == lines->start ? verdict_ok() : chain_broken(n);
}

static const struct param params[] = {
    {"page", P_PAGE,
     "4k,16k,64k,2m,1g,thp,thp-16k,thp-32k,thp-64k,thp-128k,thp-256k,thp-512k,thp-1m", "4k", NULL,
     "page kind of the memory"},
    {"touch", P_WORD, "page,each-4k", "each-4k", "page=thp,2m,1g",
     "page: the lines of one 4 KiB of each page; each-4k: of all of them"},
    {"lines", P_COUNT, "1..64", "1", NULL, "loads to each 4 KiB, one after the other"},
    {"footprint", P_BYTES, "4KiB..max", "16MiB", NULL,
     "bytes of address space that one pass covers"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {0},
};

static const struct derived derived[] = {
    {"over_one_line", "ns", "lines=1", DERIVED_RATIO, NULL},
    {"over_thp", "ns", "page=thp touch=each-4k", DERIVED_RATIO, "page=4k"},
    {0},
};

/* Spelled out: steps of a range are whole pages. */
static const struct sweep sweeps[] = {
    {"lines", NULL,
     "lines page=4k,thp touch=each-4k lines=1,2,4,8,16,32,64 footprint=1MiB,4MiB,16MiB", NULL,
     "time of a load against loads to a page"},
    {0},
};

const struct bench bench_lines = {
    .name = "lines",
    .what = "latency of dependent loads, several to a page, pages in random order",
    .isolates = "how a miss is shared: the first load of a page waits for the translation, the "
		"others find it there",
    .cannot = "the miss by itself (see chase); data caches, which more lines fill sooner, and "
	      "prefetchers, which know lines inside a page",
    .source = "lines per page as in blocked layouts; the page order of chase",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct lines),
    .want = lines_want,
    .prepare = lines_prepare,
    .leg = lines_leg,
    .check = lines_check,
};
