/* What page tables take and, when they are not in any cache, what walking them costs. */
#include "layout.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define TABLE_BYTES   4096u
#define TOP_SHIFT     39 /* addresses under one table of the third level: the region has its own */
#define LEVELS	      3
#define CACHE_LEAST   ((uint64_t)32 << 20) /* of the last level, where nobody tells */
#define CACHE_MOST    ((uint64_t)256 << 20)
#define HUGE_SHIFT    26 /* log2 of the page size in the flags of memfd_create */
#define PAGES_OF_ZERO 64 /* lines of the zero page that loads go to */

struct tables {
	char *reserved, *base, *eviction;
	uint64_t reserved_bytes, spacing, pages, eviction_bytes;
	uintptr_t *list;
	uintptr_t loaded; /* last; must be 0 */
	bool cold;
	int fd; /* of the one hugetlb page that all addresses show; 0: none */
	volatile char sink;
};

static const unsigned span_shift[LEVELS] = {21, 30, TOP_SHIFT};

/* Tables that `pages` of that kind take, `spacing` apart from an address where each level begins
 * anew. A transparent huge page keeps a table of the last level ready for its split. */
static uint64_t tables_for(struct page_kind page, uint64_t pages, uint64_t spacing)
{
	uint64_t tables = 0, last = (pages - 1) * spacing;

	for (unsigned level = 0; level < LEVELS; level++) {
		uint64_t span = (uint64_t)1 << span_shift[level];

		if (page.how == PAGE_HUGETLB && page.bytes >= span)
			continue;
		tables += spacing >= span ? pages : (last >> span_shift[level]) + 1;
	}
	return tables;
}

static uint64_t eviction_bytes(void)
{
	long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
	uint64_t bytes = cache > 0 ? (uint64_t)cache : 0;

	bytes = bytes < CACHE_LEAST ? CACHE_LEAST : bytes;
	return 2 * (bytes < CACHE_MOST ? bytes : CACHE_MOST);
}

static struct verdict check_geometry(const struct cell *cell, struct page_kind page,
				     const struct machine *machine)
{
	uint64_t spacing = cell_count(cell, "spacing"), pages = cell_count(cell, "pages");

	if (machine->base_page_bytes != 4096)
		return verdict_skipped("no-geometry", "a kernel with base pages of 4 KiB",
				       "tables are predicted for base pages of 4 KiB only");
	if (spacing < page.bytes || spacing % page.bytes)
		return verdict_skipped("not-whole", "choose a spacing of whole pages",
				       "pages of %llu KiB cannot lie %llu KiB apart",
				       (unsigned long long)page.bytes >> 10,
				       (unsigned long long)spacing >> 10);
	if (page.how == PAGE_THP && page.bytes != machine->thp_bytes)
		return verdict_skipped("no-such-page", "use page=4k or page=thp",
				       "the kernel has no zero page of that size");
	if (pages > REGION_SPAN_MAX / spacing)
		return verdict_skipped("no-address-space", "choose fewer pages, or less spacing",
				       "needs %llu GiB of addresses",
				       (unsigned long long)(pages * (spacing >> 20) >> 10));
	if (page.how == PAGE_HUGETLB && pages + 256 > machine->max_maps)
		return verdict_skipped("too-many-maps", "choose fewer pages",
				       "needs %llu mappings, and vm.max_map_count is %llu",
				       (unsigned long long)pages,
				       (unsigned long long)machine->max_maps);
	return verdict_ok();
}

/* All pages show zeros of the kernel's own, or one hugetlb page: memory goes to tables. */
static struct verdict pagetable_want(const struct cell *cell, const struct machine *machine,
				     struct want *want)
{
	struct page_kind page = cell_page(cell, "page");
	uint64_t pages = cell_count(cell, "pages"), spacing = cell_count(cell, "spacing");
	struct verdict verdict = check_geometry(cell, page, machine);

	if (!verdict_is_ok(&verdict))
		return verdict;
	want->pass_ops = want->max_ops = pages;
	want->expect.faults = true; /* every page was touched before */
	want->extra_bytes = tables_for(page, pages, spacing) * TABLE_BYTES +
			    pages * sizeof(uintptr_t) + eviction_bytes();
	if (page.how != PAGE_HUGETLB)
		return verdict;
	want->region[0] = (struct region_spec){
	    .page = page, .layout = LAYOUT_DISTINCT, .bytes = page.bytes, .untouched = true};
	return region_check(&want->region[0], machine);
}

static struct verdict no_memory(const char *what, uint64_t bytes)
{
	return verdict_skipped(
	    "no-address-space", "ulimit -v unlimited; or choose fewer pages or less spacing",
	    "%s of %llu GiB: %s", what, (unsigned long long)bytes >> 30, strerror(errno));
}

/* Addresses that no other mapping shares a table with. */
static struct verdict reserve(struct tables *tables)
{
	uint64_t unit = (uint64_t)1 << TOP_SHIFT,
		 span = (tables->pages * tables->spacing + unit - 1) & ~(unit - 1);

