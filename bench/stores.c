/* Stores, one to a page, each waited for: some cores translate stores by TLBs of their own. */
#include "drain.h"
#include "layout.h"

struct stores {
	uintptr_t *list;
};

static struct verdict stores_want(const struct cell *cell, const struct machine *machine,
				  struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = layout_of(cell);
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = cell_is(cell, "touch", "each-4k") ? 4096 : spec->page.bytes;
	want->pass_ops = spec->slot_bytes ? spec->bytes / spec->slot_bytes : 0;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

__attribute__((noinline)) static void store_each(uintptr_t *const *list, uint64_t n)
{
	for (; n; n--) {
		*(volatile uintptr_t *)*list++ = 1;
		drain();
	}
}

/* n is a multiple of the slots. */
static void stores_leg(struct visit *visit, uint64_t n)
{
	const struct stores *stores = visit->state;
	const uint64_t slots = visit->window[0].slots;

	for (; n; n -= slots)
		store_each((uintptr_t *const *)stores->list, slots);
}

static struct verdict stores_prepare(struct visit *visit)
{
	struct stores *stores = visit->state;

	stores->list = list_of_zeros(visit);
	if (!stores->list)
		return visit_no_memory(visit);
	region_forget_translations();
	stores_leg(visit, visit->window[0].slots);
	return verdict_ok();
}

/* Every slot must hold what was stored. */
static struct verdict stores_check(struct visit *visit, uint64_t n)
{
	const struct stores *stores = visit->state;

	for (uint64_t i = 0; i < visit->window[0].slots; i++)
		if (*(uintptr_t *)stores->list[i] != 1)
			return chain_broken(n);
	return verdict_ok();
}

static const struct param params[] = {
    {"page", P_PAGE,
     "4k,16k,64k,2m,1g,thp,thp-16k,thp-32k,thp-64k,thp-128k,thp-256k,thp-512k,thp-1m", "4k", NULL,
     "page kind of the memory"},
    {"layout", P_WORD, "distinct,reference", "distinct", NULL,
     "distinct: a page and a line of its own for each store; reference: the lines packed"},
    {"touch", P_WORD, "page,each-4k", "page", "page=thp,2m,1g",
     "page: one store to a page; each-4k: one to each 4 KiB of it, as small pages would get"},
    {"footprint", P_BYTES, "4KiB..max", "64MiB", NULL,
     "bytes of address space that one pass covers"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {0},
};

static const struct derived derived[] = {
    {"translation_ns", "ns", "layout=reference", DERIVED_DIFF, "layout=distinct"},
    {"translation_cycles", "cycles", "layout=reference", DERIVED_DIFF, "layout=distinct"},
    {0},
};

static const struct sweep sweeps[] = {
    {"stores", NULL,
     "stores page=4k layout=distinct footprint=8p,16p,32p,48p,64p..112p*1.04,128p..16384p*1.25",
     "footprint", "time of a store against pages"},
    {"stores-thp", NULL, "stores page=thp layout=distinct touch=page footprint=2MiB..256MiB*1.3",
     NULL, "the same on huge pages"},
    {0},
};

const struct bench bench_stores = {
    .name = "stores",
    .what = "latency of stores, one to a page, against the number of pages",
    .isolates =
	"translation of stores: each one is drained before the next, so its TLB hit or walk is not "
	"hidden by the store buffer; a knee that chase does not have belongs to a TLB of stores",
    .cannot = "small penalties exactly, because draining costs as much as a walk "
	      "(translation_cycles takes it off); throughput of stores",
    .source = "the page order of chase, with a fence to each store; store TLBs as documented for "
	      "Golden Cove",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct stores),
    .want = stores_want,
    .prepare = stores_prepare,
    .leg = stores_leg,
    .check = stores_check,
};
