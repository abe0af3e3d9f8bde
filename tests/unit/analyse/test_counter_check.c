/* Counts against levels, on made-up results of machines with a PMU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fixture.h"

/* What a core with these two levels would count, in every chase cell. Misses begin at the edge, and
 * so soon every access misses. */
static void count(double l1, double l2)
{
	for (unsigned i = 0; i < result.ncells; i++) {
		struct cell_result *cell = &result.cells[i];
		double pages = (double)cell_count(&cell->cell, "footprint") / 4096;
		bool walks = pages > l2;

		sim_metric(cell, "dtlb_load_walk", "1/op", walks, 0.01, &r);
		sim_metric(cell, "dtlb_load_miss_l1", "1/op", !walks && pages > l1, 0.01, &r);
	}
}

static const struct sim sharp = {
    .l1 = 72,
    .l2_from = 2100,
    .l2_to = 2100,
    .l1d_lines = 0,
    .hit = 4,
    .penalty = 7,
    .walk = 44,
    .noise = 0.004,
};

static const struct finding *check_of(const char *level)
{
	const struct finding *f = NULL;

	while ((f = result_find_finding(&result, "counter-check", "level", level, f)))
		if (strcmp(facts_get(&f->subject, "page"), "4k") == 0)
			return f;
	return NULL;
}

static void counts_that_fit_agree(void **state)
{
	static const char *const levels[] = {"1", "2"};

	(void)state;
	sweep(&sharp, "alias", 16384, BOTH);
	sweep(&sharp, "distinct", 16384, BOTH);
	count(72, 2100);
	compute();
	for (unsigned i = 0; i < 2; i++) {
		const struct finding *f = check_of(levels[i]);

		assert_non_null(f);
		assert_subject(f, "agrees", "yes");
		assert_int_equal(f->confidence, CONFIRMED);
		assert_about(sim_value(f, "misses_below"), -0.05, 0.05);
		assert_about(sim_value(f, "misses_above"), 0.95, 1.05);
		assert_true(f->nfrom >= 2);
		assert_non_null(strstr(f->text, "agree"));
	}
}

/* Arm's refills, and dTLB-loads as kernels map it on Zen: each walk is a miss of the first level.
 */
static void count_walks_as_well(void)
{ /* the second level hits for nobody here */
	sweep(&sharp, "alias", 16384, BOTH);
	sweep(&sharp, "distinct", 16384, BOTH);
	for (unsigned i = 0; i < result.ncells; i++) {
		struct cell_result *cell = &result.cells[i];
		double pages = (double)cell_count(&cell->cell, "footprint") / 4096;

		sim_metric(cell, "dtlb_load_walk", "1/op", pages > 72, 0.01, &r);
		sim_metric(cell, "dtlb_load_miss_l1", "1/op", pages > 72, 0.01, &r);
	}
}

static void assert_counted_once(void)
{
	compute();
	assert_subject(check_of("1"), "agrees", "yes");
	assert_about(sim_value(check_of("1"), "misses_above"), 0.95, 1.05);
	assert_subject(check_of("2"), "agrees", "no");
}

static void walks_are_not_counted_twice(void **state)
{
	struct counter_result *c;

	(void)state;
	count_walks_as_well();
	c = result_add_counter(&result);
	assert_non_null(c);
	strcpy(c->id, "dtlb_load_miss_l1");
	c->with_walks = true;
	assert_counted_once();
}

/* Nor in results of before the counter said so. */
static void walks_counted_twice_show(void **state)
{
	(void)state;
	count_walks_as_well();
	assert_counted_once();
}

static void counts_of_a_smaller_tlb_disagree_and_say_where(void **state)
{
	(void)state;
	sweep(&sharp, "distinct", 16384, BOTH);
	count(32, 2100);
	compute();
	const struct finding *f = check_of("1");
	assert_non_null(f);
	assert_subject(f, "agrees", "no");
	assert_int_equal(f->confidence, SEEN);
	assert_non_null(strstr(f->text, "disagree"));
	assert_non_null(strstr(f->text, "by counts the edge lies between"));
	assert_subject(check_of("2"), "agrees", "yes");
}

static void a_step_of_a_cache_is_found_out(void **state)
{
	(void)state;
	sweep(&sharp, "distinct", 16384, BOTH);
	count(1e9, 1e9); /* the hardware sees no miss at all */
	compute();
	assert_subject(check_of("1"), "agrees", "no");
	assert_about(sim_value(check_of("1"), "misses_above"), -0.05, 0.05);
}

static void counts_settle_what_distinct_memory_leaves_open(void **state)
{
	(void)state;
	sweep(&sharp, "distinct", 16384, BOTH); /* past L1D: a step of its own is no evidence */
	count(72, 2100);
	compute();
	assert_subject(check_of("1"), "agrees", "yes");
	assert_subject(check_of("2"), "agrees", "yes");
	assert_non_null(strstr(check_of("2")->text, "settle"));
}

static void misses_without_a_level_are_reported(void **state)
{
	struct sim flat = sharp;

	(void)state;
	flat.penalty = flat.walk = 0;
	sweep(&flat, "distinct", 16384, BOTH);
	count(72, 2100);
	compute();
	assert_subject(check_of("2"), "agrees", "no");
	assert_non_null(strstr(check_of("2")->text, "times show no level"));
}

static void without_counts_there_is_nothing_to_say(void **state)
{
	(void)state;
	sweep(&sharp, "distinct", 16384, BOTH);
	compute();
	assert_null(check_of("1"));
	assert_null(check_of("2"));
	assert_non_null(result_find_finding(&result, "tlb-level", "page", "4k", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(counts_that_fit_agree),
	    TEST(walks_are_not_counted_twice),
	    TEST(walks_counted_twice_show),
	    TEST(counts_of_a_smaller_tlb_disagree_and_say_where),
	    TEST(a_step_of_a_cache_is_found_out),
	    TEST(counts_settle_what_distinct_memory_leaves_open),
	    TEST(misses_without_a_level_are_reported),
	    TEST(without_counts_there_is_nothing_to_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
