/* What the mapping-change benchmarks have in common: what is measured, which pages are there, what
 * an operation must cause. */
#ifndef BENCH_STORM_H
#define BENCH_STORM_H

#include "storm_gang.h"

#include <string.h>

#define STORM_PAGES_MAX 2048 /* of one batch: bounds the time that arming takes */
#define STORM_OPS_MAX	512
#define STORM_OPS_MIN	4
#define STORM_BIG	((uint64_t)1 << 29) /* bytes of one operation: a batch is one */

#define STORM_PARAMS(states)                                                                       \
	{.name = "npages",                                                                         \
	 .type = P_COUNT,                                                                          \
	 .allowed = "1..4096",                                                                     \
	 .dflt = "1",                                                                              \
	 .help = "pages changed by one call"},                                                     \
	    STORM_RESPONDERS(states)

#define STORM_METRICS                                                                              \
	{.name = "ns", .unit = "ns", .better = BETTER_LESS, .primary = true},                      \
	    {.name = "cycles", .unit = "cycles", .better = BETTER_LESS},                           \
	    {.name = "mean_ns", .unit = "ns", .better = BETTER_LESS},                              \
	    {.name = "p99_ns", .unit = "ns", .better = BETTER_LESS},                               \
	    {.name = "per_second", .unit = "1/s", .better = BETTER_MORE},                          \
	    {.name = "stolen_ns", .unit = "ns", .better = BETTER_LESS},                            \
	    {.name = "refill_ns", .unit = "ns", .better = BETTER_LESS},                            \
	    {.name = "refault_ns", .unit = "ns", .better = BETTER_LESS},                           \
	    {.name = "kept_ns", .unit = "ns", .better = BETTER_LESS},                              \
	    {.name = "retouch_ns", .unit = "ns", .better = BETTER_LESS},                           \
	    {.name = "own_refault_ns", .unit = "ns", .better = BETTER_LESS},                       \
	    {.name = "gaps", .unit = "1/op"}, {.name = "ipis_least", .unit = "1/op"},              \
	    {.name = "ipis_most", .unit = "1/op"},                                                 \
	{                                                                                          \
		.name = "ipis", .unit = "1/op"                                                     \
	}

#define STORM_DERIVED                                                                              \
	{.name = "added_ns",                                                                       \
	 .from = "ns",                                                                             \
	 .base = "state=other-mm",                                                                 \
	 .how = DERIVED_DIFF,                                                                      \
	 .when = "state=spin"},                                                                    \
	{                                                                                          \
		.name = "over_alone_ns", .from = "ns", .base = "resp=0", .how = DERIVED_DIFF,      \
		.when = "state=spin"                                                               \
	}

/* Sweeps of an operation that only the full profile has. */
#define STORM_RARE(name_, select)                                                                  \
	{                                                                                          \
		.name = name_, .full = select "/resp=0,1/place=smt,core",                          \
		.help = "alone and with one near responder"                                        \
	}

/* Where responders may read the pages. */
#define STORM_REFILL(name_)                                                                        \
	{                                                                                          \
		.name = name_ "-refill",                                                           \
		.full = name_ "/npages=1,8,32,64/resp=1/place=smt,core/state=touch,syscall",       \
		.help = "what responders have to fetch anew"                                       \
	}

/* Which kind of CPU interrupts which. */
#define STORM_KINDS(name_, select)                                                                 \
	{                                                                                          \
		.name = name_ "-kinds",                                                            \
		.full = select "/resp=1/place=" STORM_PLACES "/respkind=*",                        \
		.help = "one responder of each kind of CPU, where there are several"               \
	}

/* NAME/… sweeps of the three storms. None of them knows the kernel's flush ceiling: refinement
 * finds where a curve falls. */
