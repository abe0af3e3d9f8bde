/* What counting costs, so that nobody has to believe that it is little. */
#include "measure/counters_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tlbscope/timer.h>

#define TRIES 101
#define READS 50

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *ns)
{
	qsort(ns, TRIES, sizeof *ns, by_size);
	return ns[TRIES / 2];
}

static double of_legs(struct counter_set *set)
{
	double ns[TRIES];

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t from = timer_monotonic();

		counters_start(set);
		counters_stop(set);
		ns[i] = (double)(timer_monotonic() - from);
	}
	return median(ns);
}

/* One event in a group of its own, as groups are read. */
static int open_alone(const struct counter *c)
{
	struct perf_event_attr attr = c->attr;

	attr.disabled = 0;
	return counters_perf_open(&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static double of_reads(const struct counter *c)
{
	uint64_t out[3 + COUNTERS_MAX];
	double ns[TRIES];
	int fd = open_alone(c);

	if (fd < 0)
		return 0;
	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t from = timer_monotonic();

		for (unsigned k = 0; k < READS; k++)
			if (counters_perf_read(fd, out, sizeof out) < 0)
				break;
		ns[i] = (double)(timer_monotonic() - from) / READS;
	}
	close(fd);
	return median(ns);
}

static double of_rdpmc(const struct counter *c)
{
	struct rdpmc_reading reading;
	double ns[TRIES];
	int fd = open_alone(c);
	void *page = fd >= 0 ? counters_perf_map(fd) : NULL;
	bool allowed = rdpmc_allowed(page) && rdpmc_read(page, &reading);

	for (unsigned i = 0; i < TRIES && allowed; i++) {
		uint64_t from = timer_monotonic();

		for (unsigned k = 0; k < READS; k++)
			rdpmc_read(page, &reading);
		ns[i] = (double)(timer_monotonic() - from) / READS;
	}
	if (page)
		counters_perf_unmap(page);
	if (fd >= 0)
		close(fd);
	return allowed ? median(ns) : 0;
}

void counters_cost(const struct counter_plan *plan, struct counter_cost *out)
{
	const struct counter *any = NULL, *hardware = NULL;
	struct counter_set *set;

	*out = (struct counter_cost){0};
	for (unsigned i = 0; i < plan->n; i++) {
		const struct counter *c = &plan->counter[i];

		if (c->source == SOURCE_NONE || c->scope != SCOPE_THREAD || c->perturbs)
			continue;
		any = any ? any : c;
		if (!hardware && counter_is_hardware(&c->attr))
			hardware = c;
	}
	struct verdict opened = any ? counters_open(plan, &set) : verdict_skipped("", NULL, "none");

	if (!verdict_is_ok(&opened))
		return;
	out->leg_ns = of_legs(set);
	counters_close(set);
	out->read_ns = of_reads(any);
	out->rdpmc_ns = hardware ? of_rdpmc(hardware) : 0;
}
