/* Plans of made-up benchmarks on made-up machines: which cells, which pairs, which groups. */
#include "unit/measure/made_up.h"

#define FOUR_CPUS "pack:1 l3:1 core:2 pu:2"

static struct verdict want_lin(const struct cell *cell, const struct machine *machine,
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
static struct verdict want_dirty(const struct cell *cell, const struct machine *machine,
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
		spec->remapped = spec->untouched = spec->equal_offsets = spec->sparse = false;
		spec->where = WHERE_ANY;
	}
	return verdict_ok();
}

static struct verdict want_gang(const struct cell *cell, const struct machine *machine,
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

static struct verdict want_little(const struct cell *cell, const struct machine *machine,
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

static int set_up(void **state)
{
	(void)state;
	context = described_machine(FOUR_CPUS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	forget_machine(&context);
	return 0;
}

static unsigned count_bench(const struct plan *plan, const char *bench)
{
	unsigned n = 0;

	for (unsigned i = 0; i < plan->ncells; i++)
		n += strcmp(plan->cells[i].cell.bench, bench) == 0;
	return n;
}

static void a_bare_run_measures_no_floor(void **state)
{
	const char *const lin = "lin/size=4KiB", *const null = "null";
	struct plan_request request = {.profile = "quick", .only = &lin, .nonly = 1};
	struct plan plan;

	(void)state;
	assert_true(plan_make(&request, &context, &plan).outcome == OUTCOME_OK);
	assert_int_not_equal(count_bench(&plan, "null"), 0);
	plan_free(&plan);
	request.no_floor = true;
	assert_true(plan_make(&request, &context, &plan).outcome == OUTCOME_OK);
	assert_int_equal(count_bench(&plan, "null"), 0);
	plan_free(&plan);
	request.only = &null;
	assert_true(plan_make(&request, &context, &plan).outcome == OUTCOME_OK);
	assert_int_not_equal(count_bench(&plan, "null"), 0);
	plan_free(&plan);
}

/* A bare run tests layouts for soundness only where it has them. */
static void shared_frames_are_told(void **state)
{
	struct plan plain = plan_must(&context, "quick", ONLY("lin/size=4KiB/mode=a,b"));
	struct plan aliased = plan_must(&context, "quick", ONLY("lin/size=4KiB/mode=c"));

	(void)state;
	assert_false(plan_shares_frames(&plain));
	assert_true(plan_shares_frames(&aliased));
	plan_free(&plain);
	plan_free(&aliased);
}

static void sweeps_become_the_cells_of_their_selectors(void **state)
{
	struct plan plan = plan_must(&context, "quick", NULL);

	(void)state;
	assert_true(has_cell(&plan, "lin/size=4KiB/mode=a"));
	assert_true(has_cell(&plan, "lin/size=8KiB/mode=a"));
	assert_true(has_cell(&plan, "lin/size=64KiB/mode=a"));
	assert_false(has_cell(&plan, "lin/size=128KiB/mode=a"));
	assert_true(has_cell(&plan, "lin/size=4KiB/mode=b/depth=2"));
	assert_true(has_cell(&plan, "lin/size=4KiB/mode=c"));
	assert_int_equal(count_bench(&plan, "lin"), 5 + 2);
	plan_free(&plan);
	plan = plan_must(&context, "full", NULL);
	/* nine sizes; a and c at 4 KiB are among them or one more; b at depth 1 2 4 8, twice */
	assert_int_equal(count_bench(&plan, "lin"), 9 + 1 + 4 + 4);
	assert_true(has_cell(&plan, "lin/size=8KiB/mode=b/depth=8"));
	plan_free(&plan);
}

static void a_cell_names_every_sweep_that_it_is_in(void **state)
{
	struct plan plan = plan_must(&context, "quick", NULL);

	(void)state;
	assert_string_equal(cell_at(&plan, "lin/size=4KiB/mode=a")->sweeps, "lin-size,lin");
	assert_string_equal(cell_at(&plan, "lin/size=4KiB/mode=a")->refine, "size");
	assert_string_equal(cell_at(&plan, "lin/size=4KiB/mode=c")->sweeps, "lin");
	assert_null(cell_at(&plan, "lin/size=4KiB/mode=c")->refine);
	plan_free(&plan);
}

static void a_range_over_responders_ends_where_the_machine_does(void **state)
{
	struct plan plan = plan_must(&context, "quick", NULL);

	(void)state;
	for (unsigned i = 0; i < plan.ncells; i++)
		assert_true(verdict_is_ok(&plan.cells[i].verdict));
	assert_true(has_cell(&plan, "gangs/resp=0"));
	assert_true(has_cell(&plan, "gangs/resp=1/place=smt/state=spin"));
	assert_true(has_cell(&plan, "gangs/resp=1/place=core/state=spin"));
	unsigned expected = 1;
	for (int place = PLACE_SMT; place < PLACE_NEAREST; place++) /* with as many partners */
		expected += 2 * context.machine.responders[place];
	assert_int_equal(count_bench(&plan, "gangs"), expected);
	plan_free(&plan);
}

static void one_cpu_plans_what_needs_no_responder(void **state)
{
	struct plan_context small = described_machine("pack:1 core:1 pu:1");
	struct plan plan = plan_must(&small, "full", NULL);

	(void)state;
	assert_int_equal(count_bench(&plan, "gangs"), 1);
	assert_true(has_cell(&plan, "null/resp=0"));
	plan_free(&plan);
	forget_machine(&small);
}

static void a_place_asked_for_by_name_stays_with_its_reason(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("gangs/resp=1/place=package"));
	const struct plan_cell *cell = cell_at(&plan, "gangs/resp=1/place=package/state=spin");

	(void)state;
	assert_int_equal(cell->verdict.outcome, OUTCOME_SKIPPED);
	assert_string_equal(cell->verdict.code, "no-place");
	assert_true(cell->group == NO_CELL);
	assert_int_equal(cell->nderived, 0);
	assert_true(cell->requested);
	plan_free(&plan);
}

static void only_keeps_what_matches_of_the_profile(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=8KiB..32KiB"));

	(void)state;
	assert_int_equal(count_bench(&plan, "lin"), 3);
	assert_string_equal(cell_at(&plan, "lin/size=16KiB/mode=a")->sweeps, "lin-size");
	assert_int_equal(count_bench(&plan, "gangs"), 0);
	plan_free(&plan);
	plan = plan_must(&context, "quick", ONLY("*/size=4KiB", "gangs/resp=0"));
	assert_int_equal(count_bench(&plan, "lin"), 3);
	assert_int_equal(count_bench(&plan, "gangs"), 1);
	plan_free(&plan);
}

static void only_outside_the_profile_makes_cells_with_defaults(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=12KiB,20KiB/mode=b"));
	const struct plan_cell *cell = cell_at(&plan, "lin/size=12KiB/mode=b/depth=2");

	(void)state;
	assert_int_equal(count_bench(&plan, "lin"), 2);
	assert_string_equal(cell->sweeps, "");
	assert_true(cell->requested);
	assert_null(cell->refine);
	plan_free(&plan);
}

/* Asked for by name, so it is measured or it is an error. */
static void a_value_that_is_spelled_out_is_never_dropped(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=8KiB,12KiB"));
	struct verdict v;

	(void)state;
	assert_int_equal(count_bench(&plan, "lin"), 2);
	assert_string_equal(cell_at(&plan, "lin/size=8KiB/mode=a")->sweeps, "lin-size");
	assert_string_equal(cell_at(&plan, "lin/size=12KiB/mode=a")->sweeps, "");
	plan_free(&plan);
	v = plan_try(&context, "quick", ONLY("lin/size=4KiB/mode=a,z"), &plan);
	assert_told(&v, "bad-value", "mode=z");
	plan = plan_must(&context, "quick", ONLY("gangs/resp=1/place=core,package"));
	assert_true(has_cell(&plan, "gangs/resp=1/place=core/state=spin"));
	assert_string_equal(cell_at(&plan, "gangs/resp=1/place=package/state=spin")->verdict.code,
			    "no-place");
	plan_free(&plan);
}

static void null_is_in_every_plan(void **state)
{
	static const char *const profiles[] = {"quick", "full"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct plan plan = plan_must(&context, profiles[i], ONLY("lin/size=4KiB"));

		assert_true(has_cell(&plan, "null/resp=0"));
		plan_free(&plan);
	}
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *only, *code, *names;
	} wrong[] = {
	    {"lni/size=4KiB", "unknown-bench", "lni"},
	    {"lin/sice=4KiB", "unknown-param", "sice"},
	    {"lin/mode=z", "bad-value", "mode=z"},
	    {"lin/mode=b/depth=9", "bad-value", "depth=9"},
	    {"*/size=12KiB", "no-match", "*/size=12KiB"},
	    {"*/sice=1", "no-match", "*/sice=1"},
	    {"lin/mode=a/depth=2", "no-match", "lin/mode=a/depth=2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct plan plan;
		struct verdict v = plan_try(&context, "quick", ONLY(wrong[i].only), &plan);

		assert_told(&v, wrong[i].code, wrong[i].names);
		assert_null(plan.cells);
	}
}

static void a_text_that_is_no_selector_is_an_error(void **state)
{
	struct plan plan;

	(void)state;
	struct verdict v = plan_try(&context, "quick", ONLY("lin/size=4KiB.."), &plan);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_true(v.text[0] && v.remedy[0]);
	v = plan_try(&context, "quick", ONLY("lin/size=4KiB", "lin/size"), &plan);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
}

static void partners_come_once_and_were_not_asked_for(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("gangs/resp=1/place=core"));
	const char *key = "gangs/resp=1/place=core/state=spin";
	const char *other = "gangs/resp=1/place=core/state=other-mm";

	(void)state;
	assert_int_equal(count_bench(&plan, "gangs"), 3);
	assert_true(cell_at(&plan, key)->requested);
	assert_string_equal(partner_key(&plan, key, "added_ns"), other);
	assert_string_equal(partner_key(&plan, key, "over_alone_ns"), "gangs/resp=0");
	assert_false(cell_at(&plan, other)->requested);
	assert_false(cell_at(&plan, "gangs/resp=0")->requested);
	assert_int_equal(cell_at(&plan, other)->nderived, 0);
	plan_free(&plan);
	plan = plan_must(&context, "quick", ONLY("gangs/resp=1/place=core/state=other-mm"));
	assert_true(cell_at(&plan, other)->requested);
	plan_free(&plan);
}

static void equal_needs_share_a_group_and_its_size_is_the_largest(void **state)
{
	struct plan plan = plan_must(&context, "quick", NULL);
	const struct plan_cell *small = cell_at(&plan, "lin/size=4KiB/mode=a");
	const struct plan_cell *large = cell_at(&plan, "lin/size=64KiB/mode=a");
	const struct plan_cell *alias = cell_at(&plan, "lin/size=4KiB/mode=c");
	unsigned sum = 0;

	(void)state;
	assert_int_equal(small->group, large->group);
	assert_true(alias->group != small->group);
	assert_int_equal(plan.groups[small->group].region[0].bytes, 64 << 10);
	assert_true(cell_at(&plan, "gangs/resp=1/place=smt/state=spin")->group !=
		    cell_at(&plan, "gangs/resp=1/place=core/state=spin")->group);
	assert_int_equal(cell_at(&plan, "gangs/resp=0")->group,
			 cell_at(&plan, "null/resp=0")->group);
	for (unsigned g = 0; g < plan.ngroups; g++) {
		assert_true(plan.groups[g].ncells);
		assert_int_equal(plan.groups[g].cpus.n, plan.groups[g].gang.responders);
		sum += plan.groups[g].ncells;
	}
	assert_int_equal(sum, plan.ncells);
	plan_free(&plan);
}

/* C says nothing of the bytes between fields, and compilers make use of that. */
static void groups_are_told_apart_by_fields_alone(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("dirty/n=1,2,3"));

	(void)state;
	assert_int_equal(cell_at(&plan, "dirty/n=1")->group, cell_at(&plan, "dirty/n=2")->group);
	assert_int_equal(cell_at(&plan, "dirty/n=1")->group, cell_at(&plan, "dirty/n=3")->group);
	assert_int_equal(plan.groups[cell_at(&plan, "dirty/n=1")->group].region[1].bytes, 3 * 4096);
	plan_free(&plan);
}

