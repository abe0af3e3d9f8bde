/* Huge pages, and what it takes to get one: from a pool that grows, past it, at a fault, or made of
 * small ones; with free memory whole, and in pieces. */
#include <tlbscope/bench.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define HUGE_SHIFT     26 /* log2 of the page size in the flags of mmap */
#define KHUGEPAGED     "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"
#define SCAN_SLEEP_MS  10
#define PATIENCE_NS    2000000000u /* for khugepaged, of one page */
#define POLL_US	       200
#define HELD_MOST      64u /* free pages of a pool */
#define PIECES_OF_FREE 128 /* of memory broken up, a page and its table in 2 MiB stay taken */

struct hugealloc {
	const struct way *way;
	struct scatter scatter;
	char *held;
	uint64_t page_bytes, held_bytes;
	uint64_t armed;	    /* pages of the batch */
	uint64_t was;	    /* of the setting that is lent */
	int setting;	    /* its descriptor; 0: none */
	int flags;	    /* of mmap for pages of a pool */
	double got, wanted; /* pages, over the batches */
};

static bool write_number(int fd, uint64_t number)
{
	return dprintf(fd, "%llu", (unsigned long long)number) > 0;
}

static bool read_number(const char *path, uint64_t *out)
{
	FILE *file = fopen(path, "re");
	unsigned long long number = 0;
	bool known = file && fscanf(file, "%llu", &number) == 1;

	if (file)
		fclose(file);
	*out = number;
	return known;
}

static char *page_at(const struct hugealloc *h, uint64_t i)
{
	return h->scatter.base + i * h->page_bytes;
}

/* What could not be had is counted afterwards, so nothing is asked here. */
static void get_pool(struct hugealloc *h, uint64_t i)
{
	(void)!write_number(h->setting, h->was + i + 1);
}

static void get_surplus(struct hugealloc *h, uint64_t i)
{
	(void)!madvise(page_at(h, i), h->page_bytes, MADV_POPULATE_WRITE);
}

static void get_fault(struct hugealloc *h, uint64_t i)
{
	*(volatile char *)page_at(h, i) = 1;
}

static void get_collapse(struct hugealloc *h, uint64_t i)
{
	(void)!madvise(page_at(h, i), h->page_bytes, MADV_COLLAPSE);
}

/* Only now may it: it makes several in one go, and those of later operations would be there. */
static void get_khugepaged(struct hugealloc *h, uint64_t i)
{
	uint64_t until = timer_monotonic() + PATIENCE_NS;

	(void)!madvise(page_at(h, i), h->page_bytes, MADV_HUGEPAGE);
	while (huge_bytes_at(page_at(h, i), h->page_bytes) < h->page_bytes &&
	       timer_monotonic() < until)
		usleep(POLL_US);
	(void)!madvise(page_at(h, i), h->page_bytes, MADV_NOHUGEPAGE); /* stays as it is */
}

static const struct way {
	const char *word;
	void (*get)(struct hugealloc *, uint64_t);
	const char *loan; /* setting, or the last part of the pool's */
	const char *line; /* of vmstat, that each page moves where memory is whole */
	bool pool;	  /* pages of a pool, else transparent ones */
	bool mapped;	  /* has memory mapped, and ... */
	bool small;	  /* ... full of base pages */
} ways[] = {
    {.word = "pool",
     .get = get_pool,
     .loan = "nr_hugepages",
     .line = "htlb_buddy_alloc_success",
     .pool = true},
    {.word = "surplus",
     .get = get_surplus,
     .loan = "nr_overcommit_hugepages",
     .line = "htlb_buddy_alloc_success",
     .pool = true,
     .mapped = true},
    {.word = "fault", .get = get_fault, .line = "thp_fault_alloc", .mapped = true},
    {.word = "collapse",
     .get = get_collapse,
     .line = "thp_collapse_alloc",
     .mapped = true,
     .small = true},
    {.word = "khugepaged",
     .get = get_khugepaged,
     .loan = KHUGEPAGED,
     .line = "thp_collapse_alloc",
     .mapped = true,
     .small = true},
};

static const struct way *way_of(const struct cell *cell)
{
	for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++)
		if (cell_is(cell, "how", ways[i].word))
			return &ways[i];
	return &ways[0];
}

static void want_loan(const struct way *way, uint64_t page_bytes, uint64_t pages, struct loan *loan)
{
	if (!way->loan)
		return;
	*loan = (struct loan){.number = SCAN_SLEEP_MS};
	if (!way->pool) {
		snprintf(loan->path, sizeof loan->path, "%s", way->loan);
		return;
	}
	loan->number = pages;
	loan->added = true;
	snprintf(loan->path, sizeof loan->path, "/sys/kernel/mm/hugepages/hugepages-%llukB/%s",
		 (unsigned long long)page_bytes / 1024, way->loan);
}