#define STORM_SWEEPS(name_, prefix)                                                                \
	{.name = name_ "-responders",                                                              \
	 .quick = prefix "/npages=1/resp=0,1..max*2/place=" STORM_PLACES,                          \
	 .full = prefix "/npages=1,8,64,512/resp=0..8+1,12..max*2/place=" STORM_PLACES,            \
	 .help = "latency against responders, per place"},                                         \
	    {.name = name_ "-nearest",                                                             \
	     .full = prefix "/npages=1/resp=2..8+1,12..max*2/place=nearest",                       \
	     .help = "latency against responders that fill one place after the other"},            \
	    {.name = name_ "-npages",                                                              \
	     .quick = prefix "/npages=1..1024/resp=0",                                             \
	     .full = prefix "/npages=1..4096,3,6,12,24,48,96/resp=0,1/place=smt,core",             \
	     .refine = "npages",                                                                   \
	     .help = "latency against pages, across the flush ceiling"},                           \
	    {.name = name_ "-npages-remote",                                                       \
	     .quick = prefix "/npages=1,8,32,256/resp=1/place=*",                                  \
	     .help = "the same with one responder, at some points"},                               \
	    STORM_KINDS(name_, prefix "/npages=1"),                                                \
	{                                                                                          \
		.name = name_ "-states",                                                           \
		.quick = prefix "/npages=1/resp=1/place=*/state=spin,sleep,other-mm",              \
		.help = "who pays when the responder sleeps or belongs to another process"         \
	}

/* Which of the pages of an operation are there at all. */
#define STORM_TOUCHED                                                                              \
	{                                                                                          \
		.name = "touched", .type = P_WORD, .allowed = "all,first,ends", .dflt = "all",     \
		.help =                                                                            \
		    "which pages of a call are there: the kernel flushes the span between them"    \
	}

#define STORM_MAPPING                                                                              \
	{                                                                                          \
		.name = "mapping", .type = P_WORD, .allowed = "anon,shared,file,private",          \
		.dflt = "anon",                                                                    \
		.help = "whose pages: anonymous, shared memory, a shared file, a private one"      \
	}

struct storm { /* the state of such a benchmark */
	char *base;
	uint64_t span_bytes; /* of one operation */
	uint64_t page_bytes;
	uint64_t step_bytes;  /* between touched pages of one operation */
	uint64_t failures;    /* calls that the kernel refused */
	double retouch_ticks; /* of all operations so far */
	uint64_t retouched;   /* pages */
};

static inline enum mapping storm_mapping(const struct cell *cell)
{
	return cell_is(cell, "mapping", "shared")    ? MAPPING_SHARED
	       : cell_is(cell, "mapping", "file")    ? MAPPING_FILE
	       : cell_is(cell, "mapping", "private") ? MAPPING_PRIVATE
						     : MAPPING_ANON;
}

/* Are the pages a file's, and written through to it? */
static inline bool storm_shares(const struct cell *cell)
{
	enum mapping mapping = storm_mapping(cell);

	return mapping == MAPPING_SHARED || mapping == MAPPING_FILE;
}

/* Which page tables a call empties, and frees. */
enum storm_tables {
	TABLES_KEPT,
	TABLES_WHOLE /* that it spans */,
	TABLES_PASSED /* that it ends */
};

/* Pages of a call that are there. */
static inline uint64_t storm_touched(const struct cell *cell)
{
	uint64_t npages = cell_count(cell, "npages");

	return cell_is(cell, "touched", "first")  ? 1
	       : cell_is(cell, "touched", "ends") ? (npages > 1 ? 2 : 1)
						  : npages;
}

/* Page tables of the last level that a call's pages lie in: the mean over a batch. */
static inline double storm_spanned(const struct cell *cell, const struct want *want)
{
	const uint64_t npages = cell_count(cell, "npages"), table = want->region[0].page.bytes / 8;
	const bool first_only = cell_is(cell, "touched", "first"),
		   ends_only = cell_is(cell, "touched", "ends");
	uint64_t sum = 0;

	for (uint64_t i = 0; i < want->max_ops; i++) {
		uint64_t begin = i * npages,
			 tables = (begin + npages - 1) / table - begin / table + 1;

		sum += first_only ? 1 : ends_only && tables > 2 ? 2 : tables;
	}
	return (double)sum / (double)want->max_ops;
}

