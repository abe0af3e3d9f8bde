/* Real responders on two CPUs. Counts and states only: other people use this machine as well, so a
 * count may be off in one try and has to be right in one of many. */
#include "measure/clock.h"
#include "measure/gang.h"
#include "unit/measure/processes.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TRIES 20
#define OPS   200

static struct clock the_clock;
static unsigned cpu[2];
static struct gang_cpus cpus;
static char *page;
static uint64_t stamp[OPS + 1];

static struct gang *start(enum responder_state state)
{
	struct gang_spec spec = {.responders = 1, .place = PLACE_CORE, .state = state};
	struct gang *gang = NULL;

	for (int i = 0; i < TRIES && !gang; i++) {
		struct verdict v = gang_start(&spec, &cpus, &the_clock, &gang);

		if (!verdict_is_ok(&v))
			print_message("%s: %s\n", v.code, v.text);
	}
	assert_non_null(gang);
	return gang;
}

/* What a storm does: each operation drops one touched page. */
static void storm(void)
{
	stamp[0] = timer_stamp();
	for (int i = 0; i < OPS; i++) {
		*(volatile char *)page = 1;
		madvise(page, 4096, MADV_DONTNEED);
		stamp[i + 1] = timer_stamp();
	}
}

/* Some try gives between low and high gaps (or operations with one) for each operation. */
static bool sees(struct gang *gang, double low, double high)
{
	for (int i = 0; i < TRIES; i++) {
		gang_mark(gang, NULL);
		storm();
		struct gang_gaps gaps = gang_gaps(gang, stamp[0], stamp[OPS]);
		uint64_t hits, matched = 0;

		matched = gang_match(gang, stamp, OPS, &hits).recorded;
		assert_int_equal(matched, hits);
		gaps = gang_gaps(gang, stamp[0], stamp[OPS]);

		assert_true(hits <= OPS);
		assert_int_equal(gaps.n, gaps.recorded + gaps.lost);
		for (uint64_t k = 1; k < gaps.recorded; k++)
			assert_true(gaps.ns[k - 1] <= gaps.ns[k]);
		if (gaps.n >= low * OPS && gaps.n <= high * OPS && hits >= low * OPS &&
		    hits <= high * OPS)
			return true;
		print_message("try %d: %llu gaps, %llu hits\n", i, (unsigned long long)gaps.n,
			      (unsigned long long)hits);
	}
	return false;
}

static void a_spinner_sees_each_flush_of_its_memory(void **state)
{
	struct gang *gang = start(RESPONDER_SPIN);

	(void)state;
	assert_true(sees(gang, 0.5, 1.5));
	gang_stop(gang);
}

static void another_process_sees_none(void **state)
{
	struct gang *gang = start(RESPONDER_OTHER_MM);

	(void)state;
	assert_true(sees(gang, 0, 0.2));
	gang_stop(gang);
}

static void gaps_outside_the_interval_do_not_count(void **state)
{
	struct gang *gang = start(RESPONDER_SPIN);

	(void)state;
	gang_mark(gang, NULL);
	storm();
	struct gang_gaps before = gang_gaps(gang, 0, stamp[0]);
	struct gang_gaps none = gang_gaps(gang, stamp[OPS], stamp[OPS]);

	assert_true(before.n < OPS / 2);
	assert_int_equal(none.n, 0);
	gang_mark(gang, NULL);
	assert_true(gang_gaps(gang, stamp[0], stamp[OPS]).n == 0); /* forgotten */
	gang_stop(gang);
}

static char state_of_thread(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
	return task_state(path, NULL);
}

static void a_sleeper_sleeps_while_others_work(void **state)
{
	struct gang *gang = start(RESPONDER_SLEEP);
	unsigned asleep = 0;
	pid_t tid = 0;

	(void)state;
	assert_int_equal(other_threads(&tid), 1);
	for (int i = 0; i < TRIES; i++) {
		gang_mark(gang, NULL);
		storm();
		asleep += state_of_thread(tid) == 'S';
	}
	assert_true(asleep > TRIES / 2);
	assert_true(gang_in_place(gang));
	gang_stop(gang);
}

static void a_spinner_runs(void **state)
{
	struct gang *gang = start(RESPONDER_SPIN);
	pid_t tid = 0;

	(void)state;
	assert_int_equal(other_threads(&tid), 1);
	gang_mark(gang, NULL);
	assert_int_equal(state_of_thread(tid), 'R');
	gang_stop(gang);
}

static void moved_by_another_process(enum responder_state how)
{
	struct gang *gang = start(how);
	pid_t task = 0;

	if (how == RESPONDER_OTHER_MM)
		children_of(getpid(), &task);
	else
		other_threads(&task);
	assert_true(task > 0);
	assert_true(gang_in_place(gang));
	pid_t mover = fork();
	if (mover == 0) {
		move_to(task, cpu[0]);
		_exit(0);
	}
	waitpid(mover, NULL, 0);
	gang_mark(gang, NULL);
	assert_false(gang_in_place(gang));
	gang_stop(gang);
}

