#include "storm.h"

#include <sys/mman.h>
#include <unistd.h>

#define SPLITS 16 /* huge pages of a batch */

/* A flush of the huge translation, and one of the page. */
static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct verdict placed = storm_place(cell, machine, &want->gang);

	want->max_ops = SPLITS;
	want->region[0] = (struct region_spec){.page = {PAGE_THP, machine->thp_bytes},
					       .layout = LAYOUT_DISTINCT,
					       .bytes = SPLITS * machine->thp_bytes,
					       .remapped = true};
	storm_expect(want, 2);
	if (verdict_is_ok(&placed) && !machine->thp_bytes)
		return verdict_skipped("no-thp", "a kernel with CONFIG_TRANSPARENT_HUGEPAGE",
				       "this kernel has no transparent huge pages");
	return verdict_is_ok(&placed) ? region_check(&want->region[0], machine) : placed;
}

static struct verdict prepare(struct visit *visit)
{
	struct storm *storm = visit->state;
	uint64_t huge = visit->want->region[0].page.bytes;

	*storm = (struct storm){.base = visit->window[0].base,
				.page_bytes = huge,
				.span_bytes = huge,
				.step_bytes = huge};
	return verdict_ok();
}

static void op(struct visit *visit, uint64_t i)
{
	struct storm *storm = visit->state;

	storm->failures += madvise(storm_at(storm, i), (size_t)getpagesize(), MADV_DONTNEED) != 0;
}

/* The page is gone, and the rest of the huge page is not. */
static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct storm *storm = visit->state;

	for (uint64_t i = 0; i < n; i++)
		if (*(volatile char *)storm_at(storm, i))
			return verdict_invalid("not-dropped", NULL,
					       "page 0 of operation %llu kept its content",
					       (unsigned long long)i);
	return storm_check(visit, n);
}

static const struct param params[] = {
    STORM_RESPONDERS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_RARE("thpsplit", "thpsplit"),
    {0},
};

const struct bench bench_thpsplit = {
    .name = "thpsplit",
    .what = "MADV_DONTNEED of one base page out of a transparent huge page, which splits its "
	    "mapping, alone and with responders",
    .isolates = "what the initiator waits: splitting the translation into a page table of small "
		"ones, and two flushes, of the huge translation and of the page",
    .cannot = "cannot tell the two flushes apart; the huge page itself is split later, when memory "
	      "is short",
    .source = "mm/huge_memory.c (__split_huge_pmd), tried on 6.18",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct storm),
    .want = want,
    .prepare = prepare,
    .arm = storm_remap,
    .op = op,
    .check = check,
    .release = storm_restore,
};
