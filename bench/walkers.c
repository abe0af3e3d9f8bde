/* Independent chains side by side through pages that no TLB holds: how many walks overlap. */
#include "layout.h"

#define CHAINS 12 /* that the registers of x86-64 hold beside a list, a count and an address */

struct walkers {
	unsigned chains;
	void **start[CHAINS], **at[CHAINS];
	uintptr_t *list; /* zero: one row of `chains` addresses to a step */
	uintptr_t loaded;
};

static struct verdict walkers_want(const struct cell *cell, const struct machine *machine,
				   struct want *want)
{
	struct region_spec *spec = &want->region[0];
	uint64_t pages = cell_count(cell, "pages");

	spec->page = cell_page(cell, "page");
	spec->layout = layout_of(cell);
	spec->sparse = spec->layout != LAYOUT_REFERENCE;
	spec->slot_bytes = spec->sparse ? cell_count(cell, "stride") : spec->page.bytes;
	spec->bytes = pages * spec->slot_bytes;
	want->pass_ops = pages;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

#define EACH_1(do)                                                                                 \
	do                                                                                         \
	(0)
#define EACH_2(do)  EACH_1(do) do(1)
#define EACH_3(do)  EACH_2(do) do(2)
#define EACH_4(do)  EACH_3(do) do(3)
#define EACH_5(do)  EACH_4(do) do(4)
#define EACH_6(do)  EACH_5(do) do(5)
#define EACH_7(do)  EACH_6(do) do(6)
#define EACH_8(do)  EACH_7(do) do(7)
#define EACH_9(do)  EACH_8(do) do(8)
#define EACH_10(do) EACH_9(do) do(9)
#define EACH_11(do) EACH_10(do) do(10)
#define EACH_12(do) EACH_11(do) do(11)

#define TAKE_LINK(k)   void **p##k = at[k];
#define FOLLOW_LINK(k) p##k = *p##k;
#define PUT_LINK(k)    at[k] = p##k;
#define TAKE_ZERO(k)   uintptr_t z##k = 0;
#define LOAD_SLOT(k)   z##k = chain_load(list[k], z##k);
#define SUM_ZERO(k)    sum |= z##k;

/* One of each to a number of chains, so that every chain is a register. */
#define WALKS(n_chains)                                                                            \
	__attribute__((noinline)) static void walk_links_##n_chains(void **at[], uint64_t n)       \
	{                                                                                          \
		EACH_##n_chains(TAKE_LINK) for (; n; n--){                                         \
		    EACH_##n_chains(FOLLOW_LINK)} EACH_##n_chains(PUT_LINK)                        \
	}                                                                                          \
	__attribute__((noinline)) static uintptr_t walk_list_##n_chains(const uintptr_t *list,     \
									uint64_t n)                \
	{                                                                                          \
		uintptr_t sum = 0;                                                                 \
		EACH_##n_chains(TAKE_ZERO) for (; n; n--, list += n_chains){                       \
		    EACH_##n_chains(LOAD_SLOT)} EACH_##n_chains(SUM_ZERO) return sum;              \
	}

/* clang-format off */
WALKS(1) WALKS(2) WALKS(3) WALKS(4) WALKS(5) WALKS(6)
WALKS(7) WALKS(8) WALKS(9) WALKS(10) WALKS(11) WALKS(12)
#define ROW(n) [n] = {walk_links_##n, walk_list_##n},
static const struct {
	void (*links)(void **at[], uint64_t n);
	uintptr_t (*list)(const uintptr_t *list, uint64_t n);
} walk[CHAINS + 1] = {
    ROW(1) ROW(2) ROW(3) ROW(4) ROW(5) ROW(6) ROW(7) ROW(8) ROW(9) ROW(10) ROW(11) ROW(12)
};
/* clang-format on */

static void walkers_leg(struct visit *visit, uint64_t n)
{
	struct walkers *walkers = visit->state;
	const uint64_t pages = visit->window[0].slots;

	if (!walkers->list) {
		walk[walkers->chains].links(walkers->at, n);
		return;
	}
	for (walkers->loaded = 0; n > pages; n -= pages)
		walkers->loaded |= walk[walkers->chains].list(walkers->list, pages);
	walkers->loaded |= walk[walkers->chains].list(walkers->list, n);
}

