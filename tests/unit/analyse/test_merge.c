/* Runs of one machine as one result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/result_builder.h"

#include "analyse/merge.h"

#define KEY "madvise/page=4k/npages=1/resp=0"

static void begin(struct result *result)
{
	result_init(result);
	result->run.base_page_bytes = 4096;
	result->run.complete = true;
	result->run.rounds = 1;
}

/* A run of one round. */
static struct cell_result *one_round(struct result *result, double ns)
{
	begin(result);
	struct cell_result *cell = build_cell(result, KEY);

	build_metric_of(cell, "ns", "ns", &ns, 1);
	build_proof(cell, "ipis", PROOF_HELD);
	return cell;
}

static void merge(struct result *into, struct result *from)
{
	assert_true(result_merge(into, from));
	result_free(from);
}

static void each_sample_says_its_run(void **state)
{
	struct result all = {0}, run;

	(void)state;
	for (int i = 0; i < 5; i++) {
		one_round(&run, 100 + i);
		merge(&all, &run);
	}
	assert_true(result_merged(&all));
	const struct metric_result *m = cell_find_metric(result_find_cell(&all, KEY), "ns");

	assert_int_equal(m->nsamples, 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(m->samples[i] == 100 + i);
		assert_int_equal(m->runs[i], i);
		assert_int_equal(m->rounds[i], i);
	}
	assert_true(m->e.est == 102 && m->e.lo == 100 && m->e.hi == 104);
	assert_int_equal(result_runs(&all), 5);
	assert_int_equal(all.run.rounds, 5);
	assert_true(verdict_is_ok(&result_find_cell(&all, KEY)->outcome));
	result_free(&all);
}

static void merged_results_merge_on(void **state)
{
	struct result a = {0}, b = {0}, run;

	(void)state;
	for (int i = 0; i < 4; i++) {
		one_round(&run, 100 + i);
		merge(i < 2 ? &a : &b, &run);
	}
	merge(&a, &b);
	const struct metric_result *m = cell_find_metric(result_find_cell(&a, KEY), "ns");

	assert_int_equal(m->nsamples, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(m->runs[i], i);
	result_free(&a);
}

static void a_bad_visit_is_left_out_and_counted(void **state)
{
	struct result all = {0}, run;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct cell_result *cell = one_round(&run, i == 3 ? 900 : 100);

		if (i == 3)
			cell->outcome = verdict_invalid("proof-ipis", NULL, "too many");
		merge(&all, &run);
	}
	assert_true(result_merged(&all));
	struct cell_result *cell = result_find_cell(&all, KEY);

	assert_true(verdict_is_ok(&cell->outcome));
	assert_int_equal(cell->failed_visits, 1);
	assert_int_equal(cell->nnotes, 1);
	assert_true(cell_find_metric(cell, "ns")->e.hi == 100);
	result_free(&all);
}

static void many_bad_visits_make_it_invalid(void **state)
{
	struct result all = {0}, run;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct cell_result *cell = one_round(&run, 100);

		if (i < 4)
			cell->outcome = verdict_invalid("proof-ipis", NULL, "too many");
		merge(&all, &run);
	}
	assert_true(result_merged(&all));
	assert_int_equal(result_find_cell(&all, KEY)->outcome.outcome, OUTCOME_INVALID);
	result_free(&all);
}

/* What was set aside in a run goes on with that run's samples: nobody else owns it. */
static void a_run_after_a_bad_one_brings_what_it_set_aside(void **state)
{
	struct result all = {0}, run;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cell_result *cell = one_round(&run, 100);
		struct metric_result *m = &cell->metrics[0];

		if (i == 0) {
			cell->outcome = verdict_invalid("proof-ipis", NULL, "too many");
		} else {
			m->naside = 1;
			m->aside = calloc(1, sizeof *m->aside);
			m->aside_rounds = calloc(1, sizeof *m->aside_rounds);
			m->aside[0] = 150;
			m->aside_rounds[0] = 7;
		}
		merge(&all, &run);
	}
	const struct metric_result *ns = cell_find_metric(result_find_cell(&all, KEY), "ns");

	assert_int_equal(ns->nsamples, 2);
	assert_int_equal(ns->naside, 0);
	result_free(&all);
}

/* Two sessions may have had two kinds of weather. */
static void several_sessions_did_not_take_turns(void **state)
{
	struct result all = {0}, run;

	(void)state;
	for (int i = 0; i < 3; i++) {
		one_round(&run, 100);
		BUILD_TEXT(run.run.turns, i < 2 ? "monday" : "friday");
		merge(&all, &run);
		assert_string_equal(all.run.turns, i < 2 ? "monday" : "");
	}
	result_free(&all);
}

static void several_revisions_are_none(void **state)
{
	struct result all = {0}, run;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		one_round(&run, 100)->revision = 1 + i / 2;
		merge(&all, &run);
	}
	assert_int_equal(result_find_cell(&all, KEY)->revision, REVISION_MIXED);
	result_free(&all);
}

/* Conditions are judged over all runs: each by itself is too short. */
static void visits_with_company_are_set_aside(void **state)
{
	struct result all = {0}, run;

	(void)state;
	for (int i = 0; i < 24; i++) {
		struct cell_result *cell = one_round(&run, i % 2 ? 150 : 100);
		double width = i % 2 ? 2.5 : 3.7;

		build_metric_of(cell, "width", "adds/cycle", &width, 1);
		merge(&all, &run);
	}
	assert_true(result_merged(&all));
	const struct metric_result *ns = cell_find_metric(result_find_cell(&all, KEY), "ns");

	assert_int_equal(ns->nsamples, 12);
	assert_int_equal(ns->naside, 12);
	assert_true(ns->e.lo == 100 && ns->e.hi == 100);
	assert_int_equal(ns->runs[1], 2);
	assert_int_equal(ns->aside_runs[0], 1);
	result_free(&all);
}

