/* Samples of visits under other conditions than the rest are set aside, come back, and are never
 * lost. */
#include "result/conditions.h"
#include "unit/result_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define VISITS 30
#define ALONE  4.0
#define SHARED 2.5

static struct result result;
static struct cell_result *cell;
static double width[VISITS], handoff[VISITS], ns[VISITS];

static int set_up(void **state)
{
	(void)state;
	build_result(&result);
	cell = build_cell(&result, "chase/page=4k/layout=distinct/footprint=64KiB");
	for (int i = 0; i < VISITS; i++) {
		width[i] = ALONE;
		handoff[i] = 100 + i % 3;
		ns[i] = 1000 + i;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	result_free(&result);
	return 0;
}

static void visited(bool gang)
{
	build_metric_of(cell, "ns", "ns", ns, VISITS);
	build_metric_of(cell, CONDITION_WIDTH, "adds/cycle", width, VISITS);
	if (gang)
		build_metric_of(cell, CONDITION_HANDOFF, "ns", handoff, VISITS);
	assert_true(conditions_sort(cell, ALONE));
}

static const struct metric_result *ns_of(void)
{
	return cell_find_metric(cell, "ns");
}

/* Every round is in one of the two lists once, with its own sample, and both are in order. */
static void assert_complete(void)
{
	const struct metric_result *m = ns_of();
	bool seen[VISITS] = {0};

	assert_int_equal(m->nsamples + m->naside, VISITS);
	for (unsigned i = 0; i < VISITS; i++) {
		bool in = i < m->nsamples;
		unsigned at = in ? i : i - m->nsamples;
		const unsigned *rounds = in ? m->rounds : m->aside_rounds;

		assert_true(at == 0 || rounds[at] > rounds[at - 1]);
		assert_false(seen[rounds[at]]);
		seen[rounds[at]] = true;
		assert_true((in ? m->samples : m->aside)[at] == 1000 + rounds[at]);
	}
}

static void share(int from, int to)
{
	for (int i = from; i < to; i++)
		width[i] = SHARED;
}

static void test_alike_stay(void **state)
{
	(void)state;
	visited(true);
	assert_int_equal(ns_of()->nsamples, VISITS);
	assert_complete();
	conditions_note(cell, ALONE);
	assert_int_equal(cell->nnotes, 0);
}

static void test_shared_go(void **state)
{
	(void)state;
	share(5, 25);
	visited(false);
	assert_int_equal(ns_of()->nsamples, 10);
	assert_int_equal(ns_of()->naside, 20);
	assert_complete();
	conditions_note(cell, ALONE);
	assert_non_null(strstr(cell->notes[0], "20 of 30 visits, which are set aside"));
	assert_true(cell_add_note(cell, "of another kind"));
	conditions_drop_notes(cell);
	assert_int_equal(cell->nnotes, 1);
	assert_string_equal(cell->notes[0], "of another kind");
}

static void test_one_of_one_is_singular(void **state)
{
	(void)state;
	share(3, 4);
	visited(false);
	conditions_note(cell, ALONE);
	assert_non_null(strstr(cell->notes[0], "in 1 of 30 visits, which is set aside"));
	cell = build_cell(&result, "chase/page=4k/layout=distinct/footprint=128KiB");
	build_metric_of(cell, "ns", "ns", ns, 1);
	build_metric_of(cell, CONDITION_WIDTH, "adds/cycle", width + 3, 1);
	conditions_note(cell, ALONE);
	assert_non_null(strstr(cell->notes[0], "in 1 of 1 visit, too many to do without"));
}

static void test_too_many_shared_stay(void **state)
{
	(void)state;
	share(0, 25); /* five are left */
	visited(false);
	assert_int_equal(ns_of()->nsamples, VISITS);
	conditions_note(cell, ALONE);
	assert_non_null(strstr(cell->notes[0], "too many to do without"));
}

static void test_width_of_a_core_is_its_own(void **state)
{
	(void)state;
	share(0, VISITS);
	visited(false);
	assert_int_equal(conditions_of(cell, ALONE).shared, VISITS);
	assert_int_equal(conditions_of(cell, SHARED).shared, 0); /* all that this core can do */
	assert_int_equal(conditions_of(cell, 0).shared, 0);	 /* nobody knows */
}

static void test_rarer_distance_goes(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++)
		handoff[2 * i] = 480 + i;
	visited(true);
	assert_int_equal(ns_of()->nsamples, 18);
	assert_complete();
	for (unsigned i = 0; i < ns_of()->naside; i++)
		assert_int_equal(ns_of()->aside_rounds[i] % 2, 0);
	conditions_note(cell, ALONE);
	assert_non_null(strstr(cell->notes[0], "100 to 491 ns"));
}

/* Of how many visits another run is far or near is chance: both rest on the near ones. */
static void test_nearest_stays_though_rarer(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		handoff[i] = 480 + i;
	visited(true);
	assert_int_equal(ns_of()->nsamples, 10);
	assert_int_equal(ns_of()->rounds[0], 20);
	assert_complete();
}

static void test_too_rare_is_not_usual(void **state)
{
	(void)state;
	for (int i = 0; i < 23; i++) /* seven are left: enough, but fewer than one in four */
		handoff[i] = 480 + i;
	visited(true);
	assert_int_equal(ns_of()->nsamples, 23);
	assert_int_equal(ns_of()->aside_rounds[0], 23);
	assert_complete();
}