	tables->reserved_bytes = span + unit;
	tables->reserved = mmap(NULL, tables->reserved_bytes, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (tables->reserved == MAP_FAILED) {
		tables->reserved = NULL;
		return no_memory("addresses", tables->reserved_bytes);
	}
	tables->base = (char *)(((uintptr_t)tables->reserved + unit - 1) & ~(uintptr_t)(unit - 1));
	return verdict_ok();
}

/* Read only, so that nothing counts as promised. */
static struct verdict map_zeros(struct tables *tables, bool huge)
{
	uint64_t bytes = tables->pages * tables->spacing;
	struct verdict verdict = huge ? huge_zero_allowed() : verdict_ok();

	if (!verdict_is_ok(&verdict))
		return verdict;
	if (mprotect(tables->base, bytes, PROT_READ))
		return no_memory("read-only memory", bytes);
	madvise(tables->base, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return verdict_ok();
}

/* The page that the region stands for goes back to the pool, and comes again as a file's. */
static struct verdict map_pool_page(struct visit *visit, struct tables *tables)
{
	uint64_t bytes = visit->window[0].bytes;
	unsigned flags = MFD_CLOEXEC | MFD_HUGETLB | (unsigned)__builtin_ctzll(bytes) << HUGE_SHIFT;

	munmap(visit->window[0].base, bytes);
	tables->fd = memfd_create("tlbscope", flags);
	if (tables->fd < 0 || ftruncate(tables->fd, (off_t)bytes))
		return no_memory("a hugetlb file", bytes);
	for (uint64_t i = 0; i < tables->pages; i++)
		if (mmap(tables->base + i * tables->spacing, bytes, PROT_READ,
			 MAP_SHARED | MAP_FIXED, tables->fd, 0) == MAP_FAILED)
			return no_memory("a mapping of a hugetlb page", bytes);
	return verdict_ok();
}

/* One load to a page, at a line that walks on. */
static uintptr_t slot_of(const struct tables *tables, uint64_t i)
{
	return (uintptr_t)tables->base + i * tables->spacing + i % PAGES_OF_ZERO * 64;
}

static struct verdict tables_differ(uint64_t seen, uint64_t expected)
{
	return verdict_invalid("tables-differ", "report this, with the kernel's version",
			       "page tables grew by %llu KiB, and the geometry of paging says %llu",
			       (unsigned long long)seen >> 10, (unsigned long long)expected >> 10);
}

/* Touches each page and holds what the kernel then accounts against what the addresses demand. */
static struct verdict count_tables(struct visit *visit)
{
	struct tables *tables = visit->state;
	struct page_kind page = cell_page(visit->cell, "page");
	uint64_t expected = tables_for(page, tables->pages, tables->spacing) * TABLE_BYTES, before,
		 after;

	if (!visit_tables(&before))
		return verdict_skipped("no-proc", "mount /proc", "/proc/self/status has no VmPTE");
	for (uint64_t i = 0; i < tables->pages; i++)
		tables->sink = *(volatile char *)slot_of(tables, i);
	visit_tables(&after);
	if (after - before != expected)
		return tables_differ(after - before, expected);
	visit_report(visit, "table_kib", (double)(after - before) / 1024);
	visit_report(visit, "kib_per_gib",
		     (double)(after - before) / 1024 * (double)(1u << 30) /
			 ((double)tables->pages * (double)page.bytes));
	return verdict_ok();
}

/* A small page takes as many tables; but only of a huge one the rest is there as well. */
static struct verdict prove_huge(struct tables *tables)
{
	struct rusage before, after;

	getrusage(RUSAGE_THREAD, &before);
	for (uint64_t i = 0; i < tables->pages; i++)
		tables->sink = *(volatile char *)(slot_of(tables, i) + TABLE_BYTES);
	getrusage(RUSAGE_THREAD, &after);
	if (after.ru_minflt == before.ru_minflt)
		return verdict_ok();
	return verdict_invalid("page-size", "see /sys/kernel/mm/transparent_hugepage/enabled",
			       "%ld of %llu huge zero pages came as small ones",
			       after.ru_minflt - before.ru_minflt,
			       (unsigned long long)tables->pages);
}

static struct verdict make_list(struct visit *visit)
{
	struct tables *tables = visit->state;
	struct order order;

	tables->eviction_bytes = tables->cold ? eviction_bytes() : 0;
	tables->list = visit_alloc(visit, tables->pages * sizeof *tables->list);
	if (tables->cold)
		tables->eviction = visit_alloc(visit, tables->eviction_bytes);
	if (!tables->list || (tables->cold && !tables->eviction))
		return visit_no_memory(visit);
	order_init(&order, tables->pages, visit->seed);
	for (uint64_t i = 0; i < tables->pages; i++)
		tables->list[i] = slot_of(tables, order_at(&order, i));
	return verdict_ok();
}

static struct verdict pagetable_prepare(struct visit *visit)
{
	struct tables *tables = visit->state;
	struct page_kind page = cell_page(visit->cell, "page");

