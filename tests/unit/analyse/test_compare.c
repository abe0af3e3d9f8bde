/* What counts as a change, what does not, and where it sits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/result_builder.h"

#include "analyse/compare.h"
#include "analyse/merge.h"
#include "stats/stats.h"

#include <math.h>

static struct result old, new, noise;
static struct comparison c;
static struct compare_options options;
static struct random dice;

static void begin(struct result *result)
{
	result_init(result);
	result->run.base_page_bytes = 4096;
	result->run.complete = true;
	BUILD_TEXT(result->machine.cpu, "CPU");
}

static int setup(void **state)
{
	(void)state;
	begin(&old);
	begin(&new);
	begin(&noise);
	c = (struct comparison){0};
	options = (struct compare_options){.alpha = COMPARE_ALPHA, .threshold = 0.03, .noise = 0};
	random_seed(&dice, 7);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	comparison_free(&c);
	result_free(&old);
	result_free(&new);
	result_free(&noise);
	return 0;
}

/* A sum of 12: near enough to a bell. */
static double bell(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += random_unit(&dice);
	return sum;
}

static struct cell_result *cell(struct result *result, const char *key, double middle,
				double spread, unsigned n)
{
	struct cell_result *made = build_cell(result, key);
	double samples[64];

	for (unsigned i = 0; i < n; i++)
		samples[i] = middle * (1 + spread * bell());
	build_metric_of(made, "ns", "ns", samples, n);
	return made;
}

static struct metric_result *only_metric(struct result *result)
{
	return &result->cells[0].metrics[0];
}

static void compare(void)
{
	struct verdict verdict = compare_results(&old, &new, &options, &c);

	if (!verdict_is_ok(&verdict))
		fail_msg("%s", verdict.text);
}

static const struct comparison_row *row(const char *key)
{
	for (unsigned i = 0; i < c.nrows; i++)
		if (strcmp(c.rows[i].new_cell->key, key) == 0)
			return &c.rows[i];
	fail_msg("no row %s", key);
	return NULL;
}

#define KEY   "madvise/page=4k/npages=1/resp=0"
#define OTHER "madvise/page=4k/npages=8/resp=0"

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

static void what_lies_within_known_noise_is_no_change(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 106, 0.001, 10);
	options.noise = 0.08;
	compare();
	assert_int_equal(row(KEY)->state, ROW_SAME);
	assert_int_equal(c.end, COMPARISON_SAME);
}

static void unknown_noise_leaves_it_open(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 106, 0.001, 10);
	options.noise = -1;
	compare();
	assert_int_equal(row(KEY)->source, NOISE_ASSUMED);
	assert_int_equal(row(KEY)->state, ROW_UNSURE);
	assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
}

static void a_large_change_does_not_need_known_noise(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 150, 0.01, 10);
	options.noise = -1;
	compare();
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

/* Runs of unchanged code, each with a middle of its own. */
static void measure_noise(const char *key, double between, unsigned runs)
{
	struct result run;

	for (unsigned i = 0; i < runs; i++) {
		begin(&run);
		cell(&run, key, 100 * (1 + between * bell()), 0.001, 10);
		assert_true(result_merge(&noise, &run));
		result_free(&run);
	}
	assert_true(result_merged(&noise));
	options.noise_result = &noise;
	options.noise = -1;
}

static void measured_noise_is_of_runs_not_of_rounds(void **state)
{
	(void)state;
	measure_noise(KEY, 0.02, 10);
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 106, 0.001, 10);
	compare();
	assert_int_equal(row(KEY)->source, NOISE_MEASURED);
	assert_true(row(KEY)->noise > 0.06 && row(KEY)->noise < 0.3);
	assert_int_equal(row(KEY)->state, ROW_SAME);
}

