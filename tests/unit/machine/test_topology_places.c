/* Places and gangs on described machines from 1 to 1024 PUs. */
#include "test_topology.h"

#include <time.h>

static const struct shape {
	const char *description;
	unsigned initiator;
	unsigned capacity[PLACES];
} shapes[] = {
    {"pack:1 core:1 pu:1", 0, {0}},
    {"pack:2 l3:2 core:2 pu:2",
     14,
     {[PLACE_SMT] = 1, [PLACE_CORE] = 2, [PLACE_LLC] = 4, [PLACE_PACKAGE] = 8}},
    {"pack:2 l3:16 l2:8 core:1 pu:2",
     510,
     {[PLACE_SMT] = 1, [PLACE_CORE] = 14, [PLACE_LLC] = 240, [PLACE_PACKAGE] = 256}},
    /* a desktop without SMT */
    {"pack:1 l3:1 l2:6 l1d:1 core:1 pu:1", 5, {[PLACE_CORE] = 5}},
    /* no cache shown: the package stands for one */
    {"pack:2 core:4 pu:2", 14, {[PLACE_SMT] = 1, [PLACE_CORE] = 6, [PLACE_PACKAGE] = 8}},
    /* no L3: the L2 is the last level */
    {"pack:1 l2:2 core:2 pu:1", 3, {[PLACE_CORE] = 1, [PLACE_LLC] = 2}},
    /* an instruction cache is no last level */
    {"pack:1 l3i:2 l2:1 core:2 pu:1", 3, {[PLACE_CORE] = 1, [PLACE_LLC] = 2}},
    /* no package shown: the machine is one */
    {"l3:2 core:2 pu:1", 3, {[PLACE_CORE] = 1, [PLACE_LLC] = 2}},
    /* no core shown: each PU is one */
    {"pack:1 l3:1 pu:4", 3, {[PLACE_CORE] = 3}},
    /* NUMA nodes within a package are no place of their own */
    {"pack:2 numa:2 l3:1 core:4 pu:1",
     15,
     {[PLACE_CORE] = 3, [PLACE_LLC] = 4, [PLACE_PACKAGE] = 8}},
    /* another package is another package, even behind one cache */
    {"l4:1 pack:2 core:2 pu:1", 3, {[PLACE_CORE] = 1, [PLACE_PACKAGE] = 2}},
    {"pack:1 l3:1 core:4 pu:8", 24, {[PLACE_SMT] = 7, [PLACE_CORE] = 24}},
    /* no more than a gang holds */
    {"pack:2 core:512 pu:1", 1023, {[PLACE_CORE] = 511, [PLACE_PACKAGE] = 512}},
    {"pack:1 core:1024 pu:1", 1023, {[PLACE_CORE] = GANG_CPUS_MAX}},
};

static void capacity_follows_the_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		struct topology *t = load_synthetic(shapes[i].description);
		unsigned capacity[PLACES];
		struct gang_cpus gang;

		topology_capacity(t, 0, NULL, capacity);
		if (memcmp(capacity, shapes[i].capacity, PLACE_NEAREST * sizeof *capacity))
			print_message("on %s\n", shapes[i].description);
		assert_memory_equal(capacity, shapes[i].capacity, PLACE_NEAREST * sizeof *capacity);
		struct verdict v = gang_at(t, 0, PLACE_NONE, 0, &gang);
		assert_true(verdict_is_ok(&v));
		assert_int_equal(gang.n, 0);
		assert_int_equal(gang.initiator, shapes[i].initiator);
		topology_free(t);
	}
}

/* Each usable CPU is the initiator or in exactly one place. */
static void check_partition(const struct topology *t, unsigned cpukind)
{
	unsigned char seen[2048] = {0};
	unsigned capacity[PLACES], total = 1;
	struct gang_cpus gang;

	topology_capacity(t, cpukind, NULL, capacity);
	for (enum place place = PLACE_SMT; place < PLACE_NEAREST; place++) {
		struct verdict v = gang_at(t, cpukind, place, capacity[place], &gang);

		assert_true(verdict_is_ok(&v));
		assert_int_equal(gang.n, capacity[place]);
		seen[gang.initiator] = 1;
		for (unsigned i = 0; i < gang.n; i++)
			assert_int_equal(seen[gang.responder[i]]++, 0);
		total += gang.n;
	}
	assert_int_equal(total, topology_cpus(t));
}

