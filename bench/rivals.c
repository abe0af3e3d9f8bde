#include "storm.h"

#include <sys/mman.h>

struct rivals {
	struct storm storm; /* first: storm.h works on it */
	bool cycle;	    /* write, drop, read back, as will-it-scale does; else drop alone */
	char kept;	    /* what a dropped page reads as */
};

/* Reading a page of a private file back maps its neighbours with it, for reading: the first write
 * to each of these makes a copy, and flushes. */
static double flushes(const struct cell *cell, const struct machine *machine)
{
	double around = (double)(machine->fault_around_bytes / machine->base_page_bytes);

	if (!cell_is(cell, "work", "cycle") || storm_mapping(cell) != MAPPING_PRIVATE || around < 2)
		return 1;
	return 2 - 1 / around;
}

/* Each initiator interrupts all others, and counts are taken at all of them but the first. */
static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct page_kind page = cell_page(cell, "page");
	unsigned initiators = (unsigned)cell_count(cell, "initiators"), others = initiators - 1;
	double each = flushes(cell, machine) / initiators;
	bool cycle = cell_is(cell, "work", "cycle");

	want->max_ops = STORM_OPS_MAX;
	want->region[0] = (struct region_spec){.page = page,
					       .layout = LAYOUT_DISTINCT,
					       .mapping = storm_mapping(cell),
					       .bytes = want->max_ops * page.bytes,
					       .remapped = true};
	want->gang.responders = others;
	want->gang.place = storm_place_of(cell);
	want->gang.state = others ? RESPONDER_FLUSH : RESPONDER_NONE;
	want->expect = (struct expect){.ipis = others > 0,
				       .ipis_per_op = (double)others * others * each,
				       .faults = true,
				       .faults_per_op = cycle ? 2.0 / initiators : 0};
	if (storm_shares(cell)) {
		want->expect.ipis_else = 2 * want->expect.ipis_per_op;
		want->expect.ipis_between = true;
		want->expect.ipis_why =
		    "dirty pages of a file are flushed at once, and all once more "
		    "where two calls overlap";
	}
	struct verdict room = storm_room(machine, &want->gang);

	return verdict_is_ok(&room) ? region_check(&want->region[0], machine) : room;
}

static struct verdict prepare(struct visit *visit)
{
	struct rivals *rivals = visit->state;
	enum mapping mapping = visit->want->region[0].mapping;
	uint64_t page = visit->want->region[0].page.bytes;

	*rivals = (struct rivals){.storm = {.base = visit->window[0].base,
					    .page_bytes = page,
					    .span_bytes = page,
					    .step_bytes = page},
				  .cycle = cell_is(visit->cell, "work", "cycle"),
				  .kept = mapping == MAPPING_SHARED || mapping == MAPPING_FILE};
	return verdict_ok();
}

static struct verdict arm(struct visit *visit, uint64_t n)
{
	struct rivals *rivals = visit->state;
	struct verdict mapped = region_refill(visit->window[0].region, rivals->storm.base,
					      n * rivals->storm.span_bytes, false);

	if (verdict_is_ok(&mapped) && !rivals->cycle)
		storm_touch(&rivals->storm, n);
	return mapped;
}

/* Several threads are in here at once: nothing that they share is written, but for trouble. */
static void op(struct visit *visit, uint64_t i)
{
	struct rivals *rivals = visit->state;
	volatile char *at = storm_at(&rivals->storm, i);

	if (rivals->cycle)
		*at = 1;
	if (madvise((void *)at, rivals->storm.span_bytes, MADV_DONTNEED))
		rivals->storm.failures++;
	if (rivals->cycle && *at != rivals->kept)
		rivals->storm.failures++;
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct rivals *rivals = visit->state;

	for (uint64_t i = 0; i < n; i++)
		if (*(volatile char *)storm_at(&rivals->storm, i) != rivals->kept)
			return verdict_invalid("not-dropped", NULL,
					       "operation %llu did not drop its page",
					       (unsigned long long)i);
	return storm_check(visit, n);
}

static const struct param params[] = {
    {.name = "work",
     .type = P_WORD,
     .allowed = "drop,cycle",
     .dflt = "drop",
     .help = "drop a page, or write it, drop it and read it back"},
    {.name = "page", .type = P_PAGE, .allowed = "native", .dflt = "native", .help = "page kind"},
    STORM_MAPPING,
    {.name = "initiators",
     .type = P_COUNT,
     .allowed = "1..512",
     .dflt = "1",
     .help = "threads that do this at once"},
    {.name = "place",
     .type = P_WORD,
     .allowed = STORM_PLACES ",nearest",
     .dflt = "core",
     .when = "initiators=2..512",
     .help = "where the others run relative to the first"},
    {0},
};
static const struct metric metrics[] = {
    {.name = "ns", .unit = "ns", .better = BETTER_LESS, .primary = true},
    {.name = "mean_ns", .unit = "ns", .better = BETTER_LESS},
    {.name = "p99_ns", .unit = "ns", .better = BETTER_LESS},
    {.name = "per_second", .unit = "1/s", .better = BETTER_MORE},
    {.name = "ipis", .unit = "1/op"},
    {0},
};
static const struct derived derived[] = {
    {.name = "scaling",
     .from = "per_second",
     .base = "initiators=1",
     .how = DERIVED_RATIO,
     .when = "initiators=2..512"},
    {0},
};
static const struct sweep sweeps[] = {
    {.name = "rivals",
     .full = "rivals/work=drop,cycle/initiators=1..8+1,12..512*2/place=*",
     .help = "throughput and latency against initiators, per place"},
    {.name = "rivals-mapping",
     .full = "rivals/work=cycle/mapping=file,private/initiators=1,2/place=smt,core",
     .help = "the work of will-it-scale's tlb_flush3 and tlb_flush1"},
    {0},
};

const struct bench bench_rivals = {
    .name = "rivals",
    .what = "threads of one process that drop pages of their own (MADV_DONTNEED) at the same time",
    .isolates = "what initiators cost each other: interrupts from all sides, shared locks and "
		"counters of the mm, flushes that grow to full ones because two were under way; "
		"per_second is of all together",
    .cannot = "tell these apart; a faster flush hides behind a lock that is slower (compare "
	      "madvise with responders). Legs are bursts of a few hundred operations: what is "
	      "kept up for longer may be half of it",
    .source =
	"will-it-scale's tlb_flush1 (mapping=private), 2 (anon), 3 (file) with work=cycle; one "
	"page per iteration, threads in slices of one mapping",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct rivals),
    .want = want,
    .prepare = prepare,
    .arm = arm,
    .op = op,
    .check = check,
};
