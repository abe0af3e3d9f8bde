/* Whole runs over made-up benchmarks, in real workers on this machine. */
#include "measure/clock.h"
#include "measure/session.h"
#include "unit/measure/made_up.h"
#include "unit/measure/processes.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define LOG_MAX 65536

/* What the workers did, in shared memory. */
static struct shared {
	atomic_uint n;
	struct visited {
		unsigned id;
		pid_t worker;
	} visit[LOG_MAX];
	atomic_uint visits_of[128];
} * shared;

static struct verdict want_nothing(const struct cell *cell, const struct machine *machine,
				   struct want *want)
{
	(void)machine;
	want->max_ops = 8;
	if (cell_is(cell, "mode", "region"))
		want->region[0] = (struct region_spec){
		    .page = {PAGE_BASE, 4096}, .layout = LAYOUT_DISTINCT, .bytes = 1 << 16};
	if (cell_is(cell, "mode", "vast"))
		want->extra_bytes = (uint64_t)1 << 49;
	if (cell_is(cell, "mode", "swaps"))
		want->pressure = (struct pressure){.swap = SWAP_ANY, .swap_bytes = 1ull << 50};
	if (cell_is(cell, "mode", "never"))
		return verdict_skipped("never", "wait", "cannot be planned");
	return verdict_ok();
}

/* Constant where it is steady, all over the place where it is noisy. */
static double made(const struct cell *cell, unsigned nth)
{
	if (cell_is(cell, "mode", "noisy"))
		return 100 + 50 * (nth * 7 % 10);
	if (cell_is(cell, "mode", "moved") && cell_count(cell, "id") == 12)
		return nth < 6 ? 10 : 20;
	return 10;
}

static struct verdict prepare(struct visit *visit)
{
	unsigned id = (unsigned)cell_count(visit->cell, "id");
	unsigned at = atomic_fetch_add(&shared->n, 1);
	unsigned nth = atomic_fetch_add(&shared->visits_of[id], 1);

	if (at < LOG_MAX)
		shared->visit[at] = (struct visited){id, getpid()};
	if (cell_is(visit->cell, "mode", "refuse"))
		return verdict_skipped("refused", "do without", "not here");
	if (cell_is(visit->cell, "mode", "slow") && id == 12)
		sleep_ms(250);
	visit_report(visit, "made", made(visit->cell, nth));
	return verdict_ok();
}

static void op(struct visit *visit, uint64_t i)
{
	if (i == 3 && cell_is(visit->cell, "mode", "crash")) {
		signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
		*(volatile char *)(uintptr_t)visit->cell->nparams = 1;
	}
	if (i == 3 && cell_is(visit->cell, "mode", "hang"))
		for (;;)
			pause();
}

static const struct param params[] = {
    {.name = "id", .type = P_COUNT, .allowed = "1..127", .dflt = "1"},
    {.name = "mode",
     .type = P_WORD,
     .allowed = "steady,noisy,region,crash,hang,refuse,never,vast,swaps,slow,base,curve,moved",
     .dflt = "steady"},
    {0},
};
static const struct metric metrics[] = {
    {.name = "made", .unit = "things", .better = BETTER_LESS, .primary = true},
    {.name = "ns", .unit = "ns", .better = BETTER_LESS},
    {0},
};
static const struct derived derived[] = {
    {.name = "more",
     .from = "made",
     .base = "mode=base",
     .how = DERIVED_DIFF,
     .when = "mode=noisy"},
    {.name = "over",
     .from = "made",
     .base = "id=1/mode=base",
     .how = DERIVED_DIFF,
     .when = "mode=curve"},
    {0},
};
static const struct sweep sweeps[] = {
    {.name = "curve", .quick = "fake/id=2,4,8,16,32/mode=curve", .refine = "id"},
    {.name = "moved-curve", .full = "fake/id=2,4,8,16/mode=moved", .quick = NULL, .refine = "id"},
    {.name = "slow-curve", .full = "fake/id=2,4,8,16/mode=slow", .quick = NULL, .refine = "id"},
    {0},
};
static const struct bench bench_fake = {.name = "fake",
					.timing = TIME_OP,
					.revision = 3,
					.params = params,
					.metrics = metrics,
					.derived = derived,
					.sweeps = sweeps,
					.want = want_nothing,
					.prepare = prepare,
					.op = op};
