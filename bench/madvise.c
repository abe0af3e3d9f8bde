#include "storm.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MADV_COLD
#define MADV_COLD    20
#define MADV_PAGEOUT 21
#endif

/* What each advice does to the content of anonymous pages. */
enum content { CONTENT_KEPT, CONTENT_DROPPED, CONTENT_EITHER };

static const struct advice {
	const char *name;
	int advice;
	enum content content;
} advices[] = {
    {"dontneed", MADV_DONTNEED, CONTENT_DROPPED},
    {"free", MADV_FREE, CONTENT_EITHER},
    {"cold", MADV_COLD, CONTENT_KEPT},
    {"pageout", MADV_PAGEOUT, CONTENT_KEPT},
};

struct dropping {
	struct storm storm; /* first: storm.h works on it */
	const struct advice *advice;
	enum content content;
};

static const struct advice *advice_of(const struct cell *cell)
{
	for (size_t i = 1; i < sizeof advices / sizeof *advices; i++)
		if (cell_is(cell, "advice", advices[i].name))
			return &advices[i];
	return &advices[0];
}

static void expect_dropping(const struct cell *cell, const struct machine *machine,
			    struct want *want)
{
	double kept = storm_flushes(cell, want, TABLES_KEPT),
	       freed = storm_flushes(cell, want, TABLES_WHOLE);

	storm_expect(want, kept);
	if (freed > kept && cell_is(cell, "touched", "all"))
		storm_or(
		    want, freed,
		    "Linux 6.14 and later free page tables that DONTNEED empties, with a flush "
		    "of their own");
	if (want->region[0].page.how == PAGE_BASE)
		storm_frees(cell, machine, want, TABLES_WHOLE);
}

/* Reclaim unmaps each page, and flushes before it is written out (try_to_unmap_flush_dirty()).
 * Pages of a file are left to its own writing, so that one flush does for all that were unmapped in
 * a page table. What reclaim flushed is not known to the mm: whoever looks at a page table next
 * flushes everything once more (flush_tlb_batched_pending()), and that is the call that comes next,
 * or the next table of this one. */
static void expect_paging_out(const struct cell *cell, const struct machine *machine,
			      struct want *want)
{
	bool swaps = want->region[0].mapping != MAPPING_FILE;
	double tables = storm_spanned(cell, want),
	       flushes = (swaps ? (double)storm_touched(cell) : tables) + tables;

	storm_expect(want, flushes);
	storm_or(want, flushes + 1, "before 6.9 Linux flushes cleared accessed bits as well");
	want->expect.reclaims = true;
	if (swaps && machine->swap_bytes < 2 * want->region[0].bytes)
		want->pressure =
		    (struct pressure){.swap = SWAP_ANY, .swap_bytes = want->region[0].bytes};
}

static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	const int advice = advice_of(cell)->advice;
	struct verdict verdict = storm_want(cell, machine, want);

	if (!verdict_is_ok(&verdict))
		return verdict;
	if (advice == MADV_DONTNEED)
		expect_dropping(cell, machine, want);
	want->drops = advice == MADV_DONTNEED || advice == MADV_PAGEOUT;
	if (want->gang.state == RESPONDER_TOUCH && !cell_is(cell, "touched", "all"))
		return storm_no_touch();
	if (advice != MADV_DONTNEED && want->region[0].page.how == PAGE_HUGETLB)
		return verdict_skipped("no-advice", "choose page=4k or page=thp",
				       "hugetlb pages take no such advice");
	if (advice == MADV_FREE && want->region[0].mapping != MAPPING_ANON)
		return verdict_skipped("no-advice", "choose mapping=anon",
				       "only anonymous pages take that advice");
	if (advice == MADV_PAGEOUT && want->region[0].page.how == PAGE_THP)
		return verdict_skipped("no-huge-swap", "choose page=4k",
				       "huge pages that were swapped come back small");
	if (advice == MADV_FREE && want->region[0].page.how == PAGE_THP) /* pmdp_invalidate() */
		storm_expect(want, (double)storm_touched(cell) + 1);
	if (advice == MADV_PAGEOUT)
		expect_paging_out(cell, machine, want);
	return verdict;
}

/* No length asks for the advice alone, but a hugetlb mapping is looked at only where there is one.
 */
static struct verdict takes_advice(const struct visit *visit)
{
	const struct dropping *dropping = visit->state;
	const struct page_kind page = visit->want->region[0].page;
	bool pool = page.how == PAGE_HUGETLB;

