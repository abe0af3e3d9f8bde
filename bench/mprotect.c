#include "storm.h"

#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)

/* A right that is taken away must be forgotten everywhere. One that is given need not be, and a
 * stale entry would only cost a fault that finds all well; x86 flushes nevertheless when a present
 * entry changes its writable bit (pte_flags_need_flush(): _PAGE_RW is in flush_on_change), since a
 * spurious fault costs more. Entries that were not present are in no TLB. So it is since 5.19. */
static const struct change {
	const char *name;
	int from, to;
	double flushes;
} changes[] = {
    {"rw-ro", RW, PROT_READ, 1},
    {"ro-rw", PROT_READ, RW, 1},
    {"rw-none", RW, PROT_NONE, 1},
    {"none-rw", PROT_NONE, RW, 0},
};

struct protecting {
	struct storm storm; /* first: storm.h works on it */
	const struct change *change;
};

static const struct change *change_of(const struct cell *cell)
{
	for (size_t i = 1; i < sizeof changes / sizeof *changes; i++)
		if (cell_is(cell, "change", changes[i].name))
			return &changes[i];
	return &changes[0];
}

/* Linux looks at what changes since 5.19 only (pte_flags_need_flush()): before, each huge page's
 * entry was taken away and flushed (pmdp_invalidate()), and at the end everything was, if anything
 * had changed at all. hugetlb_change_protection() flushes whatever changes, in all kernels. */
static void expect_protecting(const struct cell *cell, struct want *want)
{
	static const char *const before = "before 5.19 Linux flushes whatever the change is, and "
					  "each transparent huge page once more";
	const double flushes = change_of(cell)->flushes;
	const enum page_how how = want->region[0].page.how;

	storm_expect(want, how == PAGE_HUGETLB ? 1 : flushes);
	if (how == PAGE_HUGETLB) {
		storm_or(
		    want, 2,
		    "some kernels gather a hugetlb change within mprotect's own, and flush all "
		    "once more");
		storm_tables_go(want); /* that second flush is as if there were any */
	} else if (how == PAGE_THP) {
		storm_or(want, (double)storm_touched(cell) + 1, before);
	} else if (flushes == 0) {
		storm_or(want, 1, before);
	}
}

static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct verdict verdict = storm_want(cell, machine, want);

	if (want->gang.state == RESPONDER_TOUCH &&
	    (change_of(cell)->from == PROT_NONE || change_of(cell)->to == PROT_NONE))
		return storm_no_touch();
	if (want->gang.state == RESPONDER_TOUCH && !cell_is(cell, "touched", "all"))
		return storm_no_touch();
	expect_protecting(cell, want);
	return verdict;
}

static struct verdict prepare(struct visit *visit)
{
	struct protecting *protecting = visit->state;

	storm_prepare(visit);
	protecting->change = change_of(visit->cell);
	return storm_renew(visit);
}

/* Writable again, and dirty in the TLB: only then does taking the right away need a flush. The
 * restoring call flushes as well, which is why it is here and not in op. */
static struct verdict arm(struct visit *visit, uint64_t n)
{
	struct protecting *protecting = visit->state;
	struct storm *storm = &protecting->storm;
	const uint64_t bytes = n * storm->span_bytes;

	if (mprotect(storm->base, bytes, RW))
		goto refused;
	storm_touch(storm, n);
	struct verdict present = storm_present(visit, n);

	if (protecting->change->from != RW &&
	    mprotect(storm->base, bytes, protecting->change->from))
		goto refused;
	return present;
refused:
	return verdict_invalid("call-failed", "see vm.max_map_count",
			       "mprotect of the whole window was refused");
}

static void op(struct visit *visit, uint64_t i)
{
	struct protecting *protecting = visit->state;
	struct storm *storm = &protecting->storm;

	storm->failures +=
	    mprotect(storm_at(storm, i), storm->span_bytes, protecting->change->to) != 0;
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	struct protecting *protecting = visit->state;

	if (protecting->change->to != PROT_NONE)
		storm_retouch(&protecting->storm, n);
	return storm_check(visit, n);
}

static void release(struct visit *visit)
{
	const struct storm *storm = visit->state;

	storm_report(visit);
	mprotect(storm->base, visit->window[0].bytes, RW);
}

static const struct param params[] = {
    {.name = "change",
     .type = P_WORD,
     .allowed = "rw-ro,ro-rw,rw-none,none-rw",
     .dflt = "rw-ro",
     .help = "rights before and after"},
    {.name = "page",
     .type = P_PAGE,
     .allowed = "native,thp,2m",
     .dflt = "native",
     .help = "page kind"},
    STORM_MAPPING,
    STORM_TOUCHED,
    STORM_PARAMS("spin,touch,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_SWEEPS("mprotect", "mprotect"),
    STORM_RARE("mprotect-change", "mprotect/change=ro-rw,rw-none,none-rw/npages=1,33,34"),
    STORM_REFILL("mprotect"),
    STORM_RARE("mprotect-span", "mprotect/touched=first,ends/npages=33,34"),
    STORM_RARE("mprotect-huge", "mprotect/page=thp/npages=1,32,33,34"),
    {0},
};

const struct bench bench_mprotect = {
    .name = "mprotect",
    .what = "mprotect of touched pages, rights taken or given, alone and with responders",
    .isolates = "what the initiator waits: the call, changing the entries, and one flush on every "
		"CPU that runs this mm; no page "
		"is freed",
    .cannot = "cannot tell the call's own splitting and joining of mappings from the change of "
	      "entries: neighbours join as the "
	      "operations walk on",
    .source = "npiggin/tlbi_test, with restoring taken out of the timed leg (2.00 IPIs per pair, "
	      "1.00 when armed first)",
    .revision = 3,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct protecting),
    .want = want,
    .prepare = prepare,
    .arm = arm,
    .op = op,
    .check = check,
    .release = release,
};
