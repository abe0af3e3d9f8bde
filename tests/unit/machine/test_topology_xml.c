/* The topology that goes into a result: same places, nobody's machine. */
#include "test_topology.h"

#include <sched.h>
#include <unistd.h>

static void assert_same_places(const struct topology *a, const struct topology *b)
{
	assert_int_equal(topology_cpus(a), topology_cpus(b));
	assert_int_equal(topology_ncpukinds(a), topology_ncpukinds(b));
	for (unsigned kind = 0; kind < topology_ncpukinds(a); kind++) {
		unsigned ours[PLACES], theirs[PLACES];
		struct gang_cpus one, two;

		topology_capacity(a, kind, NULL, ours);
		topology_capacity(b, kind, NULL, theirs);
		assert_memory_equal(ours, theirs, sizeof ours);
		for (enum place place = PLACE_SMT; place < PLACES; place++) {
			gang_at(a, kind, place, ours[place], &one);
			gang_at(b, kind, place, ours[place], &two);
			assert_int_equal(one.initiator, two.initiator);
			assert_int_equal(one.n, two.n);
			assert_memory_equal(one.responder, two.responder,
					    one.n * sizeof *one.responder);
		}
	}
}

/* What was exported must load again and give the same places. */
static void check_reload(const struct topology *t, const char *xml, const char *cpus)
{
	char path[] = "/tmp/tlbscope-test-topology-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, xml, strlen(xml)), strlen(xml));
	close(fd);
	struct topology *again = load_variable("HWLOC_XMLFILE", path, cpus);
	assert_same_places(t, again);
	topology_free(again);
	unlink(path);
}

static void the_export_does_not_say_whose_machine_it_is(void **state)
{
	static const char *const gone[] = {"SECRET", "52:54:00", "HostName", "DMI",  "Serial",
					   "UUID",   "PCIDev",	 "OSDev",    "Misc", "Bridge"};
	static const char *const there[] = {"Kept CPU model", "GenuineIntel", "IntelCore",
					    "L3Cache"};

	(void)state;
	struct topology *t = load_fixture("identified.xml");
	char *xml = topology_xml(t);
	assert_non_null(xml);
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		assert_null(strstr(xml, gone[i]));
	for (size_t i = 0; i < sizeof there / sizeof *there; i++)
		assert_non_null(strstr(xml, there[i]));
	check_reload(t, xml, NULL);
	free(xml);
	topology_free(t);
}

static void check_export(struct topology *t, const char *cpus)
{
	char *xml = topology_xml(t);

	assert_non_null(xml);
	assert_null(strstr(xml, "HostName"));
	assert_null(strstr(xml, "LinuxCgroup"));
	check_reload(t, xml, cpus);
	free(xml);
	topology_free(t);
}

static void the_export_gives_the_same_places(void **state)
{
	(void)state;
	check_export(load_fixture("hybrid.xml"), NULL);
	check_export(load_synthetic("pack:2 l3:16 l2:8 core:1 pu:2"), NULL);
}

/* The affinity is this process's and not exported, so it is given again as a list. */
static void this_machines_export_gives_the_same_places(void **state)
{
	char list[8 * 1024] = "";
	size_t length = 0;
	struct topology *t;
	cpu_set_t set;

	(void)state;
	clear_environment();
	if (sched_getaffinity(0, sizeof set, &set))
		skip();
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			length += (size_t)snprintf(list + length, sizeof list - length, "%s%u",
						   length ? "," : "", cpu);
	struct verdict v = topology_load(list, &t);
	assert_true(verdict_is_ok(&v));
	check_export(t, list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_export_does_not_say_whose_machine_it_is),
	    cmocka_unit_test(the_export_gives_the_same_places),
	    cmocka_unit_test(this_machines_export_gives_the_same_places),
	};

	return cmocka_run_group_tests(tests, on_this_machine, on_this_machine);
}
