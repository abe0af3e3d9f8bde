/* First touch of memory, in all the ways that a program can get it. */
#include "storm_gang.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define CHUNK_BYTES ((uint64_t)2 << 20)	  /* of one populating call */
#define HOLD_BYTES  ((uint64_t)256 << 20) /* what was freed last is kept away from memory=idle */
#define HUGE_SHIFT  26			  /* log2 of the page size in the flags of mmap */

struct fault {
	void (*run)(struct fault *, uint64_t i);
	char *base, *mapped;	   /* mapped: all of what the file lies in */
	uint64_t unit, page_bytes; /* unit: of one operation */
	int mmap_flags;
	int fd;		   /* of the file that minor and around map; 0: none */
	uint64_t failures; /* calls that the kernel refused */
};

static void run_write(struct fault *fault, uint64_t i)
{
	*(volatile char *)(fault->base + i * fault->unit) = 1;
}

static void run_read(struct fault *fault, uint64_t i)
{
	(void)*(volatile char *)(fault->base + i * fault->unit);
}

/* The first load faults, the others find their pages mapped. */
static void run_around(struct fault *fault, uint64_t i)
{
	for (uint64_t at = 0; at < fault->unit; at += fault->page_bytes)
		(void)*(volatile char *)(fault->base + i * fault->unit + at);
}

static void run_populate(struct fault *fault, uint64_t i)
{
	fault->failures +=
	    madvise(fault->base + i * fault->unit, fault->unit, MADV_POPULATE_WRITE) != 0;
}

static void run_mmap(struct fault *fault, uint64_t i)
{
	char *at = fault->base + i * fault->unit;

	fault->failures +=
	    mmap(at, fault->unit, PROT_READ | PROT_WRITE, fault->mmap_flags, -1, 0) != at;
}

/* As the kernel clears a page. */
static void run_memset(struct fault *fault, uint64_t i)
{
	void *at = fault->base + i * fault->unit;
#if defined(__x86_64__)
	uint64_t n = fault->unit;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(0) : "memory");
#else
	memset(at, 0, fault->unit);
	__asm__ volatile("" ::"r"(at) : "memory");
#endif
}

/* What each value of op is made of. */
static const struct way {
	const char *word;
	void (*run)(struct fault *, uint64_t);
	bool chunk;   /* a call to each CHUNK_BYTES */
	bool file;    /* at the base page: maps a file of the benchmark's own */
	bool fresh;   /* wants pages that are not there */
	bool present; /* no fault at all */
	bool thp, hugetlb;
} ways[] = {
    {.word = "write", .run = run_write, .fresh = true, .thp = true, .hugetlb = true},
    {.word = "read", .run = run_read, .fresh = true, .thp = true},
    {.word = "populate",
     .run = run_populate,
     .chunk = true,
     .fresh = true,
     .thp = true,
     .hugetlb = true},
    {.word = "mmap", .run = run_mmap, .chunk = true, .fresh = true, .hugetlb = true},
    {.word = "minor", .run = run_write, .file = true, .hugetlb = true},
    {.word = "around", .run = run_around, .file = true},
    {.word = "memset", .run = run_memset, .present = true, .thp = true, .hugetlb = true},
};

static const struct way *way_of(const struct cell *cell)
{
	for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++)
		if (cell_is(cell, "op", ways[i].word))
			return &ways[i];
	return &ways[0];
}

static uint64_t unit_of(const struct way *way, struct page_kind page, const struct machine *machine)
{
	if (way->run == run_around)
		return machine->fault_around_bytes;
	return way->chunk && page.bytes < CHUNK_BYTES ? CHUNK_BYTES : page.bytes;
}

static double faults_of(const struct way *way, const struct page_kind *page, uint64_t unit)
{
	if (way->present)
		return 0;
	return way->chunk ? (double)(unit / page->bytes) : 1;
}

