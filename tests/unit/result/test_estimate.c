/* One meaning of an estimate, for runs and for merged results. */
#include "unit/result_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct result result;
static struct cell_result *cell;

static int set_up(void **state)
{
	(void)state;
	build_result(&result);
	cell = build_cell(&result, "chase/page=4k/layout=distinct/footprint=64KiB");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	result_free(&result);
	return 0;
}

static void it_is_the_median_and_its_interval(void **state)
{
	static const double samples[] = {7, 1, 9, 3, 5, 10, 2, 8, 4, 6};
	struct metric_result *m = build_metric_of(cell, "ns", "ns", samples, 10);

	(void)state;
	m->e = (struct estimate){0};
	assert_true(metric_estimate(m));
	assert_true(m->e.est == 5.5);
	assert_true(m->e.lo == 2 && m->e.hi == 9); /* ranks 2 and 9 of 10: 97.9% */
	for (unsigned i = 0; i < 10; i++)
		assert_true(m->samples[i] == samples[i]); /* they stay in order of rounds */
}

static void one_sample_is_all_there_is(void **state)
{
	static const double samples[] = {7};
	struct metric_result *m = build_metric_of(cell, "ns", "ns", samples, 1);

	(void)state;
	m->e = (struct estimate){0};
	assert_true(metric_estimate(m));
	assert_true(m->e.est == 7 && m->e.lo == 7 && m->e.hi == 7);
}

static void without_samples_nothing_is_said_anew(void **state)
{
	struct metric_result *m = cell_add_metric(cell);

	(void)state;
	m->e = (struct estimate){3, 2, 4};
	assert_true(metric_estimate(m));
	assert_true(m->e.est == 3 && m->e.lo == 2 && m->e.hi == 4);
}

static void a_cell_has_all_its_metrics_estimated(void **state)
{
	static const double samples[] = {3, 1, 2};

	(void)state;
	build_metric_of(cell, "ns", "ns", samples, 3);
	cell_add_metric(cell);
	build_metric_of(cell, "cycles", "cycles", samples, 3);
	for (unsigned i = 0; i < cell->nmetrics; i++)
		cell->metrics[i].e = (struct estimate){0};
	assert_true(cell_estimate(cell));
	assert_true(cell->metrics[0].e.est == 2 && cell->metrics[2].e.est == 2);
	assert_true(cell->metrics[2].e.lo == 1 && cell->metrics[2].e.hi == 3);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(it_is_the_median_and_its_interval),
	    T(one_sample_is_all_there_is),
	    T(without_samples_nothing_is_said_anew),
	    T(a_cell_has_all_its_metrics_estimated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
