#include "storm.h"

/* Every page faults for itself, and is flushed for itself. */
static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct verdict verdict = storm_want(cell, machine, want);
	double npages = (double)cell_count(cell, "npages");

	storm_expect(want, npages);
	want->expect.faults_per_op = npages;
	return verdict;
}

static struct verdict arm(struct visit *visit, uint64_t n)
{
	storm_touch(visit->state, n);
	struct verdict verdict = visit_share(visit);

	visit_own(visit);
	return verdict;
}

static void op(struct visit *visit, uint64_t i)
{
	const struct storm *storm = visit->state;
	char *at = storm_at(storm, i);

	for (uint64_t page = 0; page < storm->span_bytes; page += storm->page_bytes)
		*(volatile char *)(at + page) = 2;
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct storm *storm = visit->state;

	for (uint64_t i = 0; i < n; i++)
		if (*(volatile char *)storm_at(storm, i) != 2)
			return verdict_invalid("not-written", NULL,
					       "page 0 of operation %llu was not written",
					       (unsigned long long)i);
	return verdict_ok();
}

static const struct param params[] = {
    {.name = "page", .type = P_PAGE, .allowed = "native", .dflt = "native", .help = "page kind"},
    STORM_PARAMS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_RARE("cow", "cow/npages=1,8"),
    STORM_KINDS("cow", "cow/npages=1"),
    {0},
};

const struct bench bench_cow = {
    .name = "cow",
    .what = "the first write to pages that a fork has made shared, alone and with responders",
    .isolates =
	"what the initiator waits: the fault, a page allocated and copied, and one flush on "
	"every CPU that runs this mm, for each page",
    .cannot = "cannot tell copying from flushing at 0 responders; the fork itself, which also "
	      "flushes, is outside the time",
    .source = "as madvise; fork-based snapshots (Redis) pay this",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct storm),
    .want = want,
    .prepare = storm_prepare,
    .arm = arm,
    .op = op,
    .check = check,
};