static struct verdict check_way(const struct way *way, struct page_kind page,
				const struct machine *machine)
{
	bool small = page.how == PAGE_THP && page.bytes != machine->thp_bytes;

	if ((page.how == PAGE_THP && !way->thp) || (page.how == PAGE_HUGETLB && !way->hugetlb) ||
	    (small && way->run == run_read))
		return verdict_skipped("no-such-fault", "use op=write, or page=4k",
				       "memory of that page kind is not got by op=%s", way->word);
	if (way->run == run_around && machine->fault_around_bytes <= page.bytes)
		return verdict_skipped("no-fault-around",
				       "echo 65536 | sudo tee /sys/kernel/debug/fault_around_bytes",
				       "this kernel maps one page of a file at a fault");
	return verdict_ok();
}

/* Memory that was free for long: what was freed last is held in the second region, and the first is
 * touched once only. */
static struct verdict want_idle(struct want *want, const struct machine *machine)
{
	struct page_kind base = {PAGE_BASE, machine->base_page_bytes};

	if (want->region[0].page.how == PAGE_HUGETLB)
		return verdict_skipped("no-such-memory", "use memory=resident",
				       "pages of a pool are never idle memory");
	want->region[0].untouched = true;
	want->region[1] = (struct region_spec){
	    .page = base, .layout = LAYOUT_DISTINCT, .bytes = HOLD_BYTES, .remapped = true};
	return region_check(&want->region[1], machine);
}

static struct verdict want_memory(const struct cell *cell, const struct way *way,
				  const struct machine *machine, struct want *want)
{
	const struct region_spec spec = {.page = cell_page(cell, "page"),
					 .layout = LAYOUT_DISTINCT,
					 .bytes = cell_count(cell, "span"),
					 .remapped = way->fresh};
	struct verdict verdict = region_check(&spec, machine);

	if (way->file && spec.page.how == PAGE_BASE) {
		want->extra_bytes = spec.bytes;
		return verdict;
	}
	want->region[0] = spec;
	if (verdict_is_ok(&verdict) && cell_is(cell, "memory", "idle"))
		verdict = want_idle(want, machine);
	return verdict;
}

static struct verdict fault_want(const struct cell *cell, const struct machine *machine,
				 struct want *want)
{
	const struct way *way = way_of(cell);
	struct page_kind page = cell_page(cell, "page");
	uint64_t unit = unit_of(way, page, machine), span = cell_count(cell, "span");
	struct verdict verdict = check_way(way, page, machine);

	if (verdict_is_ok(&verdict) && (!unit || span % unit))
		verdict =
		    verdict_skipped("not-whole", "choose a span such as 64MiB or 2GiB",
				    "%llu KiB are not a whole number of %llu KiB",
				    (unsigned long long)span >> 10, (unsigned long long)unit >> 10);
	if (!verdict_is_ok(&verdict))
		return verdict;
	want->max_ops = span / unit;
	want->op_bytes = unit;
	want->expect.faults = true;
	want->expect.faults_per_op = faults_of(way, &page, unit);
	verdict = want_memory(cell, way, machine, want);
	return verdict_is_ok(&verdict) ? storm_place(cell, machine, &want->gang) : verdict;
}

static struct verdict no_file(const char *call)
{
	return verdict_skipped("no-memory", "choose a smaller span with --only, or free memory",
			       "%s of a file in memory: %s", call, strerror(errno));
}

/* A file in memory with all its pages there; aligned to what one fault maps around itself. */
static struct verdict map_own_file(struct visit *visit)
{
	struct fault *fault = visit->state;
	uint64_t bytes = visit->want->max_ops * fault->unit;

