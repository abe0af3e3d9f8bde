/* The kernel's counters beyond one thread's: tracepoints by reason, responders' CPUs, /proc/vmstat;
 * and who may count what. */
#include "unit/measure/scripted_perf.h"

static void a_machine_with_tracepoints(void)
{
	static const char *const events[] = {
	    "tlb/tlb_flush",
	    "irq_vectors/call_function_entry",
	    "irq_vectors/call_function_single_entry",
	    "ipi/ipi_entry",
	};
	char path[128], id[16];

	for (unsigned i = 0; i < sizeof events / sizeof *events; i++) {
		snprintf(path, sizeof path, "/sys/kernel/tracing/events/%s/id", events[i]);
		snprintf(id, sizeof id, "%u\n", 100 + i);
		assert_true(fake_root(path, id));
	}
	assert_true(fake_root("/proc/vmstat", "nr_free_pages 5\nthp_fault_alloc 10\npgfault 7"));
}

static void a_flush_is_counted_by_reason(void **state)
{
	static const char *const ids[] = {"tlb_flush_task_switch", "tlb_flush_remote",
					  "tlb_flush_local", "tlb_flush_local_mm",
					  "tlb_flush_ipi_send"};

	(void)state;
	a_machine_with_tracepoints();
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	struct counter_set *set = open_set(counters_open_all);
	for (unsigned reason = 0; reason < 5; reason++) {
		const struct counter *c = find(ids[reason]);
		char filter[24];
		unsigned opened = 0;

		snprintf(filter, sizeof filter, "reason == %u", reason);
		assert_int_equal(c->source, SOURCE_KERNEL);
		assert_true(c->perturbs);
		assert_string_equal(c->filter, filter);
		for (int fd = 0; fd < FDS_MAX; fd++)
			opened += is_open(fd) && !strcmp(script.fd[fd].filter, filter);
		assert_int_equal(opened, 1);
	}
	assert_string_equal(find("tlb_flush")->filter, "");
	counters_close(set);
	drop_fake_root();
}

static void a_filter_that_is_refused_is_not_available(void **state)
{
	(void)state;
	a_machine_with_tracepoints();
	script.filter = EINVAL;
	unsigned before = open_files();
	counters_resolve(&plan);
	assert_int_equal(open_files(), before);
	assert_int_equal(find("tlb_flush")->source, SOURCE_KERNEL);
	assert_int_equal(find("tlb_flush_local")->source, SOURCE_NONE);
	assert_non_null(strstr(find("tlb_flush_local")->info.reason, "reason == 2"));
	drop_fake_root();
}

static void responders_are_summed(void **state)
{
	static const unsigned cpus[] = {1, 3, 5};
	struct counter_set *set;

	(void)state;
	a_machine_with_tracepoints();
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	assert_true(counters_open_gang(&plan, cpus, 3, &set).outcome == OUTCOME_OK);
	for (unsigned leg = 0; leg < 3; leg++) {
		counters_start(set);
		counters_stop(set);
		struct counter_reading r = counters_get(set, index_of("tlb_flush_received"));
		assert_true(r.valid);
		assert_true(r.value == 3 * 100);
		assert_true(counters_get(set, index_of("tlb_flush")).value == 100);
	}
	script.running = 0.5; /* one that was multiplexed makes the sum worthless */
	counters_start(set);
	counters_stop(set);
	assert_false(counters_get(set, index_of("tlb_flush_received")).valid);
	counters_close(set);
	drop_fake_root();
}

static void a_cpu_that_is_offline_costs_the_sum_alone(void **state)
{
	static const unsigned cpus[] = {1, 3};
	struct counter_set *set;

	(void)state;
	a_machine_with_tracepoints();
	for (int from = 0; from <= 3; from += 3) { /* both of them, the second alone */
		scripted(NULL);
		counters_resolve(&plan);
		unsigned before = open_files();
		script.cpu_wide = ENODEV;
		script.cpu_wide_from = from;
		memset(script.fd, 0, sizeof script.fd);
		assert_true(counters_open_gang(&plan, cpus, 2, &set).outcome == OUTCOME_OK);
		counters_start(set);
		counters_stop(set);
		assert_false(counters_get(set, index_of("tlb_flush_received")).valid);
		assert_true(counters_get(set, index_of("tlb_flush")).valid);
		counters_close(set);
		assert_int_equal(open_files(), before);
	}
	drop_fake_root();
}

