/* One set of a TLB at a time: which address bits choose it, and how many pages it holds. */
#include <tlbscope/bench.h>

#define HIGH_BIT      21u /* of the page number: victims differ from here on, past any index in use */
#define HIGH_HUGE     17u  /* the same of huge pages, of which addresses hold fewer */
#define VICTIMS_MAX   256u /* of one set */
#define VICTIMS_HUGE  64u
#define FILLERS_MAX   448u
#define BLOCK	      128u /* pages to a block of fillers */
#define FAR_BITS      3	   /* fewest low bits in which a filler differs from the first victim */
#define FAR_NUMBERS   99u  /* numbers of seven bits of which at least three are set */
#define LINES	      64u
#define LINE_BYTES    64u
#define FOUR_K	      4096u
#define FILLER_BLOCKS (FILLERS_MAX / 64)

struct setprobe {
	struct scatter scatter;
	uintptr_t *list;
	uint64_t length, visits; /* loads and victims of one pass, or of two where it turns back */
	uintptr_t loaded;	 /* last; must be 0 */
};

static bool is_whole(const struct cell *cell)
{
	return cell_is(cell, "probe", "whole");
}

static bool turns_back(const struct cell *cell)
{
	return is_whole(cell) || cell_is(cell, "probe", "ways");
}

static bool is_huge(const struct cell *cell)
{
	return cell_page(cell, "page").how == PAGE_HUGETLB;
}

static unsigned high_bit(const struct cell *cell)
{
	return is_huge(cell) ? HIGH_HUGE : HIGH_BIT;
}

static unsigned victims_max(const struct cell *cell)
{
	return is_huge(cell) ? VICTIMS_HUGE : VICTIMS_MAX;
}

/* Address bits that the probe toggles lie below those in which victims differ. */
static bool bits_fit(const struct cell *cell)
{
	bool bit = cell_is(cell, "probe", "bit"), pair = cell_is(cell, "probe", "pair");

	return (!bit && !pair) || (cell_count(cell, "bit") < high_bit(cell) &&
				   (!pair || cell_count(cell, "bit2") < high_bit(cell)));
}

static uint64_t visits_of(const struct cell *cell)
{
	return cell_count(cell, "victims") * (turns_back(cell) ? 2 : 1);
}

/* Aliases carry the whole TLB's probe, because so many lines would not fit L1D, and all that is
 * huge, for which there is not so much memory. */
static struct verdict setprobe_want(const struct cell *cell, const struct machine *machine,
				    struct want *want)
{
	uint64_t victims = cell_count(cell, "victims");

	want->pass_ops = visits_of(cell);
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	if (!is_whole(cell) && victims > victims_max(cell))
		return verdict_skipped("too-many",
				       is_huge(cell) ? "victims=2..64" : "victims=2..256",
				       "a set is probed with at most %u pages", victims_max(cell));
	if (cell_is(cell, "probe", "pair") && cell_count(cell, "bit") >= cell_count(cell, "bit2"))
		return verdict_skipped("no-pair", "choose bit2 above bit",
				       "a pair is two bits, the lower one first");
	if (!bits_fit(cell))
		return verdict_skipped("no-bit", "choose bits below 17",
				       "victims of huge pages differ from bit %u on", HIGH_HUGE);
	if (!is_whole(cell) && !is_huge(cell))
		return verdict_ok();
	want->region[0] = (struct region_spec){.page = cell_page(cell, "page"),
					       .layout = LAYOUT_ALIAS,
					       .bytes = (is_whole(cell) ? victims : 1) *
							cell_page(cell, "page").bytes};
	return region_check(&want->region[0], machine);
}

struct pages { /* of a scatter, by page number */
	const struct setprobe *setprobe;
	uint64_t bytes, flip; /* flip: moves all pages to other sets, from visit to visit */
	unsigned line;
	const struct region *huge; /* NULL: base pages */
	struct verdict verdict;	   /* the first that is not ok */
};

/* A line of its own for each of 64 neighbours in time, so that no set of L1D overflows. Aliases of
 * a huge page have each another 4K offset as well: a physical line is read at one address only. */
