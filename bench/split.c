/* One page in the middle of a huge page is treated differently: what that costs, and what is left
 * of the huge page's use. */
#include <tlbscope/bench.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_COLD
#define MADV_COLD 20
#endif

#define BLOCK_BYTES                                                                                \
	((uint64_t)2 << 20) /* where there are no huge pages, the calls come as far apart */
#define SETTLING 6
#define LINES	 64u

struct split {
	int (*call)(char *at, size_t bytes);
	char *base;
	uint64_t block_bytes, page_bytes; /* page: the base page */
	uint64_t failures;
	double chase_ns; /* of one load, summed over the batches */
	unsigned batches;
	uint64_t loads; /* of one walk */
};

static int call_none(char *at, size_t bytes)
{
	(void)at;
	(void)bytes;
	return 0;
}

static int call_dontneed(char *at, size_t bytes)
{
	return madvise(at, bytes, MADV_DONTNEED);
}

static int call_mprotect(char *at, size_t bytes)
{
	return mprotect(at, bytes, PROT_READ);
}

static int call_munmap(char *at, size_t bytes)
{
	return munmap(at, bytes);
}

static int call_cold(char *at, size_t bytes)
{
	return madvise(at, bytes, MADV_COLD);
}

static const struct cause {
	const char *word;
	int (*call)(char *, size_t);
	double mappings, pages; /* splits of each that one call must cause */
	double deferred;
} causes[] = {
    {"none", call_none, 0, 0, 0},	  {"dontneed", call_dontneed, 1, 0, 1},
    {"mprotect", call_mprotect, 1, 0, 0}, {"munmap", call_munmap, 1, 0, 1},
    {"cold", call_cold, 1, 1, 0},
};

static const struct cause *cause_of(const struct cell *cell)
{
	for (unsigned i = 0; i < sizeof causes / sizeof *causes; i++)
		if (cell_is(cell, "cause", causes[i].word))
			return &causes[i];
	return &causes[1];
}

static struct verdict split_want(const struct cell *cell, const struct machine *machine,
				 struct want *want)
{
	const struct cause *cause = cause_of(cell);
	struct page_kind page = cell_page(cell, "page");
	uint64_t span = cell_count(cell, "span"),
		 block = page.how == PAGE_BASE ? BLOCK_BYTES : page.bytes;
	bool huge = page.how == PAGE_THP && page.bytes == machine->thp_bytes;

	if (span % block)
		return verdict_skipped("not-whole", "choose a span such as 64MiB",
				       "%llu KiB are not a whole number of %llu KiB",
				       (unsigned long long)span >> 10,
				       (unsigned long long)block >> 10);
	want->max_ops = span / block;
	want->region[0] = (struct region_spec){
	    .page = page, .layout = LAYOUT_DISTINCT, .bytes = span, .remapped = true};
	want->expect.faults = true; /* and none is expected */
	want->expect.vmstat[0] =
	    (struct expect_vmstat){"thp_split_pmd", huge ? cause->mappings : 0};
	want->expect.vmstat[1] = (struct expect_vmstat){"thp_split_page", huge ? cause->pages : 0};
	want->expect.vmstat[2] =
	    (struct expect_vmstat){"thp_deferred_split_page", huge ? cause->deferred : 0};
	return region_check(&want->region[0], machine);
}

static char *middle_of(const struct split *split, uint64_t i)
{
	return split->base + i * split->block_bytes + split->block_bytes / 2;
}

static struct verdict split_prepare(struct visit *visit)
{
	struct split *split = visit->state;
	const struct region_spec *spec = &visit->want->region[0];

	*split = (struct split){.call = cause_of(visit->cell)->call,
				.base = visit->window[0].base,
				.block_bytes = spec->bytes / visit->want->max_ops,
				.page_bytes = spec->page.bytes};
	if (spec->page.how == PAGE_THP)
		split->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	return verdict_ok();
}

/* Pages are numbered without the one in the middle of each block, which will not be there. */
static void **line_of(const struct split *split, uint64_t k)
{
	uint64_t per_block = split->block_bytes / split->page_bytes - 1, block = k / per_block,
		 page = k % per_block;

	page += page >= (per_block + 1) / 2;
	return (void **)(split->base + block * split->block_bytes + page * split->page_bytes +
			 (k + (k >> 6)) % LINES * 64);
}

static uint64_t link_pages(const struct split *split, uint64_t blocks, uint64_t seed)
{
	uint64_t n = blocks * (split->block_bytes / split->page_bytes - 1);
	struct order order;

	order_init(&order, n, seed);
	for (uint64_t k = 0; k < n; k++)
		*line_of(split, order_at(&order, k)) =
		    line_of(split, order_at(&order, (k + 1) % n));
	return n;
}

