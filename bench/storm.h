/* What the mapping-change benchmarks have in common: who responds, what is measured, what an
 * operation must cause. */
#ifndef BENCH_STORM_H
#define BENCH_STORM_H

#include <tlbscope/bench.h>

#include <string.h>

#define STORM_PAGES_MAX 2048 /* of one batch: bounds the time that arming takes */
#define STORM_OPS_MAX	512
#define STORM_OPS_MIN	4

#define STORM_PARAMS(states)                                                                       \
	{.name = "npages",                                                                         \
	 .type = P_COUNT,                                                                          \
	 .allowed = "1..4096",                                                                     \
	 .dflt = "1",                                                                              \
	 .help = "pages changed by one call"},                                                     \
	    {.name = "resp",                                                                       \
	     .type = P_COUNT,                                                                      \
	     .allowed = "0..max",                                                                  \
	     .dflt = "0",                                                                          \
	     .help = "responders"},                                                                \
	    {.name = "place",                                                                      \
	     .type = P_WORD,                                                                       \
	     .allowed = "smt,core,llc,package",                                                    \
	     .dflt = "core",                                                                       \
	     .when = "resp=1..max",                                                                \
	     .help = "where the responders run relative to the initiator"},                        \
	{                                                                                          \
		.name = "state", .type = P_WORD, .allowed = states, .dflt = "spin",                \
		.when = "resp=1..max", .help = "what the responders do meanwhile"                  \
	}

#define STORM_METRICS                                                                              \
	{.name = "ns", .unit = "ns", .better = BETTER_LESS, .primary = true},                      \
	    {.name = "cycles", .unit = "cycles", .better = BETTER_LESS},                           \
	    {.name = "mean_ns", .unit = "ns", .better = BETTER_LESS},                              \
	    {.name = "p99_ns", .unit = "ns", .better = BETTER_LESS},                               \
	    {.name = "stolen_ns", .unit = "ns", .better = BETTER_LESS},                            \
	    {.name = "gaps", .unit = "1/op"},                                                      \
	{                                                                                          \
		.name = "ipis", .unit = "1/op"                                                     \
	}

#define STORM_DERIVED                                                                              \
	{.name = "added_ns",                                                                       \
	 .from = "ns",                                                                             \
	 .base = "state=other-mm",                                                                 \
	 .how = DERIVED_DIFF,                                                                      \
	 .when = "state=spin"},                                                                    \
	{                                                                                          \
		.name = "over_alone_ns", .from = "ns", .base = "resp=0", .how = DERIVED_DIFF,      \
		.when = "state=spin"                                                               \
	}

/* NAME/… sweeps of the three storms. None of them knows the kernel's flush ceiling: refinement
 * finds where a curve falls. */
#define STORM_SWEEPS(name_, prefix)                                                                \
	{.name = name_ "-responders",                                                              \
	 .quick = prefix "/npages=1/resp=0,1..max*2/place=*",                                      \
	 .full = prefix "/npages=1,8,64,512/resp=0..8+1,12..max*1.5/place=*",                      \
	 .help = "latency against responders, per place"},                                         \
	    {.name = name_ "-npages",                                                              \
	     .quick = prefix "/npages=1..1024/resp=0",                                             \
	     .full = prefix "/npages=1..4096,3,6,12,24,48,96/resp=0,1/place=*",                    \
	     .refine = "npages",                                                                   \
	     .help = "latency against pages, across the flush ceiling"},                           \
	    {.name = name_ "-npages-remote",                                                       \
	     .quick = prefix "/npages=1,8,32,128,512/resp=1/place=*",                              \
	     .help = "the same with one responder, at some points"},                               \
	{                                                                                          \
		.name = name_ "-states",                                                           \
		.quick = prefix "/npages=1/resp=1/place=*/state=spin,sleep,other-mm",              \
		.help = "who pays when the responder sleeps or belongs to another process"         \
	}