static void a_responder_that_was_moved_is_out_of_place(void **state)
{
	(void)state;
	moved_by_another_process(RESPONDER_SPIN);
	moved_by_another_process(RESPONDER_SLEEP);
	moved_by_another_process(RESPONDER_OTHER_MM);
}

/* One that may run elsewhere too is not pinned, wherever it runs now. */
static void a_responder_whose_binding_was_widened_is_out_of_place(void **state)
{
	struct gang *gang = start(RESPONDER_SPIN);
	cpu_set_t both;
	pid_t tid = 0;

	(void)state;
	other_threads(&tid);
	CPU_ZERO(&both);
	CPU_SET(cpu[0], &both);
	CPU_SET(cpu[1], &both);
	assert_int_equal(sched_setaffinity(tid, sizeof both, &both), 0);
	gang_mark(gang, NULL);
	assert_false(gang_in_place(gang));
	gang_stop(gang);
}

/* A responder that does not answer is not at work, and waiting for it has an end. */
static void a_responder_that_was_stopped_is_out_of_place(void **state)
{
	struct gang *gang = start(RESPONDER_OTHER_MM);
	pid_t child = 0;

	(void)state;
	assert_int_equal(children_of(getpid(), &child), 1);
	kill(child, SIGSTOP);
	gang_mark(gang, NULL);
	assert_false(gang_in_place(gang));
	for (int i = 0; i < 1000; i++) /* nor does each mark wait anew */
		gang_mark(gang, NULL);
	gang_stop(gang); /* does not wait for it either */
	assert_int_equal(children_of(getpid(), NULL), 0);
}

/* A thread that was joined stays in /proc for a moment. */
static bool no_thread_left(void)
{
	for (int i = 0; i < 500 && other_threads(NULL); i++)
		sleep_ms(2);
	return other_threads(NULL) == 0;
}

static void a_cpu_that_is_not_there_is_said(void **state)
{
	struct gang_spec spec = {.responders = 1, .place = PLACE_CORE, .state = RESPONDER_SPIN};
	struct gang_cpus nowhere = {.initiator = cpu[0], .n = 1, .responder = {4000}};
	struct gang *gang = (struct gang *)&spec;

	(void)state;
	for (int s = RESPONDER_SPIN; s < RESPONDER_STATES; s++) {
		spec.state = (enum responder_state)s;
		struct verdict v = gang_start(&spec, &nowhere, &the_clock, &gang);

		assert_int_equal(v.outcome, OUTCOME_INVALID);
		assert_true(v.text[0] && v.remedy[0]);
		assert_null(gang);
	}
	assert_true(no_thread_left());
	assert_int_equal(children_of(getpid(), NULL), 0);
}

static void nothing_is_left_of_a_gang(void **state)
{
	unsigned mappings = 0;

	(void)state;
	for (int i = 0; i < 50; i++)
		for (int s = RESPONDER_SPIN; s < RESPONDER_STATES; s++) {
			struct gang *gang = start((enum responder_state)s);

			gang_mark(gang, &(struct gang_target){page, 1, 4096, 4096});
			gang_stop(gang);
			assert_true(no_thread_left());
			assert_int_equal(children_of(getpid(), NULL), 0);
			if (i == 4)
				mappings = count_mappings();
		}
	if (!UNDER_ASAN) /* it keeps freed memory for a while */
		assert_true(count_mappings() <= mappings);
}

static void take_part(void *argument, unsigned who)
{
	atomic_fetch_add((atomic_uint *)argument + who, 1);
}

static void all_initiators_work_at_once_and_once_each(void **state)
{
	struct gang *gang = start(RESPONDER_FLUSH);
	atomic_uint times[2] = {0};

	(void)state;
	for (unsigned i = 1; i <= 100; i++) {
		gang_mark(gang, NULL);
		gang_together(gang, take_part, times);
		if (!gang_in_place(gang))
			break; /* no CPU for a second: others use this machine */
		assert_int_equal(times[0], i);
		assert_int_equal(times[1], i);
	}
	gang_stop(gang);
}

/* What a reader has to fetch anew is known of operations that have ended, and of no others. */
static void a_toucher_reads_what_was_flushed(void **state)
{
	struct gang *gang = start(RESPONDER_TOUCH);
	uint64_t most = 0;

	(void)state;
	for (int try = 0; try < TRIES && !most; try++) {
		gang_mark(gang, &(struct gang_target){page, OPS, 0, 4096});
		gang_mark(gang, &(struct gang_target){page, 1, 4096, 4096});
		assert_int_equal(gang_refill(gang).n, 0);
		for (int i = 0; i < 50; i++) {
			*(volatile char *)page = 1;
			madvise(page, 4096, MADV_DONTNEED);
			gang_progress(gang, 1);
			sleep_ms(1);
		}
		struct gang_refill refill = gang_refill(gang);

		most = refill.n;
		assert_true(refill.n <= 1);
		assert_true(isfinite(refill.page_ns) && isfinite(refill.kept_ns));
	}
	assert_int_equal(most, 1);
	gang_stop(gang);
}