static void above_measured_noise_it_counts(void **state)
{
	(void)state;
	measure_noise(KEY, 0.003, 10);
	cell(&old, KEY, 100, 0.001, 10);
	cell(&new, KEY, 106, 0.001, 10);
	compare();
	assert_true(row(KEY)->noise < 0.05);
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

static void a_cell_without_noise_takes_its_benchmarks_worst(void **state)
{
	(void)state;
	measure_noise(KEY, 0.02, 10);
	cell(&old, OTHER, 100, 0.001, 10);
	cell(&new, OTHER, 106, 0.001, 10);
	compare();
	assert_int_equal(row(OTHER)->source, NOISE_MEASURED);
	assert_int_equal(row(OTHER)->state, ROW_SAME);
}

/* Several ordinary runs a side: samples are many, runs are few, and runs differ. */
static void fill(struct result *side, double middle, double between, unsigned runs, unsigned rounds)
{
	struct result run;

	for (unsigned i = 0; i < runs; i++) {
		begin(&run);
		cell(&run, KEY, middle * (1 + between * bell()), 0.001, rounds);
		assert_true(result_merge(side, &run));
		result_free(&run);
	}
	assert_true(result_merged(side));
}

static void several_runs_a_side_tell_their_own_noise(void **state)
{
	(void)state;
	options.noise = -1;
	fill(&old, 100, 0.03, 4, 10);
	fill(&new, 104, 0.03, 4, 10);
	compare();
	assert_int_equal(row(KEY)->source, NOISE_RUNS);
	assert_int_equal(row(KEY)->old.runs, 4);
	assert_int_equal(row(KEY)->state, ROW_SAME);
}

static void interleaved_runs_need_no_noise(void **state)
{
	(void)state;
	options.noise = -1;
	fill(&old, 100, 0.01, 12, 1);
	fill(&new, 106, 0.01, 12, 1);
	compare();
	assert_int_equal(row(KEY)->source, NOISE_INTERLEAVED);
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

/* One visit whose proof failed, or that was set aside, is no reason to doubt the others. */
static void a_missing_round_leaves_runs_interleaved(void **state)
{
	(void)state;
	options.noise = -1;
	fill(&old, 100, 0.01, 12, 1);
	fill(&new, 106, 0.01, 12, 1);
	for (unsigned i = 5; i < 12; i++) {
		new.cells[0].metrics[0].runs[i]++;
		new.cells[0].metrics[0].rounds[i]++;
	}
	compare();
	assert_int_equal(row(KEY)->source, NOISE_INTERLEAVED);
	assert_int_equal(row(KEY)->state, ROW_REGRESSION);
}

static void a_visitor_in_one_half_is_no_change(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.001, 20);
	cell(&new, KEY, 100.5, 0.0001, 20);
	for (unsigned i = 0; i < 11; i++)
		only_metric(&new)->samples[i] *= 1.2;
	only_metric(&new)->e = build_estimate(only_metric(&new)->samples, 20);
	compare();
	assert_true(row(KEY)->holm < 0.05 && row(KEY)->change > 0.03);
	assert_int_equal(row(KEY)->state, ROW_UNSURE);
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

#define STORM "madvise/page=4k/npages=%u/resp=%u%s"

static void storm(struct result *result, unsigned npages, unsigned resp, double ns)
{
	char key[96];

	snprintf(key, sizeof key, STORM, npages, resp, resp ? "/place=core/state=spin" : "");
	struct cell_result *made = cell(result, key, ns, 0.0005, 10);

	if (resp) {
		double ipis[10];

		for (int i = 0; i < 10; i++)
			ipis[i] = resp;
		build_metric_of(made, "ipis", "1/op", ipis, 10)->primary = false;
	}
}

/* base + work (npages - 1) + interrupt + (resp - 1) each */
static void storms(struct result *result, double base, double work, double interrupt, double each)
{
	for (unsigned npages = 1; npages <= 8; npages *= 8) {
		storm(result, npages, 0, base + work * (npages - 1));
		for (unsigned resp = 1; resp <= 4; resp++)
			storm(result, npages, resp,
			      base + work * (npages - 1) + interrupt + each * (resp - 1));
	}
}

static void assert_sits(const char *key, const char *name)
{
	const struct comparison_parts *parts = row(key)->parts;
	double old_sum = 0, new_sum = 0;

	assert_non_null(parts);
	if (strncmp(parts->text, name, strlen(name)) != 0)
		fail_msg("%s sits in: %s", key, parts->text);
	for (unsigned i = 0; i < parts->n; i++) {
		old_sum += parts->part[i].old;
		new_sum += parts->part[i].new;
	}
	assert_true(fabs(old_sum - row(key)->old.e.est) < 1e-6);
	assert_true(fabs(new_sum - row(key)->new.e.est) < 1e-6);
}

#define FAR "madvise/page=4k/npages=8/resp=4/place=core/state=spin"

static void a_change_of_an_operation_is_told_apart(void **state)
{
	static const struct {
		double base, work, interrupt, each;
		const char *name;
	} changes[] = {{2000, 100, 2000, 500, "base"},
		       {1000, 250, 2000, 500, "work"},
		       {1000, 100, 3000, 500, "interrupt"},
		       {1000, 100, 2000, 900, "further responders"}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		setup(NULL);
		storms(&old, 1000, 100, 2000, 500);
		storms(&new, changes[i].base, changes[i].work, changes[i].interrupt,
		       changes[i].each);
		compare();
		assert_int_equal(row(FAR)->state, ROW_REGRESSION);
		assert_sits(FAR, changes[i].name);
		teardown(NULL);
	}
	setup(NULL);
}

/* "work +, base -": which parts are told, in which order, which way. */
static const char *told(const char *key)
{
	static char out[160];
	const char *at = row(key)->parts->text, *end = strstr(at, " of "), *next;
	size_t n = 0;

	for (; at && at < end; at = next ? next + 5 : end) {
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? ", " : "",
				      (int)strcspn(at, "+-") + 1, at);
		next = strstr(at, " and ");
	}
	return out;
}

/* What changed besides the largest is named as well, with its sign. */
static void several_changes_at_once_are_all_told(void **state)
{
	static const struct {
		double base, work, interrupt, each;
		const char *told, *says;
	} changes[] = {
	    {1400, 100, 2800, 900, "further responders +, interrupt +, base +", "+1.2 µs (+"},
	    {1900, 100, 1500, 500, "base +, interrupt -", "base +"},
	    {1020, 200, 2000, 500, "work +", "work +"}, /* a fortieth is not worth a word */
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		setup(NULL);
		storms(&old, 1000, 100, 2000, 500);
		storms(&new, changes[i].base, changes[i].work, changes[i].interrupt,
		       changes[i].each);
		compare();
		assert_string_equal(told(FAR), changes[i].told);
		assert_non_null(strstr(row(FAR)->parts->text, changes[i].says));
		teardown(NULL);
	}
	setup(NULL);
}

/* Between cells as noisy as that, a difference may be nothing. */
static void a_part_that_may_be_noise_is_not_told(void **state)
{
	(void)state;
	cell(&old, "madvise/page=4k/npages=1/resp=0", 1000, 0.4, 10);
	cell(&new, "madvise/page=4k/npages=1/resp=0", 1300, 0.4, 10);
	storm(&old, 8, 0, 3000);
	storm(&new, 8, 0, 6000);
	compare();
	assert_string_equal(told("madvise/page=4k/npages=8/resp=0"), "work +");
}

static void a_missing_rung_is_named(void **state)
{
	(void)state;
	storm(&old, 8, 0, 1700);
	storm(&new, 8, 0, 2000);
	storm(&old, 8, 1, 3700);
	storm(&new, 8, 1, 4000);
	compare();
	assert_sits("madvise/page=4k/npages=8/resp=0", "base and work");
	assert_sits("madvise/page=4k/npages=8/resp=1/place=core/state=spin", "base and work");
}

static void across_responders_it_is_the_interrupt(void **state)
{
	(void)state;
	storm(&old, 1, 0, 1000);
	old.cells[0].requested = true;
	storm(&new, 1, 0, 1000);
	new.cells[0].requested = false; /* only the partner of a derived metric */
	storm(&new, 1, 1, 3000);
	new.cells[1].requested = true;
	cell(&new, "null/resp=0", 50, 0.01, 10); /* in every run */
	cell(&new, "null/resp=1/place=core/state=spin", 50, 0.01, 10);
	options.across = "resp,place,state";
	compare();
	assert_int_equal(c.nrows, 1);
	assert_int_equal(c.rows[0].state, ROW_REGRESSION);
	assert_sits("madvise/page=4k/npages=1/resp=1/place=core/state=spin", "interrupt");
	assert_non_null(strstr(c.rows[0].parts->text, "per op 0.00 → 1.00"));
}

static void across_two_of_a_kind_is_ambiguous(void **state)
{
	(void)state;
	storm(&old, 1, 0, 1000);
	storm(&new, 1, 1, 1000);
	storm(&new, 1, 2, 3000);
	options.across = "resp,place,state";
	struct verdict verdict = compare_results(&old, &new, &options, &c);

	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	assert_string_equal(verdict.code, "ambiguous");
}

static void level(struct result *result, const char *number, double entries)
{
	struct finding *f = build_finding(result, "tlb-level", CONFIRMED, "a level");

	facts_set(&f->subject, "page", "4k");
	facts_set(&f->subject, "level", "%s", number);
	finding_add_value(f, "entries", "pages", (struct estimate){entries, entries, entries + 2});
}

static void chase(struct result *result, double hit, double penalty, double walk)
{
	static const unsigned pages[] = {16, 64, 512, 1024, 8192};
	static const int misses[] = {0, 0, 1, 1, 2};

	for (size_t i = 0; i < 5; i++) {
		char key[96];

		snprintf(key, sizeof key, "chase/page=4k/layout=alias/footprint=%uKiB",
			 4 * pages[i]);
		cell(result, key,
		     hit + (misses[i] >= 1 ? penalty : 0) + (misses[i] == 2 ? walk : 0), 0.0005,
		     10);
	}
	level(result, "1", 96);
	level(result, "2", 2048);
}

static void a_change_of_translation_is_told_apart(void **state)
{
	static const struct {
		double hit, penalty, walk;
		const char *name;
	} changes[] = {{4, 7, 20, "hit"}, {1, 12, 20, "penalty"}, {1, 7, 30, "walk"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		setup(NULL);
		chase(&old, 1, 7, 20);
		chase(&new, changes[i].hit, changes[i].penalty, changes[i].walk);
		compare();
		assert_sits("chase/page=4k/layout=alias/footprint=32MiB", changes[i].name);
		teardown(NULL);
	}
	setup(NULL);
	chase(&old, 1, 7, 20);
	chase(&new, 2, 7, 20);
	compare();
	assert_sits("chase/page=4k/layout=alias/footprint=64KiB", "hit");
	assert_sits("chase/page=4k/layout=alias/footprint=256KiB", "hit");
	assert_sits("chase/page=4k/layout=alias/footprint=4MiB", "hit");
}

static void hit_and_walk_at_once_are_both_told(void **state)
{
	(void)state;
	chase(&old, 10, 70, 200);
	chase(&new, 13, 70, 230);
	compare();
	assert_string_equal(told("chase/page=4k/layout=alias/footprint=32MiB"), "walk +, hit +");
}

static void what_may_miss_is_not_called_a_hit(void **state)
{
	(void)state;
	cell(&old, "chase/page=4k/layout=alias/footprint=4MiB", 10, 0.001, 10);
	cell(&new, "chase/page=4k/layout=alias/footprint=4MiB", 12, 0.001, 10);
	compare();
	assert_sits("chase/page=4k/layout=alias/footprint=4MiB", "smallest footprint");
}

static void findings_whose_intervals_part_are_listed(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 100, 0.01, 10);
	level(&old, "1", 96);
	level(&new, "1", 64);
	level(&old, "2", 2048);
	level(&new, "2", 2049);
	compare();
	assert_int_equal(c.nfindings, 1);
	assert_true(c.findings[0].old_value->e.est == 96 && c.findings[0].new_value->e.est == 64);
	assert_int_equal(c.end, COMPARISON_SAME);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void with_width(struct result *result, double width)
{
	build_metric(&result->cells[0], "width", "adds/cycle", width, 0.01)->primary = false;
	result->clock.width = width;
}

static void a_core_with_company_is_no_regression(void **state)
{
	const char *key = "madvise/page=4k/npages=1/resp=0";

	(void)state;
	cell(&old, key, 1700, 0.01, 20);
	cell(&new, key, 2500, 0.01, 20);
	with_width(&old, 3.7);
	with_width(&new, 2.4);
	compare();
	assert_int_equal(c.nrows, 1);
	assert_int_equal(c.rows[0].state, ROW_UNSURE);
	assert_non_null(strstr(c.rows[0].why, "one side only"));
	assert_int_equal(c.end, COMPARISON_CANNOT_TELL);
}

static void alone_on_both_sides_it_is_one(void **state)
{
	const char *key = "madvise/page=4k/npages=1/resp=0";

	(void)state;
	cell(&old, key, 1700, 0.01, 20);
	cell(&new, key, 2500, 0.01, 20);
	with_width(&old, 3.7);
	with_width(&new, 3.6);
	compare();
	assert_int_equal(c.rows[0].state, ROW_REGRESSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(slower_is_a_regression),
	    TEST(faster_is_an_improvement_and_more_may_be_better),
	    TEST(small_or_insignificant_changes_do_not_count),
	    TEST(what_lies_within_known_noise_is_no_change),
	    TEST(unknown_noise_leaves_it_open),
	    TEST(a_large_change_does_not_need_known_noise),
	    TEST(measured_noise_is_of_runs_not_of_rounds),
	    TEST(above_measured_noise_it_counts),
	    TEST(a_cell_without_noise_takes_its_benchmarks_worst),
	    TEST(several_runs_a_side_tell_their_own_noise),
	    TEST(interleaved_runs_need_no_noise),
	    TEST(a_missing_round_leaves_runs_interleaved),
	    TEST(a_visitor_in_one_half_is_no_change),
	    TEST(too_few_samples_for_the_family_are_said),
	    TEST(nothing_in_common_cannot_tell),
	    TEST(what_cannot_be_compared_is_listed),
	    TEST(what_is_not_to_be_had_any_more_leaves_it_open),
	    TEST(refined_points_are_not_matched),
	    TEST(environments_that_differ_are_listed),
	    TEST(different_machines_are_refused),
	    TEST(a_change_of_an_operation_is_told_apart),
	    TEST(several_changes_at_once_are_all_told),
	    TEST(a_part_that_may_be_noise_is_not_told),
	    TEST(hit_and_walk_at_once_are_both_told),
	    TEST(a_missing_rung_is_named),
	    TEST(across_responders_it_is_the_interrupt),
	    TEST(across_two_of_a_kind_is_ambiguous),
	    TEST(a_change_of_translation_is_told_apart),
	    TEST(what_may_miss_is_not_called_a_hit),
	    TEST(findings_whose_intervals_part_are_listed),
	    TEST(equal_machines_are_equal),
	    TEST(a_core_with_company_is_no_regression),
	    TEST(alone_on_both_sides_it_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