/* All that a run may use is broken up, or held. */
static void want_pieces(const struct machine *machine, struct want *want)
{
	want->extra_bytes += machine->memory_bytes / PIECES_OF_FREE;
	if (want->extra_bytes < machine->memory_bytes)
		want->extra_bytes = machine->memory_bytes;
}

static struct verdict hugealloc_want(const struct cell *cell, const struct machine *machine,
				     struct want *want)
{
	const struct way *way = way_of(cell);
	struct page_kind page = cell_page(cell, "page");
	uint64_t pages = cell_count(cell, "pages");

	if ((page.how == PAGE_HUGETLB) != way->pool)
		return verdict_skipped(
		    "no-such-way", "use how=pool,surplus with page=2m,1g, and the others with thp",
		    "pages of that kind do not come by how=%s", way->word);
	if (page.how == PAGE_THP && (!machine->thp_bytes || page.bytes != machine->thp_bytes))
		return verdict_skipped("no-thp", "a kernel with CONFIG_TRANSPARENT_HUGEPAGE",
				       "this kernel has no transparent huge pages of that size");
	want->max_ops = pages;
	want->op_bytes = page.bytes;
	/* Collapsing takes the huge page while the small ones are there. */
	want->extra_bytes = pages * page.bytes * (way->small ? 2 : 1);
	want->fragmented = cell_is(cell, "memory", "fragmented");
	if (want->fragmented)
		want_pieces(machine, want);
	else if (page.bytes < (uint64_t)1 << 30)
		want->expect.vmstat[0] = (struct expect_vmstat){way->line, 1};
	want_loan(way, page.bytes, pages, &want->loan[0]);
	return verdict_ok();
}

static struct verdict refused(const char *what)
{
	return verdict_skipped("refused", "run as root, or free memory", "%s: %s", what,
			       strerror(errno));
}

/* What the pool has free would be taken before anything new is made. */
static struct verdict hold_free_pages(struct hugealloc *h, const struct loan *loan)
{
	char path[sizeof loan->path + 16];
	uint64_t unused = 0;
	int length = (int)(strrchr(loan->path, '/') - loan->path);

	snprintf(path, sizeof path, "%.*s/free_hugepages", length, loan->path);
	if (!read_number(path, &unused))
		return refused(path);
	if (!unused)
		return verdict_ok();
	if (unused > HELD_MOST)
		return verdict_skipped("pool-not-empty", "free the pool, or use how=pool",
				       "%llu pages of the pool are free, and would come first",
				       (unsigned long long)unused);
	h->held_bytes = unused * h->page_bytes;
	h->held = mmap(NULL, h->held_bytes, PROT_READ | PROT_WRITE, h->flags, -1, 0);
	if (h->held == MAP_FAILED || madvise(h->held, h->held_bytes, MADV_POPULATE_WRITE))
		return refused("holding the pool's free pages");
	return verdict_ok();
}

static struct verdict borrow(struct hugealloc *h, const struct loan *loan)
{
	h->setting = open(loan->path, O_RDWR | O_CLOEXEC);
	if (h->setting < 0) {
		h->setting = 0;
		return refused(loan->path);
	}
	if (!read_number(loan->path, &h->was))
		return refused(loan->path);
	if (h->way->get == get_pool)
		return verdict_ok(); /* which is what the operations do */
	uint64_t number = loan->added ? h->was + loan->number : loan->number;

	return write_number(h->setting, number) ? verdict_ok() : refused(loan->path);
}

static struct verdict hugealloc_prepare(struct visit *visit)
{
	struct hugealloc *h = visit->state;
	const struct loan *loan = &visit->want->loan[0];
	struct verdict verdict = verdict_ok();

	*h = (struct hugealloc){.way = way_of(visit->cell),
				.page_bytes = cell_page(visit->cell, "page").bytes};
	h->flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
		   __builtin_ctzll(h->page_bytes) << HUGE_SHIFT;
	if (h->way->mapped)
		verdict =
		    scatter_map(&h->scatter, visit->want->max_ops * h->page_bytes, h->page_bytes);
	if (verdict_is_ok(&verdict) && h->way->pool && h->way->mapped)
		verdict = hold_free_pages(h, loan);
	if (verdict_is_ok(&verdict) && *loan->path)
		verdict = borrow(h, loan);
	return verdict;
}

/* Each CPU keeps some huge pages that were freed whole for itself; small ones go back. */
static void split_all(const struct hugealloc *h)
{
	for (uint64_t i = 0; i < h->armed; i++)
		madvise(page_at(h, i), 4096, MADV_COLD);
}

/* Fresh memory; for those that are made of small pages, full of them. */
static struct verdict hugealloc_arm(struct visit *visit, uint64_t n)
{
	struct hugealloc *h = visit->state;
	uint64_t bytes = n * h->page_bytes;
	int flags = h->way->pool ? h->flags | MAP_NORESERVE : MAP_PRIVATE | MAP_ANONYMOUS;

