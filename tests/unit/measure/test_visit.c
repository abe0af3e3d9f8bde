/* One visit to made-up benchmarks: what is called when, with what, and what is left afterwards. */
#include "measure/clock.h"
#include "measure/visit.h"
#include "stats/stats.h"
#include "unit/measure/made_up.h"
#include "unit/measure/processes.h"

#include <sys/mman.h>

#define LOG_MAX 100000

static struct log {
	unsigned n;
	struct call {
		enum { PREPARE = 1, ARM, LEG, OP, CHECK, RELEASE } hook;
		uint64_t value;
	} call[LOG_MAX];
	unsigned dirty_state;	 /* bytes of the state that were not zero at prepare */
	unsigned arm_fails_at;	 /* 1: the first */
	unsigned check_fails_at; /* 1: the first */
	unsigned faults;	 /* to cause in each leg */
	bool prepare_fails;
	bool moves;
	unsigned op_ms;	 /* an operation takes at least that */
	pid_t responder; /* to move to CPU 0 after the last leg */
	void *allocated;
} call_log;

struct state {
	uint64_t calls;
	char rest[5000];
};

static void note(int hook, uint64_t value)
{
	if (call_log.n < LOG_MAX)
		call_log.call[call_log.n++] = (struct call){hook, value};
}

static unsigned count(int hook)
{
	unsigned n = 0;

	for (unsigned i = 0; i < call_log.n; i++)
		n += (int)call_log.call[i].hook == hook;
	return n;
}

static struct verdict prepare(struct visit *visit)
{
	const char *state = visit->state;

	note(PREPARE, visit->seed);
	for (size_t i = 0; i < sizeof(struct state); i++)
		call_log.dirty_state += state[i] != 0;
	memset(visit->state, 0xff, sizeof(struct state));
	call_log.allocated = visit_alloc(visit, 3 << 20);
	assert_non_null(call_log.allocated);
	if (call_log.prepare_fails)
		return verdict_invalid("made-up", "none", "prepare fails");
	return verdict_ok();
}

static struct verdict arm(struct visit *visit, uint64_t n)
{
	(void)visit;
	note(ARM, n);
	if (call_log.arm_fails_at && count(ARM) >= call_log.arm_fails_at)
		return verdict_invalid("made-up", "none", "arm fails");
	return verdict_ok();
}

static void cause_faults(void)
{
	for (unsigned i = 0; i < call_log.faults; i++) {
		char *page =
		    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*(volatile char *)page = 1;
		munmap(page, 4096);
	}
}

static void leg(struct visit *visit, uint64_t n)
{
	(void)visit;
	for (uint64_t i = 0; i < n; i++)
		__asm__ volatile("" ::: "memory");
	cause_faults();
	note(LEG, n);
}

static void op(struct visit *visit, uint64_t i)
{
	(void)visit;
	if (i == 0)
		cause_faults();
	if (call_log.op_ms)
		usleep(call_log.op_ms * 1000);
	note(OP, i);
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	note(CHECK, n);
	if (call_log.moves)
		move_to(0, 1);
	if (call_log.responder && count(CHECK) == 2)
		move_to(call_log.responder, 0);
	if (count(CHECK) == 1)
		visit_report(visit, "own", (double)n);
	if (call_log.check_fails_at && count(CHECK) >= call_log.check_fails_at)
		return verdict_invalid("made-up", "none", "check fails");
	return verdict_ok();
}

static void release(struct visit *visit)
{
	(void)visit;
	note(RELEASE, 0);
}

static const struct bench legs = {.name = "legs",
				  .timing = TIME_LEG,
				  .state_bytes = sizeof(struct state),
				  .prepare = prepare,
				  .arm = arm,
				  .leg = leg,
				  .check = check,
				  .release = release};
static const struct bench ops = {.name = "ops",
				 .timing = TIME_OP,
				 .state_bytes = sizeof(struct state),
				 .prepare = prepare,
				 .arm = arm,
				 .op = op,
				 .check = check,
				 .release = release};
const struct bench *const bench_registry[] = {&legs, &ops, NULL};