static void what_does_not_fit_into_memory_is_skipped(void **state)
{
	struct plan_context small = context;

	(void)state;
	small.machine.memory_bytes = 10 << 10;
	struct plan plan = plan_must(&small, "quick", ONLY("lin/size=8KiB", "lin/size=12KiB"));
	const struct plan_cell *cell = cell_at(&plan, "lin/size=12KiB/mode=a");

	assert_true(verdict_is_ok(&cell_at(&plan, "lin/size=8KiB/mode=a")->verdict));
	assert_int_equal(cell->verdict.outcome, OUTCOME_SKIPPED);
	assert_string_equal(cell->verdict.code, "no-memory");
	assert_true(cell->verdict.remedy[0]);
	assert_true(cell->group == NO_CELL);
	plan_free(&plan);
}

static void an_unsound_layout_is_skipped_with_the_finding(void **state)
{
	const struct soundness soundness = {
	    .alias = verdict_skipped("unsound-layout", "use distinct", "it rises")};
	struct plan_context tested = context;

	(void)state;
	tested.soundness = &soundness;
	struct plan plan = plan_must(&tested, "quick", ONLY("lin/size=4KiB/mode=*"));
	const struct plan_cell *cell = cell_at(&plan, "lin/size=4KiB/mode=c");

	assert_string_equal(cell->verdict.code, "unsound-layout");
	assert_int_equal(cell->verdict.outcome, OUTCOME_SKIPPED);
	assert_true(verdict_is_ok(&cell_at(&plan, "lin/size=4KiB/mode=a")->verdict));
	plan_free(&plan);
}

