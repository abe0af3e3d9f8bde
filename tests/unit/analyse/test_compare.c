/* What counts as a change, and what cannot be compared. */
#include "unit/analyse/two_sides.h"

#include <locale.h>

static void slower_is_a_regression(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 110, 0.01, 10);
	compare();
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
	assert_true(fabs(row(KEY)->change - 0.1) < 0.02);
	assert_true(row(KEY)->lo < row(KEY)->change && row(KEY)->change < row(KEY)->hi);
	assert_int_equal(c.end, COMPARISON_WORSE);
}

static void faster_is_an_improvement_and_more_may_be_better(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 90, 0.01, 10);
	cell(&old, OTHER, 100, 0.01, 10);
	cell(&new, OTHER, 90, 0.01, 10);
	new.cells[1].metrics[0].better = BETTER_MORE;
	compare();
	assert_int_equal(row(KEY)->state, ROW_IMPROVEMENT);
	assert_int_equal(row(OTHER)->state, ROW_REGRESSION);
}

static void small_or_insignificant_changes_do_not_count(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 102, 0.001, 10); /* sure, and small */
	cell(&old, OTHER, 100, 0.3, 10);
	cell(&new, OTHER, 106, 0.3, 10); /* large, and not sure */
	compare();
	assert_int_equal(row(KEY)->state, ROW_SAME);
	assert_true(row(KEY)->holm < 0.05);
	assert_int_equal(row(OTHER)->state, ROW_SAME);
	assert_int_equal(c.end, COMPARISON_SAME);
	options.nlimits = 1;
	BUILD_TEXT(options.limit[0].metric, "ns");
	options.limit[0].threshold = 0.01;
	comparison_free(&c);
	compare();
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

/* 6 against 6 gives p = 0.0022 at best: with 24 tests Holm cannot flag it. */
static void too_few_samples_for_the_family_are_said(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		char key[64];

		snprintf(key, sizeof key, "madvise/page=4k/npages=%u/resp=0", i + 1);
		cell(&old, key, 100, 0.001, 6);
		cell(&new, key, 200, 0.001, 6);
	}
	compare();
	assert_int_equal(c.count[ROW_UNREACHABLE], 24);
	assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
	assert_non_null(strstr(c.conclusion, "6 samples"));
}

static void nothing_in_common_cannot_tell(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, OTHER, 100, 0.01, 10);
	compare();
	assert_int_equal(c.other_count[OTHER_GONE], 1);
	assert_int_equal(c.other_count[OTHER_NEW], 1);
	assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
}

static void what_cannot_be_compared_is_listed(void **state)
{
	static const char *const keys[] = {"null/resp=0", "madvise/page=4k/npages=1/resp=0",
					   "madvise/page=4k/npages=2/resp=0",
					   "madvise/page=4k/npages=3/resp=0"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		cell(&old, keys[i], 100, 0.01, 10);
		cell(&new, keys[i], 100, 0.01, 10);
	}
	new.cells[1].outcome = verdict_invalid("moved", NULL, "the thread moved");
	new.cells[2].outcome = verdict_skipped("not-reached", NULL, "no time");
	old.cells[3].revision = 1;
	new.cells[3].revision = 2;
	compare();
	assert_int_equal(c.nrows, 1);
	assert_int_equal(c.other_count[OTHER_INVALID], 1);
	assert_int_equal(c.other_count[OTHER_SKIPPED], 1);
	assert_int_equal(c.other_count[OTHER_REVISED], 1);
	assert_int_equal(c.end, COMPARISON_SAME);
	options.strict = true;
	comparison_free(&c);
	compare();
	assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
	assert_int_equal(c.unequal, 3);
}

static void strict_is_about_what_one_side_has(void **state)
{
	(void)state;
	options.strict = true;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 100, 0.01, 10);
	cell(&old, OTHER, 100, 0.01, 10)->outcome = verdict_skipped("no", NULL, "none");
	cell(&new, OTHER, 100, 0.01, 10)->outcome = verdict_skipped("no", NULL, "none");
	compare();
	assert_int_equal(c.other_count[OTHER_SKIPPED], 1);
	assert_int_equal(c.end, COMPARISON_SAME);
	comparison_free(&c);
	build_metric(&old.cells[0], "p99_ns", "ns", 300, 0.01);
	compare();
	assert_int_equal(c.other_count[OTHER_GONE], 1);
	assert_string_equal(c.others[0].text, "metric p99_ns only in the old");
	assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
	comparison_free(&c);
	old.cells[0].nmetrics = 1;
	old.cells[0].revision = new.cells[0].revision = REVISION_MIXED;
	compare();
	assert_int_equal(c.other_count[OTHER_REVISED], 1);
	assert_int_equal(c.pairs, 0);
	old.cells[0].nmetrics = 2;
}

/* Step-down Holm asks less of the second test than of the first: what it grants is reached. */
static void what_holm_grants_is_reachable(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 50, 0.001, 10);
	cell(&old, OTHER, 100, 0.001, 4);
	cell(&new, OTHER, 200, 0.001, 4);
	compare();
	assert_true(row(OTHER)->least > 0.05 && row(OTHER)->holm < 0.05);
	assert_int_equal(row(OTHER)->state, ROW_REGRESSION);
}

