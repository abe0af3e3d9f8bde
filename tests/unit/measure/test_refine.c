/* Bisection of steps that the kernel counts: what is added, until when. */
#include "measure/refine.h"
#include "unit/measure/made_up.h"

static struct verdict want_nothing(const struct cell *cell, const struct machine *machine,
				   struct want *want)
{
	(void)cell;
	(void)machine;
	want->max_ops = 1;
	return verdict_ok();
}

static void op(struct visit *visit, uint64_t i)
{
	(void)visit;
	(void)i;
}

static const struct param params[] = {
    {.name = "kind", .type = P_WORD, .allowed = "a,b,c", .dflt = "a", .help = "a curve"},
    {.name = "npages", .type = P_COUNT, .allowed = "1..4096", .dflt = "1", .help = "pages"},
    {0},
};
static const struct metric metrics[] = {{"ns", "ns", BETTER_LESS, true}, {0}};
static const struct sweep sweeps[] = {
    {"curves", "steps/kind=*/npages=1..1024", NULL, "npages", "three curves"}, {0}};
static const struct bench bench_steps = {.name = "steps",
					 .what = "nothing",
					 .isolates = "nothing",
					 .cannot = "tell anything",
					 .source = "made up",
					 .revision = 1,
					 .timing = TIME_OP,
					 .params = params,
					 .metrics = metrics,
					 .sweeps = sweeps,
					 .want = want_nothing,
					 .op = op};
const struct bench *const bench_registry[] = {&bench_steps, NULL};

static void add(struct cell_result *cell, const char *name, double each)
{
	struct metric_result *metric = cell_add_metric(cell);

	assert_non_null(metric);
	snprintf(metric->name, sizeof metric->name, "%s", name);
	metric->e = (struct estimate){each, each, each};
}

static uint64_t ceiling_of(const struct cell *cell, const uint64_t ceiling[3])
{
	return ceiling[cell_is(cell, "kind", "b") ? 1 : cell_is(cell, "kind", "c") ? 2 : 0];
}

/* What the kernel would have counted of cells that nobody has counted yet. */
static void count(const struct plan *plan, struct result *result, const uint64_t ceiling[3])
{
	while (result->ncells < plan->ncells) {
		const struct cell *cell = &plan->cells[result->ncells].cell;
		struct cell_result *counted = result_add_cell(result);

		assert_non_null(counted);
		counted->cell = *cell;
		add(counted, FLUSHES, 1.002);
		add(counted, FULL_FLUSHES,
		    cell_count(cell, "npages") > ceiling_of(cell, ceiling) ? 1 : 0.002);
	}
}

/* How many passes it takes, and cells beside the sweep's 33. */
static unsigned bisect(const uint64_t ceiling[3], struct plan *plan, unsigned *cells)
{
	struct plan_context context = described_machine("package:1 core:2 pu:1");
	struct result result;
	unsigned passes = 0;

	*plan = plan_must(&context, "quick", NULL);
	result_init(&result);
	for (count(plan, &result, ceiling); refine_counted(plan, &context, &result, 2); passes++)
		count(plan, &result, ceiling);
	*cells = plan->ncells - 33;
	result_free(&result);
	forget_machine(&context);
	return passes;
}

static bool measured(const struct plan *plan, char kind, uint64_t npages)
{
	char key[CELL_KEY_MAX];

	snprintf(key, sizeof key, "steps/kind=%c/npages=%llu", kind, (unsigned long long)npages);
	return has_cell(plan, key);
}

static void both_sides_of_the_step_are_measured(void **state)
{
	static const uint64_t ceilings[] = {1, 2, 31, 32, 33, 34, 63, 64, 65, 511, 1000, 1023};

	(void)state;
	for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
		const uint64_t c = ceilings[i], all[3] = {c, c, c};
		struct plan plan;
		unsigned cells;

		assert_in_range(bisect(all, &plan, &cells), 0, 11);
		for (char kind = 'a'; kind <= 'c'; kind++) {
			assert_true(measured(&plan, kind, c));
			assert_true(measured(&plan, kind, c + 1));
		}
		assert_in_range(cells, 0, 13); /* nine to the first curve, two to each other */
		plan_free(&plan);
	}
}

/* What one curve tells is a place to look, no more. */
static void each_curve_may_have_a_step_of_its_own(void **state)
{
	const uint64_t ceiling[3] = {33, 100, 40};
	struct plan plan;
	unsigned cells;

	(void)state;
	bisect(ceiling, &plan, &cells);
	for (int i = 0; i < 3; i++) {
		assert_true(measured(&plan, (char)('a' + i), ceiling[i]));
		assert_true(measured(&plan, (char)('a' + i), ceiling[i] + 1));
	}
	plan_free(&plan);
}

static void without_a_step_nothing_is_added(void **state)
{
	const uint64_t never[3] = {5000, 5000, 5000}, always[3] = {0, 0, 0};
	struct plan plan;
	unsigned cells;

	(void)state;
	assert_int_equal(bisect(never, &plan, &cells), 0);
	assert_int_equal(cells, 0);
	plan_free(&plan);
	assert_int_equal(bisect(always, &plan, &cells), 0);
	assert_int_equal(cells, 0);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_sides_of_the_step_are_measured),
	    cmocka_unit_test(each_curve_may_have_a_step_of_its_own),
	    cmocka_unit_test(without_a_step_nothing_is_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