static void a_refined_cell_belongs_to_its_models_sweep(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=4KiB..64KiB/mode=a"));
	unsigned like = plan_find(&plan, "lin/size=4KiB/mode=a"), before = plan.ncells;
	unsigned at = plan_refined(&plan, &context, like, "size", 24 << 10, 2);

	(void)state;
	assert_int_equal(at, before);
	assert_string_equal(plan.cells[at].key, "lin/size=24KiB/mode=a");
	assert_string_equal(plan.cells[at].sweeps, plan.cells[like].sweeps);
	assert_string_equal(plan.cells[at].refine, "size");
	assert_int_equal(plan.cells[at].wave, 2);
	assert_true(plan.cells[at].requested);
	assert_int_equal(plan.cells[at].group, plan.cells[like].group);
	assert_true(plan_refined(&plan, &context, like, "size", 24 << 10, 3) == NO_CELL);
	assert_true(plan_refined(&plan, &context, like, "size", 8 << 10, 3) == NO_CELL);
	assert_int_equal(plan.ncells, before + 1);
	plan_free(&plan);
}

static void a_refined_cell_brings_its_partner(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=4KiB/mode=c"));
	unsigned like = plan_find(&plan, "lin/size=4KiB/mode=c");
	unsigned at = plan_refined(&plan, &context, like, "size", 24 << 10, 2);

	(void)state;
	assert_true(at != NO_CELL);
	assert_string_equal(partner_key(&plan, "lin/size=24KiB/mode=c", "extra_ns"),
			    "lin/size=24KiB/mode=a");
	assert_int_equal(cell_at(&plan, "lin/size=24KiB/mode=a")->wave, 2);
	plan_free(&plan);
}