static struct clock the_clock;
static struct counter_plan no_counters;
static struct interrupts before, after;
static struct gang_spec no_gang;
static struct gang_cpus cpus;
static struct region no_region[2];
static struct record record;

static struct bay bay = {.clock = &the_clock,
			 .region = no_region,
			 .gang_spec = &no_gang,
			 .cpus = &cpus,
			 .counter_plan = &no_counters,
			 .before = &before,
			 .after = &after,
			 .batch_ns = 100000,
			 .batches = 5};

static void visit_to(const struct bench *bench, const struct want *want)
{
	static struct cell cell;

	strcpy(cell.bench, bench->name);
	memset(&record, 0, sizeof record);
	visit_run(&bay, bench, &cell, want, 77, &record);
	assert_true(record.begun && record.done);
}

static int set_up(void **state)
{
	(void)state;
	memset(&call_log, 0, sizeof call_log);
	return 0;
}

static const double *sample(const char *name)
{
	for (unsigned i = 0; i < record.nsamples; i++)
		if (strcmp(record.sample[i].name, name) == 0)
			return &record.sample[i].value;
	return NULL;
}

static const struct proof *proof(const char *what)
{
	for (unsigned i = 0; i < record.nproofs; i++)
		if (strcmp(record.proof[i].what, what) == 0)
			return &record.proof[i];
	return NULL;
}

static void print_verdict(void)
{
	if (!verdict_is_ok(&record.verdict))
		print_message("%s: %s\n", record.verdict.code, record.verdict.text);
}

/* A clock that moves leaves no batch: then there is a reason, and no sample. */
static bool measured(void)
{
	print_verdict();
	if (verdict_is_ok(&record.verdict))
		return true;
	assert_string_equal(record.verdict.code, "clock-moved");
	assert_null(sample("ns"));
	return false;
}

static void batches_are_whole_passes_within_what_arm_provides(void **state)
{
	static const struct want wants[] = {
	    {.max_ops = 1000, .pass_ops = 300}, {.max_ops = 1000, .pass_ops = 1},
	    {.max_ops = 7, .pass_ops = 7},	{.max_ops = 100, .pass_ops = 0},
	    {.max_ops = 0, .pass_ops = 12},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		uint64_t pass = wants[i].pass_ops ? wants[i].pass_ops : 1;

		memset(&call_log, 0, sizeof call_log);
		visit_to(&legs, &wants[i]);
		assert_true(count(LEG) >= 1);
		for (unsigned k = 0; k < call_log.n; k++)
			if (call_log.call[k].hook == LEG || call_log.call[k].hook == ARM) {
				assert_int_equal(call_log.call[k].value % pass, 0);
				assert_true(!wants[i].max_ops ||
					    call_log.call[k].value <= wants[i].max_ops);
			}
	}
}

/* A leg that takes no time at all must not make batches without end. */
static void empty(struct visit *visit, uint64_t n)
{
	(void)visit;
	note(LEG, n);
}

static void a_leg_without_duration_ends(void **state)
{
	const struct bench nothing = {.name = "legs", .timing = TIME_LEG, .leg = empty};

	(void)state;
	visit_to(&nothing, &(struct want){.pass_ops = 3});
	for (unsigned k = 0; k < call_log.n; k++)
		assert_true(call_log.call[k].value && call_log.call[k].value % 3 == 0);
}

static void each_batch_is_armed_run_and_checked_with_one_number(void **state)
{
	unsigned i = 1;

	(void)state;
	visit_to(&legs, &(struct want){.max_ops = 1 << 20, .pass_ops = 64});
	assert_int_equal(call_log.call[0].hook, PREPARE);
	for (; i + 2 < call_log.n; i += 3) {
		assert_int_equal(call_log.call[i].hook, ARM);
		assert_int_equal(call_log.call[i + 1].hook, LEG);
		assert_int_equal(call_log.call[i + 2].hook, CHECK);
		assert_int_equal(call_log.call[i].value, call_log.call[i + 1].value);
		assert_int_equal(call_log.call[i].value, call_log.call[i + 2].value);
	}
	assert_int_equal(i, call_log.n - 1);
	assert_int_equal(call_log.call[i].hook, RELEASE);
	if (measured()) {
		assert_true(*sample("ns") > 0);
		assert_true(*sample("cycles") > 0);
		assert_null(sample("p99_ns"));
	}
}

