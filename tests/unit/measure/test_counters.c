/* Counters against a scripted kernel, and against the real one's software events. */
#include "measure/counters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- A scripted kernel ---- */

#define FDS_MAX 256

static struct {
	int hardware, software; /* errno for events of that sort, 0: they open */
	int raw;		/* errno for PERF_TYPE_RAW alone */
	unsigned open_limit;	/* opens until EMFILE; 0: none */
	unsigned group_limit;	/* events to a hardware group until EINVAL; 0: none */
	int control;		/* errno of enabling */
	bool end_of_file;	/* reads give nothing */
	double running;		/* share of the enabled time that groups run */
	unsigned opens;
	struct {
		bool open, on;
		int leader;
		unsigned n; /* of the group, in its leader */
		struct perf_event_attr attr;
		uint64_t enabled, running, value;
	} fd[FDS_MAX];
} script;

static perf_open_fn *real_open;
static perf_read_fn *real_read;
static perf_control_fn *real_control;
static cpu_identify_fn *real_identify;

static bool is_software(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_SOFTWARE || attr->type == PERF_TYPE_TRACEPOINT;
}

static int refused(const struct perf_event_attr *attr, int group_fd)
{
	int error = is_software(attr) ? script.software : script.hardware;

	if (attr->type == PERF_TYPE_RAW && script.raw)
		error = script.raw;
	if (script.open_limit && script.opens >= script.open_limit)
		error = EMFILE;
	if (!error && !is_software(attr) && group_fd >= 0 && script.group_limit &&
	    script.fd[group_fd].n >= script.group_limit)
		error = EINVAL;
	return error;
}

static int scripted_open(struct perf_event_attr *attr, int pid, int cpu, int group_fd,
			 unsigned long flags)
{
	int error = refused(attr, group_fd);

	assert_int_equal(pid, 0);
	assert_int_equal(cpu, -1);
	assert_int_equal(flags, PERF_FLAG_FD_CLOEXEC);
	assert_int_equal(attr->size, sizeof *attr);
	if (error) {
		errno = error;
		return -1;
	}
	script.opens++;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_in_range(fd, 0, FDS_MAX - 1);
	memset(&script.fd[fd], 0, sizeof script.fd[fd]);
	script.fd[fd].open = true;
	script.fd[fd].attr = *attr;
	script.fd[fd].leader = group_fd < 0 ? fd : group_fd;
	script.fd[script.fd[fd].leader].n++;
	return fd;
}

/* Between enabling and disabling, 1000 ns pass and each event happens as often as its config says.
 */
static int scripted_control(int fd, unsigned long request)
{
	assert_true(script.fd[fd].open && script.fd[fd].leader == fd);
	if (script.control) {
		errno = script.control;
		return -1;
	}
	script.fd[fd].on = request == PERF_EVENT_IOC_ENABLE;
	for (int i = 0; i < FDS_MAX && !script.fd[fd].on; i++) {
		if (!script.fd[i].open || script.fd[i].leader != fd)
			continue;
		script.fd[i].enabled += 1000;
		script.fd[i].running += (uint64_t)(1000 * script.running);
		script.fd[i].value += (uint64_t)((double)script.fd[i].attr.config * script.running);
	}
	return 0;
}

static ssize_t scripted_read(int fd, void *out, size_t size)
{
	uint64_t *word = out;
	unsigned n = 0;

	if (script.end_of_file)
		return 0;
	assert_true(size >= (3 + script.fd[fd].n) * sizeof *word);
	word[1] = script.fd[fd].enabled;
	word[2] = script.fd[fd].running;
	for (int i = 0; i < FDS_MAX; i++)
		if (script.fd[i].open && script.fd[i].leader == fd)
			word[3 + n++] = script.fd[i].value;
	word[0] = n;
	return (ssize_t)((3 + n) * sizeof *word);
}

static void a_skylake(struct cpu_identity *out)
{
	*out = (struct cpu_identity){"GenuineIntel", 6, 0x55};
}

static void nobodys_cpu(struct cpu_identity *out)
{
	*out = (struct cpu_identity){"CentaurHauls", 6, 0x0f};
}

static void new_amd(struct cpu_identity *out)
{
	*out = (struct cpu_identity){"AuthenticAMD", 99, 0};
}

