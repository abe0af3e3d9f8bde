/* The chase on memory of another NUMA node, and at addresses that need a fifth level of tables. */
#include "layout.h"

struct placement {
	void **start, **at;
};

static struct verdict placement_want(const struct cell *cell, const struct machine *machine,
				     struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = LAYOUT_DISTINCT;
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = cell_is(cell, "touch", "each-4k") ? 4096 : spec->page.bytes;
	if (cell_is(cell, "memory", "remote"))
		spec->where = WHERE_REMOTE;
	if (cell_is(cell, "memory", "high"))
		spec->where = WHERE_HIGH;
	want->pass_ops = spec->slot_bytes ? spec->bytes / spec->slot_bytes : 0;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

static void placement_leg(struct visit *visit, uint64_t n)
{
	struct placement *placement = visit->state;

	placement->at = chain_walk(placement->at, n);
}

static struct verdict placement_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct placement *placement = visit->state;
	struct order order;

	order_init(&order, window->slots, visit->seed);
	placement->start = placement->at = chain_link(window, &order);
	region_forget_translations();
	placement_leg(visit, window->slots);
	return verdict_ok();
}

static struct verdict placement_check(struct visit *visit, uint64_t n)
{
	const struct placement *placement = visit->state;

	return placement->at == placement->start ? verdict_ok() : chain_broken(n);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,thp", "4k", NULL, "page kind of the memory"},
    {"touch", P_WORD, "page,each-4k", "each-4k", "page=thp",
     "page: one load to a page; each-4k: one to each 4 KiB of it, as small pages would get"},
    {"memory", P_WORD, "local,remote,high", "local", NULL,
     "local: the kernel's own choice; remote: of the farthest NUMA node; high: at addresses from "
     "2^48 "
     "on"},
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
    {"over_local_ns", "ns", "memory=local", DERIVED_DIFF, NULL},
    {"over_local_cycles", "cycles", "memory=local", DERIVED_DIFF, NULL},
    {0},
};

static const struct sweep sweeps[] = {
    {"placement", NULL,
     "placement page=4k,thp touch=each-4k memory=remote,high "
     "footprint=256KiB,2MiB,8MiB,32MiB,128MiB,512MiB",
     NULL, "the chase where data, or page tables, are farther away"},
    {0},
};

const struct bench bench_placement = {
    .name = "placement",
    .what = "latency of dependent loads, by where memory and addresses lie",
    .isolates = "over_local_ns: what another node adds to a miss, and what a fifth level of page "
		"tables adds to a walk",
    .cannot =
	"remote data apart from remote page tables: the kernel puts tables on the node of the "
	"CPU that faults, so at memory=remote they are near",
    .source = "chase; mbind(2), and Documentation/arch/x86/x86_64/5level-paging.rst for the hint",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct placement),
    .want = placement_want,
    .prepare = placement_prepare,
    .leg = placement_leg,
    .check = placement_check,
};
