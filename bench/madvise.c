#include "storm.h"

#include <sys/mman.h>

static struct verdict arm(struct visit *visit, uint64_t n)
{
	storm_touch(visit->state, n);
	return verdict_ok();
}

static void op(struct visit *visit, uint64_t i)
{
	struct storm *storm = visit->state;

	storm->failures +=
	    madvise(storm->base + i * storm->span_bytes, storm->span_bytes, MADV_DONTNEED) != 0;
}

/* What was dropped reads as zero; a page that still holds our byte was never dropped. */
static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct storm *storm = visit->state;

	for (uint64_t i = 0; i<n; i += n> 1 ? n - 1 : 1)
		if (*(volatile char *)(storm->base + i * storm->span_bytes))
			return verdict_invalid("not-dropped", NULL,
					       "page 0 of operation %llu kept its content",
					       (unsigned long long)i);
	return storm_check(visit, n);
}

static const struct param params[] = {
    {.name = "advice",
     .type = P_WORD,
     .allowed = "dontneed",
     .dflt = "dontneed",
     .help = "MADV_ what"},
    {.name = "page", .type = P_PAGE, .allowed = "4k,thp", .dflt = "4k", .help = "page kind"},
    STORM_PARAMS("spin,touch,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {STORM_SWEEPS("madvise", "madvise"), {0}};

const struct bench bench_madvise = {
    .name = "madvise",
    .what =
	"madvise(MADV_DONTNEED) of touched pages, alone and with responders that must forget them",
    .isolates = "what the initiator waits: the call, unmapping and freeing the pages, and one "
		"flush on every CPU that runs "
		"this mm; what each responder loses to the interrupt (stolen_ns)",
    .cannot = "cannot tell the price of refilling the responders' TLBs, nor freeing of pages from "
	      "flushing at 0 responders",
    .source = "npiggin/tlbi_test (initiator and responder apart), LATR (ASPLOS'18), Amit et al. "
	      "(EuroSys'20); gap detection",
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
    .check = check,
};
