/* Counting: the open events of one thread, started and read group by group. */
#include "measure/counters_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESPONDERS_MAX 64 /* CPUs that are watched; more would need a file each for every event */

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

static int real_filter(int fd, const char *filter)
{
	return ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter);
}

perf_open_fn *counters_perf_open = real_open;
perf_read_fn *counters_perf_read = read;
perf_control_fn *counters_perf_control = real_control;
perf_filter_fn *counters_perf_filter = real_filter;

/* What a read of a group leader gives (PERF_FORMAT_GROUP and both times). */
struct group_read {
	uint64_t n, enabled, running, value[COUNTERS_MAX];
};

struct group {
	unsigned n;
	int fd[COUNTERS_MAX];		/* the leader first */
	unsigned index[COUNTERS_MAX];	/* in the plan */
	void *page[COUNTERS_GROUP_MAX]; /* hardware groups that user mode may read: all of them, or
					   none */
	bool in_user;
	bool on;		/* took part in this start */
	struct group_read last; /* resetting an event does not reset its times: so differences */
	struct rdpmc_reading began[COUNTERS_GROUP_MAX];
};

struct counter_set {
	unsigned n, ngroups, turn, naway;
	struct group
	    group[COUNTERS_GROUPS]; /* 0: the kernel's; the hardware's follow without gaps */
	struct group *away;	    /* one to each watched CPU */
	const struct counter_plan *plan;
	bool all;		 /* with those that perturb, so /proc/vmstat as well */
	bool resting;		 /* its thread's groups are closed */
	struct vmstat vmstat[2]; /* before, after */
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

/* The event on top of the group, which it leads if it is the first. 0 or an errno. */
static int add(struct group *group, const struct counter *counter, unsigned index, int cpu)
{
	struct perf_event_attr attr = counter->attr;
	bool leader = group->n == 0;

	attr.disabled = leader;
	attr.pinned = leader && counter->group > 0;
	int fd = counters_perf_open(&attr, cpu < 0 ? 0 : -1, cpu, leader ? -1 : group->fd[0],
				    PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return errno;
	if (counter->filter[0] && counters_perf_filter(fd, counter->filter)) {
		int error = errno;

		close(fd);
		return error;
	}
	group->fd[group->n] = fd;
	group->index[group->n++] = index;
	return 0;
}

static void group_close(struct group *group)
{
	for (unsigned i = 0; i < COUNTERS_GROUP_MAX; i++)
		if (group->page[i])
			counters_perf_unmap(group->page[i]);
	memset(group->page, 0, sizeof group->page);
	/* Siblings first: a group whose leader goes first falls apart into single events. */
	while (group->n)
		close(group->fd[--group->n]);
}

/* User mode reads a group without the kernel if it may read every event of it. */
static void map_pages(struct group *group)
{
	group->in_user = group->n > 0 && group->n <= COUNTERS_GROUP_MAX;
	for (unsigned i = 0; i < group->n && group->in_user; i++) {
		group->page[i] = counters_perf_map(group->fd[i]);
		group->in_user = rdpmc_allowed(group->page[i]);
	}
}

bool counters_uses_rdpmc(const struct counter_set *set)
{
	for (unsigned g = 1; g < set->ngroups; g++)
		if (set->group[g].in_user)
			return true;
	return false;
}

static struct verdict add_own(struct counter_set *set)
{
	for (unsigned i = 0; i < set->plan->n; i++) {
		const struct counter *c = &set->plan->counter[i];

		if (c->source == SOURCE_NONE || c->scope != SCOPE_THREAD ||
		    (c->perturbs && !set->all))
			continue;
		int error = add(&set->group[c->group], c, i, -1);

		if (error)
			return open_failed(c, error);
		if (c->group >= set->ngroups)
			set->ngroups = c->group + 1;
	}
	for (unsigned g = 1; g < set->ngroups; g++)
		map_pages(&set->group[g]);
	return verdict_ok();
}

/* A CPU that went offline, say, is no reason not to count the rest: without all of them there is no
 * sum. */
static void add_away(struct counter_set *set, const struct counter_plan *plan, const unsigned *cpu,
		     unsigned ncpus)
{
	int error = 0;

	set->away = ncpus && ncpus <= RESPONDERS_MAX ? calloc(ncpus, sizeof *set->away) : NULL;
	for (; set->away && set->naway < ncpus; set->naway++)
		for (unsigned i = 0; i < plan->n && !error; i++)
			if (plan->counter[i].source != SOURCE_NONE &&
			    plan->counter[i].scope == SCOPE_RESPONDERS)
				error = add(&set->away[set->naway], &plan->counter[i], i,
					    (int)cpu[set->naway]);
	for (unsigned i = 0; error && i < set->naway; i++)
		group_close(&set->away[i]);
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

static struct verdict open_plan(const struct counter_plan *plan, bool all, const unsigned *cpu,
				unsigned ncpus, struct counter_set **out)
{
	struct counter_set *set = calloc(1, sizeof *set);

	if (!set)
		return verdict_error("no-memory", NULL, "no memory for a set of counters");
	set->n = plan->n;
	set->plan = plan;
	set->all = all;
	struct verdict v = add_own(set);

	if (!verdict_is_ok(&v)) {
		counters_close(set);
		return v;
	}
	add_away(set, plan, cpu, ncpus);
	warm_up(set);
	*out = set;
	return v;
}

struct verdict counters_open(const struct counter_plan *plan, struct counter_set **out)
{
	return open_plan(plan, false, NULL, 0, out);
}

struct verdict counters_open_all(const struct counter_plan *plan, struct counter_set **out)
{
	return open_plan(plan, true, NULL, 0, out);
}

struct verdict counters_open_gang(const struct counter_plan *plan, const unsigned *cpu,
				  unsigned ncpus, struct counter_set **out)
{
	return open_plan(plan, true, cpu, ncpus, out);
}

void counters_rest(struct counter_set *set)
{
	for (unsigned g = 0; g < set->ngroups; g++)
		group_close(&set->group[g]);
	set->resting = true;
}

/* Those that do not open any more read as not valid. */
static void wake(struct counter_set *set)
{
	memset(set->group, 0, sizeof set->group);
	set->resting = false;
	add_own(set);
}

void counters_close(struct counter_set *set)
{
	if (!set)
		return;
	counters_rest(set);
	for (unsigned i = 0; i < set->naway; i++)
		group_close(&set->away[i]);
	free(set->away);
	free(set);
}

static bool begin_in_user(struct group *group)
{
	for (unsigned i = 0; i < group->n; i++)
		if (!rdpmc_read(group->page[i], &group->began[i]))
			return false;
	return true;
}

/* To read(2) from here on: it knows the times, so it knows what an event that is not on the PMU
 * missed. */
static void leave_user(struct group *group)
{
	group->in_user = false;
	group_read(group, &group->last);
}

static void group_start(struct group *group)
{
	group->on = group->n && counters_perf_control(group->fd[0], PERF_EVENT_IOC_ENABLE) == 0;
	if (group->on && group->in_user && !begin_in_user(group))
		leave_user(group);
}

void counters_turn(struct counter_set *set, unsigned turn)
{
	set->turn = turn;
}

void counters_start(struct counter_set *set)
{
	unsigned turns = set->ngroups > 1 ? set->ngroups - 1 : 0;

	if (set->resting)
		wake(set);
	memset(set->reading, 0, sizeof set->reading);
	if (set->all)
		vmstat_read(set->plan, &set->vmstat[0]);
	for (unsigned i = 0; i < set->naway; i++)
		group_start(&set->away[i]);
	group_start(&set->group[0]);
	if (turns)
		group_start(&set->group[1 + set->turn++ % turns]);
}

/* Every event or none: false where one of them left the PMU meanwhile. */
static bool stop_in_user(struct counter_set *set, struct group *group)
{
	struct rdpmc_reading now[COUNTERS_GROUP_MAX];

	for (unsigned i = 0; i < group->n; i++)
		if (!rdpmc_read(group->page[i], &now[i]) || now[i].waited != group->began[i].waited)
			return false;
	for (unsigned i = 0; i < group->n; i++)
		set->reading[group->index[i]] = (struct counter_reading){
		    .valid = true,
		    .value = (double)(now[i].value - group->began[i].value),
		    .running = 1,
		};
	return true;
}

static void stop_in_kernel(struct counter_set *set, struct group *group)
{
	struct group_read now;

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

static void group_stop(struct counter_set *set, struct group *group)
{
	bool in_user = group->on && group->in_user, left = in_user && !stop_in_user(set, group);

	if (!group->on)
		return;
	group->on = false;
	counters_perf_control(group->fd[0], PERF_EVENT_IOC_DISABLE);
	if (!in_user)
		stop_in_kernel(set, group);
	else if (left)
		leave_user(group);
}

/* The sum over the watched CPUs, valid only if each of them counted all the time. */
static void stop_away(struct counter_set *set)
{
	struct counter_reading sum[COUNTERS_MAX] = {0};
	bool any = false;

	for (unsigned cpu = 0; cpu < set->naway; cpu++) {
		struct group *group = &set->away[cpu];

		group_stop(set, group);
		for (unsigned i = 0; i < group->n; i++) {
			const struct counter_reading *r = &set->reading[group->index[i]];
			struct counter_reading *s = &sum[group->index[i]];

			s->value += r->value;
			s->valid = r->valid && (cpu == 0 || s->valid);
			s->running = cpu == 0 || r->running < s->running ? r->running : s->running;
			set->reading[group->index[i]] = (struct counter_reading){0};
			any = true;
		}
	}
	for (unsigned i = 0; any && i < set->away[0].n; i++)
		set->reading[set->away[0].index[i]] = sum[set->away[0].index[i]];
}

static void stop_vmstat(struct counter_set *set)
{
	vmstat_read(set->plan, &set->vmstat[1]);
	for (unsigned i = 0; i < set->n; i++)
		if (set->vmstat[0].seen[i] && set->vmstat[1].seen[i])
			set->reading[i] = (struct counter_reading){
			    .valid = true,
			    .value =
				(double)set->vmstat[1].value[i] - (double)set->vmstat[0].value[i],
			    .running = 1,
			};
}

void counters_stop(struct counter_set *set)
{
	for (unsigned g = set->ngroups; g-- > 0;) /* the hardware's first: it is the dearer noise */
		group_stop(set, &set->group[g]);
	stop_away(set);
	if (set->all)
		stop_vmstat(set);
}

struct counter_reading counters_get(const struct counter_set *set, unsigned index)
{
	return index < set->n ? set->reading[index] : (struct counter_reading){0};
}