static void places_split_the_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		struct topology *t = load_synthetic(shapes[i].description);

		if (topology_cpus(t) <= GANG_CPUS_MAX)
			check_partition(t, 0);
		topology_free(t);
	}
	struct topology *t = load_fixture("hybrid.xml");
	for (unsigned kind = 0; kind < topology_ncpukinds(t); kind++)
		check_partition(t, kind);
	topology_free(t);
}

static void check_gang(const struct topology *t, unsigned cpukind, enum place place,
		       unsigned initiator, const unsigned *responder, unsigned n)
{
	struct gang_cpus gang;
	struct verdict v = gang_at(t, cpukind, place, n, &gang);

	assert_true(verdict_is_ok(&v));
	assert_int_equal(gang.initiator, initiator);
	assert_int_equal(gang.n, n);
	assert_memory_equal(gang.responder, responder, n * sizeof *responder);
	v = gang_at(t, cpukind, place, n + 1, &gang);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
}

#define CHECK_GANG(t, kind, place, initiator, ...)                                                 \
	check_gang(t, kind, place, initiator, (const unsigned[]){__VA_ARGS__},                     \
		   sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))

static void first_threads_come_before_second_ones(void **state)
{
	(void)state;
	struct topology *t = load_synthetic("pack:2 l3:2 core:2 pu:2");

	CHECK_GANG(t, 0, PLACE_SMT, 14, 15);
	CHECK_GANG(t, 0, PLACE_CORE, 14, 12, 13);
	CHECK_GANG(t, 0, PLACE_LLC, 14, 8, 10, 9, 11);
	CHECK_GANG(t, 0, PLACE_PACKAGE, 14, 0, 2, 4, 6, 1, 3, 5, 7);
	topology_free(t);
}

/* Each place is used up before the next one; what fits into one place has that place's name. */
static void nearest_fills_one_place_after_the_other(void **state)
{
	(void)state;
	struct topology *t = load_synthetic("pack:2 l3:2 core:2 pu:2");
	unsigned capacity[PLACES];
	struct gang_cpus gang;

	topology_capacity(t, 0, NULL, capacity);
	assert_int_equal(capacity[PLACE_NEAREST], 15);
	CHECK_GANG(t, 0, PLACE_NEAREST, 14, 15, 12, 13, 8, 10, 9, 11, 0, 2, 4, 6, 1, 3, 5, 7);
	struct verdict v = gang_at(t, 0, PLACE_NEAREST, 2, &gang);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(gang.responder[1], 12);
	v = gang_at(t, 0, PLACE_NEAREST, 1, &gang);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "no-place");
	assert_string_equal(v.remedy, "choose place=smt");
	topology_free(t);

	t = load_synthetic("pack:1 core:2 pu:1");
	topology_capacity(t, 0, NULL, capacity);
	assert_int_equal(capacity[PLACE_NEAREST], 0);
	v = gang_at(t, 0, PLACE_NEAREST, 1, &gang);
	assert_string_equal(v.remedy, "choose place=core");
	topology_free(t);
}

/* Caches numbered in turns, as some firmware does. */
static void order_is_the_topologys_not_the_numbers(void **state)
{
	(void)state;
	struct topology *t = load_synthetic("pack:2 l3:2 core:2 pu:1(indexes=0,2,1,3,4,6,5,7)");

	CHECK_GANG(t, 0, PLACE_CORE, 7, 5);
	CHECK_GANG(t, 0, PLACE_LLC, 7, 4, 6);
	CHECK_GANG(t, 0, PLACE_PACKAGE, 7, 0, 2, 1, 3);
	topology_free(t);
}

