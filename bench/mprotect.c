#include "storm.h"

#include <sys/mman.h>

/* Writable again, and dirty in the TLB: only then does taking the right away need a flush. The
 * restoring call flushes as well, which is why it is here and not in op. */
static struct verdict arm(struct visit *visit, uint64_t n)
{
	struct storm *storm = visit->state;

	if (mprotect(storm->base, n * storm->span_bytes, PROT_READ | PROT_WRITE))
		return verdict_invalid("call-failed", "see vm.max_map_count",
				       "mprotect back to writable was refused");
	storm_touch(storm, n);
	return verdict_ok();
}

static void op(struct visit *visit, uint64_t i)
{
	struct storm *storm = visit->state;

	storm->failures +=
	    mprotect(storm->base + i * storm->span_bytes, storm->span_bytes, PROT_READ) != 0;
}

static void release(struct visit *visit)
{
	const struct storm *storm = visit->state;

	mprotect(storm->base, visit->window[0].bytes, PROT_READ | PROT_WRITE);
}

static const struct param params[] = {
    {.name = "page", .type = P_PAGE, .allowed = "4k,thp", .dflt = "4k", .help = "page kind"},
    STORM_PARAMS("spin,touch,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {STORM_SWEEPS("mprotect", "mprotect"), {0}};

const struct bench bench_mprotect = {
    .name = "mprotect",
    .what = "mprotect from writable to read-only of touched pages, alone and with responders",
    .isolates = "what the initiator waits: the call, changing the entries, and one flush on every "
		"CPU that runs this mm; no page "
		"is freed",
    .cannot = "cannot tell the call's own splitting and joining of mappings from the change of "
	      "entries: neighbours join as the "
	      "operations walk on",
    .source = "npiggin/tlbi_test, with restoring taken out of the timed leg (2.00 IPIs per pair, "
	      "1.00 when armed first)",
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