static uintptr_t touch(struct pages *pages, uint64_t number, uint64_t line)
{
	uint64_t start = (number ^ pages->flip) * pages->bytes;
	char *at =
	    pages->setprobe->scatter.base + start + (line + pages->line) % LINES * LINE_BYTES;

	if (pages->huge) {
		at += line % (pages->bytes / FOUR_K) * FOUR_K;
		if (verdict_is_ok(&pages->verdict))
			pages->verdict =
			    scatter_alias(&pages->setprobe->scatter, pages->huge, start);
		if (!verdict_is_ok(&pages->verdict))
			return 0;
	}
	*(volatile uintptr_t *)at = 0;
	return (uintptr_t)at;
}

/* random: whatever bits choose the set, some hold more than their share, and only one set has room
 * for all. */
static uint64_t victim_number(const struct cell *cell, const struct order *anywhere, uint64_t i)
{
	bool bit = cell_is(cell, "probe", "bit"), pair = cell_is(cell, "probe", "pair");

	if (cell_is(cell, "probe", "random"))
		return i << high_bit(cell) | order_at(anywhere, i);
	if (!bit && !pair)
		return i << high_bit(cell);
	return i / 2 << high_bit(cell) | (i % 2) << cell_count(cell, "bit") |
	       (pair ? (i % 2) << cell_count(cell, "bit2") : 0);
}

/* The k-th number of seven bits of which at least three are set, then the same again a block on. */
static uint64_t sparse_number(unsigned high, uint64_t k)
{
	for (uint64_t block = 0;; block++)
		for (uint64_t low = 0; low < BLOCK; low++)
			if (__builtin_popcountll(low) >= FAR_BITS && k-- == 0)
				return block << high | low;
}

/* A filler differs from the first victim in at least three low bits, and else only where victims
 * differ among themselves: an index that takes low bits, folded or not, puts it neither into a
 * victim's set nor into one that a single bit or a pair leads to. */
static uint64_t filler_number(const struct cell *cell, uint64_t k)
{
	return ((uint64_t)victims_max(cell) << high_bit(cell)) + sparse_number(high_bit(cell), k);
}

static struct verdict fill_list(struct visit *visit, struct setprobe *setprobe,
				const uint64_t *filler)
{
	const struct cell *cell = visit->cell;
	uint64_t n = cell_count(cell, "victims"), fillers = cell_count(cell, "filler"), at = 0;
	/* Not set 0, nor one that a bit or two lead to: all victims' page directory entries may be
	 * there. */
	struct pages pages = {setprobe,
			      cell_page(cell, "page").bytes,
			      sparse_number(HIGH_BIT, visit->seed % FAR_NUMBERS),
			      visit->seed / BLOCK % LINES,
			      is_huge(cell) ? visit->window[0].region : NULL,
			      verdict_ok()};
	struct order victims, between, anywhere;

	order_init(&victims, n, visit->seed);
	order_init(&between, fillers ? fillers : 1, visit->seed + 1);
	order_init(&anywhere, (uint64_t)1 << high_bit(cell), visit->seed + 2);
	for (uint64_t k = 0; k < setprobe->visits; k++) {
		uint64_t step = k < n ? k : 2 * n - 1 - k;
		uint64_t victim = order_at(&victims, step);

		setprobe->list[at++] =
		    touch(&pages, victim_number(cell, &anywhere, victim), victim);
		for (uint64_t f = fillers * (k % n) / n; f < fillers * (k % n + 1) / n; f++) {
			uint64_t which = order_at(&between, f);

			setprobe->list[at++] =
			    touch(&pages, filler[which], VICTIMS_MAX + which + which / LINES);
		}
	}
	setprobe->length = at;
	return pages.verdict;
}

static struct verdict prepare_set(struct visit *visit, struct setprobe *setprobe)
{
	uint64_t page = cell_page(visit->cell, "page").bytes, filler[FILLERS_MAX];
	uint64_t fillers = cell_count(visit->cell, "filler");
	struct verdict verdict = scatter_map(
	    &setprobe->scatter,
	    ((uint64_t)(victims_max(visit->cell) + FILLER_BLOCKS) << high_bit(visit->cell)) * page,
	    ((uint64_t)1 << high_bit(visit->cell)) * page);

	if (!verdict_is_ok(&verdict))
		return verdict;
	for (uint64_t k = 0; k < fillers; k++)
		filler[k] = filler_number(visit->cell, k);
	return fill_list(visit, setprobe, filler);
}