	if (madvise(dropping->storm.base, pool ? page.bytes : 0, dropping->advice->advice) == 0 ||
	    errno != EINVAL)
		return verdict_ok();
	return verdict_skipped(
	    "no-advice",
	    pool ? "a kernel from 5.18 on, or page=4k or page=thp" : "a kernel from 5.4 on",
	    "this kernel has no such advice%s", pool ? " for hugetlb pages" : "");
}

static struct verdict prepare(struct visit *visit)
{
	struct dropping *dropping = visit->state;
	enum mapping mapping = visit->want->region[0].mapping;

	storm_prepare(visit);
	dropping->advice = advice_of(visit->cell);
	dropping->content = dropping->advice->content;
	/* Shared pages stay in their file, whoever drops his translations. */
	if (dropping->content == CONTENT_DROPPED &&
	    (mapping == MAPPING_SHARED || mapping == MAPPING_FILE))
		dropping->content = CONTENT_KEPT;
	struct verdict taken = takes_advice(visit);

	return verdict_is_ok(&taken) ? storm_renew(visit) : taken;
}

/* What check() has read back is the huge page of zeros, and before Linux 6.12 the first write to
 * that leaves small pages behind. */
static void forget_zeros(const struct visit *visit)
{
	const struct window *window = &visit->window[0];

	if (visit->want->drops && visit->want->region[0].page.how == PAGE_THP)
		madvise(window->base, window->bytes, MADV_DONTNEED);
}

static struct verdict arm(struct visit *visit, uint64_t n)
{
	forget_zeros(visit);
	return storm_fill(visit, n);
}

static void release(struct visit *visit)
{
	forget_zeros(visit);
	storm_report(visit);
}

static void op(struct visit *visit, uint64_t i)
{
	struct dropping *dropping = visit->state;
	struct storm *storm = &dropping->storm;

	storm->failures +=
	    madvise(storm_at(storm, i), storm->span_bytes, dropping->advice->advice) != 0;
}

/* What was dropped reads as zero; a page that still holds our byte was never dropped. */
static struct verdict check(struct visit *visit, uint64_t n)
{
	struct dropping *dropping = visit->state;
	const char kept = dropping->content == CONTENT_KEPT;

	storm_retouch(&dropping->storm, n);
	for (uint64_t i = 0; i < n && dropping->content != CONTENT_EITHER; i += n > 1 ? n - 1 : 1)
		if (*(volatile char *)storm_at(&dropping->storm, i) != kept)
			return verdict_invalid("not-dropped", NULL,
					       "page 0 of operation %llu %s its content",
					       (unsigned long long)i, kept ? "lost" : "kept");
	return storm_check(visit, n);
}

static const struct param params[] = {
    {.name = "advice",
     .type = P_WORD,
     .allowed = "dontneed,free,cold,pageout",
     .dflt = "dontneed",
     .help = "MADV_ what"},
    {.name = "page",
     .type = P_PAGE,
     .allowed = "native,thp,2m,1g",
     .dflt = "native",
     .help = "page kind"},
    STORM_MAPPING,
    STORM_TOUCHED,
    STORM_PARAMS("spin,touch,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_SWEEPS("madvise", "madvise"),
    STORM_RARE("madvise-advice", "madvise/advice=free,cold,pageout/npages=1,33,34"),
    STORM_RARE("madvise-mapping", "madvise/mapping=shared,file,private/npages=1,33,34"),
    STORM_REFILL("madvise"),
    STORM_RARE("madvise-span", "madvise/touched=first,ends/npages=33,34"),
    STORM_RARE("madvise-huge", "madvise/page=thp,2m/npages=1,32,33,34"),
    {0},
};

const struct bench bench_madvise = {
    .name = "madvise",
    .what = "madvise of touched pages (DONTNEED, FREE, COLD, PAGEOUT), alone and with responders "
	    "that must forget them",
    .isolates = "what the initiator waits: the call, unmapping and freeing the pages, and one "
		"flush on every CPU that runs "
		"this mm; what each responder loses to the interrupt (stolen_ns)",
    .cannot = "cannot tell freeing of pages from flushing at 0 responders; FREE frees nothing yet, "
	      "COLD only clears accessed bits, PAGEOUT is mostly the write to swap",
    .source = "npiggin/tlbi_test (initiator and responder apart), LATR (ASPLOS'18), Amit et al. "
	      "(EuroSys'20), pages of will-it-scale's tlb_flush1 (private), 2 (anon), 3 (file); "
	      "gap detection",
    .revision = 4,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct dropping),
    .want = want,
    .prepare = prepare,
    .arm = arm,
    .op = op,
    .check = check,
    .release = release,
};
