#include "storm.h"

#include <sys/mman.h>

/* Nothing is left before it in its first table: what lies there was unmapped by the calls before.
 */
static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct verdict verdict = storm_want(cell, machine, want);

	storm_expect(want, storm_flushes(cell, want, TABLES_PASSED));
	storm_frees(cell, machine, want, TABLES_PASSED);
	return verdict;
}

static void op(struct visit *visit, uint64_t i)
{
	struct storm *storm = visit->state;

	storm->failures += munmap(storm_at(storm, i), storm->span_bytes) != 0;
}

static const struct param params[] = {
    {.name = "page",
     .type = P_PAGE,
     .allowed = "native,thp,2m,1g",
     .dflt = "native",
     .help = "page kind"},
    STORM_MAPPING,
    STORM_PARAMS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_SWEEPS("munmap", "munmap"),
    STORM_RARE("munmap-mapping", "munmap/mapping=shared,file,private/npages=1,33,34"),
    STORM_RARE("munmap-huge", "munmap/page=thp,2m/npages=1,32,33,34"),
    STORM_RARE("munmap-giant", "munmap/page=1g/mapping=shared/npages=1"),
    {0},
};

const struct bench bench_munmap = {
    .name = "munmap",
    .what = "munmap of touched pages, alone and with responders that must forget them",
    .isolates = "what the initiator waits: the call, removing the mapping, freeing pages and page "
		"tables, and the flush",
    .cannot = "cannot tell page tables freed from pages freed: one page table in 512 pages goes "
	      "with them; past about 10,000 pages "
	      "the kernel flushes more than once, so npages ends before",
    .source = "LATR (ASPLOS'18) munmap micro, with spinning instead of sleeping responders",
    .revision = 2,
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
    .check = storm_check,
    .release = storm_restore,
};
