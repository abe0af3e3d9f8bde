/* A process with much memory forks: the fork, and the first writes after it. */
#include <tlbscope/bench.h>

#include <sys/mman.h>
#include <unistd.h>

#define SMALL_PAGES	 "thp-16k,thp-32k,thp-64k,thp-128k,thp-256k,thp-512k,thp-1m"
#define GIB		 ((uint64_t)1 << 30)
#define TABLE_BYTES	 4096
#define TABLE_SPAN_BYTES ((uint64_t)2 << 20) /* of addresses under one table of base pages */

struct forks {
	bool writes, gone, each_4k;
	struct verdict shared; /* of the fork in an operation */
	char *base;
	uint64_t bytes, page_bytes;
	uint64_t without; /* page tables of a child that was not given the memory */
	double tables;	  /* that a child was given for the memory */
	bool counted;
};

static double faults_of(const struct cell *cell, struct page_kind page,
			const struct machine *machine)
{
	bool whole = page.how == PAGE_HUGETLB ||
		     (page.bytes == machine->thp_bytes && cell_is(cell, "child", "gone"));

	if (!cell_is(cell, "touch", "each-4k") || whole)
		return 1;
	return (double)(page.bytes / machine->base_page_bytes);
}

/* Each page once: of a huge one the first base page is written, or all of them one after the
 * other. */
static void want_writes(const struct cell *cell, const struct machine *machine, struct want *want)
{
	const struct region_spec *spec = &want->region[0];
	bool splits = spec->page.how == PAGE_THP && spec->page.bytes == machine->thp_bytes &&
		      cell_is(cell, "child", "alive");

	want->max_ops = spec->bytes / spec->page.bytes;
	want->op_bytes = spec->page.bytes;
	want->expect.faults = true;
	want->expect.faults_per_op = faults_of(cell, spec->page, machine);
	want->expect.vmstat[0] = (struct expect_vmstat){"thp_split_pmd", splits};
	if (cell_is(cell, "child", "gone"))
		return;
	if (spec->page.how != PAGE_HUGETLB) {
		want->extra_bytes = spec->bytes; /* the copies */
		return;
	}
	want->region[1] = *spec;
	want->region[1].untouched = true; /* given back to the pool for the copies */
}

static struct verdict fork_want(const struct cell *cell, const struct machine *machine,
				struct want *want)
{
	struct region_spec *spec = &want->region[0];

	*spec = (struct region_spec){.page = cell_page(cell, "page"),
				     .layout = LAYOUT_DISTINCT,
				     .bytes = cell_count(cell, "footprint"),
				     .remapped = true};
	want->max_ops = 1; /* a second fork finds the pages write-protected already */
	want->op_bytes = spec->bytes;
	if (cell_is(cell, "part", "write"))
		want_writes(cell, machine, want);
	else
		want->extra_bytes = spec->bytes / 256; /* page tables */
	if (spec->bytes % TABLE_SPAN_BYTES || spec->bytes % spec->page.bytes)
		return verdict_skipped("not-whole", "choose a footprint such as 64MiB",
				       "%llu KiB are not a whole number of 2 MiB",
				       (unsigned long long)spec->bytes >> 10);
	return region_check(spec, machine);
}

static uintptr_t whole_tables(uintptr_t at)
{
	return at & ~(uintptr_t)(TABLE_SPAN_BYTES - 1);
}

/* The memory but the first part of each GiB, so that the tables above are there with and without
 * it: what a child then has more are tables of the last level, and all of them. */
static uint64_t advise_most(const struct forks *forks, int advice)
{
	uintptr_t base = (uintptr_t)forks->base, end = base + forks->bytes;
	uint64_t bytes = 0;

	for (uintptr_t at = base, next; at < end; at = next) {
		next = (at / GIB + 1) * GIB;
		next = next < end ? next : end;
		uintptr_t from = whole_tables(at + 2 * TABLE_SPAN_BYTES - 1),
			  to = whole_tables(next);

		if (from < to && madvise((char *)from, to - from, advice) == 0)
			bytes += to - from;
	}
	return bytes;
}

