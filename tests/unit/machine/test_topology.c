/* Where a topology comes from, which CPUs count, and what is told of it. */
#include "test_topology.h"

#include <unistd.h>

#define SIXTEEN "pack:2 l3:2 core:2 pu:2"

static struct verdict load(const char *name, const char *value, const char *cpus)
{
	struct topology *t = (struct topology *)1;

	clear_environment();
	setenv(name, value, 1);
	struct verdict v = topology_load(cpus, &t);
	if (verdict_is_ok(&v))
		topology_free(t);
	else
		assert_null(t);
	return v;
}

static void a_description_is_never_this_machine(void **state)
{
	(void)state;
	struct topology *t = load_synthetic(SIXTEEN);

	assert_false(topology_is_this_machine(t));
	topology_free(t);
	setenv("HWLOC_THISSYSTEM", "1", 1);
	struct verdict v = topology_load(NULL, &t);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(topology_cpus(t), 16);
	assert_false(topology_is_this_machine(t));
	topology_free(t);
	t = load_fixture("hybrid.xml");
	assert_false(topology_is_this_machine(t));
	topology_free(t);
}

static void this_machine_is(void **state)
{
	(void)state;
	struct topology *t;
	char text[200];

	struct verdict v = topology_load(NULL, &t);
	assert_true(verdict_is_ok(&v));
	assert_true(topology_is_this_machine(t));
	assert_in_range(topology_cpus(t), 1, sysconf(_SC_NPROCESSORS_ONLN));
	topology_describe(t, text, sizeof text);
	print_message("%s\n", text);
	topology_describe_cpukinds(t, text, sizeof text);
	print_message("%s\n", text);
	topology_free(t);
}

/* hwloc alone would go on with this machine and say nothing. */
static void a_bad_description_is_named(void **state)
{
	static const char *const cases[][2] = {
	    {"HWLOC_SYNTHETIC", "pack:2 core:2"},
	    {"HWLOC_SYNTHETIC", "nonsense"},
	    {"HWLOC_XMLFILE", "/nonexistent/machine.xml"},
	    {"HWLOC_XMLFILE", "/dev/null"},
	    {"HWLOC_XMLFILE", FIXTURES "/topology/no-cpus.xml"},
	    {"HWLOC_XMLFILE", __FILE__},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct verdict v = load(cases[i][0], cases[i][1], NULL);

		assert_int_equal(v.outcome, OUTCOME_ERROR);
		assert_string_equal(v.code, "bad-topology");
		assert_non_null(strstr(v.text, cases[i][1]));
		assert_true(v.remedy[0]);
	}
}

static void empty_variables_describe_nothing(void **state)
{
	(void)state;
	struct topology *t = load_variable("HWLOC_SYNTHETIC", "", NULL);

	assert_true(topology_is_this_machine(t));
	topology_free(t);
}

static void malformed_lists_are_refused(void **state)
{
	static const char *const lists[] = {"",
					    ",",
					    "1,",
					    ",1",
					    "1,,2",
					    "a",
					    "1a",
					    "0-",
					    "-1",
					    "3-1",
					    "1-2-3",
					    "1--2",
					    " 1",
					    "1 2",
					    "0x1",
					    "1;2",
					    "1.5",
					    "+1",
					    "all",
					    "1-a",
					    "65536",
					    "99999999999999999999999",
					    "0-99999999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct verdict v = load("HWLOC_SYNTHETIC", SIXTEEN, lists[i]);
		char quoted[64];

		snprintf(quoted, sizeof quoted, "\"%s\"", lists[i]);
		if (verdict_is_ok(&v))
			print_message("accepted %s\n", quoted);
		assert_int_equal(v.outcome, OUTCOME_ERROR);
		assert_string_equal(v.code, "bad-cpus");
		assert_non_null(strstr(v.text, quoted));
		assert_true(v.remedy[0]);
	}
}

static void cpus_that_are_not_there_are_named(void **state)
{
	static const char *const lists[] = {"16", "0-20", "3,16,17", "0,16-65535"};

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct verdict v = load("HWLOC_SYNTHETIC", SIXTEEN, lists[i]);

		assert_int_equal(v.outcome, OUTCOME_ERROR);
		assert_string_equal(v.text, "CPU 16 in the CPU list does not exist");
		assert_string_equal(v.remedy, "choose from --cpus 0-15");
	}
}

