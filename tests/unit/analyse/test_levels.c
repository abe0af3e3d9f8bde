/* TLB levels and walk costs, from results built in memory with simulated curves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/series.h"
#include "fixture.h"

static void level1_is_exact_and_confirmed(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 400, BOTH);
	sweep(&zen4, "alias", 4000, BOTH);
	compute();
	struct finding *f = sim_finding(&result, "tlb-level", "4k", "1");

	assert_non_null(f);
	assert_int_equal(f->confidence, CONFIRMED);
	assert_true(sim_value(f, "entries")->est == 72 && sim_value(f, "entries")->hi == 73);
	assert_about(sim_value(f, "penalty_cycles"), 6.8, 7.2);
	assert_about(sim_value(f, "penalty_ns"), 1.8, 2.0);
	assert_true(f->nfrom >= 2);
	assert_non_null(strstr(f->text, "72 pages still hit"));
	assert_null(facts_get(&f->subject, "entries"));
}

static void set_associative_level1_ends_at_its_entries(void **state)
{
	(void)state;
	struct sim sim = zen4;

	sim.l1 = 64;
	sim.l1_ways = 4;
	sweep(&sim, "distinct", 400, BOTH);
	sweep(&sim, "alias", 1000, BOTH);
	compute();
	struct finding *f = sim_finding(&result, "tlb-level", "4k", "1");

	assert_true(sim_value(f, "entries")->est == 64 && sim_value(f, "entries")->hi == 65);
	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "penalty_cycles"), 6.8, 7.2);
}

static void level1_alone_in_distinct_still_counts(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 400, BOTH);
	compute();
	assert_int_equal(sim_finding(&result, "tlb-level", "4k", "1")->confidence, CONFIRMED);
	assert_null(sim_finding(&result, "tlb-level", "4k", "2"));
}

static void rounds_that_disagree_are_only_seen(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 400, BOTH);
	for (unsigned i = 0; i < result.ncells; i++) {
		struct cell_result *c = &result.cells[i];

		for (unsigned k = 0; k < 4 && cell_count(&c->cell, "footprint") == 72 * 4 * KIB;
		     k++)
			c->metrics[0].samples[k] = c->metrics[1].samples[k] = 12;
	}
	compute();
	assert_int_equal(sim_finding(&result, "tlb-level", "4k", "1")->confidence, SEEN);
}

static void coarse_brackets_are_only_seen(void **state)
{
	(void)state;
	for (uint64_t pages = 16; pages <= 512; pages *= 2)
		sim_point(&result, &zen4, "4k", 4 * KIB, "distinct", pages, BOTH, &r);
	compute();
	struct finding *f = sim_finding(&result, "tlb-level", "4k", "1");

	assert_non_null(f);
	assert_int_equal(f->confidence, SEEN);
	assert_true(sim_value(f, "entries")->lo == 64 && sim_value(f, "entries")->hi == 128);
}

static void layouts_that_disagree_cannot_tell(void **state)
{
	(void)state;
	struct sim flat = {.l1 = 1e9, .l2_from = 1e9, .l2_to = 1e9, .hit = 4, .noise = 0.004};

	sweep(&zen4, "distinct", 400, BOTH);
	sweep(&flat, "alias", 1000, BOTH);
	compute();
	assert_int_equal(sim_finding(&result, "tlb-level", "4k", "1")->confidence, CANNOT_TELL);
}

static void l1d_knee_is_never_a_level(void **state)
{
	(void)state;
	struct sim sim = zen4;

	sim.l2_from = sim.l2_to = 1e9;
	sweep(&sim, "distinct", 4000, BOTH);
	compute();
	struct finding *f = sim_finding(&result, "tlb-level", "4k", "2");

	assert_true(!f || f->confidence == CANNOT_TELL);
	assert_null(sim_value(f, "entries"));
	assert_null(sim_finding(&result, "walk-cost", NULL, NULL));

	sweep(&sim, "alias", 4000, BOTH); /* flat there: not even a doubt is left */
	compute();
	assert_null(sim_finding(&result, "tlb-level", "4k", "2"));
}

static void l1d_knee_alone_is_no_level1(void **state)
{
	(void)state;
	struct sim sim = zen4;

	sim.l1 = sim.l2_from = sim.l2_to = 1e9;
	sweep(&sim, "distinct", 4000, BOTH);
	compute();
	assert_null(sim_finding(&result, "tlb-level", "4k", "1"));
}