/* The rest of the region is no part of the process under test. */
static void advise_rest(const struct visit *visit, int advice)
{
	const struct window *window = &visit->window[0];
	const struct region *region = window->region;
	uint64_t before = (uint64_t)(window->base - region->base),
		 after = region->spec.bytes - before - window->bytes;

	if (before)
		madvise(region->base, before, advice);
	if (after)
		madvise(window->base + window->bytes, after, advice);
}

/* Of a known size and span, that is. hugetlb pages of 1 GiB cannot be kept in part, and those of
 * 2 MiB have no tables below. */
static bool has_tables(const struct visit *visit)
{
	return visit->want->region[0].page.how != PAGE_HUGETLB &&
	       sysconf(_SC_PAGESIZE) == TABLE_BYTES;
}

static void write_all(const struct forks *forks, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += forks->page_bytes)
		*(volatile char *)(forks->base + at) = 1;
}

static struct verdict count_without(struct visit *visit)
{
	struct forks *forks = visit->state;

	if (!has_tables(visit))
		return verdict_ok();
	write_all(forks, forks->bytes);
	advise_most(forks, MADV_DONTFORK);
	struct verdict verdict = visit_share(visit);

	forks->counted = verdict_is_ok(&verdict) && visit_sharer_tables(visit, &forks->without);
	visit_unshare(visit);
	advise_most(forks, MADV_DOFORK);
	return verdict;
}

static struct verdict fork_prepare(struct visit *visit)
{
	struct forks *forks = visit->state;
	const struct window *window = &visit->window[0];

	*forks = (struct forks){.writes = cell_is(visit->cell, "part", "write"),
				.gone = cell_is(visit->cell, "child", "gone"),
				.each_4k = cell_is(visit->cell, "touch", "each-4k"),
				.base = window->base,
				.bytes = window->bytes,
				.page_bytes = visit->want->region[0].page.bytes,
				.shared = verdict_ok()};
	advise_rest(visit, MADV_DONTFORK);
	if (visit->want->region[1].page.how)
		munmap(visit->window[1].base, visit->window[1].bytes);
	return forks->writes ? verdict_ok() : count_without(visit);
}

/* Before a fork every page is this process's alone and writable; before the writes it is not, or
 * not any longer. */
static struct verdict fork_arm(struct visit *visit, uint64_t n)
{
	struct forks *forks = visit->state;
	const struct region *region = visit->window[0].region;
	struct verdict verdict = verdict_ok();

	visit_unshare(visit);
	if (!forks->writes) {
		write_all(forks, forks->bytes);
		return verdict;
	}
	verdict = region_refill(region, forks->base, n * forks->page_bytes, true);
	if (verdict_is_ok(&verdict))
		verdict = region_present(region, forks->base, n * forks->page_bytes);
	if (verdict_is_ok(&verdict))
		verdict = visit_share(visit);
	if (forks->gone)
		visit_unshare(visit);
	visit_own(visit);
	return verdict;
}

static void fork_op(struct visit *visit, uint64_t i)
{
	struct forks *forks = visit->state;
	char *at = forks->base + i * forks->page_bytes;

	if (!forks->writes) {
		forks->shared = visit_share(visit);
		return;
	}
	*(volatile char *)at = 2;
	for (uint64_t k = 4096; forks->each_4k && k < forks->page_bytes; k += 4096)
		*(volatile char *)(at + k) = 2;
}

/* Tables of the last level that the child has more with the memory than without: one to 2 MiB,
 * which a huge page has as well, put by for its split. */
static struct verdict check_tables(struct visit *visit)
{
	struct forks *forks = visit->state;
	uint64_t with, bytes;

	if (!forks->counted || !visit_sharer_tables(visit, &with))
		return verdict_ok();
	bytes = advise_most(forks, MADV_DOFORK); /* changes nothing: for the sum */
	uint64_t expected = bytes / TABLE_SPAN_BYTES * TABLE_BYTES;

