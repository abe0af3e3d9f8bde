/* Dependent loads whose addresses are known early: whether a software prefetch walks page tables.
 */
#include "layout.h"

struct prefetch {
	uintptr_t *list; /* and its first `distance` once more behind */
	uint64_t distance;
	uintptr_t loaded; /* last; must be 0 */
};

static struct verdict prefetch_want(const struct cell *cell, const struct machine *machine,
				    struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = LAYOUT_DISTINCT;
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = cell_is(cell, "touch", "each-4k") ? 4096 : spec->page.bytes;
	want->pass_ops = spec->slot_bytes ? spec->bytes / spec->slot_bytes : 0;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

__attribute__((noinline)) static uintptr_t walk_ahead(const uintptr_t *list, uint64_t n,
						      uint64_t distance, uintptr_t z)
{
	for (; n; n--, list++) {
		__builtin_prefetch((const void *)list[distance]);
		z = chain_load(*list, z);
	}
	return z;
}

/* n is a multiple of the slots. Without a distance it is chase's own loop. */
static void prefetch_leg(struct visit *visit, uint64_t n)
{
	struct prefetch *prefetch = visit->state;
	const uint64_t slots = visit->window[0].slots;

	if (!prefetch->distance) {
		prefetch->loaded = chain_walk_list(prefetch->list, slots, n);
		return;
	}
	for (prefetch->loaded = 0; n; n -= slots)
		prefetch->loaded =
		    walk_ahead(prefetch->list, slots, prefetch->distance, prefetch->loaded);
}

static struct verdict prefetch_prepare(struct visit *visit)
{
	struct prefetch *prefetch = visit->state;
	const uint64_t slots = visit->window[0].slots;
	uintptr_t *list = list_of_zeros(visit);

	prefetch->distance = cell_count(visit->cell, "distance");
	prefetch->list = visit_alloc(visit, (slots + prefetch->distance) * sizeof *prefetch->list);
	if (!list || !prefetch->list)
		return visit_no_memory(visit);
	for (uint64_t i = 0; i < slots + prefetch->distance; i++)
		prefetch->list[i] = list[i % slots];
	region_forget_translations();
	prefetch_leg(visit, slots);
	return verdict_ok();
}

static struct verdict prefetch_check(struct visit *visit, uint64_t n)
{
	const struct prefetch *prefetch = visit->state;

	(void)n;
	return prefetch->loaded ? not_zero() : verdict_ok();
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,2m,1g,thp", "4k", NULL, "page kind of the memory"},
    {"touch", P_WORD, "page,each-4k", "each-4k", "page=thp,2m,1g",
     "page: one load to a page; each-4k: one to each 4 KiB of it, as small pages would get"},
    {"distance", P_COUNT, "0..64", "0", NULL, "loads by which the prefetch is ahead; 0: none"},
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
    {"over_none", "ns", "distance=0", DERIVED_RATIO, NULL},
    {0},
};

static const struct sweep sweeps[] = {
    {"ahead", NULL,
     "prefetch page=4k,thp touch=each-4k distance=0,1,2,4,8,16,32 "
     "footprint=256KiB,2MiB,16MiB,64MiB",
     NULL, "time of a load, by how far a prefetch is ahead"},
    {0},
};

const struct bench bench_prefetch = {
    .name = "prefetch",
    .what = "latency of dependent loads at random pages, with a software prefetch some loads ahead",
    .isolates = "whether a prefetch that misses the TLB walks or is dropped: where it walks, "
		"over_none falls as the distance grows",
    .cannot = "prefetch of translations apart from that of data: both come with one instruction",
    .source = "list chase as in chase layout=zero, on memory of its own, with __builtin_prefetch",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct prefetch),
    .want = prefetch_want,
    .prepare = prefetch_prepare,
    .leg = prefetch_leg,
    .check = prefetch_check,
};