	if (!h->way->mapped)
		return write_number(h->setting, h->was) ? visit_fragment(visit)
							: refused("the pool");
	if (visit->want->fragmented && !h->way->pool)
		split_all(h);
	h->armed = n;
	if (mmap(h->scatter.base, bytes, PROT_READ | PROT_WRITE, flags | MAP_FIXED, -1, 0) ==
	    MAP_FAILED)
		return refused("memory");
	struct verdict broken = visit_fragment(visit);

	if (!verdict_is_ok(&broken))
		return broken;
	if (h->way->small) {
		madvise(h->scatter.base, bytes, MADV_NOHUGEPAGE);
		for (uint64_t at = 0; at < bytes; at += 4096)
			h->scatter.base[at] = 1;
	}
	if (h->way->get == get_khugepaged)
		return verdict_ok(); /* advised page by page */
	if (!h->way->pool && madvise(h->scatter.base, bytes, MADV_HUGEPAGE))
		return refused("MADV_HUGEPAGE");
	return verdict_ok();
}

static void hugealloc_op(struct visit *visit, uint64_t i)
{
	struct hugealloc *h = visit->state;

	h->way->get(h, i);
}

/* How many of them came; the pool gets its own size back at once. */
static struct verdict hugealloc_check(struct visit *visit, uint64_t n)
{
	struct hugealloc *h = visit->state;
	uint64_t now = h->was;

	h->wanted += (double)n;
	if (h->way->mapped) {
		h->got +=
		    (double)(huge_bytes_at(h->scatter.base, n * h->page_bytes) / h->page_bytes);
		return verdict_ok();
	}
	if (!read_number(visit->want->loan[0].path, &now) || !write_number(h->setting, h->was))
		return refused("the pool");
	h->got += now > h->was ? (double)(now - h->was) : 0;
	return verdict_ok();
}

static void hugealloc_release(struct visit *visit)
{
	struct hugealloc *h = visit->state;

	if (h->wanted > 0)
		visit_report(visit, "success", h->got / h->wanted);
	scatter_unmap(&h->scatter);
	if (h->held && h->held != MAP_FAILED)
		munmap(h->held, h->held_bytes);
	if (h->setting) {
		(void)!write_number(h->setting, h->was);
		close(h->setting);
	}
}

static const struct param params[] = {
    {"page", P_PAGE, "thp,2m,1g", "thp", NULL, "page kind"},
    {"how", P_WORD, "pool,surplus,fault,collapse,khugepaged", "fault", NULL,
     "pool: the pool grows by one; surplus: a page past the pool's size, touched; fault: first "
     "touch; collapse: MADV_COLLAPSE; khugepaged: from MADV_HUGEPAGE until it has done that"},
    {"memory", P_WORD, "whole,fragmented", "whole", NULL,
     "fragmented: of every free huge page one base page was kept before"},
    {"pages", P_COUNT, "1..64", "16", NULL, "huge pages of a batch"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"mean_ns", "ns", BETTER_LESS, false},
    {"ms_per_gib", "ms/GiB", BETTER_LESS, false},
    {"success", "share", BETTER_MORE, false},
    {0},
};

static const struct derived derived[] = {
    {"over_whole_ns", "mean_ns", "memory=whole", DERIVED_DIFF, "memory=fragmented"},
    {0},
};

static const struct sweep sweeps[] = {
    {"hugealloc", NULL, "hugealloc page=thp how=fault,collapse memory=whole,fragmented pages=16",
     NULL, "transparent huge pages, with free memory whole and in pieces"},
    {"hugealloc-pool", NULL, "hugealloc page=2m how=pool,surplus memory=whole,fragmented pages=16",
     NULL, "pages of a pool, likewise"},
    {"hugealloc-1g", NULL, "hugealloc page=1g how=pool memory=whole pages=1", NULL,
     "a page of 1 GiB, where there is memory for it"},
    {"hugealloc-khugepaged", NULL, "hugealloc page=thp how=khugepaged memory=whole pages=4", NULL,
     "how long khugepaged takes"},
    {0},
};

const struct bench bench_hugealloc = {
    .name = "hugealloc",
    .what = "time to get a huge page, and how often one is got",
    .isolates = "allocation with what it needs: compaction where free memory is in pieces "
		"(over_whole_ns; success), clearing (fault, surplus), copying (collapse), waiting "
		"(khugepaged)",
    .cannot = "tell compaction from allocation in one page; say how fragmented a machine gets in "
	      "use: pieces here can all be moved; khugepaged is woken every 10 ms, where the "
	      "default is 10 s, which comes on top",
    .source = "mmtests' thpfioscale and thpcompact in purpose; breaking memory up by splitting "
	      "huge pages is our own",
    .revision = 2,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct hugealloc),
    .want = hugealloc_want,
    .prepare = hugealloc_prepare,
    .arm = hugealloc_arm,
    .op = hugealloc_op,
    .check = hugealloc_check,
    .release = hugealloc_release,
};
