/* Rounds, workers and their ends: each cell has its samples, or its reason. */
#include "unit/measure/supervised.h"

#include <math.h>

static void run_only(const char *const *only, unsigned rounds)
{
	prepare_run("quick", only, rounds);
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_int_equal(run.interrupted, 0);
}

static void assert_outcome(const char *key, enum outcome outcome, const char *code)
{
	assert_int_equal(cell(key)->outcome.outcome, outcome);
	assert_string_equal(cell(key)->outcome.code, code);
	assert_int_equal(cell(key)->rounds, 0);
}

static void fixed_rounds_give_so_many_samples(void **state)
{
	(void)state;
	run_only(ONLY("fake/id=1,2,3/mode=steady"), 7);
	for (unsigned id = 1; id <= 3; id++)
		assert_int_equal(shared->visits_of[id], 7);
	assert_ok("fake/id=2/mode=steady", 7);
	assert_int_equal(cell("fake/id=2/mode=steady")->revision, 3);
	assert_int_equal(run.result.run.rounds, 7);
	assert_true(run.result.run.complete);
	for (unsigned r = 0; r < 7; r++)
		assert_int_equal(cell_find_metric(cell("fake/id=1/mode=steady"), "made")->rounds[r],
				 r);
	end_run();
}

static void each_round_has_a_worker_of_its_own(void **state)
{
	(void)state;
	run_only(ONLY("fake/id=1,2,3/mode=steady"), 4);
	assert_int_equal(shared->n, 12);
	for (unsigned i = 0; i < 12; i++)
		for (unsigned k = 0; k < 12; k++)
			assert_int_equal(shared->visit[i].worker == shared->visit[k].worker,
					 i / 3 == k / 3);
	end_run();
}

/* Planned when there was more: others took it. */
static void what_does_not_fit_any_longer_is_not_visited(void **state)
{
	const uint64_t before = context.machine.memory_bytes;

	(void)state;
	context.machine.memory_bytes = (uint64_t)1 << 50;
	run_only(ONLY("fake/id=1,2/mode=steady", "fake/id=3/mode=vast"), 3);
	context.machine.memory_bytes = before;
	assert_outcome("fake/id=3/mode=vast", OUTCOME_SKIPPED, "no-memory");
	assert_int_equal(shared->visits_of[3], 0);
	assert_ok("fake/id=1/mode=steady", 3);
	assert_ok("fake/id=2/mode=steady", 3);
	end_run();
}

static void where_others_fill_the_swap_space_nothing_is_swapped(void **state)
{
	(void)state;
	run_only(ONLY("fake/id=1/mode=steady", "fake/id=3/mode=swaps"), 2);
	assert_outcome("fake/id=3/mode=swaps", OUTCOME_SKIPPED, "swap-full");
	assert_int_equal(shared->visits_of[3], 0);
	assert_ok("fake/id=1/mode=steady", 2);
	end_run();
}

/* Two groups: one with a region, one without. */
static void a_round_is_mirrored_by_the_next(void **state)
{
	const unsigned n = 24;
	bool same_as_first = true;

	(void)state;
	run_only(ONLY("fake/id=1..12+1/mode=steady", "fake/id=21..32+1/mode=region"), 6);
	assert_true(cell_at(&run.plan, "fake/id=1/mode=steady")->group !=
		    cell_at(&run.plan, "fake/id=21/mode=region")->group);
	assert_int_equal(shared->n, 6 * n);
	for (unsigned r = 0; r < 6; r += 2)
		for (unsigned i = 0; i < n; i++) {
			unsigned id = shared->visit[r * n + i].id;

			assert_int_equal(id, shared->visit[(r + 2) * n - 1 - i].id);
			same_as_first &= id == shared->visit[i].id;
		}
	assert_false(same_as_first);
	end_run();
}

static void the_seed_decides_the_order(void **state)
{
	static struct visited first[96];
	bool same = true;

	(void)state;
	for (int i = 0; i < 3; i++) {
		prepare_run("quick", ONLY("fake/id=1..24+1/mode=steady"), 4);
		run.how.seed = i < 2 ? 42 : 43;
		go();
		assert_int_equal(shared->n, 96);
		if (i == 0)
			memcpy(first, shared->visit, sizeof first);
		for (unsigned k = 0; k < 96; k++) {
			if (i == 1)
				assert_int_equal(first[k].id, shared->visit[k].id);
			same &= i != 2 || first[k].id == shared->visit[k].id;
		}
		end_run();
	}
	assert_false(same);
}

static void a_crash_costs_its_own_cell_only(void **state)
{
	(void)state;
	run_only(ONLY("fake/id=1..6+1/mode=steady", "fake/id=11,12/mode=crash"), 6);
	for (unsigned id = 1; id <= 6; id++) {
		char key[64];

		snprintf(key, sizeof key, "fake/id=%u/mode=steady", id);
		assert_ok(key, 6);
		assert_int_equal(cell(key)->nnotes, 0);
	}
	assert_outcome("fake/id=11/mode=crash", OUTCOME_INVALID, "worker-died");
	assert_outcome("fake/id=12/mode=crash", OUTCOME_INVALID, "worker-died");
	assert_true(shared->visits_of[11] < 6); /* not for ever */
	assert_true(run.result.run.complete);
	end_run();
}