/* Of a table's pages: how many calls of a batch free one, as a share. */
static inline double storm_freed(const struct cell *cell, const struct want *want, uint64_t table,
				 enum storm_tables frees)
{
	uint64_t npages = cell_count(cell, "npages"), freeing = 0;

	for (uint64_t i = 0; i < want->max_ops; i++) {
		uint64_t begin = i * npages, end = begin + npages;

		freeing += frees == TABLES_PASSED  ? end / table > begin / table
			   : frees == TABLES_WHOLE ? end / table > (begin + table - 1) / table
						   : 0;
	}
	return (double)freeing / (double)want->max_ops;
}

/* Unmapping a file's dirty pages flushes more than once. The kernel tells the file of them only
 * when nobody can write to them any more, so it flushes before it lets go of a page table's lock
 * (force_flush in zap_pte_range(), Linux 3.15 and later): once for each table of the last level
 * that has such pages. If tables are freed as well, these are flushed for themselves, later. Where
 * pages are anonymous, or the mapping is of huge pages, one flush at the end does for all of it.
 *
 * Calls follow each other from the beginning of a table on; some lie in two. Claimed is the mean
 * over a batch. */
static inline double storm_flushes(const struct cell *cell, const struct want *want,
				   enum storm_tables frees)
{
	if (!storm_shares(cell) || want->region[0].page.how != PAGE_BASE)
		return 1;
	return storm_spanned(cell, want) +
	       storm_freed(cell, want, want->region[0].page.bytes / 8, frees);
}

/* For want(), last: whom tables that are freed concern as well. */
static inline void storm_frees(const struct cell *cell, const struct machine *machine,
			       struct want *want, enum storm_tables frees)
{
	if (storm_freed(cell, want, machine->base_page_bytes / 8, frees) > 0)
		storm_tables_go(want);
}

static inline uint64_t storm_ops(const struct machine *machine, uint64_t span, uint64_t least)
{
	uint64_t limit = STORM_PAGES_MAX * machine->base_page_bytes / span;

	return limit > STORM_OPS_MAX ? STORM_OPS_MAX : limit < least ? least : limit;
}

/* Region, gang, operations to a batch, and one flush to an operation. */
static inline struct verdict storm_want(const struct cell *cell, const struct machine *machine,
					struct want *want)
{
	struct page_kind page = cell_page(cell, "page");
	uint64_t span = cell_count(cell, "npages") * page.bytes;

	want->max_ops = storm_ops(machine, span, span < STORM_BIG ? STORM_OPS_MIN : 1);
	want->region[0] = (struct region_spec){.page = page,
					       .layout = LAYOUT_DISTINCT,
					       .mapping = storm_mapping(cell),
					       .bytes = want->max_ops * span,
					       .remapped = true};
	struct verdict placed = storm_place(cell, machine, &want->gang);

	storm_expect(want, 1);
	return verdict_is_ok(&placed) ? region_check(&want->region[0], machine) : placed;
}

static inline struct verdict storm_prepare(struct visit *visit)
{
	struct storm *storm = visit->state;
	const struct region_spec *spec = &visit->want->region[0];
	uint64_t page = spec->page.bytes, npages = cell_count(visit->cell, "npages");
	bool ends = cell_is(visit->cell, "touched", "ends") && npages > 1,
	     first = cell_is(visit->cell, "touched", "first");

	*storm = (struct storm){.base = visit->window[0].base,
				.page_bytes = page,
				.span_bytes = npages * page,
				.step_bytes = first  ? npages * page
					      : ends ? (npages - 1) * page
						     : page};
	return verdict_ok();
}

static inline struct verdict storm_no_touch(void)
{
	return verdict_skipped("no-touch", "choose state=spin, or touched=all",
			       "responders cannot read what is not there");
}

/* Where operation i begins. */
static inline char *storm_at(const struct storm *storm, uint64_t i)
{
	return storm->base + i * storm->span_bytes;
}

/* For prepare(): nothing is mapped but what the cell touches, in one piece. Neighbours of hugetlb
 * mappings never join again: what other cells have cut would be flushed piece by piece. */