static void large_l1_counts_when_translation_shows_it(void **state)
{
	(void)state;
	struct sim sim = zen4, clean = zen4;

	sim.l1 = clean.l1 = 700;
	clean.hit = 0;
	clean.l1d_lines = 0;
	clean.noise = 0.004;
	sweep(&sim, "distinct", 2000, BOTH);
	compute();
	assert_null(sim_finding(&result, "tlb-level", "4k", "1"));
	for (unsigned i = 0; i < result.ncells; i++) {
		struct cell_result *c = &result.cells[i];
		double ns =
		    sim_cycles(&clean, (double)cell_count(&c->cell, "footprint") / 4096, false) /
		    SIM_GHZ;

		sim_metric(c, "translation_ns", "ns", ns, 0.01, &r);
	}
	compute();
	assert_true(sim_value(sim_finding(&result, "tlb-level", "4k", "1"), "entries")->est == 700);
}

static void level2_is_a_slope(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 16384, BOTH);
	sweep(&zen4, "alias", 30000, BOTH);
	compute();
	struct finding *f = sim_finding(&result, "tlb-level", "4k", "2");

	assert_non_null(f);
	assert_int_equal(f->confidence, SEEN);
	assert_subject(f, "edge", "sloped");
	assert_non_null(strstr(f->text, "a slope and not a size"));
	assert_about(sim_value(f, "entries"), 2200, 3100);
	assert_true(sim_value(f, "entries")->lo > 1900 && sim_value(f, "entries")->hi < 4000);
}

static void walk_cost_is_the_plateau_over_a_hit(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 20000, BOTH);
	sweep(&zen4, "alias", 20000, BOTH);
	compute();
	struct finding *f = sim_finding(&result, "walk-cost", "4k", NULL);

	assert_non_null(f);
	assert_null(facts_get(&f->subject, "bound"));
	assert_about(sim_value(f, "walk_cycles"), 49, 53); /* 7 + 44 */
	assert_about(sim_value(f, "walk_ns"), 49 / SIM_GHZ, 53 / SIM_GHZ);
	assert_about(sim_value(f, "distinct_cycles"), 59, 65);
}

static void unfinished_walk_is_at_least(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 400, BOTH);
	sweep(&zen4, "alias", 3600, BOTH);
	compute();
	struct finding *f = sim_finding(&result, "walk-cost", "4k", NULL);

	assert_non_null(f);
	assert_int_equal(f->confidence, SEEN);
	assert_subject(f, "bound", "at-least");
	assert_non_null(strstr(f->text, "at least"));
	assert_null(sim_value(f, "distinct_cycles")); /* not measured at that size */
}

static void ns_serve_where_no_cycles_are(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 400, SIM_NS);
	sweep(&zen4, "alias", 20000, SIM_NS);
	compute();
	struct finding *level = sim_finding(&result, "tlb-level", "4k", "1");
	struct finding *walk = sim_finding(&result, "walk-cost", "4k", NULL);

	assert_true(sim_value(level, "entries")->est == 72);
	assert_about(sim_value(level, "penalty_ns"), 1.8, 2.0);
	assert_null(sim_value(level, "penalty_cycles"));
	assert_about(sim_value(walk, "walk_ns"), 49 / SIM_GHZ, 53 / SIM_GHZ);
	assert_null(sim_value(walk, "walk_cycles"));
	assert_null(strstr(walk->text, "cycles"));
}

/* Small and large, with wild points: an L1 that is found is the right one. */
static void seeded_cases_are_right(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 150; seed++) {
		struct sim sim = zen4;

		random_seed(&r, seed);
		sim.l1 = (double)(32 + random_below(&r, 100));
		sim.penalty = 3 + (double)random_below(&r, 7);
		sim.l2_from = (double)(1000 + random_below(&r, 2000));
		sim.l2_to = sim.l2_from * 2;
		sim.drift = 0.004 * random_unit(&r);
		sweep(&sim, "distinct", 480, BOTH);
		sweep(&sim, "alias", 8000, BOTH);
		compute();
		struct finding *f = sim_finding(&result, "tlb-level", "4k", "1");

		assert_non_null(f);
		assert_true(sim_value(f, "entries")->est == sim.l1);
		assert_about(sim_value(f, "penalty_cycles"), sim.penalty - 0.5, sim.penalty + 0.5);
		f = sim_finding(&result, "tlb-level", "4k", "2");
		assert_non_null(f);
		assert_true(sim_value(f, "entries")->lo > 0.8 * sim.l2_from);
		assert_true(sim_value(f, "entries")->hi < 1.2 * sim.l2_to);
		result_free(&result);
	}
}