static void a_hang_costs_its_own_cell_only(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=1..4+1/mode=steady", "fake/id=11/mode=hang"), 5);
	run.how.worker_s = 0.5;
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_ok("fake/id=1/mode=steady", 5);
	assert_ok("fake/id=4/mode=steady", 5);
	assert_outcome("fake/id=11/mode=hang", OUTCOME_INVALID, "worker-died");
	end_run();
}

static void what_cannot_be_is_skipped(void **state)
{
	(void)state;
	run_only(ONLY("fake/id=1/mode=steady", "fake/id=2/mode=never", "fake/id=3/mode=refuse"), 5);
	assert_ok("fake/id=1/mode=steady", 5);
	assert_outcome("fake/id=2/mode=never", OUTCOME_SKIPPED, "never");
	assert_outcome("fake/id=3/mode=refuse", OUTCOME_SKIPPED, "refused");
	assert_int_equal(shared->visits_of[2], 0);
	assert_int_equal(shared->visits_of[3], 1);
	end_run();
}

static void settled_cells_rest_and_partners_stay_awake(void **state)
{
	(void)state;
	run_only(ONLY("fake/id=1/mode=steady", "fake/id=2/mode=noisy"), 0);
	assert_ok("fake/id=1/mode=steady", 10);
	assert_ok("fake/id=2/mode=noisy", 40);
	assert_ok("fake/id=2/mode=base", 40); /* as steady as the first */
	const struct metric_result *more = cell_find_metric(cell("fake/id=2/mode=noisy"), "more");
	assert_int_equal(more->nsamples, 40);
	assert_true(more->samples[0] == 90);
	assert_true(cell_find_metric(cell("fake/id=2/mode=noisy"), "made")->noisy);
	assert_false(cell("fake/id=2/mode=base")->requested);
	end_run();
}

static void a_spent_budget_ends_the_rounds_after_a_pair(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady"), 100000);
	run.how.budget_s = 0.3;
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_true(run.result.run.rounds > 0 && run.result.run.rounds < 100000);
	assert_int_equal(run.result.run.rounds % 2, 0);
	assert_ok("fake/id=1/mode=steady", run.result.run.rounds);
	end_run();
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady"), 10);
	run.how.budget_s = 1e-9;
	go();
	assert_outcome("fake/id=1/mode=steady", OUTCOME_SKIPPED, "not-reached");
	assert_int_equal(shared->n, 0);
	end_run();
}

/* So many rounds were asked for: fewer are a part, which resuming completes. Looks are what there
 * is time for. */
static void rounds_that_the_budget_ended_are_not_complete(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady"), 100000);
	run.how.budget_s = 0.3;
	go();
	assert_false(run.result.run.complete);
	assert_true(run.how.out_of_budget);
	run.how.budget_s = 60;
	run.how.rounds = run.result.run.rounds + 2;
	go();
	assert_true(run.result.run.complete);
	assert_false(run.how.out_of_budget);
	assert_ok("fake/id=1/mode=steady", run.how.rounds);
	end_run();
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady"), 0);
	run.how.budget_s = 1e-9;
	go();
	assert_true(run.result.run.complete);
	assert_false(run.how.out_of_budget);
	end_run();
}

static void without_a_budget_rounds_take_their_time(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady"), 20);
	run.how.budget_s = 0;
	go();
	assert_true(run.result.run.complete);
	assert_ok("fake/id=1/mode=steady", 20);
	end_run();
}

static double longest_left_s;

static void remember_time_left(void *unused, unsigned wave, unsigned round, unsigned done,
			       unsigned total, double eta_s)
{
	(void)unused;
	(void)wave;
	(void)round;
	(void)done;
	(void)total;
	longest_left_s = fmax(longest_left_s, eta_s);
}

static void no_more_time_is_left_than_the_budget_leaves(void **state)
{
	(void)state;
	longest_left_s = -1;
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady"), 100000);
	run.how.budget_s = 0.3;
	run.how.progress = remember_time_left;
	go();
	assert_true(longest_left_s >= 0 && longest_left_s <= 0.3);
	end_run();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(fixed_rounds_give_so_many_samples),
	    T(each_round_has_a_worker_of_its_own),
	    T(what_does_not_fit_any_longer_is_not_visited),
	    T(where_others_fill_the_swap_space_nothing_is_swapped),
	    T(a_round_is_mirrored_by_the_next),
	    T(the_seed_decides_the_order),
	    T(a_crash_costs_its_own_cell_only),
	    T(a_hang_costs_its_own_cell_only),
	    T(what_cannot_be_is_skipped),
	    T(settled_cells_rest_and_partners_stay_awake),
	    T(a_spent_budget_ends_the_rounds_after_a_pair),
	    T(rounds_that_the_budget_ended_are_not_complete),
	    T(without_a_budget_rounds_take_their_time),
	    T(no_more_time_is_left_than_the_budget_leaves),
	};

	return cmocka_run_group_tests(tests, open_machine, close_machine);
}
