/* Real partners on two CPUs: who shares what, whose turn it is, and that all are gone afterwards.
 * Counts may be off in one try and have to be right in one of many: other people use this machine
 * as well. */
#include "measure/partner.h"
#include "unit/measure/processes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cmocka.h>

#define TRIES 20
#define TURNS 100

static unsigned cpu[2];
static struct gang_cpus cpus;
static struct partners *partners;
static struct visit visit;
static int private_word;
static struct log {
	unsigned n, who[4 * TURNS];
	pid_t pid;
} * shared;

static unsigned last;

static void ring(struct visit *seen, unsigned who)
{
	assert_ptr_equal(seen, &visit);
	while (partners_take(partners, who)) {
		private_word++;
		shared->pid = getpid();
		shared->who[shared->n++ % (4 * TURNS)] = who;
		partners_pass(partners, who < last ? who + 1 : 0);
	}
}

static void deaf(struct visit *seen, unsigned who)
{
	(void)seen;
	(void)who;
	for (;;)
		pause();
}

static void start(struct partner_spec spec, void (*body)(struct visit *, unsigned))
{
	struct verdict v = verdict_ok();

	last = spec.n;
	partners = NULL;
	shared->n = 0;
	for (int i = 0; i < TRIES && !partners; i++)
		v = partners_start(&spec, &cpus, body, &visit, &partners);
	if (!verdict_is_ok(&v))
		print_message("%s: %s\n", v.code, v.text);
	assert_non_null(partners);
}

static void turns(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		partners_pass(partners, 1);
		assert_true(partners_take(partners, 0));
	}
}

static void a_thread_shares_our_memory_and_a_process_does_not(void **state)
{
	(void)state;
	private_word = 0;
	start((struct partner_spec){1, PARTNER_THREAD, false}, ring);
	turns(3);
	assert_int_equal(private_word, 3);
	assert_int_equal(shared->pid, getpid());
	assert_int_equal(other_threads(NULL), 1);
	assert_true(partners_stop(partners));
	assert_int_equal(other_threads(NULL), 0);

	start((struct partner_spec){1, PARTNER_PROCESS, false}, ring);
	turns(3);
	assert_int_equal(private_word, 3);
	assert_int_not_equal(shared->pid, getpid());
	assert_int_equal(children_of(getpid(), NULL), 1);
	assert_true(partners_stop(partners));
	assert_int_equal(children_of(getpid(), NULL), 0);
}

static void the_baton_goes_round(void **state)
{
	(void)state;
	start((struct partner_spec){3, PARTNER_PROCESS, false}, ring);
	turns(TURNS);
	assert_int_equal(shared->n, 3 * TURNS);
	for (unsigned i = 0; i < shared->n; i++)
		assert_int_equal(shared->who[i], i % 3 + 1);
	assert_true(partners_stop(partners));
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* Fewer would be a hand-over that never left the CPU's hands, more one that took two. */
static void on_one_cpu_each_turn_is_one_switch(void **state)
{
	(void)state;
	for (int i = 0; i < TRIES; i++) {
		start((struct partner_spec){1, i % 2 ? PARTNER_THREAD : PARTNER_PROCESS, false},
		      ring);
		turns(1);
		long before = switches();
		turns(TURNS);
		long seen = switches() - before;

		partners_stop(partners);
		if (i > 1 && seen >= TURNS && seen <= TURNS * 1.05)
			return;
		print_message("try %d: %ld switches\n", i, seen);
	}
	fail();
}

static void elsewhere_is_the_gangs_cpu(void **state)
{
	(void)state;
	start((struct partner_spec){1, PARTNER_THREAD, true}, ring);
	pid_t tid = 0;
	cpu_set_t set;

	turns(1);
	other_threads(&tid);
	assert_int_equal(sched_getaffinity(tid, sizeof set, &set), 0);
	assert_int_equal(CPU_COUNT(&set), 1);
	assert_true(CPU_ISSET(cpu[1], &set));
	assert_true(partners_stop(partners));
}

static void one_that_was_moved_is_told(void **state)
{
	pid_t child = 0;

	(void)state;
	start((struct partner_spec){1, PARTNER_PROCESS, false}, ring);
	turns(1);
	children_of(getpid(), &child);
	move_to(child, cpu[1]);
	turns(1);
	assert_false(partners_stop(partners));
	assert_int_equal(children_of(getpid(), NULL), 0);
}

static void a_process_that_does_not_listen_is_ended(void **state)
{
	(void)state;
	start((struct partner_spec){2, PARTNER_PROCESS, false}, deaf);
	assert_false(partners_stop(partners));
	assert_int_equal(children_of(getpid(), NULL), 0);
}

static void too_many_are_refused(void **state)
{
	(void)state;
	struct partner_spec many = {PARTNERS_MAX + 1, PARTNER_THREAD, false},
			    away = {2, PARTNER_THREAD, true};

	assert_int_equal(partners_start(&many, &cpus, ring, &visit, &partners).outcome,
			 OUTCOME_ERROR);
	assert_int_equal(partners_start(&away, &cpus, ring, &visit, &partners).outcome,
			 OUTCOME_ERROR);
	assert_true(partners_stop(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_thread_shares_our_memory_and_a_process_does_not),
	    cmocka_unit_test(the_baton_goes_round),
	    cmocka_unit_test(on_one_cpu_each_turn_is_one_switch),
	    cmocka_unit_test(elsewhere_is_the_gangs_cpu),
	    cmocka_unit_test(one_that_was_moved_is_told),
	    cmocka_unit_test(a_process_that_does_not_listen_is_ended),
	    cmocka_unit_test(too_many_are_refused),
	};

	if (!two_cpus(cpu)) {
		fprintf(stderr, "skipped: one CPU\n");
		return 77;
	}
	cpus = (struct gang_cpus){.initiator = cpu[0], .n = 1, .responder = {cpu[1]}};
	shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || cpu_pin(cpu[0]).outcome != OUTCOME_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