/* Of n dependent loads, one to a page, the mean: of three walks the middle one. Outside the legs,
 * so by the clock of the kernel. */
static double walk_ns(void **start, uint64_t n)
{
	double took[3];

	/* A TLB that is nearly full takes some passes to settle, and more of them if it was used.
	 */
	region_forget_translations();
	for (unsigned i = 0; i < SETTLING; i++)
		chain_walk(start, n);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t from = timer_monotonic();

		chain_walk(start, n);
		took[i] = (double)(timer_monotonic() - from) / (double)n;
	}
	double low = took[0] < took[1] ? took[0] : took[1],
	       high = took[0] < took[1] ? took[1] : took[0];

	return took[2] < low ? low : took[2] > high ? high : took[2];
}

static struct verdict split_arm(struct visit *visit, uint64_t n)
{
	struct split *split = visit->state;
	const struct region *region = visit->window[0].region;
	struct verdict verdict = region_refill(region, split->base, n * split->block_bytes, true);

	if (verdict_is_ok(&verdict))
		verdict = region_present(region, split->base, n * split->block_bytes);
	if (!verdict_is_ok(&verdict))
		return verdict;
	split->loads = link_pages(split, n, visit->seed);
	return verdict;
}

static void split_op(struct visit *visit, uint64_t i)
{
	struct split *split = visit->state;

	split->failures += split->call(middle_of(split, i), split->page_bytes) != 0;
}

static struct verdict split_check(struct visit *visit, uint64_t n)
{
	struct split *split = visit->state;

	(void)n;
	if (split->failures)
		return verdict_invalid("call-failed", "see dmesg, and vm.max_map_count",
				       "the kernel refused %llu calls",
				       (unsigned long long)split->failures);
	if (chain_walk(line_of(split, 0), split->loads) != line_of(split, 0))
		return verdict_invalid("chain-broken", "report this",
				       "pages beside those that were changed lost their content");
	split->chase_ns += walk_ns(line_of(split, 0), split->loads);
	split->batches++;
	return verdict_ok();
}

static void split_release(struct visit *visit)
{
	const struct split *split = visit->state;

	if (split->batches)
		visit_report(visit, "chase_ns", split->chase_ns / split->batches);
	region_refill(visit->window[0].region, visit->window[0].base, visit->window[0].bytes,
		      false);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,thp,thp-16k,thp-32k,thp-64k,thp-128k,thp-256k,thp-512k,thp-1m", "thp",
     NULL, "page kind"},
    {"cause", P_WORD, "none,dontneed,mprotect,munmap,cold", "dontneed", NULL,
     "what is done to the base page in the middle of each; none: the control of the loads"},
    {"span", P_BYTES, "4MiB..max", "64MiB", NULL, "memory of one batch"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, false},
    {"mean_ns", "ns", BETTER_LESS, false},
    {"chase_ns", "ns", BETTER_LESS, false},
    {0},
};

static const struct derived derived[] = {
    {"over_4k_ns", "ns", "page=4k", DERIVED_DIFF, "page=thp cause=dontneed,mprotect,munmap,cold"},
    /* Not against the same memory before: what is walked again gets faster, split or not. */
    {"chase_added_ns", "chase_ns", "cause=none", DERIVED_DIFF,
     "cause=dontneed,mprotect,munmap,cold"},
    {0},
};

static const struct sweep sweeps[] = {
    {"split", "split page=thp cause=dontneed,mprotect span=32MiB",
     "split page=4k,thp,thp-64k,thp-1m cause=dontneed,mprotect,munmap,cold span=64MiB", NULL,
     "what splits a huge page, and what that costs"},
    {0},
};

const struct bench bench_split = {
    .name = "split",
    .what = "one base page in the middle of a huge page is dropped, protected, unmapped or aged",
    .isolates = "the split: over_4k_ns is what the same call costs more than on small pages; "
		"chase_added_ns is what a load loses by it",
    .cannot =
	"tell splitting from allocating the page table, which a huge page keeps ready; what "
	"splitting the page itself costs where that is put off until memory is short "
	"(dontneed, munmap); what loads lose where as many small pages just fill a TLB (16MiB "
	"and 4,096 entries): there chase_added_ns shows how that TLB settles",
    .source = "mm/huge_memory.c of Linux (which call splits what), held against the kernel's "
	      "counts; loads as in chase",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct split),
    .want = split_want,
    .prepare = split_prepare,
    .arm = split_arm,
    .op = split_op,
    .check = split_check,
    .release = split_release,
};