	fault->fd = memfd_create("tlbscope", MFD_CLOEXEC);
	if (fault->fd < 0 || ftruncate(fault->fd, (off_t)bytes))
		return no_file("creation");
	fault->mapped = mmap(NULL, bytes + fault->unit, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (fault->mapped == MAP_FAILED)
		return no_file("address space");
	fault->base = fault->mapped + (-(uintptr_t)fault->mapped & (fault->unit - 1));
	if (mmap(fault->base, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fault->fd,
		 0) == MAP_FAILED)
		return no_file("mapping");
	for (uint64_t at = 0; at < bytes; at += fault->page_bytes)
		*(volatile char *)(fault->base + at) = 1;
	return verdict_ok();
}

static struct verdict fault_prepare(struct visit *visit)
{
	struct fault *fault = visit->state;
	const struct region_spec *spec = &visit->want->region[0];
	const struct way *way = way_of(visit->cell);

	*fault =
	    (struct fault){.run = way->run,
			   .base = visit->window[0].base,
			   .unit = visit->want->op_bytes,
			   .page_bytes = cell_page(visit->cell, "page").bytes,
			   .mmap_flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE};
	if (spec->page.how == PAGE_HUGETLB)
		fault->mmap_flags |= MAP_HUGETLB | __builtin_ctzll(fault->page_bytes) << HUGE_SHIFT;
	if (!spec->page.how)
		return map_own_file(visit);
	if (way->run == run_mmap) /* of this process, and put back in release */
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	return verdict_ok();
}

static struct verdict refused(const char *what)
{
	return verdict_invalid("call-failed", "see dmesg; free memory, or choose a smaller span",
			       "%s: %s", what, strerror(errno));
}

/* Pages of a file stay with the file, those of anonymous memory go back to the kernel. */
static struct verdict fault_arm(struct visit *visit, uint64_t n)
{
	struct fault *fault = visit->state;
	const struct way *way = way_of(visit->cell);
	uint64_t bytes = n * fault->unit;

	if (way->present)
		return verdict_ok();
	if (!way->fresh)
		return madvise(fault->base, bytes, MADV_DONTNEED) ? refused("MADV_DONTNEED")
								  : verdict_ok();
	if (way->run != run_mmap)
		return region_refill(visit->window[0].region, fault->base, bytes, false);
	return mmap(fault->base, bytes, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED
		   ? refused("unmapping")
		   : verdict_ok();
}

static void fault_op(struct visit *visit, uint64_t i)
{
	struct fault *fault = visit->state;

	fault->run(fault, i);
}

static struct verdict fault_check(struct visit *visit, uint64_t n)
{
	const struct fault *fault = visit->state;

