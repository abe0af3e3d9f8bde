/* Dependent loads at one page offset, a power of two of pages apart: few sets of a TLB serve them.
 */
#include "layout.h"

struct assoc {
	uintptr_t *list;
	uintptr_t loaded; /* last; must be 0 */
};

static struct verdict assoc_want(const struct cell *cell, const struct machine *machine,
				 struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = LAYOUT_ZERO;
	spec->slot_bytes = cell_count(cell, "stride");
	spec->bytes = cell_count(cell, "pages") * spec->slot_bytes;
	want->pass_ops = cell_count(cell, "pages");
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

static void assoc_leg(struct visit *visit, uint64_t n)
{
	struct assoc *assoc = visit->state;

	assoc->loaded = chain_walk_list(assoc->list, visit->window[0].slots, n);
}

static struct verdict assoc_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct assoc *assoc = visit->state;
	struct order order;

	assoc->list = visit_alloc(visit, window->slots * sizeof *assoc->list);
	if (!assoc->list)
		return visit_no_memory(visit);
	order_init(&order, window->slots, visit->seed);
	chain_list(window, &order, assoc->list);
	region_forget_translations();
	assoc_leg(visit, window->slots);
	return verdict_ok();
}

static struct verdict assoc_check(struct visit *visit, uint64_t n)
{
	const struct assoc *assoc = visit->state;

	(void)n;
	return assoc->loaded ? not_zero() : verdict_ok();
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k", "4k", NULL, "page kind of the memory"},
    {"stride", P_BYTES, "4KiB..64GiB", "4KiB", NULL,
     "distance of the pages, a power of two of them"},
    {"pages", P_COUNT, "2..65536", "64", NULL, "of one pass"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {0},
};

/* Spelled out: steps of a range are whole pages. */
static const struct sweep sweeps[] = {
    {"sets", NULL,
     "assoc stride=4KiB,8KiB,16KiB,32KiB,64KiB,128KiB,256KiB,512KiB,1MiB,2MiB,4MiB,8MiB,16MiB,"
     "32MiB,64MiB,128MiB,256MiB,512MiB,1GiB "
     "pages=4,8,12,16,24,32,48,64,96,128,192,256,384,512,768,1024,1536,2048,3072,4096,6144,8192",
     NULL, "how many pages fit, as fewer sets can hold them"},
    {0},
};

const struct bench bench_assoc = {
    .name = "assoc",
    .what = "latency of dependent loads at a power-of-two stride, against the number of pages",
    .isolates = "associativity of the TLBs: each doubling of the stride halves the sets that serve "
		"the pages, until all of them fall into one and the knee is the number of ways",
    .cannot =
	"sets and ways where the index folds upper address bits (see setprobe); penalties, "
	"because all loads hit one physical line through many addresses, which adds a constant "
	"on CPUs that predict the way from the address; from 2MiB on, upper levels of the page "
	"table miss as well",
    .source = "stride and footprint as in Saavedra and Smith (1995), on the zero page so that no "
	      "data cache sees the stride",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct assoc),
    .want = assoc_want,
    .prepare = assoc_prepare,
    .leg = assoc_leg,
    .check = assoc_check,
};
