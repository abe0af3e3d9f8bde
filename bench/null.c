#include "storm_gang.h"

static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	want->max_ops = 4096;
	want->expect = (struct expect){.ipis = true, .faults = true};
	return storm_place(cell, machine, &want->gang);
}

static void op(struct visit *visit, uint64_t i)
{
	(void)visit;
	(void)i;
}

static const struct param params[] = {
    {.name = "resp", .type = P_COUNT, .allowed = "0..max", .dflt = "0", .help = "responders"},
    {.name = "place",
     .type = P_WORD,
     .allowed = "smt,core,llc,package",
     .dflt = "core",
     .when = "resp=1..max",
     .help = "where the responders run relative to the initiator"},
    {.name = "state",
     .type = P_WORD,
     .allowed = "spin,sleep,other-mm",
     .dflt = "spin",
     .when = "resp=1..max",
     .help = "what the responders do meanwhile"},
    {0},
};
static const struct metric metrics[] = {
    {.name = "ns", .unit = "ns", .better = BETTER_LESS},
    {.name = "mean_ns", .unit = "ns", .better = BETTER_LESS},
    {.name = "p99_ns", .unit = "ns", .better = BETTER_LESS},
    {.name = "gaps", .unit = "1/op"},
    {.name = "ipis", .unit = "1/op"},
    {0},
};
static const struct sweep sweeps[] = {
    {.name = "null", .quick = "null/resp=0,1/place=*", .help = "the harness itself"},
    {0},
};

const struct bench bench_null = {
    .name = "null",
    .what = "an operation that does nothing: what the harness itself costs",
    .isolates = "one timestamp and one call through a pointer; what every TIME_OP number contains",
    .cannot = "cannot tell how a timestamp overlaps with an operation that is not a system call",
    .source = "every honest harness",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .sweeps = sweeps,
    .want = want,
    .op = op,
};