static void timed_legs_see_no_tracepoint_and_no_vmstat(void **state)
{
	(void)state;
	a_machine_with_tracepoints();
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	struct counter_set *set = open_set(counters_open);
	for (int fd = 0; fd < FDS_MAX; fd++)
		assert_false(is_open(fd) && script.fd[fd].attr.type == PERF_TYPE_TRACEPOINT);
	counters_start(set);
	assert_true(fake_root("/proc/vmstat", "thp_fault_alloc 14\n"));
	counters_stop(set);
	assert_false(counters_get(set, index_of("thp_fault_alloc")).valid);
	counters_close(set);
	drop_fake_root();
}

static perf_open_fn *below;
static unsigned tries, tracepoints_tried;

static int counted_open(struct perf_event_attr *attr, int pid, int cpu, int group_fd,
			unsigned long flags)
{
	tries++;
	tracepoints_tried += attr->type == PERF_TYPE_TRACEPOINT;
	return below(attr, pid, cpu, group_fd, flags);
}

/* Each tracepoint that is closed waits for every CPU: a bare round took a second for them. */
static void a_bare_run_tries_none_that_perturbs(void **state)
{
	(void)state;
	a_machine_with_tracepoints();
	below = counters_perf_open;
	counters_perf_open = counted_open;
	tries = tracepoints_tried = 0;
	counters_resolve(&plan);
	assert_true(tracepoints_tried >= 8);
	unsigned n = plan.n, all = tries;

	tries = tracepoints_tried = 0;
	struct verdict resolved = counters_resolve_with(&plan, NULL, true);

	assert_true(verdict_is_ok(&resolved));
	assert_int_equal(tracepoints_tried, 0);
	assert_true(tries > 0 && tries < all);
	assert_int_equal(plan.n, n); /* each is still named, with the reason */
	for (unsigned i = 0; i < plan.n; i++)
		if (plan.counter[i].perturbs) {
			assert_int_equal(plan.counter[i].source, SOURCE_NONE);
			assert_non_null(strstr(plan.counter[i].info.reason, "--bare"));
		}
	assert_int_equal(find("page_faults")->source, SOURCE_KERNEL);
	counters_perf_open = below;
	drop_fake_root();
}

static void vmstat_is_what_changed_on_the_machine(void **state)
{
	(void)state;
	a_machine_with_tracepoints();
	counters_resolve(&plan);
	assert_int_equal(find("thp_fault_alloc")->source, SOURCE_KERNEL);
	assert_non_null(strstr(find("thp_fault_alloc")->info.counts, "whole machine"));
	assert_int_equal(find("compact_stall")->source, SOURCE_NONE);
	assert_non_null(strstr(find("nr_tlb_remote_flush")->info.reason, "DEBUG_TLBFLUSH"));
	struct counter_set *set = open_set(counters_open_all);
	counters_start(set);
	assert_true(fake_root("/proc/vmstat", "pgfault 7\nthp_fault_alloc 14\nthp_fault 3\n"));
	counters_stop(set);
	assert_true(counters_get(set, index_of("thp_fault_alloc")).valid);
	assert_true(counters_get(set, index_of("thp_fault_alloc")).value == 4);
	assert_true(counters_get(set, index_of("pgfault")).value == 0);
	assert_false(counters_get(set, index_of("compact_stall")).valid);
	counters_start(set);
	assert_true(fake_root("/proc/vmstat", "pgfault 7\n")); /* a line that is gone */
	counters_stop(set);
	assert_false(counters_get(set, index_of("thp_fault_alloc")).valid);
	counters_close(set);
	drop_fake_root();
}

/* One line each that names the level; what is left counts in user mode only. */
static bool degrades(int level)
{
	char line[512], want[64];

	script.paranoid = level;
	counters_resolve(&plan);
	counters_describe(&plan, line, sizeof line);
	snprintf(want, sizeof want, "perf_event_paranoid is %d", level);
	if (strchr(line, '\n') || !strstr(find("context_switches")->info.reason, want))
		return false;
	if (level >= 3)
		return find("page_faults")->source == SOURCE_NONE &&
		       find("dtlb_load_walk")->source == SOURCE_NONE && strstr(line, want) &&
		       strstr(line, "sysctl kernel.perf_event_paranoid=1");
	return find("page_faults")->source == SOURCE_KERNEL && !find("page_faults")->kernel &&
	       find("dtlb_load_walk")->source == SOURCE_RAW &&
	       find("dtlb_load_walk")->attr.exclude_kernel && strstr(line, "hardware events");
}