	if (fault->failures)
		return verdict_invalid("call-failed", "free memory, or choose a smaller span",
				       "the kernel refused %llu calls",
				       (unsigned long long)fault->failures);
	if (!visit->want->region[0].page.how)
		return verdict_ok();
	return region_present(visit->window[0].region, fault->base, n * fault->unit);
}

static void fault_release(struct visit *visit)
{
	struct fault *fault = visit->state;
	const struct way *way = way_of(visit->cell);

	if (fault->fd > 0) {
		if (fault->mapped && fault->mapped != MAP_FAILED)
			munmap(fault->mapped, (visit->want->max_ops + 1) * fault->unit);
		close(fault->fd);
	}
	if (way->run == run_mmap)
		prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	if (way->fresh)
		region_refill(visit->window[0].region, visit->window[0].base,
			      visit->window[0].bytes, false);
}

static const struct param params[] = {
    {"page", P_PAGE,
     "4k,16k,64k,2m,1g,thp,thp-16k,thp-32k,thp-64k,thp-128k,thp-256k,thp-512k,thp-1m", "4k", NULL,
     "page kind"},
    {"op", P_WORD, "write,read,populate,mmap,minor,around,memset", "write", NULL,
     "write, read: first touch of anonymous memory; populate: MADV_POPULATE_WRITE, a call to 2 "
     "MiB; mmap: MAP_POPULATE, likewise; minor: store to a page of a file that is there and only "
     "not mapped; around: loads of such pages, as many as one fault maps; memset: no fault, the "
     "page is cleared"},
    {"memory", P_WORD, "resident,idle", "resident", "op=write",
     "resident: frames that were used a moment before; idle: frames that were not, which a host "
     "may have taken back"},
    {"span", P_BYTES, "64KiB..max", "64MiB", NULL, "memory that is got in one batch"},
    {"resp", P_COUNT, "0..max", "0", "op=write", "others at work"},
    {"place", P_WORD, "smt,core,llc,package", "core", "resp=1..max",
     "where they run relative to the initiator"},
    {"state", P_WORD, "fault,fault-apart,other-mm", "fault", "resp=1..max",
     "fault: they fault in the same address space; fault-apart: in one of their own each; "
     "other-mm: they only spin"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, false},
    {"mean_ns", "ns", BETTER_LESS, false},
    {"p99_ns", "ns", BETTER_LESS, false},
    {"ns_per_fault", "ns", BETTER_LESS, false},
    {"slow_share", "share", BETTER_LESS, false},
    {"slow_ns", "ns", BETTER_LESS, false},
    {"ms_per_gib", "ms/GiB", BETTER_LESS, false},
    {0},
};

static const struct derived derived[] = {
    {"over_memset_ns", "mean_ns", "op=memset", DERIVED_DIFF, "op=write memory=resident resp=0"},
    {"over_resident_ns", "mean_ns", "memory=resident", DERIVED_DIFF, "memory=idle"},
    {"added_ns", "mean_ns", "state=other-mm", DERIVED_DIFF, "state=fault,fault-apart"},
    {0},
};

#define SMALL "thp-16k,thp-32k,thp-64k,thp-128k,thp-256k,thp-512k,thp-1m"

static const struct sweep sweeps[] = {
    {"fault", "fault page=4k,thp,2m op=write memory=resident span=16MiB resp=0",
     "fault page=4k," SMALL ",thp,2m op=write memory=resident span=128MiB resp=0", NULL,
     "first touch by page kind, clearing apart"},
    {"fault-1g", NULL, "fault page=1g op=write memory=resident span=1GiB resp=0", NULL,
     "the same of a 1 GiB page"},
    {"fault-kinds", "fault page=4k op=minor,around span=8MiB",
     "fault page=4k op=read,minor,around span=128MiB", NULL, "faults that get no memory"},
    {"fault-kinds-huge", NULL, "fault page=thp op=read span=128MiB", NULL,
     "the same on huge pages"},
    {"fault-populate", NULL, "fault page=4k,thp-64k,thp,2m op=populate span=128MiB", NULL,
     "memory got ahead by madvise"},
    {"fault-mmap", NULL, "fault page=4k,2m op=mmap span=128MiB", NULL, "memory got ahead by mmap"},
    {"fault-idle", NULL, "fault page=4k,thp op=write memory=idle span=128MiB resp=0", NULL,
     "memory that lay free, against memory used a moment before"},
    {"fault-threads", NULL,
     "fault page=4k,thp op=write memory=resident span=64MiB resp=1..max*2 place=* "
     "state=fault,fault-apart",
     NULL, "several threads fault at once, in one address space and in several"},
    {0},
};

const struct bench bench_fault = {
    .name = "fault",
    .what = "page faults: first touch, populating, and mapping what is there, by page kind",
    .isolates = "a fault by what it does: entry and page tables (minor), allocation as well "
		"(write less memset), clearing (memset); what bigger pages, populating and "
		"fault-around save; what faults of others at the same time add (added_ns)",
    .cannot = "tell allocation from charging it to a cgroup, or the cache misses that clearing "
	      "leaves behind; choose which frames the kernel hands out, so memory=idle gets what "
	      "lay free for long only as far as the kernel keeps it apart",
    .source = "will-it-scale's page_fault1 and page_fault2 (store to each page of a fresh "
	      "mapping), one timestamp to a fault; LKP's and mmtests' pft for several threads",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct fault),
    .want = fault_want,
    .prepare = fault_prepare,
    .arm = fault_arm,
    .op = fault_op,
    .check = fault_check,
    .release = fault_release,
};
