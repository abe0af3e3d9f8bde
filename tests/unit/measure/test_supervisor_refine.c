/* Runs that are refined, saved on the way, or resumed. */
#include "unit/measure/supervised.h"

static void interrupt_after_three(void *unused, unsigned wave, unsigned round, unsigned done,
				  unsigned total, double eta_s)
{
	(void)unused;
	(void)wave;
	(void)eta_s;
	assert_true(done <= total);
	if (round == 3 && !run.interrupted++)
		kill(getpid(), SIGTERM);
}

static void an_interrupted_run_keeps_what_it_has(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady", "fake/id=3/mode=noisy"), 10);
	run.how.progress = interrupt_after_three;
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_int_equal(run.interrupted, SIGTERM);
	assert_false(run.result.run.complete);
	assert_true(cell("fake/id=1/mode=steady")->rounds >= 3);
	assert_true(cell("fake/id=1/mode=steady")->rounds < 10);
	assert_true(cell_find_metric(cell("fake/id=1/mode=steady"), "made")->e.est == 10);
	assert_non_null(cell_find_metric(cell("fake/id=3/mode=noisy"), "more"));
	end_run();
}

static void a_resumed_run_counts_on(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=1/mode=steady"), 11);
	run.result.run.rounds = 7; /* exactly 11: four are still to come */
	go();
	assert_int_equal(run.result.run.rounds, 11);
	assert_int_equal(cell_find_metric(cell("fake/id=1/mode=steady"), "made")->rounds[0], 7);
	end_run();
}

static bool has_x(const struct curve *curve, double x)
{
	for (size_t i = 0; i < curve->n; i++)
		if (curve->point[i].x == x)
			return true;
	return false;
}

/* A step between 8 and 16, which two bisections bracket. */
static size_t refine_around_12(const struct curve *curve, double unit, double tolerance, double *x,
			       size_t max)
{
	(void)tolerance;
	assert_true(unit == 1 && max > 0);
	for (size_t i = 1; i < curve->n; i++)
		assert_true(curve->point[i - 1].x < curve->point[i].x);
	if (!has_x(curve, 12))
		x[0] = 12;
	else if (!has_x(curve, 10))
		x[0] = 10;
	else
		return 0;
	return 1;
}

static void refinement_measures_between_and_looks_again(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=2,4,8,16,32/mode=curve"), 4);
	run.how.refine = refine_around_12;
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_ok("fake/id=8/mode=curve", 4);
	assert_ok("fake/id=12/mode=curve", 8);
	assert_ok("fake/id=10/mode=curve", 8);
	assert_int_equal(cell("fake/id=8/mode=curve")->wave, 1);
	assert_int_equal(cell("fake/id=12/mode=curve")->wave, 2);
	assert_int_equal(cell("fake/id=10/mode=curve")->wave, 3);
	assert_string_equal(cell("fake/id=10/mode=curve")->sweeps, "curve");
	assert_int_equal(run.result.run.rounds, 16);
	end_run();
}

static size_t refine_without_end(const struct curve *curve, double unit, double tolerance,
				 double *x, size_t max)
{
	(void)unit;
	(void)tolerance;
	for (size_t i = 0; i < max; i++)
		x[i] = 33 + (double)(curve->n * max + i);
	return max;
}

static void refinement_has_an_end(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=2,4,8,16,32/mode=curve"), 1);
	run.how.refine = refine_without_end;
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_true(run.plan.ncells <= 5 + 8 * 8);
	end_run();
}

static char path[64];

static bool partial_was_seen, refined_was_seen;

/* Where it is killed after this, the next round must not be one that it has. */
static void assert_counts_its_rounds(const struct result *saved)
{
	for (unsigned i = 0; i < saved->ncells; i++)
		for (unsigned k = 0; k < saved->cells[i].nmetrics; k++)
			for (unsigned n = 0; n < saved->cells[i].metrics[k].nsamples; n++)
				assert_true(saved->cells[i].metrics[k].rounds[n] <
					    saved->run.rounds);
}

static void look_at_the_partial_result(void *unused, unsigned wave, unsigned round, unsigned done,
				       unsigned total, double eta_s)
{
	struct result saved;

	(void)unused;
	(void)wave;
	(void)done;
	(void)total;
	(void)eta_s;
	if (!round || access(path, R_OK))
		return;
	struct verdict v = result_load(path, &saved);

	if (!verdict_is_ok(&v))
		print_message("%s\n", v.text);
	assert_true(verdict_is_ok(&v));
	assert_false(saved.run.complete);
	assert_counts_its_rounds(&saved);
	assert_int_equal(saved.ncells, run.plan.ncells - (saved.ncells != run.plan.ncells));
	partial_was_seen = true;
	const struct cell_result *refined = result_find_cell(&saved, "fake/id=12/mode=slow");
	refined_was_seen |= refined && refined->rounds > 0;
	result_free(&saved);
}