static inline struct verdict storm_renew(struct visit *visit)
{
	const struct storm *storm = visit->state;
	bool whole = storm->step_bytes == storm->page_bytes;

	if (whole && visit->want->region[0].page.how != PAGE_HUGETLB)
		return verdict_ok();
	return region_refill(visit->window[0].region, storm->base, visit->window[0].bytes, false);
}

/* Writes a byte to each page of the first n operations that shall be there. */
static inline void storm_touch(const struct storm *storm, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		for (uint64_t at = 0; at < storm->span_bytes; at += storm->step_bytes)
			*(volatile char *)(storm_at(storm, i) + at) = 1;
}

static inline uint64_t storm_read(const struct storm *storm, uint64_t n)
{
	uint64_t from = timer_fenced();

	for (uint64_t i = 0; i < n; i++)
		for (uint64_t at = 0; at < storm->span_bytes; at += storm->step_bytes)
			(void)*(volatile char *)(storm_at(storm, i) + at);
	return timer_fenced() - from;
}

/* For check(), where the pages may be read: what the initiator itself pays to read them again,
 * beyond reading them once more after that. */
static inline void storm_retouch(struct storm *storm, uint64_t n)
{
	double first = (double)storm_read(storm, n), again = (double)storm_read(storm, n);

	storm->retouch_ticks += first - again;
	storm->retouched += n * ((storm->span_bytes - 1) / storm->step_bytes + 1);
}

/* Where the pages were dropped that is a fault; where responders read them as well, theirs came
 * before, and what is left is neither. */
static inline void storm_report(struct visit *visit)
{
	const struct storm *storm = visit->state;
	const struct want *want = visit->want;

	if (storm->retouched && !(want->drops && want->gang.state == RESPONDER_TOUCH))
		visit_report(visit, want->drops ? "own_refault_ns" : "retouch_ns",
			     visit_ns(visit, storm->retouch_ticks) / (double)storm->retouched);
}

/* For arm(), last: transparent huge pages are there where they were touched. The proof of the
 * region comes before and after the visit, and pages that came back small in between would look
 * fast. */
static inline struct verdict storm_present(const struct visit *visit, uint64_t n)
{
	const struct storm *storm = visit->state;
	const struct region *region = visit->window[0].region;
	const uint64_t bytes = n * storm->span_bytes, page = storm->page_bytes;
	struct verdict verdict = verdict_ok();

	if (visit->want->region[0].page.how != PAGE_THP)
		return verdict;
	if (storm->step_bytes == page)
		return region_present(region, storm->base, bytes);
	for (uint64_t i = 0; i < n; i++)
		for (uint64_t at = 0; at < storm->span_bytes && verdict_is_ok(&verdict);
		     at += storm->step_bytes)
			verdict = region_present(region, storm_at(storm, i) + at, page);
	return verdict;
}

/* For arm(): touched, and there as they shall be. */
static inline struct verdict storm_fill(struct visit *visit, uint64_t n)
{
	storm_touch(visit->state, n);
	return storm_present(visit, n);
}

/* For arm(): mapped anew and touched, whatever was there. */
static inline struct verdict storm_remap(struct visit *visit, uint64_t n)
{
	const struct storm *storm = visit->state;
	struct verdict mapped =
	    region_refill(visit->window[0].region, storm->base, n * storm->span_bytes, false);

	return verdict_is_ok(&mapped) ? storm_fill(visit, n) : mapped;
}

/* For release(): the next cell of this worker finds the region whole; it touches what it needs. */
static inline void storm_restore(struct visit *visit)
{
	region_refill(visit->window[0].region, visit->window[0].base, visit->window[0].bytes,
		      false);
}

/* No call failed. */
static inline struct verdict storm_check(struct visit *visit, uint64_t n)
{
	const struct storm *storm = visit->state;

	(void)n;
	if (!storm->failures)
		return verdict_ok();
	return verdict_invalid("call-failed", "see dmesg, and vm.max_map_count",
			       "the kernel refused %llu calls",
			       (unsigned long long)storm->failures);
}

#endif