static void single_operations_come_in_order_after_arming(void **state)
{
	const uint64_t n = 200;
	unsigned i = 1, batches = 0;

	(void)state;
	visit_to(&ops, &(struct want){.max_ops = n});
	print_verdict();
	assert_true(verdict_is_ok(&record.verdict));
	while (i < call_log.n && call_log.call[i].hook == ARM) {
		uint64_t armed = call_log.call[i++].value;

		for (uint64_t k = 0; k < armed; k++, i++) {
			assert_int_equal(call_log.call[i].hook, OP);
			assert_int_equal(call_log.call[i].value, k);
		}
		assert_int_equal(call_log.call[i].hook, CHECK);
		assert_int_equal(call_log.call[i++].value, armed);
		assert_true(armed == n || batches == 0); /* the first one only warms */
		assert_true(armed <= n);
		batches++;
	}
	assert_true(batches >= 2);
	assert_int_equal(call_log.call[i].hook, RELEASE);
	assert_int_equal(i, call_log.n - 1);
	assert_non_null(sample("ns"));
	assert_non_null(sample("p99_ns"));
	assert_non_null(sample("mean_ns"));
	assert_int_equal(record.ns.total, (batches - 1) * n);
}

/* Up to twice as many legs as are wanted; those that do not count leave nothing but their number.
 */
static void a_batch_is_cut_into_short_legs(void **state)
{
	unsigned armed = 0;

	(void)state;
	bay.conditions = true;
	visit_to(&ops, &(struct want){.max_ops = 512});
	bay.conditions = false;
	print_verdict();
	assert_true(verdict_is_ok(&record.verdict));
	for (unsigned i = 0; i < call_log.n; i++)
		if (call_log.call[i].hook == ARM && armed++) /* the first one only warms */
			assert_int_equal(call_log.call[i].value, 64);
	assert_in_range(armed - 1, 8, 16);
	const uint64_t counted = armed - 1 - (uint64_t)record.disturbed[DISTURBED_LEGS];

	assert_in_range(counted, 1, 8);
	assert_int_equal(record.ns.total, counted * 63); /* without the first of each */
	assert_non_null(sample("width"));
}

/* Cores of which nobody knows what they do alone are taken as they are; else there is an end to
 * waiting for one that does so much. */
static void a_visit_waits_a_while_for_its_core(void **state)
{
	const uint64_t from = timer_monotonic();

	(void)state;
	bay.conditions = true;
	bay.patience_ns = 50000000;
	bay.width_most = 1000;
	visit_to(&ops, &(struct want){.max_ops = 16});
	bay.conditions = false;
	bay.width_most = 0;
	bay.patience_ns = 0;
	assert_true(verdict_is_ok(&record.verdict));
	assert_true(timer_monotonic() - from >= 50000000);
	assert_true(*sample("width") < 1000);
}

static void slow_operations_are_fewer(void **state)
{
	(void)state;
	call_log.op_ms = 20; /* 512 would take ten seconds */
	visit_to(&ops, &(struct want){.max_ops = 300});
	print_verdict();
	assert_true(verdict_is_ok(&record.verdict));
	assert_int_equal(record.ns.total, 32);
	assert_int_equal(count(ARM), 2);
}

static void one_operation_is_enough(void **state)
{
	(void)state;
	visit_to(&ops, &(struct want){.max_ops = 1});
	print_verdict();
	assert_true(verdict_is_ok(&record.verdict));
	assert_true(record.ns.total >= 1);
}

static void no_operation_at_all_is_refused(void **state)
{
	(void)state;
	visit_to(&ops, &(struct want){0});
	assert_int_equal(record.verdict.outcome, OUTCOME_INVALID);
	assert_int_equal(record.nsamples, 0);
}

