/* Runs are put in order, whatever order they come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "result/history.h"
#include "unit/result_builder.h"

static struct verdict add(struct history *history, const char *id, const char *kernel,
			  const char *started, double ns)
{
	struct selector selector;
	struct result result;

	build_result(&result);
	BUILD_TEXT(result.run.id, "%s", id);
	BUILD_TEXT(result.run.started, "%s", started);
	facts_set(&result.before, "kernel.release", "%s", kernel);
	build_metric(build_cell(&result, "chase/page=4k"), "ns", "ns", ns, 0.01);
	build_metric(build_cell(&result, "stride/page=4k"), "ns", "ns", ns, 0.01)->primary = false;
	build_metric(build_cell(&result, "null"), "ns", "ns", ns, 0.01);
	build_cell(&result, "gups/page=4k")->outcome = verdict_skipped("no", "none", "not here");
	selector_parse("*/page=4k", 4096, &selector);
	struct verdict verdict = history_add(history, &result, &selector);

	result_free(&result);
	return verdict;
}

static void runs_are_ordered_by_kernel_then_date(void **state)
{
	struct history history;
	const char *const order[] = {"c", "a", "d", "b"};

	(void)state;
	history_init(&history);
	assert_int_equal(add(&history, "a", "6.9.1", "2026-03-01", 11).outcome, OUTCOME_OK);
	assert_int_equal(add(&history, "b", "6.10.2", "2026-01-01", 13).outcome, OUTCOME_OK);
	assert_int_equal(add(&history, "c", "6.9.1", "2026-02-01", 10).outcome, OUTCOME_OK);
	assert_int_equal(add(&history, "d", "6.10.1", "2026-04-01", 12).outcome, OUTCOME_OK);
	assert_true(history_order(&history));
	assert_int_equal(history.nruns, 4);
	assert_int_equal(history.nseries, 1); /* primary, ok, chosen */
	assert_string_equal(history.series[0].key, "chase/page=4k");
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(history.runs[i].id, order[i]);
		assert_int_equal(history.series[0].points[i].run, i);
		assert_true(history.series[0].points[i].e.est == 10 + i);
	}
	history_free(&history);
}

/* Kernels in the order in which they came. */
static void candidates_come_before_their_release(void **state)
{
	static const char *const order[] = {"",		  "6.9.0",	    "6.10-rc7",
					    "6.10.0-rc1", "6.10.0-rc9",	    "6.10.0-rc10",
					    "6.10.0",	  "6.10.0-1-amd64", "6.10.0-generic",
					    "6.10.1-rc1", "6.10.1",	    "6.11.0-rc1+"};

	(void)state;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
			int seen = history_kernel_order(order[i], order[k]);

			assert_int_equal((seen > 0) - (seen < 0), (i > k) - (i < k));
		}
}

static void the_same_run_counts_once(void **state)
{
	struct history history;

	(void)state;
	history_init(&history);
	add(&history, "a", "6.9.1", "2026-03-01", 11);
	assert_int_equal(add(&history, "a", "6.9.1", "2026-03-01", 11).outcome, OUTCOME_SKIPPED);
	assert_int_equal(history.nruns, 1);
	history_free(&history);
}

static void another_machine_is_refused(void **state)
{
	struct history history;
	struct result result;

	(void)state;
	history_init(&history);
	add(&history, "a", "6.9.1", "2026-03-01", 11);
	build_result(&result);
	BUILD_TEXT(result.machine.id, "another");
	struct verdict verdict = history_add(&history, &result, NULL);

	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(verdict.text, "another"));
	result_free(&result);
	history_free(&history);
}

static void another_revision_is_another_series(void **state)
{
	struct history history;
	struct result result;

	(void)state;
	history_init(&history);
	add(&history, "a", "6.9.1", "2026-03-01", 11);
	build_result(&result);
	BUILD_TEXT(result.run.id, "b");
	struct cell_result *cell = build_cell(&result, "chase/page=4k");

	cell->revision = 2;
	build_metric(cell, "ns", "ns", 20, 0.01);
	assert_int_equal(history_add(&history, &result, NULL).outcome, OUTCOME_OK);
	assert_int_equal(history.nseries, 2);
	result_free(&result);
	history_free(&history);
}

static void nothing_is_in_order(void **state)
{
	struct history history;

	(void)state;
	history_init(&history);
	assert_true(history_order(&history));
	history_free(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(runs_are_ordered_by_kernel_then_date),
	    cmocka_unit_test(candidates_come_before_their_release),
	    cmocka_unit_test(the_same_run_counts_once),
	    cmocka_unit_test(another_machine_is_refused),
	    cmocka_unit_test(another_revision_is_another_series),
	    cmocka_unit_test(nothing_is_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
