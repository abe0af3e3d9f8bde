/* Visits to two made-up benchmarks that write down what was called. */
#ifndef TESTS_VISITED_H
#define TESTS_VISITED_H

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

static inline void note(int hook, uint64_t value)
{
	if (call_log.n < LOG_MAX)
		call_log.call[call_log.n++] = (struct call){hook, value};
}

static inline unsigned count(int hook)
{
	unsigned n = 0;

	for (unsigned i = 0; i < call_log.n; i++)
		n += (int)call_log.call[i].hook == hook;
	return n;
}

static inline struct verdict prepare(struct visit *visit)
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

static inline struct verdict arm(struct visit *visit, uint64_t n)
{
	(void)visit;
	note(ARM, n);
	if (call_log.arm_fails_at && count(ARM) >= call_log.arm_fails_at)
		return verdict_invalid("made-up", "none", "arm fails");
	return verdict_ok();
}

static inline void cause_faults(void)
{
	for (unsigned i = 0; i < call_log.faults; i++) {
		char *page =
		    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*(volatile char *)page = 1;
		munmap(page, 4096);
	}
}

static inline void leg(struct visit *visit, uint64_t n)
{
	(void)visit;
	for (uint64_t i = 0; i < n; i++)
		__asm__ volatile("" ::: "memory");
	cause_faults();
	note(LEG, n);
}

static inline void op(struct visit *visit, uint64_t i)
{
	(void)visit;
	if (i == 0)
		cause_faults();
	if (call_log.op_ms)
		usleep(call_log.op_ms * 1000);
	note(OP, i);
}

static inline struct verdict check(struct visit *visit, uint64_t n)
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

static inline void release(struct visit *visit)
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

static inline void visit_to(const struct bench *bench, const struct want *want)
{
	static struct cell cell;

	strcpy(cell.bench, bench->name);
	memset(&record, 0, sizeof record);
	visit_run(&bay, bench, &cell, want, 77, &record);
	assert_true(record.begun && record.done);
}

static inline int set_up(void **state)
{
	(void)state;
	memset(&call_log, 0, sizeof call_log);
	return 0;
}

static inline const double *sample(const char *name)
{
	for (unsigned i = 0; i < record.nsamples; i++)
		if (strcmp(record.sample[i].name, name) == 0)
			return &record.sample[i].value;
	return NULL;
}

static inline void print_verdict(void)
{
	if (!verdict_is_ok(&record.verdict))
		print_message("%s: %s\n", record.verdict.code, record.verdict.text);
}

/* A clock that moves leaves no batch: then there is a reason, and no sample. */
static inline bool measured(void)
{
	print_verdict();
	if (verdict_is_ok(&record.verdict))
		return true;
	assert_string_equal(record.verdict.code, "clock-moved");
	assert_null(sample("ns"));
	return false;
}

/* false: there are not the two CPUs that the tests name. */
static inline bool on_its_cpu(void)
{
	unsigned cpu[2];

	if (!two_cpus(cpu) || cpu[0] != 0 || cpu[1] != 1)
		return false;
	cpus.initiator = cpu[0];
	move_to(0, cpu[0]);
	clock_read(&the_clock);
	return true;
}

#define T(name) cmocka_unit_test_setup(name, set_up)

#endif