static bool degrades_2(void)
{
	return degrades(2);
}

static bool degrades_3(void)
{
	return degrades(3);
}

static bool degrades_4(void)
{
	return degrades(4);
}

static void each_paranoid_level_is_one_line(void **state)
{
	static bool (*const bodies[])(void) = {degrades_2, degrades_3, degrades_4};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		char level[8];

		snprintf(level, sizeof level, "%u\n", i + 2);
		assert_true(fake_root("/proc/sys/kernel/perf_event_paranoid", level));
		assert_int_equal(in_a_child(bodies[i], true), 0);
		drop_fake_root();
	}
}

struct obstacle {
	const char *file, *text; /* of the fake machine */
	int error;
	const char *says, *remedy;
};

static void the_obstacle_is_named_with_its_remedy(void **state)
{
	static const struct obstacle obstacles[] = {
	    {"/proc/self/cgroup", "0::/docker/abc\n", EPERM, "cgroup docker", "--cap-add PERFMON"},
	    {"/run/.containerenv", "\n", EACCES, "cgroup podman", "seccomp profile"},
	    {"/proc/sys/kernel/perf_event_paranoid", "2\n", ENOSYS, "filtered out", "profile"},
	    {"/proc/nothing", "\n", ENOSYS, "built without perf events", ""},
	    {"/proc/sys/kernel/nmi_watchdog", "1\n", EBUSY, "NMI watchdog holds one",
	     "sysctl kernel.nmi_watchdog=0"},
	    {"/proc/sys/kernel/nmi_watchdog", "0\n", EBUSY, "another user holds them", ""},
	    {"/proc/nothing", "\n", ENOENT, "exposes no PMU", ""},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof obstacles / sizeof *obstacles; i++) {
		char line[512];

		scripted(NULL);
		script.hardware = obstacles[i].error;
		assert_true(fake_root(obstacles[i].file, obstacles[i].text));
		counters_resolve(&plan);
		counters_describe(&plan, line, sizeof line);
		drop_fake_root();
		assert_null(strchr(line, '\n'));
		if (!strstr(line, obstacles[i].says) || !strstr(line, obstacles[i].remedy))
			fail_msg("\"%s\" does not say \"%s\" and \"%s\"", line, obstacles[i].says,
				 obstacles[i].remedy);
	}
}

/* Root of a container with user namespaces: its capabilities count for nothing here. */
static void root_of_another_namespace_is_an_ordinary_user(void **state)
{
	(void)state;
	assert_true(fake_root("/proc/self/uid_map", "0 100000 65536\n"));
	assert_true(fake_root("/proc/sys/kernel/perf_event_paranoid", "3\n"));
	script.hardware = EACCES;
	counters_resolve(&plan);
	assert_non_null(strstr(find("dtlb_load_walk")->info.reason, "perf_event_paranoid is 3: "));
	drop_fake_root();
}

static void a_counter_that_somebody_holds_shows_in_a_trial(void **state)
{
	(void)state;
	assert_true(fake_root("/proc/sys/kernel/nmi_watchdog", "1\n"));
	script.end_of_file = true; /* what a pinned group in error reads as */
	counters_resolve(&plan);
	assert_int_equal(find("dtlb_load_walk")->source, SOURCE_RAW);
	assert_non_null(strstr(find("dtlb_load_walk")->info.reason, "kernel.nmi_watchdog=0"));
	drop_fake_root();
}

static void walks_of_the_kernel_are_counted_apart(void **state)
{
	(void)state;
	counters_resolve(&plan);
	const struct counter *user = find("dtlb_load_walk"),
			     *kernel = find("dtlb_load_walk_kernel");
	assert_int_equal(kernel->source, SOURCE_RAW);
	assert_int_equal(kernel->attr.config, user->attr.config);
	assert_true(user->attr.exclude_kernel && !user->attr.exclude_user);
	assert_true(kernel->attr.exclude_user && !kernel->attr.exclude_kernel);
	assert_non_null(strstr(kernel->info.counts, "in kernel mode"));
	script.paranoid = 2;
	assert_true(fake_root("/proc/sys/kernel/perf_event_paranoid", "2\n"));
	counters_resolve(&plan);
	drop_fake_root();
	assert_int_equal(find("dtlb_load_walk")->source, SOURCE_RAW);
	assert_int_equal(find("dtlb_load_walk_kernel")->source, SOURCE_NONE);
}

