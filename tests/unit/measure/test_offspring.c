/* Workers as processes: how each ends, and what is left of it. */
#include "measure/offspring.h"
#include "unit/measure/processes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct shared {
	int cpu;
	bool alone;    /* bound to one CPU */
	bool unmasked; /* no signal blocked */
	pid_t pid, grandchild, group;
} * shared;

static unsigned cpu[2];
static sigset_t before;

static int set_up(void **state)
{
	(void)state;
	*shared = (struct shared){0};
	offspring_block(&before);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	while (offspring_pending())
		;
	offspring_unblock(&before);
	return 0;
}

static void look_around(void *argument)
{
	struct shared *s = argument;
	sigset_t mask;
	cpu_set_t set;

	s->cpu = sched_getcpu();
	sigprocmask(SIG_BLOCK, NULL, &mask);
	s->unmasked = !sigismember(&mask, SIGINT) && !sigismember(&mask, SIGTERM) &&
		      !sigismember(&mask, SIGHUP) && !sigismember(&mask, SIGCHLD);
	sched_getaffinity(0, sizeof set, &set);
	s->alone = CPU_COUNT(&set) == 1;
	s->pid = getpid();
	s->group = getpgrp();
}

static void die(void *argument)
{
	(void)argument;
	kill(getpid(), SIGKILL);
}

static void exit_badly(void *argument)
{
	(void)argument;
	_exit(3);
}

static void have_a_child(struct shared *s)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	s->grandchild = pid;
}

static void hang_with_a_child(void *argument)
{
	have_a_child(argument);
	for (;;)
		pause();
}

static void leave_a_child(void *argument)
{
	have_a_child(argument);
}

static void die_and_leave_a_child(void *argument)
{
	have_a_child(argument);
	signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
	kill(getpid(), SIGSEGV);
	pause();
}

/* Killing is asynchronous; five seconds are a bound, not a measure. */
static bool gone(pid_t pid)
{
	for (int i = 0; i < 500 && process_lives(pid); i++)
		sleep_ms(10);
	return pid > 0 && !process_lives(pid);
}

static enum offspring_end run(void (*body)(void *), double deadline_s, int *got)
{
	*got = 0;
	return offspring_run(cpu[0], body, shared, deadline_s, got);
}

static void it_is_born_where_it_should_be_with_signals_as_usual(void **state)
{
	int got;

	(void)state;
	for (int i = 0; i < 20; i++)
		for (int c = 0; c < 2; c++) {
			int end = offspring_run(cpu[c], look_around, shared, 10, &got);

			assert_int_equal(end, OFFSPRING_DONE);
			assert_int_equal(shared->cpu, cpu[c]);
			assert_true(shared->alone);
			assert_true(shared->unmasked);
			assert_int_equal(shared->group, shared->pid);
		}
	assert_int_equal(children_of(getpid(), NULL), 0);
}

static void the_parent_keeps_its_own_cpus(void **state)
{
	cpu_set_t was, is;
	int got;

	(void)state;
	sched_getaffinity(0, sizeof was, &was);
	run(look_around, 10, &got);
	sched_getaffinity(0, sizeof is, &is);
	assert_true(CPU_EQUAL(&was, &is));
	offspring_run(4000, look_around, shared, 10, &got);
	sched_getaffinity(0, sizeof is, &is);
	assert_true(CPU_EQUAL(&was, &is));
}

static void one_that_dies_has_died(void **state)
{
	int got;

	(void)state;
	assert_int_equal(run(die, 10, &got), OFFSPRING_DIED);
	assert_int_equal(run(exit_badly, 10, &got), OFFSPRING_DIED);
	assert_int_equal(got, 0);
	assert_int_equal(children_of(getpid(), NULL), 0);
}

static void one_that_hangs_is_ended_with_its_children(void **state)
{
	int got;

	(void)state;
	assert_int_equal(run(hang_with_a_child, 0.3, &got), OFFSPRING_HUNG);
	assert_true(gone(shared->grandchild));
	assert_int_equal(children_of(getpid(), NULL), 0);
}

static void children_go_with_it_however_it_ends(void **state)
{
	int got;

	(void)state;
	assert_int_equal(run(leave_a_child, 10, &got), OFFSPRING_DONE);
	assert_true(gone(shared->grandchild));
	shared->grandchild = 0;
	assert_int_equal(run(die_and_leave_a_child, 10, &got), OFFSPRING_DIED);
	assert_true(gone(shared->grandchild));
}

