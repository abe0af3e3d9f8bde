/* Visits that count instead of timing: what goes into the record, and from there into a cell. */
#include "measure/clock.h"
#include "measure/collect.h"
#include "measure/visit.h"
#include "unit/measure/scripted_perf.h"

#include <sched.h>

static unsigned legs, armed, open_legs; /* open_legs: begun with events open */
static uint64_t last_ops;

static unsigned open_events(void)
{
	unsigned n = 0;

	for (int i = 0; i < FDS_MAX; i++)
		n += is_open(i);
	return n;
}

static struct verdict arm(struct visit *visit, uint64_t n)
{
	(void)visit;
	(void)n;
	armed++;
	return verdict_ok();
}

static void leg(struct visit *visit, uint64_t n)
{
	(void)visit;
	for (volatile uint64_t i = 0; i < n; i++)
		;
	last_ops = n;
	legs++;
}

static void op(struct visit *visit, uint64_t i)
{
	leg(visit, 10);
	open_legs += i == 0 && open_events() > 0;
	last_ops = i + 1;
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	(void)n;
	if (legs == 1)
		visit_report(visit, "own", 1);
	return verdict_ok();
}

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true}, {"own", "", 0, false}, {0}};
static const struct bench batches = {.name = "batches",
				     .timing = TIME_LEG,
				     .metrics = metrics,
				     .arm = arm,
				     .leg = leg,
				     .check = check};
static const struct bench singles = {
    .name = "singles", .timing = TIME_OP, .metrics = metrics, .arm = arm, .op = op, .check = check};
const struct bench *const bench_registry[] = {&batches, &singles, NULL};

static struct clock the_clock;
static struct interrupts before, after;
static struct record record;

/* flushes and interrupts come by their configs: 100 and 200 in each leg. */
static void visit_in_round(const struct bench *bench, bool count_only, unsigned round)
{
	static const struct gang_spec nobody;
	static const struct cell cell = {.bench = "made-up"};
	const struct want want = {.max_ops = 50};
	struct gang_cpus cpus = {.initiator = (unsigned)sched_getcpu()};
	struct bay bay = {.clock = &the_clock,
			  .gang_spec = &nobody,
			  .cpus = &cpus,
			  .counter_plan = &plan,
			  .round = round,
			  .count_only = count_only,
			  .before = &before,
			  .after = &after,
			  .batch_ns = 1e5,
			  .batches = 2};
	cpu_set_t one, all;

	sched_getaffinity(0, sizeof all, &all);
	CPU_ZERO(&one);
	CPU_SET(cpus.initiator, &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	bay.counters = open_set(count_only ? counters_open_all : counters_open);
	legs = armed = open_legs = 0;
	memset(&record, 0, sizeof record);
	visit_run(&bay, bench, &cell, &want, 1, &record);
	counters_close(bay.counters);
	sched_setaffinity(0, sizeof all, &all);
	assert_true(record.done);
	if (!verdict_is_ok(&record.verdict) && strcmp(record.verdict.code, "clock-moved") == 0) {
		drop_fake_root();
		skip();
	}
	assert_true(verdict_is_ok(&record.verdict));
}

static void visit_in(const struct bench *bench, bool count_only)
{
	visit_in_round(bench, count_only, 0);
}

static double sampled(const char *name)
{
	for (unsigned i = 0; i < record.nsamples; i++)
		if (strcmp(record.sample[i].name, name) == 0)
			return record.sample[i].value;
	return -1;
}

static void a_machine(void)
{
	assert_true(fake_root("/sys/kernel/tracing/events/tlb/tlb_flush/id", "100\n"));
	assert_true(fake_root("/sys/kernel/tracing/events/migrate/mm_migrate_pages/id", "200\n"));
	assert_true(fake_root("/proc/vmstat", "thp_fault_alloc 10\n"));
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
}

static void a_counting_visit_times_nothing(void **state)
{
	static const struct bench *const kinds[] = {&batches, &singles};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		a_machine();
		visit_in(kinds[i], true);
		drop_fake_root();
		assert_true(sampled("ns") < 0 && sampled("own") < 0);
		assert_int_equal(record.nproofs, 0);
		assert_true(record.measured_seconds == 0);
		assert_int_equal(record.ns.total, 0);
		assert_true(sampled("page_faults") < 0); /* the timed visits' */
		assert_true(sampled("tlb_flush") == 100.0 / (double)last_ops);
		assert_true(sampled("page_migrations") == 200.0 / (double)last_ops);
		assert_true(sampled("thp_fault_alloc") == 0); /* counted, and none happened */
		assert_true(sampled("pgfault") < 0); /* not counted: this kernel has no such line */
	}
}