static void the_state_is_zero_and_the_seed_is_handed_on(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		call_log.n = 0;
		visit_to(&ops, &(struct want){.max_ops = 4});
		assert_int_equal(call_log.dirty_state, 0);
		assert_int_equal(call_log.call[0].value, 77);
	}
}

static void release_comes_last_whatever_failed(void **state)
{
	static const struct bench *const benches[] = {&legs, &ops};

	(void)state;
	for (int b = 0; b < 2; b++)
		for (int i = 0; i < 4; i++) {
			memset(&call_log, 0, sizeof call_log);
			call_log.arm_fails_at = i == 0 ? 1 : i == 1 ? 2 : 0;
			call_log.check_fails_at = i == 2;
			call_log.prepare_fails = i == 3;
			visit_to(benches[b], &(struct want){.max_ops = 16});
			assert_int_equal(record.verdict.outcome, OUTCOME_INVALID);
			assert_string_equal(record.verdict.code, "made-up");
			assert_int_equal(count(RELEASE), 1);
			assert_int_equal(call_log.call[call_log.n - 1].hook, RELEASE);
			assert_int_equal(count(ARM), i == 3 ? 0 : i == 1 ? 2 : 1);
			assert_int_equal(count(LEG) + count(OP) > 0, i == 1 || i == 2);
			assert_null(sample("ns"));
		}
}

static void faults_in_a_leg_fail_their_proof(void **state)
{
	struct want want = {.max_ops = 64, .expect = {.faults = true}};

	(void)state;
	call_log.faults = 80;
	visit_to(&ops, &want);
	assert_true(verdict_is_ok(&record.verdict));
	assert_int_equal(proof("faults")->state, PROOF_FAILED);
	assert_true(record.disturbed[DISTURBED_FAULTS] >= 80);
	visit_to(&legs, &want);
	if (measured())
		assert_int_equal(proof("faults")->state, PROOF_FAILED);
}

static void without_faults_the_proof_holds(void **state)
{
	(void)state;
	visit_to(&ops, &(struct want){.max_ops = 512, .expect = {.faults = true}});
	assert_int_equal(proof("faults")->state, PROOF_HELD);
	assert_int_equal(proof("pinned")->state, PROOF_HELD);
}

static void faults_that_are_claimed_have_to_come(void **state)
{
	struct want want = {.max_ops = 64, .expect = {.faults = true, .faults_per_op = 1}};

	(void)state;
	call_log.faults = 64;
	visit_to(&ops, &want);
	assert_int_equal(proof("faults")->state, PROOF_HELD);
	call_log.faults = 0;
	visit_to(&ops, &want);
	assert_int_equal(proof("faults")->state, PROOF_FAILED);
}

static void a_number_of_the_benchmarks_own_is_a_sample(void **state)
{
	unsigned n = 0;

	(void)state;
	visit_to(&ops, &(struct want){.max_ops = 16});
	for (unsigned i = 0; i < record.nsamples; i++)
		n += strcmp(record.sample[i].name, "own") == 0;
	assert_true(n > 0);
	assert_true(*sample("own") == 16);
}

static void memory_of_a_visit_goes_with_it(void **state)
{
	unsigned mappings = 0;
	unsigned char there;

	(void)state;
	for (int i = 0; i < 30; i++) {
		call_log.arm_fails_at = i % 3 == 2;
		call_log.n = 0;
		visit_to(i % 2 ? &ops : &legs, &(struct want){.max_ops = 64});
		if (i == 5)
			mappings = count_mappings();
		assert_true(mincore(call_log.allocated, 4096, &there) != 0);
	}
	if (!UNDER_ASAN)
		assert_true(count_mappings() <= mappings);
}

static void who_moves_away_is_invalid(void **state)
{
	static const struct bench *const benches[] = {&legs, &ops};

	(void)state;
	for (int b = 0; b < 2; b++) {
		memset(&call_log, 0, sizeof call_log);
		call_log.moves = true;
		visit_to(benches[b], &(struct want){.max_ops = 16});
		assert_int_equal(record.verdict.outcome, OUTCOME_INVALID);
		assert_true(strcmp(record.verdict.code, "moved") == 0 ||
			    strcmp(record.verdict.code, "clock-moved") == 0);
		assert_null(proof("pinned"));
		assert_null(sample("ipis"));
		move_to(0, cpus.initiator);
	}
}

