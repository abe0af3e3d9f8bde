/* Events that a user chose, in libpfm4's syntax. */
#include "measure/counters_internal.h"

#include <errno.h>
#include <perfmon/pfmlib_perf_event.h>
#include <string.h>

#define LIST_MAX 256

static struct verdict unknown(const char *event, const char *why)
{
	return verdict_error("bad-event", "tlbscope events PATTERN lists what there is",
			     "--events: libpfm4 knows no event %s here: %s", event, why);
}

/* "sched:sched_switch" or "perf::sched:sched_switch", where libpfm4 has no tracepoints. */
static bool encode_tracepoint(const char *event, struct perf_event_attr *attr)
{
	const char *name = strncmp(event, "perf::", 6) == 0 ? event + 6 : event;
	const char *colon = strchr(name, ':');
	long id = 0;

	if (!colon || colon[1] == ':' || strchr(name, '/') || strstr(name, ".."))
		return false;
	counters_tracepoint_ids(&name, 1, &id);
	*attr = (struct perf_event_attr){.type = PERF_TYPE_TRACEPOINT,
					 .config = id > 0 ? (uint64_t)id : 0};
	return id > 0;
}

/* Software and tracepoints count kernel mode as well; of a hardware event user mode, unless it says
 * :k. */
static struct verdict encode(const char *event, struct perf_event_attr *attr)
{
	pfm_perf_encode_arg_t arg = {.attr = attr, .size = sizeof arg};

	*attr = (struct perf_event_attr){.size = sizeof *attr};
	int error = pfm_get_os_event_encoding(event, PFM_PLM3, PFM_OS_PERF_EVENT, &arg);

	if (error == PFM_SUCCESS || encode_tracepoint(event, attr))
		return verdict_ok();
	return unknown(event, pfm_strerror(error));
}

/* As much of its name as fits: without the PMU if it must be. */
static void id_of(const char *event, char out[RESULT_NAME_MAX])
{
	const char *from = strstr(event, "::");

	if (strlen(event) < RESULT_NAME_MAX || !from)
		from = event;
	else
		from += 2;
	snprintf(out, RESULT_NAME_MAX, "%s", from);
}

static bool is_taken(const struct counter_plan *plan, const char *id)
{
	for (unsigned i = 0; i < plan->n; i++)
		if (strcmp(plan->counter[i].info.id, id) == 0)
			return true;
	return false;
}

static int open_chosen(struct resolver *r, struct counter *c)
{
	struct perf_event_attr asked = c->attr;

	if (!counter_is_hardware(&asked)) {
		c->perturbs = asked.type == PERF_TYPE_TRACEPOINT;
		return resolver_try_kernel(r, c, asked.type == PERF_TYPE_SOFTWARE);
	}
	int error = resolver_try_hardware(r, c, SOURCE_LIBPFM4, COUNTERS_GROUP_MAX);

	if (error)
		counters_explain(&c->attr, error, c->info.reason, sizeof c->info.reason);
	return error;
}

static struct verdict resolve_one(struct resolver *r, const char *event)
{
	struct perf_event_attr attr;
	char id[RESULT_NAME_MAX];
	struct verdict verdict = encode(event, &attr);

	if (!verdict_is_ok(&verdict))
		return verdict;
	id_of(event, id);
	if (is_taken(r->plan, id))
		return verdict_error("bad-event", "name it once",
				     "--events: %s is counted already, as %s", event, id);
	struct counter *c = resolver_next(r, id, "chosen with --events");

	if (!c)
		return verdict_error("bad-event", "choose fewer",
				     "--events: no room for %s: %d counters at most", event,
				     COUNTERS_MAX);
	snprintf(c->info.event, sizeof c->info.event, "%s", event);
	c->attr = attr;
	c->chosen = c->own_modes = true;
	if (open_chosen(r, c) == 0)
		return verdict_ok();
	return verdict_error("bad-event", c->info.reason, "--events: %s cannot be counted here",
			     event);
}

static struct verdict each(const char *events, struct resolver *r)
{
	char list[LIST_MAX], *rest = list, *event;
	struct verdict verdict = verdict_ok();
	struct perf_event_attr attr;

	if (strlen(events) >= sizeof list)
		return verdict_error("bad-event", "choose fewer",
				     "--events: the list is longer than %zu characters",
				     sizeof list - 1);
	snprintf(list, sizeof list, "%s", events);
	while (verdict_is_ok(&verdict) && (event = strsep(&rest, ",")))
		verdict = !*event ? unknown("\"\"", "a name is missing between commas")
			  : r	  ? resolve_one(r, event)
				  : encode(event, &attr);
	return verdict;
}

struct verdict resolve_chosen(struct resolver *r, const char *events)
{
	return events ? each(events, r) : verdict_ok();
}

struct verdict counters_check_events(const char *events)
{
	if (!events)
		return verdict_ok();
	pfm_initialize();
	return each(events, NULL);
}