/* The plan moves in memory while the model is still looked at. */
static void many_refined_cells_keep_their_sweep(void **state)
{
	struct plan plan = plan_must(&context, "quick", ONLY("lin/size=4KiB..64KiB/mode=a"));
	unsigned like = plan_find(&plan, "lin/size=4KiB/mode=a");

	(void)state;
	for (uint64_t i = 100; i < 1500; i++) {
		unsigned at = plan_refined(&plan, &context, like, "size", i * 4096, 2);

		assert_true(at != NO_CELL);
		assert_string_equal(plan.cells[at].sweeps, "lin-size,lin");
	}
	plan_free(&plan);
}

static void every_key_reads_back_as_its_cell(void **state)
{
	struct plan plan = plan_must(&context, "full", NULL);

	(void)state;
	for (unsigned i = 0; i < plan.ncells; i++) {
		char key[CELL_KEY_MAX];
		struct cell cell;
		struct verdict v = key_parse(plan.cells[i].key, 4096, &cell);

		assert_true(verdict_is_ok(&v));
		key_format(&cell, key);
		assert_string_equal(key, plan.cells[i].key);
		assert_int_equal(cell.nparams, plan.cells[i].cell.nparams);
		assert_int_equal(plan_find(&plan, key), i);
	}
	plan_free(&plan);
}

