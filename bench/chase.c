/* The suite's ruler: one load to a page, each address taken from the load before. */
#include "layout.h"

struct chase {
	void **start, **at;
	uintptr_t *list; /* zero layout of base pages */
	uintptr_t (*walk)(const struct window *window, uint64_t step, uint64_t n);
	uint64_t step;	  /* of walk, for aliases and the huge zero page */
	uintptr_t loaded; /* last; must be 0 */
};

static enum offsets offsets_of(const struct cell *cell)
{
	static const char *const words[OFFSETS] = {[OFFSETS_SPREAD] = "spread",
						   [OFFSETS_EQUAL] = "equal",
						   [OFFSETS_FOLD7] = "fold7",
						   [OFFSETS_FOLD8] = "fold8"};
	unsigned at = 0;

	while (at < OFFSETS && !cell_is(cell, "offsets", words[at]))
		at++;
	return at < OFFSETS ? (enum offsets)at : OFFSETS_SPREAD;
}

static struct verdict chase_want(const struct cell *cell, const struct machine *machine,
				 struct want *want)
{
	struct region_spec *spec = &want->region[0];

	spec->page = cell_page(cell, "page");
	spec->layout = layout_of(cell);
	spec->frames = cell_is(cell, "frames", "adjacent") ? FRAMES_ADJACENT : FRAMES_SHUFFLED;
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = cell_is(cell, "touch", "each-4k") ? 4096 : spec->page.bytes;
	spec->offsets = offsets_of(cell);
	want->pass_ops = spec->slot_bytes ? spec->bytes / spec->slot_bytes : 0;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

static void chase_leg(struct visit *visit, uint64_t n)
{
	struct chase *chase = visit->state;

	if (chase->at)
		chase->at = chain_walk(chase->at, n);
	else if (chase->list)
		chase->loaded = chain_walk_list(chase->list, visit->window[0].slots, n);
	else
		chase->loaded = chase->walk(&visit->window[0], chase->step, n);
}

static bool holds_links(const struct region_spec *spec)
{
	return spec->layout == LAYOUT_DISTINCT || spec->layout == LAYOUT_REFERENCE;
}

static struct verdict chase_prepare(struct visit *visit)
{
	const struct region_spec *spec = &visit->want->region[0];
	const struct window *window = &visit->window[0];
	struct chase *chase = visit->state;
	struct order order;

	order_init(&order, window->slots, visit->seed);
	if (holds_links(spec)) {
		chase->start = chase->at = chain_link(window, &order);
	} else if (spec->layout == LAYOUT_ALIAS || spec->page.how == PAGE_THP) {
		chase->walk = spec->page.how == PAGE_BASE ? chain_walk_coloured : chain_walk_huge;
		chase->step = chain_step(window->slots, visit->seed);
	} else {
		chase->list = visit_alloc(visit, window->slots * sizeof *chase->list);
		if (!chase->list)
			return visit_no_memory(visit);
		chain_list(window, &order, chase->list);
	}
	region_forget_translations();
	chase_leg(visit, window->slots);
	return verdict_ok();
}

static struct verdict chase_check(struct visit *visit, uint64_t n)
{
	const struct chase *chase = visit->state;