	if (with - forks->without != expected)
		return verdict_invalid(
		    "tables-differ", "report this, with the kernel's version",
		    "a child got %lld KiB of page tables for %llu MiB, and %llu KiB were expected",
		    (long long)(with - forks->without) / 1024, (unsigned long long)bytes >> 20,
		    (unsigned long long)expected >> 10);
	if (bytes)
		forks->tables = (double)(with - forks->without) / TABLE_BYTES *
				((double)forks->bytes / (double)bytes);
	return verdict_ok();
}

static struct verdict fork_check(struct visit *visit, uint64_t n)
{
	const struct forks *forks = visit->state;

	if (!forks->writes)
		return verdict_is_ok(&forks->shared) ? check_tables(visit) : forks->shared;
	for (uint64_t i = 0; i < n; i++)
		if (*(volatile char *)(forks->base + i * forks->page_bytes) != 2)
			return verdict_invalid("not-written", "report this",
					       "page %llu kept its content", (unsigned long long)i);
	return verdict_ok();
}

static void fork_release(struct visit *visit)
{
	struct forks *forks = visit->state;

	visit_unshare(visit);
	advise_rest(visit, MADV_DOFORK);
	if (!forks->writes && has_tables(visit) && forks->counted)
		visit_report(visit, "tables", forks->tables);
	region_refill(visit->window[0].region, visit->window[0].base, visit->window[0].bytes,
		      false);
	if (visit->want->region[1].page.how)
		region_refill(visit->window[1].region, visit->window[1].base,
			      visit->window[1].bytes, false);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,2m,1g,thp," SMALL_PAGES, "4k", NULL, "page kind"},
    {"part", P_WORD, "fork,write", "fork", NULL,
     "fork: the call; write: the parent's first write to each page after it"},
    {"child", P_WORD, "alive,gone", "alive", "part=write",
     "alive: the child holds the pages, so each is copied; gone: it has ended, and they are only "
     "made writable again"},
    {"touch", P_WORD, "page,each-4k", "page", "part=write page=2m,1g,thp," SMALL_PAGES,
     "page: one write to a page; each-4k: one to each 4 KiB of it"},
    {"footprint", P_BYTES, "2MiB..max", "64MiB", NULL, "memory of the process under test"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, false},
    {"mean_ns", "ns", BETTER_LESS, false},
    {"p99_ns", "ns", BETTER_LESS, false},
    {"ns_per_fault", "ns", BETTER_LESS, false},
    {"ms_per_gib", "ms/GiB", BETTER_LESS, false},
    {"tables", "pages", BETTER_LESS, false},
    {0},
};

static const struct derived derived[] = {
    {"over_gone_ns", "mean_ns", "child=gone", DERIVED_DIFF, "child=alive"},
    {0},
};

static const struct sweep sweeps[] = {
    {"fork", "fork page=4k,thp part=fork footprint=32MiB",
     "fork page=4k,thp,2m part=fork footprint=16MiB,64MiB,256MiB,1GiB", NULL,
     "what a fork costs, by the memory of the process"},
    {"fork-writes", NULL,
     "fork page=4k,thp,2m,thp-64k part=write child=alive touch=page,each-4k footprint=64MiB", NULL,
     "what the first writes after it cost the parent"},
    {0},
};

const struct bench bench_fork = {
    .name = "fork",
    .what = "fork of a process with much memory, and the parent's first writes after it",
    .isolates = "copying page tables (part=fork; tables counts them); the fault that copies a page "
		"(over_gone_ns: what it costs more than making the page writable again)",
    .cannot = "tell what the child pays, which is the same for each page that it writes; the "
	      "flush that write-protecting takes from its price where the process has more "
	      "threads (see cow); the child may run before the call returns",
    .source = "lmbench's lat_proc fork with memory to it; page tables from VmPTE",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct forks),
    .want = fork_want,
    .prepare = fork_prepare,
    .arm = fork_arm,
    .op = fork_op,
    .check = fork_check,
    .release = fork_release,
};
