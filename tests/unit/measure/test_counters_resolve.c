/* What counters_resolve() makes of a machine. */
#include "unit/measure/scripted_perf.h"

static void nobodys_cpu(struct cpu_identity *out)
{
	*out = (struct cpu_identity){"CentaurHauls", 6, 0x0f};
}

#if defined(__aarch64__)
static void a_neoverse_v2(struct cpu_identity *out)
{
	*out = (struct cpu_identity){"0x41", 0xd4f, 0};
}
#endif

static void new_amd(struct cpu_identity *out)
{
	*out = (struct cpu_identity){"AuthenticAMD", 99, 0};
}

static void expect_none(const char *reason)
{
	unsigned n = 0;

	for (unsigned i = 0; i < plan.n; i++) {
		const struct counter *c = &plan.counter[i];

		if (!is_hardware(c))
			continue;
		n++;
		assert_int_equal(c->source, SOURCE_NONE);
		assert_string_equal(c->info.source, "none");
		if (!strstr(c->info.reason, reason))
			fail_msg("%s: \"%s\" does not say \"%s\"", c->info.id, c->info.reason,
				 reason);
		assert_null(strchr(c->info.reason, '\n'));
	}
	assert_true(n > 0);
}

static void without_a_pmu_the_kernel_still_counts(void **state)
{
	static const int absent[] = {ENOENT, ENODEV, EOPNOTSUPP};
	char line[300];

	for (unsigned i = 0; i < 3; i++) {
		scripted(state);
		script.hardware = absent[i];
		counters_resolve(&plan);
		expect_none("exposes no PMU");
		assert_int_equal(find("page_faults")->source, SOURCE_KERNEL);
		assert_int_equal(find("context_switches")->source, SOURCE_KERNEL);
		assert_int_equal(find("migrations")->source, SOURCE_KERNEL);
		counters_describe(&plan, line, sizeof line);
		assert_non_null(strstr(line, "n/a: this machine exposes no PMU"));
	}
}

static void every_row_opens_as_raw_in_groups_that_fit(void **state)
{
	unsigned size[COUNTERS_MAX + 1] = {0}, n = 0;

	(void)state;
	unsigned before = open_files();
	counters_resolve(&plan);
	assert_int_equal(open_files(), before);
	for (unsigned i = 0; i < plan.n; i++) {
		const struct counter *c = &plan.counter[i];

		if (!is_hardware(c))
			continue;
		n++;
		assert_int_equal(c->source, SOURCE_RAW);
		assert_int_equal(c->attr.type, PERF_TYPE_RAW);
		assert_true(c->group > 0 && ++size[c->group] <= COUNTERS_GROUP_MAX);
		assert_true(c->attr.exclude_hv && c->attr.exclude_kernel == !c->kernel &&
			    c->attr.exclude_user == c->kernel);
		assert_int_equal(c->attr.read_format, PERF_FORMAT_GROUP |
							  PERF_FORMAT_TOTAL_TIME_ENABLED |
							  PERF_FORMAT_TOTAL_TIME_RUNNING);
	}
	assert_int_equal(n, 12 + 4); /* and walks of the kernel */
	assert_int_equal(find("dtlb_load_miss_l1")->attr.config, 0x2008);
	assert_string_equal(find("dtlb_load_miss_l1")->info.event, "perf_raw::r2008");
	assert_string_equal(find("dtlb_load_miss_l1")->info.raw, "4:0x2008");
	assert_int_equal(find("page_faults")->group, 0);
	assert_true(find("page_faults")->kernel);
}

static void a_group_that_is_too_large_becomes_two(void **state)
{
	unsigned size[COUNTERS_MAX + 1] = {0};

	(void)state;
	script.group_limit = 2;
	counters_resolve(&plan);
	for (unsigned i = 0; i < plan.n; i++) {
		const struct counter *c = &plan.counter[i];

		if (!is_hardware(c))
			continue;
		assert_int_equal(c->source, SOURCE_RAW);
		assert_true(++size[c->group] <= 2);
	}
	assert_int_equal(size[1], 2);
	assert_int_equal(size[6], 2);
}

static void where_raw_is_refused_the_generic_event_says_what_it_is(void **state)
{
	(void)state;
	script.raw = ENOENT;
	counters_resolve(&plan);
	const struct counter *c = find("dtlb_load_walk");
	assert_int_equal(c->source, SOURCE_GENERIC);
	assert_string_equal(c->info.source, "generic");
	assert_string_equal(c->info.event, "perf::dTLB-load-misses");
	assert_non_null(strstr(c->info.counts, "on Intel"));
	assert_string_equal(c->info.reason, "");
	c = find("walk_cycles");
	assert_int_equal(c->source, SOURCE_NONE);
	assert_non_null(strstr(c->info.reason, "does not have this event"));
}

static void a_cpu_without_a_table_gets_what_the_kernel_can_name(void **state)
{
	char line[300];

	(void)state;
	counters_identify = new_amd;
	counters_resolve(&plan);
	assert_non_null(strstr(find("dtlb_load_miss_l1")->info.counts, "on Zen"));
	counters_identify = nobodys_cpu;
	counters_resolve(&plan);
	counters_describe(&plan, line, sizeof line);
	assert_non_null(strstr(line, "no table and no generic event for this CPU"));
}

