/* What is confirmed is true: on machines that were chosen to deceive, whatever else cannot be told
 * there. */
#include "sim/sim.h"

#include "analyse/analyse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#define BASE                                                                                       \
	.hit = 5, .penalty = 7, .walk = 26, .pde_entries = 32, .pde_miss = 12, .noise = 0.003,     \
	.l1d_kib = 48, .l1d_ways = 12, .l1d_miss = 10, .l2_kib = 2048, .l2_miss = 30

struct made {
	struct result result;
	struct sim sim;
};

static void measure(struct made *made, const struct sim_machine *machine, uint64_t seed)
{
	result_init(&made->result);
	made->sim = (struct sim){.machine = machine, .result = &made->result};
	random_seed(&made->sim.random, seed);
	assert_true(sim_geometry(&made->sim));
}

/* NULL: none that is confirmed. */
static const struct finding *confirmed(const struct made *made, const char *kind, const char *level)
{
	const struct finding *f =
	    result_find_finding(&made->result, kind, level ? "level" : NULL, level, NULL);

	return f && f->confidence == CONFIRMED ? f : NULL;
}

static const struct estimate *value(const struct finding *f, const char *name)
{
	for (unsigned i = 0; f && i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return &f->values[i].e;
	return NULL;
}

/* Of three levels the last is what a walk follows. */
static const struct sim_machine three_levels[] = {
    {.name = "64, 512x4, 2048x8",
     .l1 = {.entries = 64},
     .mid = {.entries = 512, .ways = 4},
     .mid_penalty = 8,
     .l2 = {.entries = 2048, .ways = 8},
     BASE},
    {.name = "48, 512x8, 3072x12",
     .l1 = {.entries = 48},
     .mid = {.entries = 512, .ways = 8},
     .mid_penalty = 12,
     .l2 = {.entries = 3072, .ways = 12},
     BASE},
    {.name = "16, 64, 1024x8",
     .l1 = {.entries = 16},
     .mid = {.entries = 64},
     .mid_penalty = 5,
     .l2 = {.entries = 1024, .ways = 8},
     BASE},
    {0},
};

static void test_a_hit_of_a_third_level_is_no_walk(void **state)
{
	(void)state;
	for (const struct sim_machine *machine = three_levels; machine->name; machine++) {
		const double walk = machine->penalty + machine->mid_penalty + machine->walk;
		const struct finding *f;
		struct made m;

		measure(&m, machine, 7919);
		if ((f = confirmed(&m, "walk-cost", NULL)))
			assert_true(fabs(value(f, "walk_cycles")->est - walk) < 0.05 * walk);
		f = result_find_finding(&m.result, "walk-cost", NULL, NULL, NULL);
		if (f)
			assert_true(value(f, "walk_cycles")->lo <= walk);
		if ((f = confirmed(&m, "tlb-geometry", "2")))
			assert_true(value(f, "entries")->est == machine->mid.entries ||
				    value(f, "entries")->est == machine->l2.entries);
		result_free(&m.result);
	}
}

/* With two levels it is confirmed as before. */
static void test_a_walk_is_confirmed_past_two_levels(void **state)
{
	const struct sim_machine *machine = sim_machines;
	unsigned told = 0, machines = 0;

	(void)state;
	for (; machine->name; machine++, machines++) {
		struct sim_machine quiet = *machine;
		const double walk = machine->penalty + machine->walk;
		const struct finding *f;
		struct made m;

		quiet.noise = 0.003;
		result_init(&m.result);
		m.sim = (struct sim){.machine = &quiet, .result = &m.result};
		random_seed(&m.sim.random, 5);
		assert_true(sim_curves(&m.sim));
		if ((f = confirmed(&m, "walk-cost", NULL))) {
			told++;
			assert_true(fabs(value(f, "walk_cycles")->est - walk) < 0.15 * walk);
		}
		result_free(&m.result);
	}
	assert_true(told >= machines / 2);
}

/* Replacement that is not LRU misses so rarely with one page too many that no knee shows. */
static void test_level1_is_confirmed_to_the_entry(void **state)
{
	static const struct sim_tlb tlbs[] = {
	    {.entries = 96, .policy = SIM_RANDOM},
	    {.entries = 64, .policy = SIM_RANDOM},
	    {.entries = 64, .ways = 4, .policy = SIM_RANDOM},
	    {.entries = 96, .ways = 6, .policy = SIM_PLRU},
	    {.entries = 48, .ways = 6, .policy = SIM_PLRU},
	    {.entries = 48, .policy = SIM_LRU},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof tlbs / sizeof *tlbs; i++) {
		struct sim_machine machine = {
		    .l1 = tlbs[i], .l2 = {.entries = 2048, .ways = 8}, BASE};
		struct made m;

		measure(&m, &machine, 7919);
		const struct finding *f = confirmed(&m, "tlb-geometry", "1");

		if (f)
			assert_true(value(f, "entries")->est == tlbs[i].entries);
		f = result_find_finding(&m.result, "tlb-geometry", "level", "1", NULL);
		assert_true(value(f, "entries")->lo <= tlbs[i].entries);
		if ((f = confirmed(&m, "tlb-level", "1")))
			assert_true(value(f, "entries")->est == tlbs[i].entries);
		result_free(&m.result);
	}
}

/* However many ways, and whatever hash: one set that holds all is told from several that do. */
static void test_full_associativity_is_confirmed_where_it_is(void **state)
{
	static const struct {
		struct sim_tlb l1;
		bool full;
	} tlbs[] = {
	    {{.entries = 96, .ways = 24}, false},
	    {{.entries = 64, .ways = 32}, false},
	    {{.entries = 64, .ways = 4, .folds = 4}, false},
	    {{.entries = 64, .ways = 4, .skewed = true}, false},
	    {{.entries = 128, .ways = 4, .hash = 9}, false},
	    {{.entries = 16}, true},
	    {{.entries = 48}, true},
	    {{.entries = 96}, true},
	    {{.entries = 72}, true},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof tlbs / sizeof *tlbs; i++) {
		struct sim_machine machine = {
		    .l1 = tlbs[i].l1, .l2 = {.entries = 2048, .ways = 8}, BASE};
		struct made m;

		measure(&m, &machine, 7919);
		const struct finding *f = confirmed(&m, "tlb-geometry", "1");

		if (tlbs[i].full)
			assert_non_null(f);
		if (f) {
			assert_int_equal(facts_get(&f->subject, "associativity") != NULL,
					 tlbs[i].full);
			assert_true(value(f, "entries")->est == tlbs[i].l1.entries);
		}
		result_free(&m.result);
	}
}

/* Without a second level, none is told: neither an index nor entries, which would be the first's.
 */
static void test_one_level_is_not_two(void **state)
{
	static const struct sim_tlb tlbs[] = {{.entries = 64}, {.entries = 512, .ways = 4}};

	(void)state;
	for (unsigned i = 0; i < sizeof tlbs / sizeof *tlbs; i++) {
		struct sim_machine machine = {.l1 = tlbs[i], .l2 = {.entries = 1}, BASE};
		const struct finding *f;
		struct made m;

		measure(&m, &machine, 7919);
		f = result_find_finding(&m.result, "tlb-geometry", "level", "2", NULL);
		if (f) {
			assert_null(value(f, "entries"));
			assert_null(facts_get(&f->subject, "index"));
		}
		result_free(&m.result);
	}
}

/* Where a core computes an alias's address more slowly than it loads, that is no hit. */
static void test_what_aliases_take_is_no_hit(void **state)
{
	const struct sim_machine machine = {
	    .l1 = {.entries = 64}, .l2 = {.entries = 2048, .ways = 8}, .alias_least = 5.5, BASE};
	const struct finding *f = NULL;
	struct made m;

	(void)state;
	measure(&m, &machine, 7919);
	assert_true(sim_huge(&m.sim, false));
	f = confirmed(&m, "walk-cost", NULL);
	assert_non_null(f);
	assert_true(fabs(value(f, "walk_cycles")->est - machine.penalty - machine.walk) < 0.2);
	f = result_find_finding(&m.result, "tlb-level", "page", "2m", NULL);
	assert_non_null(f);
	assert_true(fabs(value(f, "penalty_cycles")->est - machine.penalty) < 0.2);
	result_free(&m.result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_hit_of_a_third_level_is_no_walk),
	    cmocka_unit_test(test_a_walk_is_confirmed_past_two_levels),
	    cmocka_unit_test(test_level1_is_confirmed_to_the_entry),
	    cmocka_unit_test(test_full_associativity_is_confirmed_where_it_is),
	    cmocka_unit_test(test_one_level_is_not_two),
	    cmocka_unit_test(test_what_aliases_take_is_no_hit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