static int scripted(void **state)
{
	(void)state;
	memset(&script, 0, sizeof script);
	script.running = 1;
	counters_perf_open = scripted_open;
	counters_perf_read = scripted_read;
	counters_perf_control = scripted_control;
	counters_identify = a_skylake;
	return 0;
}

static int unscripted(void **state)
{
	(void)state;
	counters_perf_open = real_open;
	counters_perf_read = real_read;
	counters_perf_control = real_control;
	counters_identify = real_identify;
	unsetenv("TLBSCOPE_SYSROOT");
	return 0;
}

static const struct counter *find(const struct counter_plan *plan, const char *id)
{
	for (unsigned i = 0; i < plan->n; i++)
		if (strcmp(plan->counter[i].info.id, id) == 0)
			return &plan->counter[i];
	fail_msg("the plan has no %s", id);
	return NULL;
}

static unsigned index_of(const struct counter_plan *plan, const char *id)
{
	return (unsigned)(find(plan, id) - plan->counter);
}

static bool is_hardware(const struct counter *c)
{
	return !is_software(&c->attr);
}

static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The body runs in a child as an ordinary user, where one can be had; its result is its exit code.
 */
static int as_ordinary_user(bool (*body)(void))
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		bool good =
		    (geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0)) && body();
		_exit(good ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* ---- Resolution ---- */

static struct counter_plan plan;

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
		assert_int_equal(find(&plan, "page_faults")->source, SOURCE_KERNEL);
		assert_int_equal(find(&plan, "context_switches")->source, SOURCE_KERNEL);
		assert_int_equal(find(&plan, "migrations")->source, SOURCE_KERNEL);
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
		assert_true(c->attr.exclude_kernel && c->attr.exclude_hv && !c->kernel);
		assert_int_equal(c->attr.read_format, PERF_FORMAT_GROUP |
							  PERF_FORMAT_TOTAL_TIME_ENABLED |
							  PERF_FORMAT_TOTAL_TIME_RUNNING);
	}
	assert_int_equal(n, 12);
	assert_int_equal(find(&plan, "dtlb_load_miss_l1")->attr.config, 0x2008);
	assert_string_equal(find(&plan, "dtlb_load_miss_l1")->info.event, "perf_raw::r2008");
	assert_string_equal(find(&plan, "dtlb_load_miss_l1")->info.raw, "4:0x2008");
	assert_int_equal(find(&plan, "page_faults")->group, 0);
	assert_true(find(&plan, "page_faults")->kernel);
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
	const struct counter *c = find(&plan, "dtlb_load_walk");
	assert_int_equal(c->source, SOURCE_GENERIC);
	assert_string_equal(c->info.source, "generic");
	assert_string_equal(c->info.event, "perf::dTLB-load-misses");
	assert_non_null(strstr(c->info.counts, "on Intel"));
	assert_string_equal(c->info.reason, "");
	c = find(&plan, "walk_cycles");
	assert_int_equal(c->source, SOURCE_NONE);
	assert_non_null(strstr(c->info.reason, "does not have this event"));
}

static void a_cpu_without_a_table_gets_what_the_kernel_can_name(void **state)
{
	char line[300];

	(void)state;
	counters_identify = new_amd;
	counters_resolve(&plan);
	assert_non_null(strstr(find(&plan, "dtlb_load_miss_l1")->info.counts, "on Zen"));
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
	    {EBUSY, "kernel.nmi_watchdog=0"},
	    {ENOSYS, "without perf events"},
	    {EIO, "Input/output error"},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		scripted(state);
		script.hardware = cases[i].error;
		counters_resolve(&plan);
		expect_none(cases[i].says);
	}
}

static void running_out_of_files_half_way_keeps_what_there_is(void **state)
{
	(void)state;
	script.open_limit = 8;
	unsigned before = open_files();
	counters_resolve(&plan);
	assert_int_equal(open_files(), before);
	assert_int_equal(find(&plan, "dtlb_load_miss_l1")->source, SOURCE_RAW);
	assert_non_null(strstr(find(&plan, "itlb_walk")->info.reason, "ulimit -n"));
}

