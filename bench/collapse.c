#include "storm.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define COLLAPSES 8 /* huge pages of a batch */

struct collapse {
	struct storm storm; /* first: storm.h works on it */
	int error;	    /* of the last call that was refused */
};

/* Base pages, aligned as huge ones: regions of base pages begin at 4 MiB. */
static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct verdict placed = storm_place(cell, machine, &want->gang);

	want->max_ops = COLLAPSES;
	want->region[0] = (struct region_spec){.page = {PAGE_BASE, machine->base_page_bytes},
					       .layout = LAYOUT_DISTINCT,
					       .bytes = COLLAPSES * machine->thp_bytes,
					       .remapped = true};
	storm_expect(want, 1);
	want->expect.gaps_blurred = true; /* by tlb_remove_table_sync_one() */
	if (verdict_is_ok(&placed) && !machine->thp_bytes)
		return verdict_skipped("no-thp", "a kernel with CONFIG_TRANSPARENT_HUGEPAGE",
				       "this kernel has no transparent huge pages");
	return verdict_is_ok(&placed) ? region_check(&want->region[0], machine) : placed;
}

static struct verdict prepare(struct visit *visit)
{
	struct collapse *collapse = visit->state;
	const struct region_spec *spec = &visit->want->region[0];

	collapse->storm = (struct storm){.base = visit->window[0].base,
					 .page_bytes = spec->page.bytes,
					 .span_bytes = spec->bytes / COLLAPSES,
					 .step_bytes = spec->page.bytes};
	collapse->error = 0;
	return verdict_ok();
}

/* Touched as base pages; only then may they become huge. */
static struct verdict arm(struct visit *visit, uint64_t n)
{
	const struct collapse *collapse = visit->state;
	struct verdict verdict = storm_remap(visit, n);

	if (verdict_is_ok(&verdict))
		madvise(collapse->storm.base, n * collapse->storm.span_bytes, MADV_HUGEPAGE);
	return verdict;
}

static void op(struct visit *visit, uint64_t i)
{
	struct collapse *collapse = visit->state;
	struct storm *storm = &collapse->storm;

	if (madvise(storm_at(storm, i), storm->span_bytes, MADV_COLLAPSE) == 0)
		return;
	collapse->error = errno;
	storm->failures++;
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct collapse *collapse = visit->state;

	if (collapse->error == EINVAL)
		return verdict_skipped("no-collapse", "a kernel from 6.1 on",
				       "this kernel has no MADV_COLLAPSE, or not for these pages");
	return storm_check(visit, n);
}

static const struct param params[] = {
    STORM_RESPONDERS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_RARE("collapse", "collapse"),
    {0},
};

const struct bench bench_collapse = {
    .name = "collapse",
    .what = "MADV_COLLAPSE of a huge page's worth of base pages, alone and with responders",
    .isolates =
	"what the initiator waits: a huge page allocated, copied into and mapped, one flush "
	"of the page table that it replaces",
    .cannot =
	"cannot tell copying (most of it) from flushing; the kernel also sends each CPU a call "
	"that waits for lockless walkers, which is no flush, so that there is no stolen_ns",
    .source = "madvise(2), mm/khugepaged.c (collapse_huge_page)",
    .revision = 2,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct collapse),
    .want = want,
    .prepare = prepare,
    .arm = arm,
    .op = op,
    .check = check,
    .release = storm_restore,
};