/* All chains follow one cycle, and stay as far apart in it as they began: whatever their number,
 * every page is used again after all others were. */
static uint64_t first_of(const struct walkers *walkers, unsigned chain, uint64_t pages)
{
	return pages * chain / walkers->chains;
}

static bool make_list(struct visit *visit, const struct order *order)
{
	struct walkers *walkers = visit->state;
	const struct window *window = &visit->window[0];
	uint64_t pages = window->slots;

	walkers->list = visit_alloc(visit, pages * walkers->chains * sizeof *walkers->list);
	if (!walkers->list)
		return false;
	for (unsigned c = 0; c < walkers->chains; c++)
		for (uint64_t i = 0, k = first_of(walkers, c, pages); i < pages; i++, k++)
			walkers->list[i * walkers->chains + c] =
			    (uintptr_t)window_slot(window, order_at(order, k % pages));
	return true;
}

static struct verdict walkers_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct walkers *walkers = visit->state;
	struct order order;

	order_init(&order, window->slots, visit->seed);
	walkers->chains = (unsigned)cell_count(visit->cell, "chains");
	if (visit->want->region[0].layout == LAYOUT_ZERO) {
		if (!make_list(visit, &order))
			return visit_no_memory(visit);
	} else {
		chain_link(window, &order);
		for (unsigned c = 0; c < walkers->chains; c++)
			walkers->start[c] = walkers->at[c] = (void **)window_slot(
			    window, order_at(&order, first_of(walkers, c, window->slots)));
	}
	region_forget_translations();
	walkers_leg(visit, window->slots);
	return verdict_ok();
}

static struct verdict walkers_check(struct visit *visit, uint64_t n)
{
	const struct walkers *walkers = visit->state;

	if (walkers->loaded)
		return not_zero();
	for (unsigned c = 0; c < walkers->chains; c++)
		if (walkers->at[c] != walkers->start[c])
			return chain_broken(n);
	return verdict_ok();
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k", "4k", NULL, "page kind of the memory"},
    {"layout", P_WORD, "distinct,reference,zero", "distinct", NULL,
     "distinct: a page and a line of its own for each load; reference: the lines packed; zero: the "
     "kernel's zero page throughout"},
    {"stride", P_BYTES, "128KiB..1GiB", "512KiB", "layout=distinct,zero",
     "distance of the pages, a power of two"},
    {"pages", P_COUNT, "64..65536", "4096", NULL, "in the cycle that all chains follow"},
    {"chains", P_COUNT, "1..12", "1", NULL, "dependent chains that run side by side"},
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
    {"over_one", "cycles", "chains=1", DERIVED_RATIO, NULL},
    {0},
};

static const struct sweep sweeps[] = {
    {"overlap", "walkers layout=distinct chains=1,6,12",
     "walkers layout=distinct,zero chains=1..12+1", NULL,
     "time of a step of all chains against their number"},
    {"overlap-pages", NULL,
     "walkers layout=distinct pages=512,1024,2048,8192 chains=1,2,4,6,8,10,12", NULL,
     "the same through fewer and more pages"},
    {0},
};

const struct bench bench_walkers = {
    .name = "walkers",
    .what = "independent chains side by side, through pages that no TLB holds",
    .isolates = "how many page walks run at once: a step is one load of every chain, so with "
		"enough walkers it takes as long for many chains as for one",
    .cannot =
	"tell walkers from other limits of loads that miss (translation_cycles takes off what "
	"the same lines cost without misses); more than 12 chains, which is what the registers "
	"of x86-64 hold",
    .source = "parallel pointer chasing as in lmbench's par_mem (McVoy and Staelin), with one page "
	      "to a load",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct walkers),
    .want = walkers_want,
    .prepare = walkers_prepare,
    .leg = walkers_leg,
    .check = walkers_check,
};
