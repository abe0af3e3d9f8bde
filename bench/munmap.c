#include "storm.h"

#include <sys/mman.h>

static struct verdict arm(struct visit *visit, uint64_t n)
{
	struct storm *storm = visit->state;
	struct verdict mapped =
	    region_refill(visit->window[0].region, storm->base, n * storm->span_bytes, false);

	if (verdict_is_ok(&mapped))
		storm_touch(storm, n);
	return mapped;
}

static void op(struct visit *visit, uint64_t i)
{
	struct storm *storm = visit->state;

	storm->failures += munmap(storm->base + i * storm->span_bytes, storm->span_bytes) != 0;
}

/* The next cell of this worker finds the region whole; it touches what it needs. */
static void release(struct visit *visit)
{
	region_refill(visit->window[0].region, visit->window[0].base, visit->window[0].bytes,
		      false);
}

static const struct param params[] = {
    {.name = "page", .type = P_PAGE, .allowed = "4k,thp", .dflt = "4k", .help = "page kind"},
    STORM_PARAMS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {STORM_SWEEPS("munmap", "munmap"), {0}};

const struct bench bench_munmap = {
    .name = "munmap",
    .what = "munmap of touched pages, alone and with responders that must forget them",
    .isolates = "what the initiator waits: the call, removing the mapping, freeing pages and page "
		"tables, and the flush",
    .cannot = "cannot tell page tables freed from pages freed: one page table in 512 pages goes "
	      "with them; past about 10,000 pages "
	      "the kernel flushes more than once, so npages ends before",
    .source = "LATR (ASPLOS'18) munmap micro, with spinning instead of sleeping responders",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct storm),
    .want = storm_want,
    .prepare = storm_prepare,
    .arm = arm,
    .op = op,
    .check = storm_check,
    .release = release,
};
