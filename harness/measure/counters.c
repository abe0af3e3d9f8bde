/* Counting: the open events of one thread, started and read group by group. */
#include "measure/counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GROUPS_MAX (COUNTERS_MAX + 1)

static int real_open(struct perf_event_attr *attr, int pid, int cpu, int group_fd,
		     unsigned long flags)
{
	return (int)syscall(SYS_perf_event_open, attr, pid, cpu, group_fd, flags);
}

/* On the leader alone: its siblings are always on, and run when it does. PERF_IOC_FLAG_GROUP would
 * visit each, at two and a half times the price. */
static int real_control(int fd, unsigned long request)
{
	return ioctl(fd, request, 0);
}

perf_open_fn *counters_perf_open = real_open;
perf_read_fn *counters_perf_read = read;
perf_control_fn *counters_perf_control = real_control;

/* What a read of a group leader gives (PERF_FORMAT_GROUP and both times). */
struct group_read {
	uint64_t n, enabled, running, value[COUNTERS_MAX];
};

struct group {
	unsigned n;
	int fd[COUNTERS_MAX];	      /* the leader first */
	unsigned index[COUNTERS_MAX]; /* in the plan */
	bool on;		      /* took part in this start */
	struct group_read last; /* resetting an event does not reset its times: so differences */
};

struct counter_set {
	unsigned n, ngroups, turn;
	struct group group[GROUPS_MAX]; /* 0: the kernel's; the hardware's follow without gaps */
	struct counter_reading reading[COUNTERS_MAX];
};

static bool group_read(struct group *group, struct group_read *out)
{
	size_t size = offsetof(struct group_read, value) + group->n * sizeof out->value[0];

	/* A pinned group that could not be scheduled is in error and reads as end of file. */
	return counters_perf_read(group->fd[0], out, size) == (ssize_t)size && out->n == group->n;
}

static struct verdict open_failed(const struct counter *counter, int error)
{
	struct verdict v;
	char why[RESULT_TEXT_MAX];

	counters_explain(&counter->attr, error, why, sizeof why);
	v = verdict_skipped("no-counter", NULL,
			    "%s counted before this thread started and does not open in it: %s",
			    counter->info.id, strerror(error));
	snprintf(v.remedy, sizeof v.remedy, "%s", why);
	return v;
}

static struct verdict add(struct counter_set *set, const struct counter *counter, unsigned index)
{
	struct group *group = &set->group[counter->group];
	struct perf_event_attr attr = counter->attr;
	bool leader = group->n == 0;

	attr.disabled = leader;
	attr.pinned = leader && counter->group > 0;
	int fd = counters_perf_open(&attr, 0, -1, leader ? -1 : group->fd[0], PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return open_failed(counter, errno);
	group->fd[group->n] = fd;
	group->index[group->n++] = index;
	if (counter->group >= set->ngroups)
		set->ngroups = counter->group + 1;
	return verdict_ok();
}

/* The first use of our own code and memory may fault: let it do so here, not in the first leg. */
static void warm_up(struct counter_set *set)
{
	for (unsigned g = 0; g < set->ngroups; g++) {
		counters_start(set);
		counters_stop(set);
	}
	set->turn = 0;
	memset(set->reading, 0, sizeof set->reading);
}

static struct verdict open_plan(const struct counter_plan *plan, bool all, struct counter_set **out)
{
	struct counter_set *set = calloc(1, sizeof *set);
	struct verdict v = verdict_ok();

	if (!set)
		return verdict_error("no-memory", NULL, "no memory for a set of counters");
	set->n = plan->n;
	for (unsigned i = 0; i < plan->n && verdict_is_ok(&v); i++)
		if (plan->counter[i].source != SOURCE_NONE && (all || !plan->counter[i].perturbs))
			v = add(set, &plan->counter[i], i);
	if (!verdict_is_ok(&v)) {
		counters_close(set);
		return v;
	}
	warm_up(set);
	*out = set;
	return v;
}

struct verdict counters_open(const struct counter_plan *plan, struct counter_set **out)
{
	return open_plan(plan, false, out);
}

struct verdict counters_open_all(const struct counter_plan *plan, struct counter_set **out)
{
	return open_plan(plan, true, out);
}

void counters_close(struct counter_set *set)
{
	if (!set)
		return;
	/* Siblings first: a group whose leader goes first falls apart into single events. */
	for (unsigned g = 0; g < set->ngroups; g++)
		for (unsigned i = set->group[g].n; i-- > 0;)
			close(set->group[g].fd[i]);
	free(set);
}

static void group_start(struct group *group)
{
	group->on = group->n && counters_perf_control(group->fd[0], PERF_EVENT_IOC_ENABLE) == 0;
}

void counters_start(struct counter_set *set)
{
	unsigned turns = set->ngroups > 1 ? set->ngroups - 1 : 0;

	memset(set->reading, 0, sizeof set->reading);
	group_start(&set->group[0]);
	if (turns)
		group_start(&set->group[1 + set->turn++ % turns]);
}

static void group_stop(struct counter_set *set, struct group *group)
{
	struct group_read now;

	if (!group->on)
		return;
	group->on = false;
	counters_perf_control(group->fd[0], PERF_EVENT_IOC_DISABLE);
	if (!group_read(group, &now))
		return;
	double enabled = (double)(now.enabled - group->last.enabled);
	double running = (double)(now.running - group->last.running);
	for (unsigned i = 0; i < group->n && enabled > 0 && running > 0; i++)
		set->reading[group->index[i]] = (struct counter_reading){
		    .valid = running == enabled,
		    .value = (double)(now.value[i] - group->last.value[i]) * (enabled / running),
		    .running = running / enabled,
		};
	group->last = now;
}

void counters_stop(struct counter_set *set)
{
	for (unsigned g = set->ngroups; g-- > 0;) /* the hardware's first: it is the dearer noise */
		group_stop(set, &set->group[g]);
}

struct counter_reading counters_get(const struct counter_set *set, unsigned index)
{
	return index < set->n ? set->reading[index] : (struct counter_reading){0};
}
