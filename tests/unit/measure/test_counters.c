/* Counting: against a scripted kernel, and the real one's software events. */
#include "unit/measure/scripted_perf.h"

#include <sched.h>
#include <sys/mman.h>

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
	for (unsigned round = 0; round < 8; round++) { /* four hardware groups, twice */
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
		assert_int_equal(groups, 1u | 1u << (1 + round % 4));
	}
	for (unsigned i = 0; i < plan.n; i++)
		if (plan.counter[i].source != SOURCE_NONE && !plan.counter[i].perturbs)
			assert_int_equal(valid[i], is_hardware(&plan.counter[i]) ? 2 : 8);
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
	struct counter_reading r = counters_get(set, index_of("dtlb_load_miss_l1"));
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
	unsigned faults = index_of("page_faults");
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
		if (plan.counter[i].scope != SCOPE_SYSTEM)
			assert_false(counters_get(set, i).valid);
	counters_close(set);
	counters_close(NULL);
}

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
	const struct counter *c = find(id);

	if (c->source != SOURCE_NONE)
		return;
	print_message("%s: %s\n", id, c->info.reason);
	skip();
}

/* Uninstrumented: a sanitizer's shadow memory faults as well. */
__attribute__((noinline, no_sanitize("address", "undefined"))) static void
touch(volatile char *pages, unsigned n, size_t page_bytes)
{
	for (unsigned i = 0; i < n; i++)
		pages[i * page_bytes] = 1;
}

static void touching_n_pages_is_n_faults_every_time(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned most = (unsigned)(PAGES * 4096 / page);

	(void)state;
	counters_resolve(&plan);
	need("page_faults");
	unsigned faults = index_of("page_faults");
	struct counter_set *set = open_set(counters_open);
	for (unsigned n = most; n; n /= 4) {
		char *pages = fresh_pages();

		touch(pages + (most - 1) * page, 1, page); /* outside: must not count */
		counters_start(set);
		touch(pages, n - 1, page);
		counters_stop(set);
		struct counter_reading r = counters_get(set, faults);
		assert_true(r.valid);
		assert_int_equal((long)r.value, n - 1);
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
	struct counter_reading r = counters_get(set, index_of("context_switches"));
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
	struct counter_reading r = counters_get(set, index_of("tlb_flush"));
	return r.valid ? r.value : -1;
}

static bool storms_count(void)
{
	struct counter_set *set = NULL;

	if (counters_open_all(&plan, &set).outcome != OUTCOME_OK)
		return false;
	double few = storm(set, 500), many = storm(set, 1000);
	counters_close(set);
	if (few < 500 || few > 550 || many < 1000 ||
	    many > 1100) /* context switches flush as well */
		return false;
	if (counters_open(&plan, &set).outcome != OUTCOME_OK)
		return false;
	few = storm(set, 100);
	counters_close(set);
	return few < 0;
}

/* In a process that never ran on a second CPU: one that did sends interrupts besides, and counts
 * twice. */
static void a_storm_of_n_flushes_is_seen_but_not_in_a_timed_leg(void **state)
{
	cpu_set_t one, all;

	(void)state;
	counters_resolve(&plan);
	need("tlb_flush");
	assert_true(find("tlb_flush")->perturbs);
	sched_getaffinity(0, sizeof all, &all);
	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	int code = in_a_child(storms_count, false);
	sched_setaffinity(0, sizeof all, &all);
	assert_int_equal(code, 0);
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
	const struct counter *faults = find("page_faults"), *switches = find("context_switches");
	if (level < 2 || strstr(faults->info.reason, "perf_event_open is filtered out"))
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
	touch(pages, 50, 4096);
	counters_stop(set);
	struct counter_reading r = counters_get(set, index_of("page_faults"));
	counters_close(set);
	return r.valid && (r.value == 50 || sysconf(_SC_PAGESIZE) != 4096);
}

static void an_ordinary_user_counts_what_the_kernel_allows(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(ordinary_user_degrades, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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

	remember_the_real_kernel();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