static void no_gang_is_fine(void **state)
{
	(void)state;
	gang_mark(NULL, NULL);
	gang_stop(NULL);
	assert_true(gang_in_place(NULL));
	assert_false(gang_sees_gaps(&(struct gang_spec){0}));
	assert_false(gang_sees_gaps(
	    &(struct gang_spec){.responders = 1, .place = PLACE_CORE, .state = RESPONDER_SLEEP}));
	assert_true(gang_sees_gaps(&(struct gang_spec){
	    .responders = 1, .place = PLACE_CORE, .state = RESPONDER_OTHER_MM}));
}

static void names_of_states_read_back(void **state)
{
	enum responder_state back;

	(void)state;
	for (int s = RESPONDER_SPIN; s < RESPONDER_STATES; s++) {
		assert_true(
		    responder_state_parse(responder_state_name((enum responder_state)s), &back));
		assert_int_equal(back, s);
	}
	assert_false(responder_state_parse("dance", &back));
	assert_string_equal(responder_state_name(RESPONDER_NONE), "");
}

/* In this process or in another one: its faults are counted, and none of them is ours. */
static void a_responder_faults_for_itself(void **state)
{
	static const enum responder_state states[] = {RESPONDER_FAULT, RESPONDER_FAULT_APART};

	(void)state;
	for (unsigned s = 0; s < 2; s++) {
		struct gang *gang = start(states[s]);
		uint64_t work = 0;

		assert_true(gang_works(
		    &(struct gang_spec){.responders = 1, .place = PLACE_CORE, .state = states[s]}));
		assert_false(gang_sees_gaps(
		    &(struct gang_spec){.responders = 1, .place = PLACE_CORE, .state = states[s]}));
		gang_mark(gang, NULL);
		for (int i = 0; i < TRIES * 50 && work < 10000; i++) {
			usleep(2000);
			work = gang_least_work(gang);
		}
		assert_true(work >= 10000); /* more than it maps at once */
		gang_mark(gang, NULL);
		gang_stop(gang);
	}
	assert_false(gang_works(
	    &(struct gang_spec){.responders = 1, .place = PLACE_CORE, .state = RESPONDER_SPIN}));
	assert_false(gang_works(&(struct gang_spec){0}));
}

/* All states that poll answer; asking does not keep them from what they do. */
static void who_polls_gives_a_line_back(void **state)
{
	static const enum responder_state answer[] = {RESPONDER_SPIN, RESPONDER_TOUCH,
						      RESPONDER_SYSCALL, RESPONDER_OTHER_MM};
	struct gang_state now;

	(void)state;
	for (size_t i = 0; i < sizeof answer / sizeof *answer; i++) {
		struct gang *gang = start(answer[i]);
		bool answered = false;

		for (int try = 0; try < TRIES && !answered; try++)
			answered = gang_ask(gang, &now);
		assert_true(answered);
		assert_true(now.handoff_ns > 0);
		assert_true(now.width > 0);
		assert_true(gang_in_place(gang));
		gang_mark(gang, NULL);
		assert_true(gang_in_place(gang));
		gang_stop(gang);
	}
}

static void a_sleeper_gives_no_answer(void **state)
{
	struct gang *gang = start(RESPONDER_SLEEP);
	struct gang_state now;

	(void)state;
	assert_false(gang_ask(gang, &now));
	assert_false(gang_ask(NULL, &now));
	gang_stop(gang);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_responder_faults_for_itself),
	    cmocka_unit_test(a_spinner_sees_each_flush_of_its_memory),
	    cmocka_unit_test(another_process_sees_none),
	    cmocka_unit_test(gaps_outside_the_interval_do_not_count),
	    cmocka_unit_test(a_sleeper_sleeps_while_others_work),
	    cmocka_unit_test(a_spinner_runs),
	    cmocka_unit_test(a_responder_that_was_moved_is_out_of_place),
	    cmocka_unit_test(a_responder_whose_binding_was_widened_is_out_of_place),
	    cmocka_unit_test(a_responder_that_was_stopped_is_out_of_place),
	    cmocka_unit_test(a_cpu_that_is_not_there_is_said),
	    cmocka_unit_test(nothing_is_left_of_a_gang),
	    cmocka_unit_test(all_initiators_work_at_once_and_once_each),
	    cmocka_unit_test(a_toucher_reads_what_was_flushed),
	    cmocka_unit_test(who_polls_gives_a_line_back),
	    cmocka_unit_test(a_sleeper_gives_no_answer),
	    cmocka_unit_test(no_gang_is_fine),
	    cmocka_unit_test(names_of_states_read_back),
	};

	if (!two_cpus(cpu))
		return 77;
	cpus = (struct gang_cpus){.initiator = cpu[0], .n = 1, .responder = {cpu[1]}};
	clock_read(&the_clock);
	move_to(0, cpu[0]);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
