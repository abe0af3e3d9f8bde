/* What the visits saw of others on their cores, and of distances. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/result_builder.h"

#include "fixture.h"

#include "result/conditions.h"

#define SPIN "madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1/resp=1/place="

/* A storm cell of 20 visits: `shared` of them with company, `far` at 500 ns instead of 100. */
static struct cell_result *visited(const char *place, int shared, int far)
{
	struct cell_result *cell = build_cellf(&result, SPIN "%s/state=spin", place);
	double ns[20], width[20], handoff[20];

	for (int i = 0; i < 20; i++) {
		ns[i] = 9000 + i;
		width[i] = i < shared ? 2.4 : 3.7;
		handoff[i] = 19 - i < far ? 500 : 100;
	}
	build_metric_of(cell, "ns", "ns", ns, 20);
	build_metric_of(cell, CONDITION_WIDTH, "adds/cycle", width, 20);
	build_metric_of(cell, CONDITION_HANDOFF, "ns", handoff, 20);
	result.clock.width = 3.7;
	assert_true(conditions_sort(cell, result.clock.width));
	return cell;
}

static struct finding *company(void)
{
	compute();
	struct finding *f = sim_finding(&result, "company", NULL, NULL);

	assert_non_null(f);
	return f;
}

static void a_run_alone(void **state)
{
	(void)state;
	visited("core", 0, 0);
	struct finding *f = company();

	assert_true(sim_value(f, "shared_percent")->est == 0);
	assert_true(sim_value(f, "visits")->est == 20);
	assert_null(sim_value(f, "far_ns"));
	assert_null(strstr(f->text, "moved"));
}

static void company_is_counted(void **state)
{
	(void)state;
	visited("core", 5, 0);
	struct finding *f = company();

	assert_true(sim_value(f, "shared_percent")->est == 25);
	assert_true(sim_value(f, "set_aside")->est == 5);
}

static void one_visit_is_one(void **state)
{
	(void)state;
	visited("core", 1, 0);
	assert_non_null(strstr(company()->text, "; 1 visit is set aside"));
	result_free(&result);
	result_init(&result);
	visited("core", 2, 0);
	assert_non_null(strstr(company()->text, "; 2 visits are set aside"));
}

static void moved_cpus_are_said(void **state)
{
	(void)state;
	visited("core", 0, 4);
	struct finding *f = company();

	assert_true(sim_value(f, "near_ns")->est == 100);
	assert_true(sim_value(f, "far_ns")->est == 500);
	assert_non_null(strstr(f->text, "100 to 500 ns"));
}

static void each_place_has_its_distance(void **state)
{
	(void)state;
	visited("core", 0, 0);
	visited("package", 0, 20);
	struct finding *f = company();

	assert_null(sim_value(f, "far_ns")); /* places differ; nothing was moved */
	f = (struct finding *)result_find_finding(&result, "distance", "place", "package", NULL);
	assert_non_null(f);
	assert_true(sim_value(f, CONDITION_HANDOFF)->est == 500);
	assert_int_equal(f->confidence, CONFIRMED);
}

static void old_results_say_nothing(void **state)
{
	(void)state;
	build_metric(build_cell(&result, SPIN "core/state=spin"), "ns", "ns", 9000, 0.01);
	compute();
	assert_null(sim_finding(&result, "company", NULL, NULL));
	assert_null(sim_finding(&result, "distance", NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_run_alone),
	    TEST(company_is_counted),
	    TEST(one_visit_is_one),
	    TEST(moved_cpus_are_said),
	    TEST(each_place_has_its_distance),
	    TEST(old_results_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