struct storm { /* the state of such a benchmark */
	char *base;
	uint64_t span_bytes; /* of one operation */
	uint64_t page_bytes;
	uint64_t failures; /* calls that the kernel refused */
};

/* One flush to each responder whose CPU runs this mm, none to one that sleeps or runs another. */
static inline double storm_ipis(const struct want *want)
{
	bool listens =
	    want->gang.state != RESPONDER_SLEEP && want->gang.state != RESPONDER_OTHER_MM;

	return listens ? want->gang.responders : 0;
}

static inline struct verdict storm_place(const struct cell *cell, const struct machine *machine,
					 struct gang_spec *gang)
{
	static const char *const places[PLACES] = {[PLACE_SMT] = "smt",
						   [PLACE_CORE] = "core",
						   [PLACE_LLC] = "llc",
						   [PLACE_PACKAGE] = "package"};
	static const char *const states[RESPONDER_STATES] = {
	    [RESPONDER_SPIN] = "spin",	       [RESPONDER_TOUCH] = "touch",
	    [RESPONDER_SYSCALL] = "syscall",   [RESPONDER_SLEEP] = "sleep",
	    [RESPONDER_OTHER_MM] = "other-mm",
	};

	gang->responders = (unsigned)cell_count(cell, "resp");
	for (int i = 0; gang->responders && i < PLACES; i++)
		if (places[i] && cell_is(cell, "place", places[i]))
			gang->place = (enum place)i;
	for (int i = 0; gang->responders && i < RESPONDER_STATES; i++)
		if (states[i] && cell_is(cell, "state", states[i]))
			gang->state = (enum responder_state)i;
	if (gang->responders <= machine->responders[gang->place])
		return verdict_ok();
	return verdict_skipped(
	    "no-place",
	    "choose fewer responders or another place (tlbscope doctor lists the places)",
	    "wants %u responders at %s, and there can be %u", gang->responders, places[gang->place],
	    machine->responders[gang->place]);
}

static inline struct verdict storm_want(const struct cell *cell, const struct machine *machine,
					struct want *want)
{
	uint64_t npages = cell_count(cell, "npages");
	struct page_kind page = cell_page(cell, "page");
	uint64_t span = npages * page.bytes;
	uint64_t limit = STORM_PAGES_MAX * machine->base_page_bytes > span
			     ? STORM_PAGES_MAX * machine->base_page_bytes / span
			     : 1;

	want->max_ops = limit > STORM_OPS_MAX	? STORM_OPS_MAX
			: limit < STORM_OPS_MIN ? STORM_OPS_MIN
						: limit;
	want->region[0] = (struct region_spec){.page = page,
					       .layout = LAYOUT_DISTINCT,
					       .bytes = want->max_ops * span,
					       .remapped = true};
	struct verdict placed = storm_place(cell, machine, &want->gang);

	want->expect =
	    (struct expect){.ipis = true, .ipis_per_op = storm_ipis(want), .faults = true};
	return placed;
}

static inline struct verdict storm_prepare(struct visit *visit)
{
	struct storm *storm = visit->state;
	const struct region_spec *spec = &visit->want->region[0];

	*storm = (struct storm){.base = visit->window[0].base,
				.page_bytes = spec->page.bytes,
				.span_bytes = cell_count(visit->cell, "npages") * spec->page.bytes};
	return verdict_ok();
}

/* Writes a byte to each page of the first n operations. */
static inline void storm_touch(const struct storm *storm, uint64_t n)
{
	for (uint64_t at = 0; at < n * storm->span_bytes; at += storm->page_bytes)
		*(volatile char *)(storm->base + at) = 1;
}

/* No call failed. */
static inline struct verdict storm_check(struct visit *visit, uint64_t n)
{
	const struct storm *storm = visit->state;

	(void)n;
	if (!storm->failures)
		return verdict_ok();
	return verdict_invalid("call-failed", "see dmesg, and vm.max_map_count",
			       "the kernel refused %llu calls",
			       (unsigned long long)storm->failures);
}

#endif