static void a_plan_has_an_end(void **state)
{
	struct plan plan;

	(void)state;
	struct verdict v = plan_try(&context, "quick", ONLY("many/a=1..400+1/b=1..400+1"), &plan);
	assert_told(&v, "plan-too-large", "20000");
	assert_null(plan.cells);
	/* The cells are few enough; with their partners they are not. */
	v = plan_try(&context, "quick", ONLY("many/a=1..400+1/b=1..50+1"), &plan);
	assert_told(&v, "plan-too-large", "20000");
	assert_null(plan.cells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bare_run_measures_no_floor),
	    cmocka_unit_test(shared_frames_are_told),
	    cmocka_unit_test(sweeps_become_the_cells_of_their_selectors),
	    cmocka_unit_test(a_cell_names_every_sweep_that_it_is_in),
	    cmocka_unit_test(a_range_over_responders_ends_where_the_machine_does),
	    cmocka_unit_test(one_cpu_plans_what_needs_no_responder),
	    cmocka_unit_test(a_place_asked_for_by_name_stays_with_its_reason),
	    cmocka_unit_test(only_keeps_what_matches_of_the_profile),
	    cmocka_unit_test(only_outside_the_profile_makes_cells_with_defaults),
	    cmocka_unit_test(a_value_that_is_spelled_out_is_never_dropped),
	    cmocka_unit_test(null_is_in_every_plan),
	    cmocka_unit_test(what_is_wrong_is_named),
	    cmocka_unit_test(a_text_that_is_no_selector_is_an_error),
	    cmocka_unit_test(partners_come_once_and_were_not_asked_for),
	    cmocka_unit_test(equal_needs_share_a_group_and_its_size_is_the_largest),
	    cmocka_unit_test(groups_are_told_apart_by_fields_alone),
	    cmocka_unit_test(what_does_not_fit_into_memory_is_skipped),
	    cmocka_unit_test(an_unsound_layout_is_skipped_with_the_finding),
	    cmocka_unit_test(a_refined_cell_belongs_to_its_models_sweep),
	    cmocka_unit_test(a_refined_cell_brings_its_partner),
	    cmocka_unit_test(many_refined_cells_keep_their_sweep),
	    cmocka_unit_test(every_key_reads_back_as_its_cell),
	    cmocka_unit_test(a_plan_has_an_end),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
