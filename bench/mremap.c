#include "storm.h"

#include <sys/mman.h>

struct moving {
	struct storm storm;   /* first: storm.h works on it; span_bytes is from call to call */
	uint64_t moved_bytes; /* by one call */
	char *reserved, *to;  /* to: as large as the window, and as far into a page table */
};

/* Pages under one page table of the last level, each with an entry of 8 bytes. */
static uint64_t table_pages(uint64_t page_bytes)
{
	return page_bytes / 8;
}

/* Pages from one call to the next. The kernel moves, and flushes, each page table's entries for
 * themselves, and flushes once more where a table is left empty. So calls of less than a table
 * never cross into another, and leave pages behind in it; larger ones begin with a table. */
static uint64_t apart_pages(uint64_t npages, uint64_t table)
{
	uint64_t apart = 1;

	if (npages >= table)
		return (npages + table - 1) / table * table;
	while (apart <= npages)
		apart *= 2;
	return apart;
}

static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	uint64_t npages = cell_count(cell, "npages"), page = cell_page(cell, "page").bytes,
		 table = table_pages(page), apart = apart_pages(npages, table) * page;
	struct verdict verdict = storm_want(cell, machine, want);

	want->max_ops = storm_ops(machine, apart, STORM_OPS_MIN);
	want->region[0].bytes = want->max_ops * apart;
	storm_expect(want, (double)((npages + table - 1) / table));
	return verdict_is_ok(&verdict) ? region_check(&want->region[0], machine) : verdict;
}

static struct verdict prepare(struct visit *visit)
{
	struct moving *moving = visit->state;
	struct storm *storm = &moving->storm;

	storm_prepare(visit);
	uint64_t unit = table_pages(storm->page_bytes) * storm->page_bytes,
		 into = (uintptr_t)storm->base % unit;

	moving->moved_bytes = storm->span_bytes;
	storm->span_bytes = visit->window[0].bytes / visit->want->max_ops;
	moving->reserved = mmap(NULL, visit->window[0].bytes + 2 * unit, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (moving->reserved == MAP_FAILED) {
		moving->reserved = NULL;
		return visit_no_memory(visit);
	}
	moving->to = (char *)(((uintptr_t)moving->reserved + unit - 1) / unit * unit + into);
	return verdict_ok();
}

/* Nothing is where the pages go to, not even a reservation: each call would have to split it and
 * unmap its part first. The place is left open until the calls, as munmap's own is. */
static struct verdict arm(struct visit *visit, uint64_t n)
{
	struct moving *moving = visit->state;
	struct verdict mapped = storm_remap(visit, n);

	if (verdict_is_ok(&mapped) && munmap(moving->to, visit->window[0].bytes))
		return verdict_invalid("call-failed", "see vm.max_map_count",
				       "the target could not be unmapped");
	return mapped;
}

static void op(struct visit *visit, uint64_t i)
{
	struct moving *moving = visit->state;
	struct storm *storm = &moving->storm;

	storm->failures +=
	    mremap(storm_at(storm, i), moving->moved_bytes, moving->moved_bytes,
		   MREMAP_MAYMOVE | MREMAP_FIXED, moving->to + i * storm->span_bytes) == MAP_FAILED;
}

/* What was moved is there with its content. */
static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct moving *moving = visit->state;
	struct verdict verdict = storm_check(visit, n);

	for (uint64_t i = 0; i < n && verdict_is_ok(&verdict); i += n > 1 ? n - 1 : 1)
		if (*(volatile char *)(moving->to + i * moving->storm.span_bytes) != 1)
			return verdict_invalid("not-moved", NULL,
					       "page 0 of operation %llu did not arrive",
					       (unsigned long long)i);
	return verdict;
}

static void release(struct visit *visit)
{
	const struct moving *moving = visit->state;
	const struct storm *storm = &moving->storm;

	if (moving->reserved)
		munmap(moving->reserved,
		       visit->window[0].bytes +
			   2 * table_pages(storm->page_bytes) * storm->page_bytes);
	storm_restore(visit);
}

static const struct param params[] = {
    {.name = "page", .type = P_PAGE, .allowed = "native", .dflt = "native", .help = "page kind"},
    STORM_PARAMS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_RARE("mremap", "mremap/npages=1,32,33,34,512"),
    STORM_KINDS("mremap", "mremap/npages=1"),
    {0},
};

const struct bench bench_mremap = {
    .name = "mremap",
    .what = "mremap of touched pages to other addresses, alone and with responders",
    .isolates = "what the initiator waits: the call, moving the entries, one flush of the old "
		"addresses (for each page table's worth of them); no page is freed",
    .cannot =
	"cannot tell moving of entries from that of a whole page table, which the kernel does "
	"where 512 aligned pages move at once",
    .source = "as munmap; what realloc() of large blocks does",
    .revision = 3,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct moving),
    .want = want,
    .prepare = prepare,
    .arm = arm,
    .op = op,
    .check = check,
    .release = release,
};