/* 24 runs of one round, of which so many were on a core of their own. */
static void many_rounds(struct result *all, int alone)
{
	struct result run;

	for (int i = 0; i < 24; i++) {
		struct cell_result *cell = one_round(&run, i < alone ? 100 : 150);
		double width = i < alone ? 3.7 : 2.5;

		build_metric_of(cell, "width", "adds/cycle", &width, 1);
		merge(all, &run);
	}
}

static unsigned used(const struct result *all)
{
	return cell_find_metric(result_find_cell(all, KEY), "ns")->nsamples;
}

static void both_sides_do_without_or_neither(void **state)
{
	struct result a = {0}, b = {0};

	(void)state;
	many_rounds(&a, 12);
	many_rounds(&b, 15);
	assert_true(result_merged_alike(&a, &b));
	assert_int_equal(used(&a), 12);
	assert_int_equal(used(&b), 15);
	result_free(&a);
	result_free(&b);
	many_rounds(&a, 12);
	many_rounds(&b, 5); /* too few */
	assert_true(result_merged_alike(&a, &b));
	assert_int_equal(used(&a), 24);
	assert_int_equal(used(&b), 24);
	result_free(&a);
	result_free(&b);
}

/* 24 runs, eight of them alone; what company adds; what differs from run to run of either kind. */
static void noisy_rounds(struct result *all, double company, double noise)
{
	struct result run;

	for (int i = 0; i < 24; i++) {
		bool alone = i % 3 == 0;
		double width = alone ? 3.7 : 2.5;
		struct cell_result *cell =
		    one_round(&run, 100 + noise * (i * 7 % 24) + (alone ? 0 : company));

		build_metric_of(cell, "width", "adds/cycle", &width, 1)->primary = false;
		merge(all, &run);
	}
}

/* Company that costs less than what differs anyway is no reason to give visits up. */
static void setting_aside_must_not_cost_the_pair_its_power(void **state)
{
	struct result a = {0}, b = {0};

	(void)state;
	noisy_rounds(&a, 0.5, 2);
	noisy_rounds(&b, 0.5, 2);
	assert_true(result_merged_alike(&a, &b));
	assert_int_equal(used(&a), 24);
	assert_int_equal(used(&b), 24);
	result_free(&a);
	result_free(&b);
	noisy_rounds(&a, 10, 0.5);
	noisy_rounds(&b, 50, 0.5);
	assert_true(result_merged_alike(&a, &b));
	assert_int_equal(used(&a), 8);
	assert_int_equal(used(&b), 8);
	result_free(&a);
	result_free(&b);
}

static void what_is_skipped_everywhere_stays_skipped(void **state)
{
	struct result all = {0}, run;

	(void)state;
	for (int i = 0; i < 2; i++) {
		begin(&run);
		build_cell(&run, KEY)->outcome = verdict_skipped("no-place", NULL, "no CPU");
		merge(&all, &run);
	}
	assert_true(result_merged(&all));
	assert_int_equal(result_find_cell(&all, KEY)->outcome.outcome, OUTCOME_SKIPPED);
	assert_string_equal(result_find_cell(&all, KEY)->outcome.text, "no CPU");
	result_free(&all);
}

/* Written histograms begin at their first full bucket, so two of them rarely begin at the same. */
static void histograms_meet_on_one_grid(void **state)
{
	static const struct {
		double lo_ns;
		uint64_t counts[3];
	} parts[] = {{100, {1, 2, 3}}, {100 * 1.01 * 1.01, {10, 20, 30}}, {100 / 1.01, {5, 0, 7}}};
	static const uint64_t sum[] = {5, 1, 9, 13, 20, 30};
	struct result all = {0}, run;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hist_result *hist = cell_add_hist(one_round(&run, 100), 3);

		BUILD_TEXT(hist->name, "ns");
		hist->lo_ns = parts[i].lo_ns;
		hist->ratio = 1.01;
		memcpy(hist->counts, parts[i].counts, sizeof parts[i].counts);
		merge(&all, &run);
	}
	const struct hist_result *hist = &result_find_cell(&all, KEY)->hists[0];

	assert_int_equal(hist->ncounts, 6);
	assert_true(hist->lo_ns > 99 && hist->lo_ns < 99.02);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(hist->counts[i], sum[i]);
	result_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_sample_says_its_run),
	    cmocka_unit_test(merged_results_merge_on),
	    cmocka_unit_test(a_bad_visit_is_left_out_and_counted),
	    cmocka_unit_test(many_bad_visits_make_it_invalid),
	    cmocka_unit_test(a_run_after_a_bad_one_brings_what_it_set_aside),
	    cmocka_unit_test(several_sessions_did_not_take_turns),
	    cmocka_unit_test(several_revisions_are_none),
	    cmocka_unit_test(visits_with_company_are_set_aside),
	    cmocka_unit_test(both_sides_do_without_or_neither),
	    cmocka_unit_test(setting_aside_must_not_cost_the_pair_its_power),
	    cmocka_unit_test(what_is_skipped_everywhere_stays_skipped),
	    cmocka_unit_test(histograms_meet_on_one_grid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
