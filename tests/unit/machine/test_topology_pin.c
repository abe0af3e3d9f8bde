/* Affinity, and binding to a CPU. */
#include "test_topology.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

/* This machine's own affinity, put back after every test. */
static cpu_set_t affinity;

static int put_affinity_back(void **state)
{
	on_this_machine(state);
	return sched_setaffinity(0, sizeof affinity, &affinity);
}

static unsigned last_cpu(void)
{
	unsigned last = 0;

	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &affinity))
			last = cpu;
	return last;
}

static void affinity_to_one_cpu_is_kept_and_is_fine(void **state)
{
	unsigned only = last_cpu(), capacity[PLACES], none[PLACES] = {0};
	char list[16];
	struct topology *t;
	struct gang_cpus gang;
	cpu_set_t one;

	(void)state;
	CPU_ZERO(&one);
	CPU_SET(only, &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	struct verdict v = topology_load(NULL, &t);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(topology_cpus(t), 1);
	topology_capacity(t, 0, NULL, capacity);
	assert_memory_equal(capacity, none, sizeof none);
	v = gang_at(t, 0, PLACE_NONE, 0, &gang);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(gang.initiator, only);
	v = gang_at(t, 0, PLACE_CORE, 1, &gang);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	topology_free(t);
	if (!only)
		return;
	snprintf(list, sizeof list, "0-%u", only);
	v = topology_load(list, &t);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(v.text, "CPU "));
	assert_non_null(strstr(v.text, "affinity"));
}

static void a_described_machine_has_nothing_to_do_with_our_affinity(void **state)
{
	cpu_set_t one;

	(void)state;
	CPU_ZERO(&one);
	CPU_SET(last_cpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	struct topology *t = load_synthetic("pack:2 l3:2 core:2 pu:2");
	assert_int_equal(topology_cpus(t), 16);
	topology_free(t);
}

static void a_pin_holds_until_it_is_loosened(void **state)
{
	(void)state;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &affinity))
			continue;
		struct verdict v = cpu_pin(cpu);
		assert_true(verdict_is_ok(&v));
		assert_int_equal(sched_getcpu(), cpu);
		assert_true(cpu_is(cpu));
		assert_false(cpu_is(cpu + 1));
		assert_int_equal(sched_setaffinity(0, sizeof affinity, &affinity), 0);
		if (CPU_COUNT(&affinity) > 1)
			assert_false(cpu_is(cpu));
	}
}

static void assert_refused(unsigned cpu, const char *code)
{
	struct verdict v = cpu_pin(cpu);
	char name[32];

	snprintf(name, sizeof name, "CPU %u:", cpu);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_string_equal(v.code, code);
	assert_non_null(strstr(v.text, name));
	assert_true(v.remedy[0]);
}

static void put(const char *root, const char *path, const char *text)
{
	char full[256];

	snprintf(full, sizeof full, "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(full, 0700);
		*slash = '/';
	}
	int fd = open(full, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void a_cpu_that_cannot_be_had_is_named(void **state)
{
	char root[] = "/tmp/tlbscope-test-cpus-XXXXXX", command[64];

	(void)state;
	assert_refused(60000, "no-cpu");
	assert_refused(UINT32_MAX, "no-cpu");
	assert_non_null(mkdtemp(root));
	put(root, "/sys/devices/system/cpu/cpu60001/online", "0\n");
	put(root, "/sys/devices/system/cpu/cpu60002/online", "1\n");
	setenv("TLBSCOPE_SYSROOT", root, 1);
	assert_refused(60001, "cpu-offline");
	assert_refused(60002, "cpu-not-allowed");
	snprintf(command, sizeof command, "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, on_this_machine, put_affinity_back)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(affinity_to_one_cpu_is_kept_and_is_fine),
	    TEST(a_described_machine_has_nothing_to_do_with_our_affinity),
	    TEST(a_pin_holds_until_it_is_loosened),
	    TEST(a_cpu_that_cannot_be_had_is_named),
	};

	if (sched_getaffinity(0, sizeof affinity, &affinity)) {
		puts("more CPUs than this test's set holds");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