static void a_smaller_gang_is_a_prefix(void **state)
{
	(void)state;
	struct topology *t = load_synthetic("pack:2 l3:16 l2:8 core:1 pu:2");
	struct gang_cpus all, some;
	unsigned capacity[PLACES], gangs = 0;
	clock_t start = clock();

	topology_capacity(t, 0, NULL, capacity);
	for (enum place place = PLACE_SMT; place < PLACE_NEAREST; place++) {
		gang_at(t, 0, place, capacity[place], &all);
		for (unsigned n = 0; n <= capacity[place]; n++) {
			struct verdict v = gang_at(t, 0, place, n, &some);

			gangs++;
			assert_true(verdict_is_ok(&v));
			assert_int_equal(some.n, n);
			assert_memory_equal(some.responder, all.responder,
					    n * sizeof *all.responder);
		}
		/* first threads, then second ones, each in topology order */
		for (unsigned i = 1; place != PLACE_SMT && i < all.n; i++)
			if (i == all.n / 2)
				assert_true(all.responder[i] % 2 && !(all.responder[i - 1] % 2));
			else
				assert_true(all.responder[i] > all.responder[i - 1]);
	}
	/* classes, not pairs: every number of responders at every place is no more than this */
	assert_int_equal(gangs, topology_cpus(t) - 1 + PLACE_NEAREST - 1);
	print_message("%u gangs on %u PUs planned in %.1f ms\n", gangs, topology_cpus(t),
		      (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC);
	topology_free(t);
}

static void responders_of_the_same_kind_come_first(void **state)
{
	(void)state;
	struct topology *t = load_fixture("hybrid.xml");

	assert_int_equal(topology_ncpukinds(t), 3);
	CHECK_GANG(t, 0, PLACE_SMT, 2, 3);
	CHECK_GANG(t, 0, PLACE_CORE, 2, 0, 1, 4, 5, 6, 7);
	CHECK_GANG(t, 0, PLACE_LLC, 2, 8, 9);
	CHECK_GANG(t, 1, PLACE_CORE, 7, 4, 5, 6, 0, 2, 1, 3);
	CHECK_GANG(t, 1, PLACE_LLC, 7, 8, 9);
	CHECK_GANG(t, 2, PLACE_CORE, 9, 8);
	CHECK_GANG(t, 2, PLACE_LLC, 9, 0, 2, 4, 5, 6, 7, 1, 3);
	topology_free(t);
}

/* CPUs 0-3 are of kind 0, 4-7 of 1, 8 and 9 of 2, behind another cache than the rest. */
static void a_gang_may_be_of_one_kind(void **state)
{
	(void)state;
	static const struct {
		unsigned cpukind, kind;
		enum place place;
		unsigned n, responder[4];
	} wanted[] = {
	    {0, 0, PLACE_SMT, 1, {3}},		 {0, 0, PLACE_CORE, 2, {0, 1}},
	    {0, 1, PLACE_CORE, 4, {4, 5, 6, 7}}, {0, 2, PLACE_LLC, 2, {8, 9}},
	    {1, 1, PLACE_CORE, 3, {4, 5, 6}},	 {1, 0, PLACE_CORE, 4, {0, 2, 1, 3}},
	    {2, 2, PLACE_CORE, 1, {8}},		 {2, 0, PLACE_LLC, 4, {0, 2, 1, 3}},
	    {0, 1, PLACE_SMT, 0, {0}},		 {0, 1, PLACE_LLC, 0, {0}},
	    {2, 0, PLACE_CORE, 0, {0}},		 {0, 3, PLACE_CORE, 0, {0}},
	};
	struct topology *t = load_fixture("hybrid.xml");

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		struct gang_spec spec = {.responders = wanted[i].n,
					 .place = wanted[i].place,
					 .state = RESPONDER_SPIN,
					 .one_kind = true,
					 .kind = wanted[i].kind};
		unsigned capacity[PLACES];
		struct gang_cpus gang;

		topology_capacity(t, wanted[i].cpukind, &wanted[i].kind, capacity);
		assert_int_equal(capacity[spec.place], wanted[i].n);
		struct verdict v = topology_gang(t, wanted[i].cpukind, &spec, &gang);
		assert_true(verdict_is_ok(&v));
		assert_int_equal(gang.n, wanted[i].n);
		assert_memory_equal(gang.responder, wanted[i].responder,
				    gang.n * sizeof *gang.responder);
		spec.responders++; /* others could follow, and must not */
		v = topology_gang(t, wanted[i].cpukind, &spec, &gang);
		assert_string_equal(v.code, "no-place");
		assert_non_null(strstr(v.text, ", respkind="));
	}
	topology_free(t);
}

/* Each kind at each place, and all kinds together are all that the place takes. */
static void kinds_split_each_place(void **state)
{
	(void)state;
	struct topology *t = load_fixture("hybrid.xml");
	unsigned kinds = topology_ncpukinds(t);

	for (unsigned cpukind = 0; cpukind < kinds; cpukind++) {
		unsigned all[PLACES], sum[PLACES] = {0}, some[PLACES];

		topology_capacity(t, cpukind, NULL, all);
		for (unsigned kind = 0; kind < kinds; kind++) {
			topology_capacity(t, cpukind, &kind, some);
			for (enum place place = PLACE_SMT; place < PLACE_NEAREST; place++)
				sum[place] += some[place];
		}
		assert_memory_equal(sum, all, PLACE_NEAREST * sizeof *all);
	}
	topology_free(t);
}