static void a_text_that_is_cut_stays_text(void **state)
{
	char text[RESULT_TEXT_MAX];

	(void)state;
	for (unsigned shift = 0; shift < 3; shift++) {
		memset(text, 'x', sizeof text);
		text[0] = '\0';
		for (size_t at = 0; at < shift; at++)
			strcat(text, "x");
		while (strlen(text) + strlen("µ") < sizeof text)
			strcat(text, "µ");
		cell(&old, KEY, 100, 0.01, 10);
		cell(&new, KEY, 100, 0.01, 10)->outcome = verdict_skipped("no", NULL, "%s", text);
		compare();
		for (unsigned i = 0; i < 2; i++) {
			const char *said = i ? c.conclusion : c.others[0].text;

			assert_true(mbstowcs(NULL, said, 0) != (size_t)-1);
		}
		teardown(NULL);
		setup(NULL);
	}
}

/* A kernel without huge pages is not one without a regression. */
static void what_is_not_to_be_had_any_more_leaves_it_open(void **state)
{
	static const char *const keys[] = {KEY, "chase/page=thp/layout=distinct/footprint=2MiB"};
	const struct verdict lost[] = {
	    verdict_skipped("no-thp", NULL, "huge pages are off"),
	    verdict_invalid("proof-page-size", NULL, "expected 2048 KiB, seen 4 KiB"),
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		cell(&old, keys[i], 100, 0.01, 10);
		cell(&new, keys[i], 100, 0.01, 10);
	}
	for (size_t i = 0; i < 2; i++) {
		new.cells[1].outcome = lost[i];
		compare();
		assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
		assert_int_equal(c.lost, 1);
		assert_true(c.others[0].lost);
		assert_non_null(strstr(c.conclusion, "1 cell of the old is not to be had"));
		assert_non_null(strstr(c.conclusion, keys[1]));
		assert_non_null(strstr(c.conclusion, lost[i].text));
		comparison_free(&c);
		old.cells[1].outcome = lost[i]; /* it never was */
		compare();
		assert_int_equal(c.end, COMPARISON_SAME);
		assert_int_equal(c.lost, 0);
		comparison_free(&c);
		old.cells[1].outcome = verdict_ok();
	}
	compare();
}

static void refined_points_are_not_matched(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 100, 0.01, 10);
	cell(&old, OTHER, 100, 0.01, 10)->wave = 2;
	compare();
	assert_int_equal(c.nrows, 1);
	assert_int_equal(c.nothers, 0);
}

static void environments_that_differ_are_listed(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 100, 0.01, 10);
	facts_set(&old.before, "thp.enabled", "always");
	facts_set(&new.before, "thp.enabled", "never");
	facts_set(&old.before, "loadavg", "1");
	facts_set(&new.before, "loadavg", "2");
	compare();
	assert_int_equal(c.environment.n, 1);
	assert_string_equal(c.environment.fact[0].text, "always → never");
}

static void different_machines_are_refused(void **state)
{
	struct verdict verdict = compare_machines(&old, &new);

	(void)state;
	assert_true(verdict_is_ok(&verdict));
	facts_set(&old.before, "cpu.model_id", "2");
	facts_set(&new.before, "cpu.model_id", "17");
	verdict = compare_machines(&old, &new);
	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(verdict.remedy, "--force"));
	facts_set(&new.before, "cpu.model_id", "2");
	BUILD_TEXT(new.machine.cpu, "another");
	verdict = compare_machines(&old, &new);
	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	BUILD_TEXT(new.machine.cpu, "CPU");
	BUILD_TEXT(old.run.accel, "kvm");
	BUILD_TEXT(new.run.accel, "tcg");
	verdict = compare_machines(&old, &new);
	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
}

/* The promise of Holm: pairs of equal machines, many cells, and hardly ever a false alarm. */
static void equal_machines_are_equal(void **state)
{
	unsigned alarms = 0;

	(void)state;
	options.threshold = 0;
	for (unsigned pair = 0; pair < 200; pair++) {
		begin(&old);
		begin(&new);
		for (unsigned i = 0; i < 20; i++) {
			char key[64];

			snprintf(key, sizeof key, "madvise/page=4k/npages=%u/resp=0", i + 1);
			cell(&old, key, 100, 0.05, 12);
			cell(&new, key, 100, 0.05, 12);
		}
		compare();
		alarms += c.end == COMPARISON_WORSE;
		assert_int_equal(c.count[ROW_UNREACHABLE], 0);
		comparison_free(&c);
		result_free(&old);
		result_free(&new);
	}
	assert_true(alarms <= 10); /* 5% of the pairs; half of false alarms are improvements */
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
	    TEST(slower_is_a_regression),
	    TEST(faster_is_an_improvement_and_more_may_be_better),
	    TEST(small_or_insignificant_changes_do_not_count),
	    TEST(too_few_samples_for_the_family_are_said),
	    TEST(nothing_in_common_cannot_tell),
	    TEST(what_cannot_be_compared_is_listed),
	    TEST(strict_is_about_what_one_side_has),
	    TEST(what_holm_grants_is_reachable),
	    TEST(a_text_that_is_cut_stays_text),
	    TEST(what_is_not_to_be_had_any_more_leaves_it_open),
	    TEST(refined_points_are_not_matched),
	    TEST(environments_that_differ_are_listed),
	    TEST(different_machines_are_refused),
	    TEST(equal_machines_are_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