static void test_three_distances(void **state)
{
	(void)state;
	for (int i = 0; i < VISITS; i++)
		handoff[i] = i < 15 ? 100 : i < 27 ? 250 : 500;
	visited(true);
	assert_int_equal(ns_of()->nsamples, 15);
	assert_complete();
}

static void test_neither_distance_is_enough(void **state)
{
	(void)state;
	for (int i = 0; i < VISITS; i++)
		handoff[i] = 100 << i % 6;
	visited(true);
	assert_int_equal(ns_of()->nsamples, VISITS);
	conditions_note(cell, ALONE);
	assert_non_null(strstr(cell->notes[0], "moved between visits"));
}

/* Distances count among the visits that are left. */
static void test_shared_and_elsewhere(void **state)
{
	(void)state;
	share(0, 10);
	for (int i = 0; i < 16; i++)
		handoff[i] = 480;
	visited(true);
	assert_int_equal(ns_of()->nsamples, 14);
	assert_int_equal(ns_of()->rounds[0], 16);
	assert_complete();
}

static void test_more_visits_change_it(void **state)
{
	(void)state;
	share(0, 20);
	visited(false);
	assert_int_equal(ns_of()->nsamples, 10);
	assert_true(conditions_recall(cell));
	assert_int_equal(ns_of()->nsamples, VISITS);
	assert_complete();
	assert_true(conditions_sort(cell, ALONE));
	assert_true(conditions_sort(cell, ALONE)); /* twice is once */
	assert_int_equal(ns_of()->nsamples, 10);
	assert_complete();
	assert_true(conditions_sort(cell, 0)); /* nobody knows */
	assert_int_equal(ns_of()->nsamples, VISITS);
	assert_complete();
}

/* A lone visit that looks wider than the rest says nothing. */
static void test_what_a_core_does_alone(void **state)
{
	(void)state;
	assert_true(conditions_width(&result) == 0);
	share(0, 20);
	width[3] = 10.4;
	width[4] = 4.1;
	visited(false);
	assert_true(conditions_width(&result) == ALONE);
	assert_int_equal(ns_of()->naside, 19); /* and it is no witness of being alone */
	assert_complete();
	assert_true(conditions_width(&result) == ALONE); /* set aside or not */
}

static void test_what_scatters_is_no_witness(void **state)
{
	static const double broken[] = {5.61, 5.73, 7.63, 6.4};

	(void)state;
	for (int i = 0; i < 4; i++)
		width[i] = broken[i];
	share(4, 20);
	visited(false);
	assert_true(conditions_width(&result) == ALONE);
	assert_int_equal(ns_of()->naside, 20);
}

static void test_alone_is_neither_less_nor_more(void **state)
{
	(void)state;
	assert_true(conditions_alone(ALONE, ALONE));
	assert_true(conditions_alone(0.96 * ALONE, ALONE));
	assert_false(conditions_alone(0.94 * ALONE, ALONE));
	assert_true(conditions_alone(1.04 * ALONE, ALONE));
	assert_false(conditions_alone(1.07 * ALONE, ALONE));
}

static void a_side(struct cell_result *side, double width_of, double handoff_of)
{
	build_metric(side, CONDITION_WIDTH, "adds/cycle", width_of, 0.01);
	if (handoff_of > 0)
		build_metric(side, CONDITION_HANDOFF, "ns", handoff_of, 0.01);
}

static const char *differ(double wa, double ha, double wb, double hb)
{
	static struct cell_result a, b;
	const char *why;

	a = b = (struct cell_result){0};
	a_side(&a, wa, ha);
	a_side(&b, wb, hb);
	why = conditions_differ(&a, &b, ALONE);
	for (int i = 0; i < 2; i++)
		for (unsigned k = 0; k < (i ? b : a).nmetrics; k++)
			metric_clear(&(i ? b : a).metrics[k]);
	free(a.metrics);
	free(b.metrics);
	return why;
}

static void test_sides(void **state)
{
	struct cell_result nothing = {0};

	(void)state;
	assert_null(differ(ALONE, 0, ALONE, 0));
	assert_null(differ(SHARED, 0, 3, 0)); /* company is company */
	assert_non_null(differ(ALONE, 0, SHARED, 0));
	assert_null(differ(ALONE, 100, ALONE, 140));
	assert_non_null(differ(ALONE, 100, ALONE, 160));
	assert_non_null(differ(ALONE, 490, ALONE, 100));
	assert_null(differ(ALONE, 100, ALONE, 0));
	assert_null(conditions_differ(&nothing, &nothing, ALONE)); /* older results */
}

static void test_no_visits(void **state)
{
	(void)state;
	assert_true(conditions_sort(cell, ALONE));
	assert_int_equal(conditions_of(cell, ALONE).visits, 0);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_alike_stay),
	    TEST(test_shared_go),
	    TEST(test_one_of_one_is_singular),
	    TEST(test_too_many_shared_stay),
	    TEST(test_width_of_a_core_is_its_own),
	    TEST(test_rarer_distance_goes),
	    TEST(test_nearest_stays_though_rarer),
	    TEST(test_too_rare_is_not_usual),
	    TEST(test_three_distances),
	    TEST(test_neither_distance_is_enough),
	    TEST(test_shared_and_elsewhere),
	    TEST(test_more_visits_change_it),
	    TEST(test_what_a_core_does_alone),
	    TEST(test_what_scatters_is_no_witness),
	    TEST(test_alone_is_neither_less_nor_more),
	    TEST(test_sides),
	    TEST(test_no_visits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
