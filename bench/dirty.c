/* First use of pages whose accessed or dirty bit is clear: what it costs that the walker sets it.
 */
#include "drain.h"
#include "layout.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_COLD
#define MADV_COLD 20
#endif

struct dirty {
	uintptr_t *list;
	int advice; /* 0: none */
	bool store;
	uintptr_t loaded; /* last; must be 0 */
};

static struct verdict dirty_want(const struct cell *cell, const struct machine *machine,
				 struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = LAYOUT_DISTINCT;
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = spec->page.bytes;
	if (spec->page.bytes)
		want->pass_ops = want->max_ops = spec->bytes / spec->page.bytes;
	want->expect.faults = true; /* and none is expected: no fault handler sets these bits */
	return region_check(spec, machine);
}

/* Loads depend on each other; stores are made to wait. */
__attribute__((noinline)) static void store_list(const uintptr_t *list, uint64_t n)
{
	for (; n; n--) {
		*(volatile uintptr_t *)*list++ = 0;
		drain();
	}
}

static void dirty_leg(struct visit *visit, uint64_t n)
{
	struct dirty *dirty = visit->state;

	if (dirty->store)
		store_list(dirty->list, n);
	else
		dirty->loaded = chain_walk_list(dirty->list, n, n);
}

static struct verdict dirty_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct dirty *dirty = visit->state;
	struct order order;

	dirty->store = cell_is(visit->cell, "op", "store");
	if (cell_is(visit->cell, "state", "cold"))
		dirty->advice = MADV_COLD;
	if (cell_is(visit->cell, "state", "free"))
		dirty->advice = MADV_FREE;
	dirty->list = visit_alloc(visit, window->slots * sizeof *dirty->list);
	if (!dirty->list)
		return visit_no_memory(visit);
	order_init(&order, window->slots, visit->seed);
	chain_list(window, &order, dirty->list);
	return verdict_ok();
}

/* Every page is written to, so it is accessed, dirty, and its line near; then the bits are cleared,
 * and the TLB is emptied in all states alike. */
static struct verdict dirty_arm(struct visit *visit, uint64_t n)
{
	const struct window *window = &visit->window[0];
	const struct dirty *dirty = visit->state;

	for (uint64_t i = 0; i < n; i++)
		*(volatile uintptr_t *)dirty->list[i] = 0;
	if (dirty->advice && madvise(window->base, window->bytes, dirty->advice))
		return verdict_invalid(
		    "call-failed", "Linux 5.4 or newer for state=cold", "madvise(%s): %s",
		    dirty->advice == MADV_COLD ? "MADV_COLD" : "MADV_FREE", strerror(errno));
	region_forget_translations();
	return verdict_ok();
}

static struct verdict dirty_check(struct visit *visit, uint64_t n)
{
	const struct dirty *dirty = visit->state;

	(void)n;
	return dirty->loaded ? not_zero() : verdict_ok();
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,thp", "4k", NULL, "page kind of the memory"},
    {"op", P_WORD, "load,store", "load", NULL, "how each page is used, once a batch"},
    {"state", P_WORD, "used,cold,free", "used", NULL,
     "used: accessed and dirty; cold: not accessed (MADV_COLD); free: neither (MADV_FREE)"},
    {"footprint", P_BYTES, "4KiB..1GiB", "4MiB", NULL, "bytes used in a batch"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {0},
};

static const struct derived derived[] = {
    {"added_ns", "ns", "state=used", DERIVED_DIFF, NULL},
    {"added_cycles", "cycles", "state=used", DERIVED_DIFF, NULL},
    {0},
};

static const struct sweep sweeps[] = {
    {"bits", NULL, "dirty page=4k op=load,store state=used,cold,free footprint=1MiB,4MiB,16MiB",
     NULL, "first load and store, by the bits that are clear"},
    {"bits-thp", NULL, "dirty page=thp op=load,store state=used,cold,free footprint=64MiB", NULL,
     "the same on huge pages"},
    {0},
};

const struct bench bench_dirty = {
    .name = "dirty",
    .what = "first load or store of pages whose accessed or dirty bit is clear",
    .isolates = "what the core adds to a walk to set the bits (added_cycles): no fault is taken, "
		"which is counted",
    .cannot =
	"tell the two bits apart where a store sets both at once; the cost on CPUs that leave "
	"setting them to the kernel, which shows as failed proof-faults",
    .source = "MADV_COLD and MADV_FREE as what clears the bits, from madvise(2); one walk to an "
	      "operation as in chase",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct dirty),
    .want = dirty_want,
    .prepare = dirty_prepare,
    .arm = dirty_arm,
    .leg = dirty_leg,
    .check = dirty_check,
};