extern const struct bench bench_null;
const struct bench *const bench_registry[] = {&bench_fake, &bench_null, NULL};

static struct topology *topology;
static struct plan_context context;
static struct clock the_clock;
static struct counter_plan no_counters;
static struct workshop workshop;

static struct a_run {
	struct plan plan;
	struct result result;
	struct supervise how;
	int interrupted;
	struct verdict verdict;
} run;

static void prepare_run(const char *profile, const char *const *only, unsigned rounds)
{
	memset(&run, 0, sizeof run);
	memset(shared, 0, sizeof *shared);
	run.plan = plan_must(&context, profile, only);
	result_init(&run.result);
	run.result.run.base_page_bytes = 4096;
	run.how = (struct supervise){.plan = &run.plan,
				     .context = &context,
				     .workshop = &workshop,
				     .result = &run.result,
				     .seed = 42,
				     .rounds = rounds,
				     .target = 0.01,
				     .budget_s = 60};
}

static void go(void)
{
	run.verdict = supervise_run(&run.how, &run.interrupted);
	assert_int_equal(children_of(getpid(), NULL), 0);
	assert_int_equal(run.result.ncells, run.plan.ncells);
	for (unsigned i = 0; i < run.plan.ncells; i++)
		assert_string_equal(run.result.cells[i].key, run.plan.cells[i].key);
}

static void run_only(const char *const *only, unsigned rounds)
{
	prepare_run("quick", only, rounds);
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_int_equal(run.interrupted, 0);
}

static void end_run(void)
{
	plan_free(&run.plan);
	result_free(&run.result);
}

static const struct cell_result *cell(const char *key)
{
	const struct cell_result *found = result_find_cell(&run.result, key);

	if (!found)
		print_message("no cell %s\n", key);
	assert_non_null(found);
	return found;
}

static void assert_ok(const char *key, unsigned rounds)
{
	const struct cell_result *c = cell(key);

	if (!verdict_is_ok(&c->outcome) || c->rounds != rounds)
		print_message("%s: %s %s, %u rounds\n", key, c->outcome.code, c->outcome.text,
			      c->rounds);
	assert_true(verdict_is_ok(&c->outcome));
	assert_int_equal(c->rounds, rounds);
	assert_int_equal(cell_find_metric(c, "made")->nsamples, rounds);
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

static void a_spent_budget_ends_the_run_after_a_pair_of_rounds(void **state)
{
	(void)state;
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady"), 100000);
	run.how.budget_s = 0.3;
	go();
	assert_true(verdict_is_ok(&run.verdict));
	assert_true(run.result.run.complete);
	assert_true(run.result.run.rounds > 0 && run.result.run.rounds < 100000);
	assert_int_equal(run.result.run.rounds % 2, 0);
	assert_ok("fake/id=1/mode=steady", run.result.run.rounds);
	end_run();
	prepare_run("quick", ONLY("fake/id=1,2/mode=steady"), 10);
	run.how.budget_s = 0;
	go();
	assert_outcome("fake/id=1/mode=steady", OUTCOME_SKIPPED, "not-reached");
	assert_int_equal(shared->n, 0);
	end_run();
}

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

#define T(name) cmocka_unit_test(name)

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
	    T(a_spent_budget_ends_the_run_after_a_pair_of_rounds),
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

	shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct verdict v = topology_load(NULL, &topology);
	if (shared == MAP_FAILED || !verdict_is_ok(&v))
		return 1;
	context.topology = topology;
	machine_view(topology, &context.machine);
	clock_read(&the_clock);
	workshop = (struct workshop){.clock = &the_clock,
				     .counters = &no_counters,
				     .nrecords = 16,
				     .memory_bytes = 64 << 20};
	workshop.records = mmap(NULL, workshop.nrecords * sizeof *workshop.records,
				PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	topology_free(topology);
	return failed;
}