static void chosen_events_are_counted_beside_the_others(void **state)
{
	struct verdict v = counters_resolve_with(&plan, "perf::CPU-CLOCK,perf::TASK-CLOCK", false);

	(void)state;
	assert_true(verdict_is_ok(&v));
	assert_true(find("perf::CPU-CLOCK")->chosen);
	assert_int_equal(find("perf::TASK-CLOCK")->source, SOURCE_KERNEL);
	assert_int_equal(find("page_faults")->source, SOURCE_KERNEL);
	v = counters_resolve_with(&plan, "perf_raw::r1c2:k", false);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(find("perf_raw::r1c2:k")->attr.exclude_user, 1);
	assert_int_equal(find("perf_raw::r1c2:k")->attr.exclude_kernel, 0);
	assert_true(find("perf_raw::r1c2:k")->group > 0);
}

static void a_bad_list_is_one_line_that_names_the_event(void **state)
{
	static const struct {
		const char *list, *names;
	} cases[] = {
	    {"perf::PAGE-FAULTS,no_such_event", "no_such_event"},
	    {"perf::PAGE-FAULTS,,perf::CPU-CLOCK", "between commas"},
	    {"", "between commas"},
	    {"sched:../../x", "sched:../../x"},
	    {"perf::CPU-CLOCK,perf::CPU-CLOCK", "counted already"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct verdict v = counters_resolve_with(&plan, cases[i].list, false);

		assert_int_equal(v.outcome, OUTCOME_ERROR);
		assert_string_equal(v.code, "bad-event");
		assert_non_null(strstr(v.text, cases[i].names));
		assert_null(strchr(v.text, '\n'));
		assert_true(v.remedy[0]);
	}
	script.hardware = ENOENT;
	struct verdict v = counters_resolve_with(&plan, "perf_raw::r1c2", false);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(v.text, "perf_raw::r1c2"));
	assert_non_null(strstr(v.remedy, "exposes no PMU"));
	v = counters_check_events(
	    "perf_raw::r1c2"); /* the words are right, and nothing is opened */
	assert_true(verdict_is_ok(&v));
	v = counters_check_events("perf::nonsense");
	assert_int_equal(v.outcome, OUTCOME_ERROR);
}

static void gather(void *context, const char *name, const char *what)
{
	(void)what;
	if (strcmp(name, "perf::PAGE-FAULTS") == 0)
		++*(unsigned *)context;
	if (!counters_name_matches("fault", name) && !counters_name_matches("fault", what))
		fail_msg("%s: %s", name, what);
}

static void the_catalog_finds_what_matches(void **state)
{
	unsigned found = 0;

	(void)state;
	counters_each_event("fault", gather, &found);
	assert_int_equal(found, 1);
	assert_true(counters_name_matches("Walk", "dtlb_load_walk"));
	assert_true(counters_name_matches("dtlb*WALK", "dtlb_load_walk"));
	assert_false(counters_name_matches("load*", "dtlb_load_walk"));
	assert_false(counters_name_matches("walks", "dtlb_load_walk"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPTED(a_flush_is_counted_by_reason),
	    SCRIPTED(a_filter_that_is_refused_is_not_available),
	    SCRIPTED(responders_are_summed),
	    SCRIPTED(a_cpu_that_is_offline_costs_the_sum_alone),
	    SCRIPTED(timed_legs_see_no_tracepoint_and_no_vmstat),
	    SCRIPTED(a_bare_run_tries_none_that_perturbs),
	    SCRIPTED(vmstat_is_what_changed_on_the_machine),
	    SCRIPTED(each_paranoid_level_is_one_line),
	    SCRIPTED(the_obstacle_is_named_with_its_remedy),
	    SCRIPTED(root_of_another_namespace_is_an_ordinary_user),
	    SCRIPTED(a_counter_that_somebody_holds_shows_in_a_trial),
	    SCRIPTED(walks_of_the_kernel_are_counted_apart),
	    SCRIPTED(chosen_events_are_counted_beside_the_others),
	    SCRIPTED(a_bad_list_is_one_line_that_names_the_event),
	    SCRIPTED(the_catalog_finds_what_matches),
	};

	remember_the_real_kernel();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