static void remedies_name_the_obstacle(void **state)
{
	static const struct {
		int error;
		const char *says;
	} cases[] = {
	    {EMFILE, "ulimit -n"},
	    {EBUSY, "another user holds them"},
	    {ENOSYS, "without perf events"},
	    {EIO, "Input/output error"},
	};

	assert_true(fake_root("/proc/nothing", "\n"));
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		scripted(state);
		script.hardware = cases[i].error;
		counters_resolve(&plan);
		expect_none(cases[i].says);
	}
	drop_fake_root();
}

static void running_out_of_files_half_way_keeps_what_there_is(void **state)
{
	(void)state;
	counters_resolve(&plan);
	unsigned kernels = 0, before = open_files();
	for (unsigned i = 0; i < plan.n; i++)
		kernels += plan.counter[i].source == SOURCE_KERNEL &&
			   plan.counter[i].scope != SCOPE_SYSTEM;
	scripted(state);
	script.open_limit = kernels + 3;
	counters_resolve(&plan);
	assert_int_equal(open_files(), before);
	assert_int_equal(find("dtlb_load_miss_l1")->source, SOURCE_RAW);
	assert_non_null(strstr(find("itlb_walk")->info.reason, "ulimit -n"));
}

static bool all_forbidden(void)
{
	static const char want[] =
	    "perf_event_paranoid is 3: sudo sysctl kernel.perf_event_paranoid=1";

	script.hardware = script.software = EACCES;
	counters_resolve(&plan);
	for (unsigned i = 0; i < plan.n; i++)
		if ((plan.counter[i].source != SOURCE_NONE &&
		     plan.counter[i].scope != SCOPE_SYSTEM) ||
		    (plan.counter[i].attr.config && !plan.counter[i].perturbs &&
		     plan.counter[i].scope == SCOPE_THREAD &&
		     strcmp(plan.counter[i].info.reason, want) != 0))
			return false;
	return plan.n > 5;
}

static void paranoid_3_is_one_line_with_a_remedy(void **state)
{
	(void)state;
	assert_true(fake_root("/proc/sys/kernel/perf_event_paranoid", "3\n"));
	int code = in_a_child(all_forbidden, true);
	drop_fake_root();
	assert_int_equal(code, 0);
}

static void root_that_is_refused_hears_of_containers(void **state)
{
	(void)state;
	assert_true(fake_root("/proc/sys/kernel/perf_event_paranoid", "1\n"));
	script.hardware = EPERM;
	counters_resolve(&plan);
	drop_fake_root();
	expect_none("container");
}

/* libpfm4 looks at the environment once, at its first use in a process: so a process of its own. */
static void the_libpfm4_string_goes_first(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
#if defined(__aarch64__)
		static const char pmu[] = "arm_v2", event[] = "arm_v2::DTLB_WALK";
		const uint64_t config = 0x34;
		counters_identify = a_neoverse_v2;
#else
		static const char pmu[] = "skx", event[] = "skx::DTLB_LOAD_MISSES:WALK_COMPLETED";
		const uint64_t config = 0x0e08;
#endif
		counters_pmu_present = real_present;
		setenv("LIBPFM_FORCE_PMU", pmu, 1);
		counters_resolve(&plan);
		const struct counter *c = find("dtlb_load_walk");
		_exit(!(c->source == SOURCE_LIBPFM4 && c->attr.type == PERF_TYPE_RAW &&
			c->attr.config == config && strcmp(c->info.event, event) == 0));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void the_number_of_the_tracepoint_is_read_where_tracefs_is(void **state)
{
	(void)state;
	assert_true(fake_root("/sys/kernel/debug/tracing/events/tlb/tlb_flush/id", "42\n"));
	static const char *const names[] = {"tlb:tlb_flush", "tlb:nothing"};
	long ids[2];

	counters_tracepoint_ids(names, 2, ids);
	assert_int_equal(ids[0], 42);
	assert_true(ids[1] < 0);
	drop_fake_root();
	assert_true(fake_root("/sys/nothing", "\n"));
	counters_tracepoint_ids(names, 2, ids);
	assert_true(ids[0] < 0 && ids[1] < 0);
	drop_fake_root();
}

static void mounts(char *out, size_t size)
{
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, out, size - 1);

	assert_true(got > 0);
	out[got] = 0;
	close(fd);
}

static void looking_for_the_tracepoint_leaves_the_mounts_alone(void **state)
{
	static char before[1 << 16], after[1 << 16];
	static const char *const names[] = {"tlb:tlb_flush"};
	long id;

	(void)state;
	mounts(before, sizeof before);
	counters_tracepoint_ids(names, 1, &id);
	mounts(after, sizeof after);
	assert_string_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPTED(the_libpfm4_string_goes_first), /* before libpfm4 is first used */
	    SCRIPTED(without_a_pmu_the_kernel_still_counts),
	    SCRIPTED(every_row_opens_as_raw_in_groups_that_fit),
	    SCRIPTED(a_group_that_is_too_large_becomes_two),
	    SCRIPTED(where_raw_is_refused_the_generic_event_says_what_it_is),
	    SCRIPTED(a_cpu_without_a_table_gets_what_the_kernel_can_name),
	    SCRIPTED(remedies_name_the_obstacle),
	    SCRIPTED(running_out_of_files_half_way_keeps_what_there_is),
	    SCRIPTED(paranoid_3_is_one_line_with_a_remedy),
	    SCRIPTED(root_that_is_refused_hears_of_containers),
	    cmocka_unit_test(the_number_of_the_tracepoint_is_read_where_tracefs_is),
	    cmocka_unit_test(looking_for_the_tracepoint_leaves_the_mounts_alone),
	};

	remember_the_real_kernel();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
