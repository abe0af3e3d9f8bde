/* Benchmarks that only plan, and a machine of four CPUs to plan them on. */
#ifndef TESTS_PLANNED_H
#define TESTS_PLANNED_H

#include "unit/measure/made_up.h"

#define FOUR_CPUS "pack:1 l3:1 core:2 pu:2"

static inline struct verdict want_lin(const struct cell *cell, const struct machine *machine,
				      struct want *want)
{
	(void)machine;
	want->max_ops = 8;
	want->region[0] = (struct region_spec){
	    .page = {PAGE_BASE, 4096},
	    .layout = cell_is(cell, "mode", "c") ? LAYOUT_ALIAS : LAYOUT_DISTINCT,
	    .bytes = cell_count(cell, "size")};
	return verdict_ok();
}

/* Every byte that is no field is different each time. */
static inline struct verdict want_dirty(const struct cell *cell, const struct machine *machine,
					struct want *want)
{
	static unsigned char dirt = 0x51;

	(void)machine;
	want->max_ops = 1;
	memset(want->region, dirt++, sizeof want->region);
	for (int i = 0; i < 2; i++) {
		struct region_spec *spec = &want->region[i];

		spec->page.how = PAGE_BASE;
		spec->page.bytes = 4096;
		spec->layout = LAYOUT_DISTINCT;
		spec->frames = FRAMES_SHUFFLED;
		spec->bytes = 4096 * cell_count(cell, "n");
		spec->slot_bytes = 0;
		spec->mapping = MAPPING_ANON;
		spec->remapped = spec->untouched = spec->sparse = false;
		spec->offsets = OFFSETS_SPREAD;
		spec->where = WHERE_ANY;
	}
	return verdict_ok();
}

static inline struct verdict want_gang(const struct cell *cell, const struct machine *machine,
				       struct want *want)
{
	want->max_ops = 8;
	want->gang.responders = (unsigned)cell_count(cell, "resp");
	if (!want->gang.responders)
		return verdict_ok();
	place_parse(cell_value(cell, "place")->word, &want->gang.place);
	want->gang.state = cell_is(cell, "state", "spin") ? RESPONDER_SPIN : RESPONDER_OTHER_MM;
	if (want->gang.responders <= machine->responders[want->gang.place])
		return verdict_ok();
	return verdict_skipped("no-place", "fewer", "too many at %s", place_name(want->gang.place));
}

static inline struct verdict want_little(const struct cell *cell, const struct machine *machine,
					 struct want *want)
{
	(void)cell;
	(void)machine;
	want->max_ops = 1;
	return verdict_ok();
}

static const struct metric metrics[] = {{.name = "ns", .unit = "ns", .primary = true}, {0}};

static const struct param lin_params[] = {
    {.name = "size", .type = P_BYTES, .allowed = "4KiB..max", .dflt = "4KiB"},
    {.name = "mode", .type = P_WORD, .allowed = "a,b,c", .dflt = "a"},
    {.name = "depth", .type = P_COUNT, .allowed = "1..8", .dflt = "2", .when = "mode=b"},
    {0},
};
static const struct derived lin_derived[] = {
    {.name = "extra_ns", .from = "ns", .base = "mode=a", .how = DERIVED_DIFF, .when = "mode=c"},
    {0},
};
static const struct sweep lin_sweeps[] = {
    {.name = "lin-size",
     .quick = "lin/size=4KiB..64KiB",
     .full = "lin/size=4KiB..1MiB",
     .refine = "size"},
    {.name = "lin", .quick = "lin/size=4KiB/mode=*", .full = "lin/size=4KiB/mode=*/depth=*"},
    {.name = "lin-deep", .full = "lin/size=8KiB/mode=b/depth=*"},
    {0},
};
static const struct bench bench_lin = {.name = "lin",
				       .timing = TIME_OP,
				       .params = lin_params,
				       .metrics = metrics,
				       .derived = lin_derived,
				       .sweeps = lin_sweeps,
				       .want = want_lin};

static const struct param gang_params[] = {
    {.name = "resp", .type = P_COUNT, .allowed = "0..max", .dflt = "0"},
    {.name = "place",
     .type = P_WORD,
     .allowed = "smt,core,llc,package",
     .dflt = "core",
     .when = "resp=1..max"},
    {.name = "state",
     .type = P_WORD,
     .allowed = "spin,other-mm",
     .dflt = "spin",
     .when = "resp=1..max"},
    {0},
};
static const struct derived gang_derived[] = {
    {.name = "added_ns",
     .from = "ns",
     .base = "state=other-mm",
     .how = DERIVED_DIFF,
     .when = "state=spin"},
    {.name = "over_alone_ns",
     .from = "ns",
     .base = "resp=0",
     .how = DERIVED_DIFF,
     .when = "state=spin"},
    {0},
};
static const struct sweep gang_sweeps[] = {
    {.name = "gangs",
     .quick = "gangs/resp=0,1..max/place=*",
     .full = "gangs/resp=0..max+1/place=*"},
    {0},
};
static const struct bench bench_gangs = {.name = "gangs",
					 .timing = TIME_OP,
					 .params = gang_params,
					 .metrics = metrics,
					 .derived = gang_derived,
					 .sweeps = gang_sweeps,
					 .want = want_gang};

static const struct param many_params[] = {
    {.name = "a", .type = P_COUNT, .allowed = "1..400", .dflt = "1"},
    {.name = "b", .type = P_COUNT, .allowed = "1..400", .dflt = "1"},
    {0},
};
static const struct derived many_derived[] = {
    {.name = "more_ns", .from = "ns", .base = "b=400", .how = DERIVED_DIFF},
    {0},
};
static const struct bench bench_many = {.name = "many",
					.timing = TIME_OP,
					.params = many_params,
					.metrics = metrics,
					.derived = many_derived,
					.want = want_little};

static const struct param dirty_params[] = {
    {.name = "n", .type = P_COUNT, .allowed = "1..64", .dflt = "1"},
    {0},
};
static const struct bench bench_dirty = {.name = "dirty",
					 .timing = TIME_OP,
					 .params = dirty_params,
					 .metrics = metrics,
					 .want = want_dirty};

extern const struct bench bench_null;
const struct bench *const bench_registry[] = {&bench_dirty, &bench_gangs, &bench_lin,
					      &bench_many,  &bench_null,  NULL};

static struct plan_context context;

static inline int set_up(void **state)
{
	(void)state;
	context = described_machine(FOUR_CPUS);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	forget_machine(&context);
	return 0;
}

static inline unsigned count_bench(const struct plan *plan, const char *bench)
{
	unsigned n = 0;

	for (unsigned i = 0; i < plan->ncells; i++)
		n += strcmp(plan->cells[i].cell.bench, bench) == 0;
	return n;
}

#endif
