#include "storm.h"

#include <sys/mman.h>

/* The calls before have left mappings behind, so that only whole tables are freed. */
static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct verdict verdict = storm_want(cell, machine, want);

	storm_expect(want, storm_flushes(cell, want, TABLES_WHOLE));
	storm_frees(cell, machine, want, TABLES_WHOLE);
	return verdict;
}

static void op(struct visit *visit, uint64_t i)
{
	struct storm *storm = visit->state;

	storm->failures += mmap(storm_at(storm, i), storm->span_bytes, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED;
}

/* What was replaced reads as zero. */
static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct storm *storm = visit->state;

	for (uint64_t i = 0; i<n; i += n> 1 ? n - 1 : 1)
		if (*(volatile char *)storm_at(storm, i))
			return verdict_invalid("not-replaced", NULL,
					       "page 0 of operation %llu kept its content",
					       (unsigned long long)i);
	return storm_check(visit, n);
}

static const struct param params[] = {
    {.name = "page",
     .type = P_PAGE,
     .allowed = "native,thp",
     .dflt = "native",
     .help = "page kind"},
    STORM_MAPPING,
    STORM_PARAMS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_RARE("mapfixed", "mapfixed/mapping=anon,shared/npages=1,32,33,34,512"),
    STORM_KINDS("mapfixed", "mapfixed/npages=1"),
    {0},
};

const struct bench bench_mapfixed = {
    .name = "mapfixed",
    .what = "mmap(MAP_FIXED) of anonymous memory over touched pages, alone and with responders",
    .isolates = "what the initiator waits: one call that unmaps, flushes and maps anew",
    .cannot = "cannot tell unmapping from mapping (see munmap), nor a page table freed with each "
	      "512 pages from the pages",
    .source = "as munmap; allocators and runtimes drop memory this way",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct storm),
    .want = want,
    .prepare = storm_prepare,
    .arm = storm_remap,
    .op = op,
    .check = check,
    .release = storm_restore,
};