static void look_at_the_dead(void *unused, unsigned wave, unsigned round, unsigned done,
			     unsigned total, double eta_s)
{
	struct result saved;

	(void)unused;
	(void)wave;
	(void)done;
	(void)total;
	(void)eta_s;
	if (round != 1 || access(path, R_OK))
		return;
	struct verdict v = result_load(path, &saved);

	assert_true(verdict_is_ok(&v));
	if (!saved.ncells)
		return;
	const struct cell_result *dead = result_find_cell(&saved, "fake/id=11/mode=crash");

	assert_int_equal(dead->outcome.outcome, OUTCOME_INVALID);
	assert_int_equal(dead->failed_visits, 1);
	assert_string_equal(dead->last_failure.code, "worker-died");
	partial_was_seen = true;
	result_free(&saved);
}

/* Killed after that, its resumed half must not make the cell ok. */
static void a_save_on_the_way_judges(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/tlbscope-test-%d.json", (int)getpid());
	prepare_run("quick", ONLY("fake/id=1/mode=steady", "fake/id=11/mode=crash"), 2);
	run.how.path = path;
	run.how.progress = look_at_the_dead;
	partial_was_seen = false;
	go();
	unlink(path);
	assert_true(partial_was_seen);
	end_run();
}

static size_t refine_once(const struct curve *curve, double unit, double tolerance, double *x,
			  size_t max)
{
	(void)unit;
	(void)tolerance;
	(void)max;
	x[0] = 12;
	return !has_x(curve, 12);
}

static void the_partial_result_has_the_refined_points(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/tlbscope-test-%d.json", (int)getpid());
	prepare_run("full", ONLY("fake/id=2,4,8,16/mode=slow"), 8);
	run.how.refine = refine_once;
	run.how.path = path;
	run.how.progress = look_at_the_partial_result;
	go();
	unlink(path);
	assert_true(verdict_is_ok(&run.verdict));
	assert_true(partial_was_seen);
	assert_true(refined_was_seen);
	end_run();
}

static void a_point_that_does_not_repeat_is_noisy(void **state)
{
	(void)state;
	prepare_run("full", ONLY("fake/id=2,4,8,16/mode=moved"), 6);
	run.how.refine = refine_once;
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_ok("fake/id=12/mode=moved", 12);
	const struct cell_result *moved = cell("fake/id=12/mode=moved");
	unsigned said = 0;

	assert_true(cell_find_metric(moved, "made")->noisy);
	for (unsigned i = 0; i < moved->nnotes; i++)
		said += strstr(moved->notes[i], "did not repeat") != NULL;
	assert_int_equal(said, 1);
	end_run();
	prepare_run("quick", ONLY("fake/id=2,4,8,16,32/mode=curve"), 6);
	run.how.refine = refine_around_12;
	go();
	assert_ok("fake/id=12/mode=curve", 12);
	assert_int_equal(cell("fake/id=12/mode=curve")->nnotes, 0);
	assert_false(cell_find_metric(cell("fake/id=12/mode=curve"), "made")->noisy);
	end_run();
}

static void a_spent_budget_does_not_cost_the_last_look(void **state)
{
	(void)state;
	prepare_run("full", ONLY("fake/id=2,4,8,16/mode=slow"), 4);
	run.how.refine = refine_once;
	run.how.budget_s = 0.45; /* two rounds of the refined point */
	go();
	assert_true(verdict_is_ok(&run.verdict));
	const struct cell_result *refined = result_find_cell(&run.result, "fake/id=12/mode=slow");

	if (refined) /* else the machine was too busy to come to it */
		assert_true(refined->rounds >= 4);
	end_run();
}

/* Resumed, it is in the plan from the start. */
static void a_resumed_refined_point_has_its_last_look(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=2,4,8,16,32/mode=curve"), 6);
	unsigned like = plan_find(&run.plan, "fake/id=8/mode=curve");

	assert_int_not_equal(plan_refined(&run.plan, &context, like, "id", 12, 2), NO_CELL);
	run.how.refine = refine_around_12;
	go();
	assert_ok("fake/id=12/mode=curve", 12);
	end_run();
}

/* Its partner was at rest long since. */
static void a_refined_point_is_paired_too(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=2,4,8,16,32/mode=curve", "fake/id=1/mode=base"), 4);
	run.how.refine = refine_around_12;
	go();
	assert_ok("fake/id=1/mode=base", 16);
	const struct metric_result *over = cell_find_metric(cell("fake/id=10/mode=curve"), "over");

	assert_int_equal(over->nsamples, 8);
	assert_string_equal(over->pair, "fake/id=1/mode=base");
	end_run();
}

static void a_result_that_cannot_be_saved_ends_the_run(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=1/mode=steady"), 10);
	run.how.path = "/proc/no-such-directory/result.json";
	go();
	assert_int_equal(run.verdict.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(run.verdict.text, "/proc/no-such-directory"));
	assert_false(run.result.run.complete);
	end_run();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(an_interrupted_run_keeps_what_it_has),
	    T(a_resumed_run_counts_on),
	    T(refinement_measures_between_and_looks_again),
	    T(refinement_has_an_end),
	    T(a_save_on_the_way_judges),
	    T(the_partial_result_has_the_refined_points),
	    T(a_point_that_does_not_repeat_is_noisy),
	    T(a_spent_budget_does_not_cost_the_last_look),
	    T(a_resumed_refined_point_has_its_last_look),
	    T(a_refined_point_is_paired_too),
	    T(a_result_that_cannot_be_saved_ends_the_run),
	};

	return cmocka_run_group_tests(tests, open_machine, close_machine);
}