/* In noise the last point of the plateau may lie above the first part of the rise. */
static void later_parts_of_a_rise_are_never_crossed_earlier(void **state)
{
	struct curve_point points[] = {
	    {1024, 11, 11, 11}, {2048, 30, 20, 40}, {2560, 150, 140, 160}, {3072, 155, 150, 160}};
	const struct series series = {.n = 4, .curve = {.n = 4, .point = points}};
	const struct knee knee = {
	    .before = 11, .after = 155, .low_x = 2048, .high_x = 2560, .flat_x = 3072};
	double last = 0;

	(void)state;
	for (double part = 0.05; part < 1; part += 0.05) {
		double at = series_crossing(&series, &knee, part);

		assert_true(at >= last && at >= knee.low_x && at <= knee.flat_x);
		last = at;
	}
}

/* A curve on a grid: `low` pages still hit, `high` no longer do. What is said of a claim of so many
 * entries. */
static const char *agrees(uint64_t low, uint64_t high, uint64_t claimed)
{
	static struct claim claim = {.level = 1, .pages = "4k", .type = "data", .source = "stub"};
	const uint64_t pages[] = {8, 16, 32, low, high, high + 8, 2 * high, 3 * high, 4 * high};
	struct sim stepped = zen4;

	result_free(&result);
	result_init(&result);
	result.run.base_page_bytes = 4096;
	stepped.l1 = (double)low;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		sim_point(&result, &stepped, "4k", 4 * KIB, "distinct", pages[i], BOTH, &r);
	claim.entries = claimed;
	result.machine.claims = &claim;
	result.machine.nclaims = 1;
	compute();
	result.machine.claims = NULL;
	result.machine.nclaims = 0;
	const struct finding *f = sim_finding(&result, "tlb-geometry", "4k", "1");

	assert_about(sim_value(f, "entries"), (double)low, (double)low);
	assert_true(sim_value(f, "entries")->hi == (double)high - 1);
	return facts_get(&f->subject, "agrees");
}

static void a_bracket_refutes_what_lies_outside(void **state)
{
	(void)state;
	assert_string_equal(agrees(64, 65, 64), "yes");
	assert_string_equal(agrees(72, 73, 64), "no");
	assert_string_equal(agrees(56, 57, 64), "no");
	/* Where 64 pages miss, 64 entries may be one too few: theirs are not the only pages. */
	assert_string_equal(agrees(48, 64, 64), "cannot-tell");
	assert_string_equal(agrees(48, 64, 56), "cannot-tell");
	assert_string_equal(agrees(48, 64, 48), "cannot-tell");
	assert_string_equal(agrees(62, 64, 64), "yes");
	assert_string_equal(agrees(48, 64, 72), "no");
	assert_string_equal(agrees(48, 64, 44), "no");
	assert_string_equal(agrees(48, 56, 64), "no");
	/* One that reaches that far agrees with anything. */
	assert_string_equal(agrees(62, 200, 64), "cannot-tell");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(level1_is_exact_and_confirmed),
	    TEST(set_associative_level1_ends_at_its_entries),
	    TEST(level1_alone_in_distinct_still_counts),
	    TEST(rounds_that_disagree_are_only_seen),
	    TEST(coarse_brackets_are_only_seen),
	    TEST(layouts_that_disagree_cannot_tell),
	    TEST(l1d_knee_is_never_a_level),
	    TEST(l1d_knee_alone_is_no_level1),
	    TEST(large_l1_counts_when_translation_shows_it),
	    TEST(a_bracket_refutes_what_lies_outside),
	    TEST(level2_is_a_slope),
	    TEST(later_parts_of_a_rise_are_never_crossed_earlier),
	    TEST(walk_cost_is_the_plateau_over_a_hit),
	    TEST(unfinished_walk_is_at_least),
	    TEST(ns_serve_where_no_cycles_are),
	    TEST(seeded_cases_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