/* A fake /proc that says so, whatever this machine says. */
static bool fake_root(const char *file, const char *text)
{
	char path[300], dir[] = "/tmp/counters-XXXXXX", *slash;

	if (!mkdtemp(dir))
		return false;
	chmod(dir, 0755);
	setenv("TLBSCOPE_SYSROOT", dir, 1);
	snprintf(path, sizeof path, "%s%s", dir, file);
	for (slash = strchr(path + strlen(dir) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	FILE *out = fopen(path, "w");
	bool good = out && fputs(text, out) >= 0;
	return out && fclose(out) == 0 && good;
}

static void drop_fake_root(void)
{
	char command[300];

	snprintf(command, sizeof command, "rm -r '%s'", getenv("TLBSCOPE_SYSROOT"));
	assert_int_equal(system(command), 0);
	unsetenv("TLBSCOPE_SYSROOT");
}

static bool all_forbidden(void)
{
	static const char want[] =
	    "perf_event_paranoid is 3: sudo sysctl kernel.perf_event_paranoid=1";

	script.hardware = script.software = EACCES;
	counters_resolve(&plan);
	for (unsigned i = 0; i < plan.n; i++)
		if (plan.counter[i].source != SOURCE_NONE ||
		    (plan.counter[i].attr.config && !plan.counter[i].perturbs &&
		     strcmp(plan.counter[i].info.reason, want) != 0))
			return false;
	return plan.n > 5;
}

static void paranoid_3_is_one_line_with_a_remedy(void **state)
{
	(void)state;
	assert_true(fake_root("/proc/sys/kernel/perf_event_paranoid", "3\n"));
	int code = as_ordinary_user(all_forbidden);
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
		setenv("LIBPFM_FORCE_PMU", "skx", 1);
		counters_resolve(&plan);
		const struct counter *c = find(&plan, "dtlb_load_walk");
		_exit(!(c->source == SOURCE_LIBPFM4 && c->attr.type == PERF_TYPE_RAW &&
			c->attr.config == 0x0e08 &&
			strcmp(c->info.event, "skx::DTLB_LOAD_MISSES:WALK_COMPLETED") == 0));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void the_number_of_the_tracepoint_is_read_where_tracefs_is(void **state)
{
	(void)state;
	assert_true(fake_root("/sys/kernel/debug/tracing/events/tlb/tlb_flush/id", "42\n"));
	assert_int_equal(counters_tlb_flush_id(), 42);
	drop_fake_root();
	assert_true(fake_root("/sys/nothing", "\n"));
	assert_true(counters_tlb_flush_id() < 0);
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

	(void)state;
	mounts(before, sizeof before);
	counters_tlb_flush_id();
	mounts(after, sizeof after);
	assert_string_equal(before, after);
}

/* ---- Reading ---- */

static struct counter_set *open_set(struct verdict (*how)(const struct counter_plan *,
							  struct counter_set **))
{
	struct counter_set *set = NULL;
	struct verdict v = how(&plan, &set);

	if (!verdict_is_ok(&v))
		fail_msg("%s", v.text);
	return set;
}

static void only_leaders_are_disabled_and_only_hardware_is_pinned(void **state)
{
	(void)state;
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	struct counter_set *set = open_set(counters_open_all);
	for (int i = 0; i < FDS_MAX; i++) {
		bool leader = script.fd[i].leader == i;

		if (!script.fd[i].open)
			continue;
		assert_int_equal(script.fd[i].attr.disabled, leader);
		assert_int_equal(script.fd[i].attr.pinned,
				 leader && !is_software(&script.fd[i].attr));
	}
	counters_close(set);
}

static void hardware_groups_take_turns_and_all_are_exact(void **state)
{
	unsigned valid[COUNTERS_MAX] = {0};

	(void)state;
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	struct counter_set *set = open_set(counters_open);
	for (unsigned round = 0; round < 6; round++) { /* three hardware groups, twice */
		unsigned groups = 0;

		counters_start(set);
		counters_stop(set);
		for (unsigned i = 0; i < plan.n; i++) {
			struct counter_reading r = counters_get(set, i);

			if (!r.valid)
				continue;
			valid[i]++;
			groups |= 1u << plan.counter[i].group;
			assert_true(r.value == (double)plan.counter[i].attr.config);
			assert_true(r.running == 1);
		}
		assert_int_equal(groups, 1u | 1u << (1 + round % 3));
	}
	for (unsigned i = 0; i < plan.n; i++)
		if (plan.counter[i].source != SOURCE_NONE && !plan.counter[i].perturbs)
			assert_int_equal(valid[i], is_hardware(&plan.counter[i]) ? 2 : 6);
	counters_close(set);
}

static void a_multiplexed_group_is_scaled_and_not_valid(void **state)
{
	(void)state;
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	struct counter_set *set = open_set(counters_open);
	script.running = 0.5;
	counters_start(set);
	counters_stop(set);
	struct counter_reading r = counters_get(set, index_of(&plan, "dtlb_load_miss_l1"));
	assert_false(r.valid);
	assert_true(r.running == 0.5);
	assert_true(r.value == 0x2008);
	counters_close(set);
}

static void an_event_that_stops_counting_is_not_valid_until_it_counts_again(void **state)
{
	(void)state;
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	unsigned faults = index_of(&plan, "page_faults");
	struct counter_set *set = open_set(counters_open);
	static const struct {
		double running;
		bool end_of_file;
		int control;
		bool valid;
	} steps[] = {
	    {1, false, 0, true}, {0, false, 0, false},	    {1, false, 0, true},
	    {1, true, 0, false}, {1, false, ENODEV, false}, {1, false, 0, true},
	};
	for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		script.running = steps[i].running;
		script.end_of_file = steps[i].end_of_file;
		script.control = steps[i].control;
		counters_start(set);
		counters_stop(set);
		struct counter_reading r = counters_get(set, faults);
		assert_int_equal(r.valid, steps[i].valid);
		if (!r.valid)
			assert_true(r.running == 0);
	}
	assert_false(counters_get(set, COUNTERS_MAX).valid);
	counters_close(set);
}

static void an_open_that_fails_in_a_worker_is_a_clear_verdict(void **state)
{
	static const struct {
		int error;
		const char *says;
	} cases[] = {{EMFILE, "ulimit -n"}, {ENODEV, "this"}, {EACCES, "perf_event_"}};

	for (unsigned i = 0; i < 3; i++) {
		struct counter_set *set = NULL;

		scripted(state);
		counters_resolve(&plan);
		unsigned before = open_files();
		script.hardware = cases[i].error;
		struct verdict v = counters_open(&plan, &set);
		assert_int_equal(v.outcome, OUTCOME_SKIPPED);
		assert_string_equal(v.code, "no-counter");
		assert_non_null(strstr(v.text, "dtlb_load_miss_l1"));
		assert_non_null(strstr(v.text, strerror(cases[i].error)));
		assert_non_null(strstr(v.remedy, cases[i].says));
		assert_null(set);
		assert_int_equal(open_files(), before);
	}
}

static void a_plan_with_nothing_to_count_is_an_empty_set(void **state)
{
	(void)state;
	script.hardware = script.software = ENOENT;
	counters_resolve(&plan);
	struct counter_set *set = open_set(counters_open_all);
	counters_start(set);
	counters_stop(set);
	for (unsigned i = 0; i < plan.n; i++)
		assert_false(counters_get(set, i).valid);
	counters_close(set);
	counters_close(NULL);
}

/* ---- The real kernel ---- */

#define PAGES 200

static char *fresh_pages(void)
{
	char *pages =
	    mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(pages != MAP_FAILED);
	madvise(pages, PAGES * 4096, MADV_NOHUGEPAGE);
	return pages;
}

static void need(const char *id)
{
	const struct counter *c = find(&plan, id);

	if (c->source != SOURCE_NONE)
		return;
	print_message("%s: %s\n", id, c->info.reason);
	skip();
}

static void touching_n_pages_is_n_faults_every_time(void **state)
{
	long page = sysconf(_SC_PAGESIZE);

	(void)state;
	counters_resolve(&plan);
	need("page_faults");
	unsigned faults = index_of(&plan, "page_faults");
	struct counter_set *set = open_set(counters_open);
	for (unsigned round = 0; round < 3; round++) {
		unsigned n = PAGES * 4096 / (unsigned)page >> round;
		char *pages = fresh_pages();

		pages[PAGES * 4096 - 1] = 1; /* outside: must not count */
		counters_start(set);
		for (unsigned i = 0; i < n / 2; i++)
			pages[i * (size_t)page] = 1;
		counters_stop(set);
		struct counter_reading r = counters_get(set, faults);
		assert_true(r.valid);
		assert_int_equal((long)r.value, n / 2);
		munmap(pages, PAGES * 4096);
	}
	counters_close(set);
}

static void sleeping_is_a_context_switch(void **state)
{
	(void)state;
	counters_resolve(&plan);
	need("context_switches");
	struct counter_set *set = open_set(counters_open);
	counters_start(set);
	for (unsigned i = 0; i < 20; i++)
		usleep(200);
	counters_stop(set);
	struct counter_reading r = counters_get(set, index_of(&plan, "context_switches"));
	assert_true(r.valid);
	assert_true(r.value >= 20);
	counters_close(set);
}

static double storm(struct counter_set *set, unsigned ops)
{
	char *pages = fresh_pages();

	counters_start(set);
	for (unsigned i = 0; i < ops; i++) {
		*(volatile char *)pages = 1;
		madvise(pages, 4096, MADV_DONTNEED);
	}
	counters_stop(set);
	munmap(pages, PAGES * 4096);
	struct counter_reading r = counters_get(set, index_of(&plan, "tlb_flush"));
	return r.valid ? r.value : -1;
}

static void a_storm_of_n_flushes_is_seen_but_not_in_a_timed_leg(void **state)
{
	(void)state;
	counters_resolve(&plan);
	need("tlb_flush");
	assert_true(find(&plan, "tlb_flush")->perturbs);
	struct counter_set *set = open_set(counters_open_all);
	double one = storm(set, 500), two = storm(set, 1000);
	assert_true(one >= 500 && one < 750); /* and those of context switches */
	assert_true(two >= 1000 && two < 1500);
	counters_close(set);
	set = open_set(counters_open);
	assert_true(storm(set, 100) < 0);
	counters_close(set);
}

static bool ordinary_user_degrades(void)
{
	struct counter_set *set = NULL;
	int level = 0;
	FILE *file = fopen("/proc/sys/kernel/perf_event_paranoid", "r");

	if (!file || fscanf(file, "%d", &level) != 1)
		return false;
	fclose(file);
	counters_resolve(&plan);
	const struct counter *faults = find(&plan, "page_faults"),
			     *switches = find(&plan, "context_switches");
	if (level < 2)
		return true;
	if (switches->source != SOURCE_NONE ||
	    !strstr(switches->info.reason, "perf_event_paranoid is"))
		return false;
	if (level > 2) /* Debian's 3 leaves nothing */
		return faults->source == SOURCE_NONE;
	if (faults->kernel || !strstr(faults->info.counts, "in user mode"))
		return false;
	struct verdict v = counters_open(&plan, &set);
	if (!verdict_is_ok(&v))
		return false;
	char *pages = fresh_pages();
	counters_start(set);
	for (unsigned i = 0; i < 50; i++)
		pages[i * 4096] = 1;
	counters_stop(set);
	struct counter_reading r = counters_get(set, index_of(&plan, "page_faults"));
	counters_close(set);
	return r.valid && (r.value == 50 || sysconf(_SC_PAGESIZE) != 4096);
}

static void an_ordinary_user_counts_what_the_kernel_allows(void **state)
{
	(void)state;
	assert_int_equal(as_ordinary_user(ordinary_user_degrades), 0);
}

#define SCRIPTED(test) cmocka_unit_test_setup_teardown(test, scripted, unscripted)

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
	    SCRIPTED(only_leaders_are_disabled_and_only_hardware_is_pinned),
	    SCRIPTED(hardware_groups_take_turns_and_all_are_exact),
	    SCRIPTED(a_multiplexed_group_is_scaled_and_not_valid),
	    SCRIPTED(an_event_that_stops_counting_is_not_valid_until_it_counts_again),
	    SCRIPTED(an_open_that_fails_in_a_worker_is_a_clear_verdict),
	    SCRIPTED(a_plan_with_nothing_to_count_is_an_empty_set),
	    cmocka_unit_test(touching_n_pages_is_n_faults_every_time),
	    cmocka_unit_test(sleeping_is_a_context_switch),
	    cmocka_unit_test(a_storm_of_n_flushes_is_seen_but_not_in_a_timed_leg),
	    cmocka_unit_test(an_ordinary_user_counts_what_the_kernel_allows),
	};

	real_open = counters_perf_open;
	real_read = counters_perf_read;
	real_control = counters_perf_control;
	real_identify = counters_identify;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