static void signal_me_later(int number, long ms)
{
	pid_t parent = getpid();

	if (fork() == 0) {
		sleep_ms(ms);
		kill(parent, number);
		_exit(0);
	}
}

static void a_stop_signal_interrupts(void **state)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
	int got;

	(void)state;
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
		signal_me_later(stops[i], 100);
		assert_int_equal(run(hang_with_a_child, 30, &got), OFFSPRING_INTERRUPTED);
		assert_int_equal(got, stops[i]);
		assert_true(gone(shared->grandchild));
		waitpid(-1, NULL, 0); /* who signalled */
		assert_int_equal(children_of(getpid(), NULL), 0);
	}
}

static void a_signal_between_two_workers_is_kept(void **state)
{
	int got;

	(void)state;
	assert_int_equal(offspring_pending(), 0);
	kill(getpid(), SIGTERM);
	assert_int_equal(offspring_pending(), SIGTERM);
	assert_int_equal(offspring_pending(), 0);
	kill(getpid(), SIGINT);
	assert_int_equal(run(hang_with_a_child, 30, &got), OFFSPRING_INTERRUPTED);
	assert_int_equal(got, SIGINT);
}

/* Another child's end is not the worker's. */
static void a_stranger_that_ends_does_not_end_it(void **state)
{
	int got;

	(void)state;
	if (fork() == 0) {
		sleep_ms(50);
		_exit(0);
	}
	assert_int_equal(run(hang_with_a_child, 0.5, &got), OFFSPRING_HUNG);
	waitpid(-1, NULL, 0);
}

static void a_cpu_that_is_not_there_gives_no_worker(void **state)
{
	int got = 0;

	(void)state;
	assert_int_equal(offspring_run(4000, look_around, shared, 1, &got), OFFSPRING_NO_FORK);
	assert_int_equal(shared->pid, 0);
	assert_int_equal(children_of(getpid(), NULL), 0);
}

/* Some parents start us with SIGCHLD ignored: children then vanish unseen. */
static void an_ignored_sigchld_does_not_matter(void **state)
{
	int got, end;

	(void)state;
	offspring_unblock(&before);
	signal(SIGCHLD, SIG_IGN);
	offspring_block(&before);
	end = run(look_around, 2, &got);
	assert_int_equal(end, OFFSPRING_DONE);
	end = run(die, 2, &got);
	assert_int_equal(end, OFFSPRING_DIED);
	signal(SIGCHLD, SIG_DFL);
}

/* nohup and shells' background jobs ask us not to hear a signal. */
static void an_ignored_stop_signal_stays_ignored(void **state)
{
	int got;

	(void)state;
	offspring_unblock(&before);
	signal(SIGHUP, SIG_IGN);
	offspring_block(&before);
	kill(getpid(), SIGHUP);
	assert_int_equal(offspring_pending(), 0);
	kill(getpid(), SIGHUP);
	assert_int_equal(run(look_around, 5, &got), OFFSPRING_DONE);
	offspring_unblock(&before);
	signal(SIGHUP, SIG_DFL);
	offspring_block(&before);
}

static void what_was_blocked_before_is_again_after(void **state)
{
	sigset_t old, mask;

	(void)state;
	offspring_unblock(&before);
	offspring_block(&old);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	assert_true(sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM));
	offspring_unblock(&old);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	assert_false(sigismember(&mask, SIGINT) || sigismember(&mask, SIGCHLD));
	offspring_block(&before);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(it_is_born_where_it_should_be_with_signals_as_usual),
	    T(the_parent_keeps_its_own_cpus),
	    T(one_that_dies_has_died),
	    T(one_that_hangs_is_ended_with_its_children),
	    T(children_go_with_it_however_it_ends),
	    T(a_stop_signal_interrupts),
	    T(a_signal_between_two_workers_is_kept),
	    T(a_stranger_that_ends_does_not_end_it),
	    T(a_cpu_that_is_not_there_gives_no_worker),
	    T(an_ignored_sigchld_does_not_matter),
	    T(an_ignored_stop_signal_stays_ignored),
	    T(what_was_blocked_before_is_again_after),
	};

	if (!two_cpus(cpu))
		return 77;
	shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