static void a_kind_without_usable_cpus_is_no_kind(void **state)
{
	(void)state;
	char text[160];

	struct topology *t = load_variable("HWLOC_XMLFILE", FIXTURES "/topology/hybrid.xml", "4-9");
	assert_int_equal(topology_ncpukinds(t), 2);
	CHECK_GANG(t, 0, PLACE_CORE, 7, 4, 5, 6);
	CHECK_GANG(t, 1, PLACE_CORE, 9, 8);
	topology_describe_cpukinds(t, text, sizeof text);
	assert_string_equal(text, "performance: 4 cores, 4 threads (IntelAtom); "
				  "efficiency: 2 cores, 2 threads (IntelAtom)");
	topology_free(t);
}

static void cpus_of_no_known_kind_are_a_kind(void **state)
{
	(void)state;
	struct topology *t = load_fixture("half-ranked.xml");
	char text[160];

	assert_int_equal(topology_ncpukinds(t), 2);
	CHECK_GANG(t, 0, PLACE_CORE, 1, 0, 2, 3);
	CHECK_GANG(t, 1, PLACE_CORE, 3, 2, 0, 1);
	topology_describe_cpukinds(t, text, sizeof text);
	assert_string_equal(text, "performance: 2 cores, 2 threads (up to 3000 MHz); "
				  "kind 1: 2 cores, 2 threads");
	topology_free(t);
}

static void what_is_lacking_is_named(void **state)
{
	(void)state;
	struct topology *t = load_synthetic("pack:1 l3:1 core:2 pu:1");
	unsigned capacity[PLACES], none[PLACES] = {0};
	struct gang_cpus gang;

	struct verdict v = gang_at(t, 0, PLACE_PACKAGE, 1, &gang);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_non_null(strstr(v.text, "place=package"));
	assert_string_equal(v.remedy, "choose place=core");
	v = gang_at(t, 0, PLACE_CORE, 2, &gang);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_non_null(strstr(v.text, "resp=2"));
	assert_string_equal(v.remedy, "ask for at most resp=1 at place=core");
	v = gang_at(t, 0, PLACE_CORE, UINT32_MAX, &gang);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	v = gang_at(t, 1, PLACE_CORE, 1, &gang);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "no-cpukind");
	v = gang_at(t, 0, PLACE_NONE, 1, &gang);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	v = gang_at(t, 0, PLACES, 1, &gang);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	topology_capacity(t, 1, NULL, capacity);
	assert_memory_equal(capacity, none, sizeof none);
	topology_free(t);
}

static void names_of_places_round_trip(void **state)
{
	(void)state;
	enum place place, parsed;

	for (place = PLACE_SMT; place < PLACES; place++) {
		assert_true(place_parse(place_name(place), &parsed));
		assert_int_equal(parsed, place);
	}
	assert_true(place_parse("llc", &parsed));
	assert_int_equal(parsed, PLACE_LLC);
	parsed = PLACE_SMT;
	assert_false(place_parse("none", &parsed));
	assert_false(place_parse("", &parsed));
	assert_false(place_parse("Core", &parsed));
	assert_false(place_parse("cores", &parsed));
	assert_int_equal(parsed, PLACE_SMT);
	assert_string_equal(place_name(PLACE_NONE), "none");
	assert_string_equal(place_name(PLACES), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(capacity_follows_the_shape),
	    cmocka_unit_test(places_split_the_machine),
	    cmocka_unit_test(first_threads_come_before_second_ones),
	    cmocka_unit_test(nearest_fills_one_place_after_the_other),
	    cmocka_unit_test(order_is_the_topologys_not_the_numbers),
	    cmocka_unit_test(a_smaller_gang_is_a_prefix),
	    cmocka_unit_test(responders_of_the_same_kind_come_first),
	    cmocka_unit_test(a_gang_may_be_of_one_kind),
	    cmocka_unit_test(kinds_split_each_place),
	    cmocka_unit_test(a_kind_without_usable_cpus_is_no_kind),
	    cmocka_unit_test(cpus_of_no_known_kind_are_a_kind),
	    cmocka_unit_test(what_is_lacking_is_named),
	    cmocka_unit_test(names_of_places_round_trip),
	};

	return cmocka_run_group_tests(tests, on_this_machine, on_this_machine);
}