	*tables = (struct tables){.spacing = cell_count(visit->cell, "spacing"),
				  .pages = cell_count(visit->cell, "pages"),
				  .cold = cell_is(visit->cell, "tables", "cold")};
	struct verdict verdict = reserve(tables);

	if (verdict_is_ok(&verdict))
		verdict = page.how == PAGE_HUGETLB ? map_pool_page(visit, tables)
						   : map_zeros(tables, page.how == PAGE_THP);
	if (!verdict_is_ok(&verdict))
		return verdict;
	verdict = make_list(visit);
	if (verdict_is_ok(&verdict))
		verdict = count_tables(visit);
	return verdict_is_ok(&verdict) && page.how == PAGE_THP ? prove_huge(tables) : verdict;
}

/* Cold: everything leaves the caches, then the lines that loads go to come back, by one address.
 * Warm: the tables were just walked. Translations are forgotten in both. */
static struct verdict pagetable_arm(struct visit *visit, uint64_t n)
{
	struct tables *tables = visit->state;
	uintptr_t sum = 0;

	for (uint64_t at = 0; at < tables->eviction_bytes; at += 64)
		tables->eviction[at]++;
	if (!tables->cold)
		chain_walk_list(tables->list, n, n);
	for (uint64_t i = 0; i < n; i++)
		sum += tables->list[i];
	for (unsigned line = 0; line < PAGES_OF_ZERO; line++)
		sum += *(volatile unsigned char *)(tables->base + line * 64);
	tables->sink = (char)sum;
	region_forget_translations();
	return verdict_ok();
}

static void pagetable_leg(struct visit *visit, uint64_t n)
{
	struct tables *tables = visit->state;

	tables->loaded = chain_walk_list(tables->list, n, n);
}

static struct verdict pagetable_check(struct visit *visit, uint64_t n)
{
	const struct tables *tables = visit->state;

	(void)n;
	return tables->loaded ? not_zero() : verdict_ok();
}

static void pagetable_release(struct visit *visit)
{
	struct tables *tables = visit->state;

	if (tables->reserved)
		munmap(tables->reserved, tables->reserved_bytes);
	if (tables->fd > 0)
		close(tables->fd);
	if (visit->want->region[0].page.how)
		region_refill(visit->window[0].region, visit->window[0].base,
			      visit->window[0].bytes, false);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,thp,2m,1g", "4k", NULL, "page kind"},
    {"spacing", P_BYTES, "4KiB..1GiB", "2MiB", NULL, "from one mapped page to the next"},
    {"pages", P_COUNT, "1..1048576", "4096", NULL, "how many are mapped"},
    {"tables", P_WORD, "warm,cold", "warm", NULL,
     "whether the tables are in the caches when they are walked"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {"table_kib", "KiB", BETTER_LESS, false},
    {"kib_per_gib", "KiB/GiB", BETTER_LESS, false},
    {0},
};

static const struct derived derived[] = {
    {"cold_ns", "ns", "tables=warm", DERIVED_DIFF, "tables=cold"},
    {"cold_cycles", "cycles", "tables=warm", DERIVED_DIFF, "tables=cold"},
    {0},
};

static const struct sweep sweeps[] = {
    {"pagetable", "pagetable page=4k spacing=2MiB pages=1024 tables=warm",
     "pagetable page=4k spacing=4KiB,64KiB,2MiB,1GiB pages=4096 tables=cold", NULL,
     "page tables by sparsity, and walks of cold ones"},
    {"pagetable-huge", NULL, "pagetable page=thp,2m spacing=2MiB,1GiB pages=512 tables=cold", NULL,
     "the same of huge pages"},
    {"pagetable-1g", NULL, "pagetable page=1g spacing=1GiB pages=64 tables=cold", NULL,
     "and of pages of 1 GiB"},
    {0},
};

const struct bench bench_pagetable = {
    .name = "pagetable",
    .what = "memory that page tables take, by page kind and sparsity, and loads that walk them",
    .isolates = "the accounted size of tables (table_kib, held against the geometry of paging), "
		"and the cache misses of a walk (cold_ns): data stays in L1D, for all pages show "
		"the same zeros",
    .cannot = "tell the levels of a walk apart (see walkcache); one access of the data cache by "
	      "several ways can add a constant to ns, which cold_ns takes off; in a guest the "
	      "host's tables grow cold as well",
    .source = "multi-level paging as in AMD's and Intel's manuals; VmPTE of proc(5); caches are "
	      "emptied by twice their size",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct tables),
    .want = pagetable_want,
    .prepare = pagetable_prepare,
    .arm = pagetable_arm,
    .leg = pagetable_leg,
    .check = pagetable_check,
    .release = pagetable_release,
};
