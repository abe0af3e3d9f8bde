/* Dependent loads of eight bytes that lie in a line, across two lines, or across two pages. */
#include "layout.h"

#include <string.h>

struct crossing {
	uintptr_t *list;
	uintptr_t loaded; /* last; must be 0 */
};

static struct verdict crossing_want(const struct cell *cell, const struct machine *machine,
				    struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = LAYOUT_DISTINCT;
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = spec->page.bytes;
	want->pass_ops = spec->slot_bytes ? spec->bytes / spec->slot_bytes : 0;
	if (spec->bytes < 2 * spec->slot_bytes)
		return verdict_skipped("too-few-pages", "choose footprint=2p or more",
				       "no two pages meet in a footprint of one");
	want->pass_ops--; /* so many pages have a next one */
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

static void crossing_leg(struct visit *visit, uint64_t n)
{
	struct crossing *crossing = visit->state;

	crossing->loaded = chain_walk_list(crossing->list, visit->window[0].slots - 1, n);
}

/* From the slot's line: in its middle, over its end, or over the end of its 4 KiB. */
static uintptr_t address_of(const struct visit *visit, uint64_t slot)
{
	uintptr_t line = (uintptr_t)window_slot(&visit->window[0], slot) & ~(uintptr_t)63,
		  page = line & ~(uintptr_t)4095;

	if (cell_is(visit->cell, "over", "page"))
		return page + visit->want->region[0].slot_bytes - 4;
	line = line == page + 4032 ? page : line; /* its end is no page's end */
	return line + (cell_is(visit->cell, "over", "line") ? 60 : 24);
}

static struct verdict crossing_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct crossing *crossing = visit->state;
	struct order order;

	crossing->list = visit_alloc(visit, window->slots * sizeof *crossing->list);
	if (!crossing->list)
		return visit_no_memory(visit);
	order_init(&order, window->slots - 1, visit->seed);
	for (uint64_t k = 0; k < order.n; k++) {
		crossing->list[k] = address_of(visit, order_at(&order, k));
		memset((void *)crossing->list[k], 0, sizeof(uintptr_t));
	}
	region_forget_translations();
	crossing_leg(visit, order.n);
	return verdict_ok();
}

static struct verdict crossing_check(struct visit *visit, uint64_t n)
{
	const struct crossing *crossing = visit->state;

	(void)n;
	return crossing->loaded ? not_zero() : verdict_ok();
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k", "4k", NULL, "page kind of the memory"},
    {"over", P_WORD, "none,line,page", "none", NULL,
     "the border that each load crosses: none, of two lines, of two pages"},
    {"footprint", P_BYTES, "8KiB..max", "128KiB", NULL,
     "bytes of address space that one pass covers"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {0},
};

static const struct derived derived[] = {
    {"added_ns", "ns", "over=none", DERIVED_DIFF, NULL},
    {"added_cycles", "cycles", "over=none", DERIVED_DIFF, NULL},
    {0},
};

static const struct sweep sweeps[] = {
    {"borders", NULL, "crossing over=none,line,page footprint=16p,32p,48p,256p,1024p,4096p", NULL,
     "time of a load that needs two translations"},
    {0},
};

const struct bench bench_crossing = {
    .name = "crossing",
    .what = "latency of dependent loads that cross a line or a page",
    .isolates = "what a second translation for one load costs: over=page less over=line, with the "
		"TLB hit and missed",
    .cannot =
	"at over=page, all loads lie in the same two sets of L1D, so past about 12 pages a cache "
	"miss is in it as well (the same for neighbours in the TLB: each page is used twice)",
    .source = "unaligned accesses as in the optimization manuals of Intel and AMD",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct crossing),
    .want = crossing_want,
    .prepare = crossing_prepare,
    .leg = crossing_leg,
    .check = crossing_check,
};