/* 512 operations are one leg and a short one before it: nothing comes after the move. */
static void a_responder_that_was_moved_in_the_last_leg_is_noticed(void **state)
{
	struct gang_spec spec = {.responders = 1, .place = PLACE_CORE, .state = RESPONDER_SPIN};

	(void)state;
	for (int s = RESPONDER_SPIN; s <= RESPONDER_SLEEP; s++) {
		memset(&call_log, 0, sizeof call_log);
		spec.state = (enum responder_state)s;
		cpus.n = 1;
		cpus.responder[0] = 1;
		bay.gang_spec = &spec;
		struct verdict v = gang_start(&spec, &cpus, &the_clock, &bay.gang);
		assert_true(verdict_is_ok(&v));
		other_threads(&call_log.responder);
		visit_to(&ops, &(struct want){.max_ops = 512, .gang = spec});
		assert_int_equal(count(CHECK), 2);
		assert_int_equal(record.verdict.outcome, OUTCOME_INVALID);
		assert_string_equal(record.verdict.code, "moved");
		gang_stop(bay.gang);
		bay.gang = NULL;
		bay.gang_spec = &no_gang;
		cpus.n = 0;
	}
}

/* The responder is at work and the operations flush nothing: a failed proof, were it asked. */
static void an_emulated_machine_has_no_gaps_to_show(void **state)
{
	struct gang_spec spec = {.responders = 1, .place = PLACE_CORE, .state = RESPONDER_SPIN};
	const struct expect expect = {.ipis = true, .ipis_per_op = 1};

	(void)state;
	cpus.n = 1;
	cpus.responder[0] = 1;
	bay.gang_spec = &spec;
	for (int emulated = 0; emulated < 2; emulated++) {
		struct verdict v = gang_start(&spec, &cpus, &the_clock, &bay.gang);

		assert_true(verdict_is_ok(&v));
		bay.emulated = emulated;
		call_log.n = 0;
		visit_to(&ops, &(struct want){.max_ops = 512, .gang = spec, .expect = expect});
		assert_int_equal(call_log.call[1].value, emulated ? 4 : 32); /* to warm */
		assert_int_equal(record.ns.total, emulated ? 128 : 512);
		if (proof("gaps"))
			assert_int_equal(proof("gaps")->state,
					 emulated ? PROOF_UNAVAILABLE : PROOF_FAILED);
		if (proof("ipis"))
			assert_int_not_equal(proof("ipis")->state, PROOF_HELD);
		gang_stop(bay.gang);
	}
	bay.emulated = false;
	bay.gang = NULL;
	bay.gang_spec = &no_gang;
	cpus.n = 0;
}

#define T(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(batches_are_whole_passes_within_what_arm_provides),
	    T(a_leg_without_duration_ends),
	    T(each_batch_is_armed_run_and_checked_with_one_number),
	    T(single_operations_come_in_order_after_arming),
	    T(a_batch_is_cut_into_short_legs),
	    T(a_visit_waits_a_while_for_its_core),
	    T(slow_operations_are_fewer),
	    T(one_operation_is_enough),
	    T(an_emulated_machine_has_no_gaps_to_show),
	    T(no_operation_at_all_is_refused),
	    T(the_state_is_zero_and_the_seed_is_handed_on),
	    T(release_comes_last_whatever_failed),
	    T(faults_in_a_leg_fail_their_proof),
	    T(without_faults_the_proof_holds),
	    T(faults_that_are_claimed_have_to_come),
	    T(a_number_of_the_benchmarks_own_is_a_sample),
	    T(memory_of_a_visit_goes_with_it),
	    T(who_moves_away_is_invalid),
	    T(a_responder_that_was_moved_in_the_last_leg_is_noticed),
	};
	unsigned cpu[2];

	if (!two_cpus(cpu) || cpu[0] != 0 || cpu[1] != 1)
		return SKIP_TEST;
	cpus.initiator = cpu[0];
	move_to(0, cpu[0]);
	clock_read(&the_clock);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