static void prepare_whole(struct visit *visit, struct setprobe *setprobe)
{
	const struct window *window = &visit->window[0];
	uint64_t n = window->slots;
	struct order order;

	order_init(&order, n, visit->seed);
	for (uint64_t k = 0; k < 2 * n; k++)
		setprobe->list[k] =
		    (uintptr_t)window_slot(window, order_at(&order, k < n ? k : 2 * n - 1 - k));
	setprobe->length = 2 * n;
}

static void setprobe_leg(struct visit *visit, uint64_t n)
{
	struct setprobe *setprobe = visit->state;

	setprobe->loaded = chain_walk_list(setprobe->list, setprobe->length,
					   n / setprobe->visits * setprobe->length);
}

static struct verdict setprobe_prepare(struct visit *visit)
{
	struct setprobe *setprobe = visit->state;
	uint64_t fillers = cell_count(visit->cell, "filler") * (turns_back(visit->cell) ? 2 : 1);
	struct verdict verdict = verdict_ok();

	setprobe->visits = visits_of(visit->cell);
	setprobe->list = visit_alloc(visit, (setprobe->visits + fillers) * sizeof *setprobe->list);
	if (!setprobe->list)
		return visit_no_memory(visit);
	if (is_whole(visit->cell))
		prepare_whole(visit, setprobe);
	else
		verdict = prepare_set(visit, setprobe);
	if (!verdict_is_ok(&verdict))
		return verdict;
	region_forget_translations();
	setprobe_leg(visit, setprobe->visits);
	return verdict;
}

static struct verdict setprobe_check(struct visit *visit, uint64_t n)
{
	const struct setprobe *setprobe = visit->state;

	(void)n;
	if (!setprobe->loaded)
		return verdict_ok();
	return verdict_invalid("not-zero",
			       "report this: a page was written to while it was measured",
			       "a page did not hold the zero that keeps the loads in order");
}

static void setprobe_release(struct visit *visit)
{
	struct setprobe *setprobe = visit->state;

	scatter_unmap(&setprobe->scatter);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,2m", "4k", NULL,
     "page kind; 2m: one page of the pool, mapped many times"},
    {"probe", P_WORD, "base,ways,bit,pair,whole,random", "base", NULL,
     "base: pages of one set, round and round; ways: there and back; bit, pair: every other page "
     "in "
     "another set if those address bits index; whole: consecutive pages, there and back; random: "
     "pages anywhere"},
    {"filler", P_COUNT, "0..448", "192", "probe=base,ways,bit,pair,random",
     "pages of other sets in each pass, more than the L1 TLB has entries; 0: the L1 TLB itself"},
    {"bit", P_COUNT, "0..20", "0", "probe=bit,pair", "bit of the page number"},
    {"bit2", P_COUNT, "0..20", "1", "probe=pair", "bit of the page number, above bit"},
    {"victims", P_COUNT, "2..16384", "16", NULL, "pages under test"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_NEITHER, true},
    {"cycles", "cycles", BETTER_NEITHER, true},
    {0},
};

/* Few: `tlbscope geometry` asks step by step, and knows which bits and pairs are worth asking. */
#define SET_SIZES "victims=2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,20,24,28"

static const struct sweep sweeps[] = {
    {"set", NULL, "setprobe probe=base filler=0,192 " SET_SIZES, NULL,
     "how many pages a set of the L1 and of the L2 TLB holds"},
    {"index", NULL, "setprobe probe=bit filler=192 victims=12 bit=0..20+1", NULL,
     "which address bits choose the set, where it holds 6 to 11 pages"},
    {"whole", NULL, "setprobe probe=whole victims=256,1024..8192*1.2", NULL,
     "the whole TLB, there and back: misses rise by one with each page from its size on"},
    {0},
};

const struct bench bench_setprobe = {
    .name = "setprobe",
    .what = "time of visits to pages that share one set of a TLB",
    .isolates =
	"the index bits, ways and sets of the L1 and L2 TLB: pages that differ in chosen "
	"address bits, with others between that push them out of the L1 TLB; a time is that "
	"of one victim and of its share of those others",
    .cannot = "indexes that use bits above 20 of the page number, or that are no linear function "
	      "of address bits; a TLB whose entries other translations share keeps fewer for these",
    .source =
	"set by set as in TLB;DR (Tatar et al. 2022), there by counters and a module, here by "
	"time alone; there and back as in Saavedra and Smith 1995",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct setprobe),
    .want = setprobe_want,
    .prepare = setprobe_prepare,
    .leg = setprobe_leg,
    .check = setprobe_check,
    .release = setprobe_release,
};
