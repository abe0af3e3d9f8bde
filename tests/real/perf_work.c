/* The same work twice: bare, for perf stat to count from outside, and as a visit whose counters are
 * tlbscope's.
 *
 *   perf_work plain N SLEEPS        does it
 *   perf_work counted N SLEEPS      does it in a visit and prints "id count", over the leg
 *
 * One unit of work touches a fresh page and drops it: one page fault, one flush. Then come the
 * sleeps: a context switch each. */
#include "measure/clock.h"
#include "measure/visit.h"
#include "stats/stats.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t units, sleeps;
static char *page;

static void do_unit(void)
{
	*(volatile char *)page = 1;
	madvise(page, 4096, MADV_DONTNEED);
}

static void do_sleep(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

static void op(struct visit *visit, uint64_t i)
{
	(void)visit;
	if (i < units)
		do_unit();
	else
		do_sleep();
}

static const struct bench work = {.name = "work", .timing = TIME_OP, .op = op};
const struct bench *const bench_registry[] = {&work, NULL};

static bool prepare(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page != MAP_FAILED && sched_setaffinity(0, sizeof one, &one) == 0;
}

/* One visit, as a worker makes it: software events in a leg of its own, tracepoints in the pass
 * that times nothing. */
static void visit_once(struct bay *bay, struct record *record)
{
	static const struct cell cell = {.bench = "work"};
	const struct want want = {.max_ops = units + sleeps};
	struct verdict v = bay->count_only
			       ? counters_open_gang(bay->counter_plan, NULL, 0, &bay->counters)
			       : counters_open(bay->counter_plan, &bay->counters);

	if (!verdict_is_ok(&v)) {
		fprintf(stderr, "perf_work: %s; %s\n", v.text, v.remedy);
		exit(77);
	}
	visit_run(bay, &work, &cell, &want, 1, record);
	counters_close(bay->counters);
}

static int count(void)
{
	static struct counter_plan plan;
	static struct interrupts before, after;
	static struct record record;
	static struct clock clock;
	static const struct gang_spec nobody;
	struct gang_cpus cpus = {.initiator = (unsigned)sched_getcpu()};
	struct bay bay = {.clock = &clock,
			  .gang_spec = &nobody,
			  .cpus = &cpus,
			  .counter_plan = &plan,
			  .before = &before,
			  .after = &after,
			  .batch_ns = 1e6,
			  .batches = 1};

	clock_read(&clock);
	counters_resolve(&plan);
	for (int pass = 0; pass < 2; pass++) {
		memset(&record, 0, sizeof record);
		bay.count_only = pass == 1;
		visit_once(&bay, &record);
		if (!verdict_is_ok(&record.verdict)) {
			fprintf(stderr, "perf_work: %s\n", record.verdict.text);
			return 1;
		}
		for (unsigned i = 0; i < record.nsamples; i++)
			printf("%s %.0f\n", record.sample[i].name,
			       record.sample[i].value * (double)(units + sleeps));
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 4 || !prepare())
		return 2;
	units = strtoull(argv[2], NULL, 10);
	sleeps = strtoull(argv[3], NULL, 10);
	if (strcmp(argv[1], "counted") == 0)
		return count();
	for (uint64_t i = 0; i < units + sleeps; i++)
		op(NULL, i);
	return 0;
}