static void lists_narrow_the_machine(void **state)
{
	static const struct {
		const char *list;
		unsigned cpus, initiator, capacity[PLACES];
	} cases[] = {
	    {"0-15", 16, 14, {0, 1, 2, 4, 8}},
	    {"8-15", 8, 14, {0, 1, 2, 4, 0}},
	    {"0-3,8", 5, 8, {0, 0, 0, 0, 4}},
	    {"5", 1, 5, {0}},
	    {"1,3,5", 3, 5, {0, 0, 0, 2, 0}},
	    {"0-1,1,0-2", 3, 2, {0, 0, 2, 0, 0}},
	    {"007", 1, 7, {0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct topology *t = load_variable("HWLOC_SYNTHETIC", SIXTEEN, cases[i].list);
		unsigned capacity[PLACES];
		struct gang_cpus gang;

		assert_int_equal(topology_cpus(t), cases[i].cpus);
		topology_capacity(t, 0, NULL, capacity);
		assert_memory_equal(capacity, cases[i].capacity, PLACE_NEAREST * sizeof *capacity);
		gang_at(t, 0, PLACE_NONE, 0, &gang);
		assert_int_equal(gang.initiator, cases[i].initiator);
		topology_free(t);
	}
}

static void the_allowed_set_is_kept(void **state)
{
	(void)state;
	struct topology *t = load_fixture("disallowed.xml");

	assert_int_equal(topology_cpus(t), 2);
	topology_free(t);
	struct verdict v = load("HWLOC_XMLFILE", FIXTURES "/topology/disallowed.xml", "1-2");
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(v.text, "CPU 2 in the CPU list is offline, or outside"));
	assert_string_equal(v.remedy, "choose from --cpus 0-1");
}

static void descriptions_are_short(void **state)
{
	static const struct {
		const char *description, *cpus, *text, *kinds;
	} cases[] = {
	    {"pack:1 core:1 pu:1", NULL, "1 package, 1 core, 1 thread, 1 NUMA node",
	     "uniform: 1 core, 1 thread"},
	    {"pack:1 l3:1(size=33554432) core:2 pu:1", NULL,
	     "1 package, 2 cores, 2 threads, 1 NUMA node, L3 32 MiB",
	     "uniform: 2 cores, 2 threads"},
	    {"pack:2 numa:1 l3:2(size=16777216) core:2 pu:2", "0-3",
	     "2 packages, 8 cores, 16 threads, 2 NUMA nodes, 4 x L3 16 MiB, 4 usable",
	     "uniform: 2 cores, 4 threads"},
	    {"l2:2(size=1572864) pu:2", NULL,
	     "1 package, 4 cores, 4 threads, 1 NUMA node, 2 x L2 1536 KiB",
	     "uniform: 4 cores, 4 threads"},
	};
	char text[200], few[8];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct topology *t =
		    load_variable("HWLOC_SYNTHETIC", cases[i].description, cases[i].cpus);

		topology_describe(t, text, sizeof text);
		assert_string_equal(text, cases[i].text);
		topology_describe_cpukinds(t, text, sizeof text);
		assert_string_equal(text, cases[i].kinds);
		topology_describe(t, few, sizeof few);
		assert_int_equal(strlen(few), sizeof few - 1);
		topology_free(t);
	}
	struct topology *t = load_fixture("hybrid.xml");
	topology_describe_cpukinds(t, text, sizeof text);
	assert_string_equal(text, "performance: 2 cores, 4 threads (IntelCore); "
				  "middle: 4 cores, 4 threads (IntelAtom); "
				  "efficiency: 2 cores, 2 threads (IntelAtom)");
	topology_free(t);
}

static void caches_are_the_initiators(void **state)
{
	uint64_t caches[3];

	(void)state;
	struct topology *t = load_fixture("hybrid.xml");
	topology_caches(t, caches);
	assert_int_equal(caches[0], 48 << 10);
	assert_int_equal(caches[1], 2 << 20);
	assert_int_equal(caches[2], 24 << 20);
	topology_free(t);
	t = load_synthetic("pack:1 core:2 pu:1");
	topology_caches(t, caches);
	assert_int_equal(caches[0] + caches[1] + caches[2], 0);
	topology_free(t);
}

#define TEST(name) cmocka_unit_test_setup(name, on_this_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_description_is_never_this_machine),
	    TEST(this_machine_is),
	    TEST(a_bad_description_is_named),
	    TEST(empty_variables_describe_nothing),
	    TEST(malformed_lists_are_refused),
	    TEST(cpus_that_are_not_there_are_named),
	    TEST(lists_narrow_the_machine),
	    TEST(the_allowed_set_is_kept),
	    TEST(descriptions_are_short),
	    TEST(caches_are_the_initiators),
	};

	return cmocka_run_group_tests(tests, NULL, on_this_machine);
}