static void a_timing_visit_leaves_tracepoints_out(void **state)
{
	static const struct bench *const kinds[] = {&batches, &singles};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		a_machine();
		visit_in(kinds[i], false);
		drop_fake_root();
		assert_true(sampled("ns") >= 0); /* a coarse clock may see none */
		assert_true(sampled("page_faults") > 0);
		assert_true(sampled("tlb_flush") < 0);
		assert_true(sampled("page_migrations") < 0);
	}
}

static void nothing_is_open_while_single_operations_are_timed(void **state)
{
	(void)state;
	a_machine();
	visit_in(&singles, false);
	drop_fake_root();
	assert_true(legs > 2 * last_ops);
	assert_int_equal(open_legs, 1); /* the one that counts */
	assert_int_equal(open_events(), 0);
}

/* A worker may make one visit only, and single operations are counted in one leg of it. */
static void hardware_groups_take_turns_over_rounds(void **state)
{
	bool counted[COUNTERS_MAX] = {0};

	(void)state;
	a_machine();
	for (unsigned round = 0; round < COUNTERS_GROUPS; round++) {
		visit_in_round(&singles, false, round);
		for (unsigned i = 0; i < plan.n; i++)
			counted[i] |= sampled(plan.counter[i].info.id) >= 0;
	}
	drop_fake_root();
	for (unsigned i = 0; i < plan.n; i++)
		if (plan.counter[i].source != SOURCE_NONE && is_hardware(&plan.counter[i]))
			assert_true(counted[i]);
}

static void counts_join_a_cell_without_being_a_visit(void **state)
{
	const struct plan_cell plan_cell = {.bench = &singles};
	struct result result;

	(void)state;
	result_init(&result);
	struct cell_result *cell = result_add_cell(&result);
	assert_non_null(cell);
	memset(&record, 0, sizeof record);
	record.done = true;
	record.verdict = verdict_ok();
	record_sample(&record, "tlb_flush", 2);
	assert_true(collect_counts(&plan_cell, cell, &record, 7));
	assert_int_equal(cell->nmetrics, 0); /* a cell that never gave a sample stays without */
	cell->rounds = 3;
	record.verdict = verdict_invalid("moved", "", "moved");
	assert_true(collect_counts(&plan_cell, cell, &record, 7));
	assert_int_equal(cell->nmetrics, 0);
	record.verdict = verdict_ok();
	assert_true(collect_counts(&plan_cell, cell, &record, 7));
	assert_int_equal(cell->rounds, 3);
	assert_int_equal(cell->nmetrics, 1);
	assert_string_equal(cell->metrics[0].unit, "1/op");
	assert_int_equal(cell->metrics[0].nsamples, 1);
	assert_int_equal(cell->metrics[0].rounds[0], 7);
	result_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPTED(a_counting_visit_times_nothing),
	    SCRIPTED(a_timing_visit_leaves_tracepoints_out),
	    SCRIPTED(nothing_is_open_while_single_operations_are_timed),
	    SCRIPTED(hardware_groups_take_turns_over_rounds),
	    SCRIPTED(counts_join_a_cell_without_being_a_visit),
	};

	remember_the_real_kernel();
	clock_read(&the_clock);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