	if (chase->loaded)
		return not_zero();
	if (chase->at != chase->start)
		return chain_broken(n);
	return verdict_ok();
}

#define SMALL "thp-16k,thp-32k,thp-64k,thp-128k,thp-256k,thp-512k,thp-1m"

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,2m,1g,thp," SMALL, "4k", NULL, "page kind of the memory"},
    {"layout", P_WORD, "distinct,reference,alias,zero", "distinct", NULL,
     "distinct: a page and a line of its own for each load; reference: the lines packed; alias and "
     "zero: few frames, many pages"},
    {"touch", P_WORD, "page,each-4k", "page", "layout=distinct,reference page=thp,2m,1g," SMALL,
     "page: one load to a page; each-4k: one to each 4 KiB of it, as small pages would get"},
    {"offsets", P_WORD, "spread,equal,fold7,fold8", "spread", "layout=alias page=2m,1g",
     "where in the huge page its aliases are read; the others cost more than spread only where a "
     "host backs it with small pages, fold7 and fold8 where the TLB's index folds so many bits"},
    {"frames", P_WORD, "shuffled,adjacent", "shuffled", "layout=distinct page=4k,16k,64k",
     "adjacent: physically contiguous as far as the kernel gives, so that TLBs may coalesce"},
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
    {"cliff",
     "chase page=4k layout=distinct "
     "footprint=8p,16p,32p,48p,60p,64p,68p,72p,76p,80p,88p,96p,104p,128p,192p,256p,"
     "512p,1024p,1536p,2048p,3072p,4096p,6144p,8192p,12288p,16384p",
     "chase page=4k layout=distinct footprint=4p..56p+4p,60p..104p+2p,112p..65536p*1.12",
     "footprint", "what a program sees as it touches more pages"},
    {"reach",
     "chase page=4k layout=alias "
     "footprint=8p,16p,32p,48p,64p,72p,80p,88p,96p,104p,128p,192p,256p,512p,768p,1024p,"
     "1280p,1536p,1792p,2048p,2560p,3072p,3584p,4096p,6144p,8192p,16384p",
     "chase page=4k layout=alias footprint=8p..56p+8p,60p..104p+2p,112p..16384p*1.08", "footprint",
     "translations alone: the data stays in L1"},
    {"reach-2m",
     "chase page=2m layout=alias offsets=spread "
     "footprint=8p,16p,32p,48p,64p,72p,80p,96p,104p,128p,192p,256p,"
     "512p,768p,1024p,1536p,2048p,3072p,4096p",
     "chase page=2m layout=alias offsets=spread footprint=8p..4096p*1.12", "footprint",
     "reach of 2 MiB translations, on one physical page"},
    {"reach-1g",
     "chase page=1g layout=alias offsets=spread "
     "footprint=4p,8p,16p,32p,64p,72p,80p,96p,104p,128p,192p,256p,"
     "512p,768p,1024p,1536p,2048p,3072p,4096p",
     "chase page=1g layout=alias offsets=spread footprint=4p..4096p*1.12", "footprint",
     "reach of 1 GiB translations, on one physical page"},
    {"splinter",
     "chase page=2m,1g layout=alias offsets=spread,equal,fold7,fold8 footprint=128p,256p", NULL,
     NULL, "offsets that conflict against spread ones: what the TLB really holds of a huge page"},
    {"reach-thp",
     "chase page=thp layout=zero "
     "footprint=8p,16p,32p,64p,72p,80p,96p,104p,128p,256p,512p,1024p,1536p,2048p,4096p",
     "chase page=thp layout=zero footprint=8p..4096p*1.12", "footprint",
     "reach of huge translations on the huge zero page: needs neither root nor a pool"},
    {"zero", "chase page=4k layout=zero footprint=64p,128p,512p,2048p,8192p",
     "chase page=4k layout=zero footprint=8p..262144p*1.2", NULL,
     "reach on the zero page, at a constant offset"},
    {"gain-4k", "chase page=4k layout=distinct footprint=16MiB..128MiB",
     "chase page=4k layout=distinct footprint=1MiB..1GiB", NULL,
     "one load to each 4 KiB, on small pages"},
    {"gain-thp", "chase page=thp layout=distinct touch=each-4k footprint=16MiB..128MiB",
     "chase page=thp layout=distinct touch=each-4k footprint=2MiB..1GiB", NULL,
     "the same loads on huge pages"},
    {"gain-small", NULL,
     "chase page=" SMALL " layout=distinct touch=each-4k footprint=1MiB..256MiB*4", NULL,
     "the same loads on the sizes between"},
    {"distinct-thp", NULL, "chase page=thp layout=distinct touch=page footprint=2MiB..512MiB*1.3",
     "footprint", "one load to a transparent huge page"},
    {"distinct-2m", NULL, "chase page=2m layout=distinct touch=page footprint=2MiB..512MiB*1.3",
     "footprint", "one load to a 2 MiB page"},
    {"distinct-1g", NULL, "chase page=1g layout=distinct touch=page footprint=1GiB..4GiB", NULL,
     "one load to a 1 GiB page"},
    {"adjacent", NULL, "chase page=4k layout=distinct frames=adjacent footprint=8p..16384p*1.2",
     NULL, "adjacent frames, where TLBs may coalesce"},
    {0},
};

const struct bench bench_chase = {
    .name = "chase",
    .what = "latency of dependent loads, one to a page, against the number of pages",
    .isolates = "address translation of loads: TLB hits by level, then page walks; with "
		"layout=distinct the caches' share as well, "
		"which translation_ns takes off",
    .cannot = "bandwidth or overlap of walks; exact entries of a TLB past its L1 (replacement "
	      "decides); the difference to "
	      "reference is not additive once data leaves L1D; aliases in a guest show what the "
	      "host backs them with",
    .source = "pointer chasing as in lmbench's lat_mem_rd (McVoy and Staelin 1996), one line to a "
	      "page as in Saavedra and Smith "
	      "1995; aliases coloured after AMD's way predictor (Lipp et al., Take A Way, 2020)",
    .revision = 2,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct chase),
    .want = chase_want,
    .prepare = chase_prepare,
    .leg = chase_leg,
    .check = chase_check,
};
