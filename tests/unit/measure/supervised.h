/* Whole runs over a made-up benchmark, in real workers on this machine. */
#ifndef TESTS_SUPERVISED_H
#define TESTS_SUPERVISED_H

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

static inline struct verdict want_nothing(const struct cell *cell, const struct machine *machine,
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
static inline double made(const struct cell *cell, unsigned nth)
{
	if (cell_is(cell, "mode", "noisy"))
		return 100 + 50 * (nth * 7 % 10);
	if (cell_is(cell, "mode", "moved") && cell_count(cell, "id") == 12)
		return nth < 6 ? 10 : 20;
	return 10;
}

static inline struct verdict prepare(struct visit *visit)
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

static inline void op(struct visit *visit, uint64_t i)
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

static inline int open_machine(void **state)
{
	(void)state;
	shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct verdict v = topology_load(NULL, &topology);
	if (shared == MAP_FAILED || !verdict_is_ok(&v))
		return -1;
	context.topology = topology;
	machine_view(topology, &context.machine);
	clock_read(&the_clock);
	workshop = (struct workshop){.clock = &the_clock,
				     .counters = &no_counters,
				     .nrecords = 16,
				     .memory_bytes = 64 << 20};
	workshop.records = mmap(NULL, workshop.nrecords * sizeof *workshop.records,
				PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return 0;
}

static inline int close_machine(void **state)
{
	(void)state;
	topology_free(topology);
	return 0;
}

static struct a_run {
	struct plan plan;
	struct result result;
	struct supervise how;
	int interrupted;
	struct verdict verdict;
} run;

static inline void prepare_run(const char *profile, const char *const *only, unsigned rounds)
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

static inline void go(void)
{
	run.verdict = supervise_run(&run.how, &run.interrupted);
	assert_int_equal(children_of(getpid(), NULL), 0);
	assert_int_equal(run.result.ncells, run.plan.ncells);
	for (unsigned i = 0; i < run.plan.ncells; i++)
		assert_string_equal(run.result.cells[i].key, run.plan.cells[i].key);
}

static inline void end_run(void)
{
	plan_free(&run.plan);
	result_free(&run.result);
}

static inline const struct cell_result *cell(const char *key)
{
	const struct cell_result *found = result_find_cell(&run.result, key);

	if (!found)
		print_message("no cell %s\n", key);
	assert_non_null(found);
	return found;
}

static inline void assert_ok(const char *key, unsigned rounds)
{
	const struct cell_result *c = cell(key);

	if (!verdict_is_ok(&c->outcome) || c->rounds != rounds)
		print_message("%s: %s %s, %u rounds\n", key, c->outcome.code, c->outcome.text,
			      c->rounds);
	assert_true(verdict_is_ok(&c->outcome));
	assert_int_equal(c->rounds, rounds);
	assert_int_equal(cell_find_metric(c, "made")->nsamples, rounds);
}

#define T(name) cmocka_unit_test(name)

#endif
