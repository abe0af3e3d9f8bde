/* What libpfm4 knows of the CPU and kernel here. */
#include "measure/counters.h"

#include <fnmatch.h>
#include <perfmon/pfmlib.h>
#include <stdlib.h>
#include <string.h>

bool counters_name_matches(const char *pattern, const char *name)
{
	if (strpbrk(pattern, "*?["))
		return fnmatch(pattern, name, FNM_CASEFOLD) == 0;
	return strcasestr(name, pattern) != NULL;
}

struct search {
	const char *pattern;
	counters_event_fn *each;
	void *context;
};

static void tell(const struct search *search, const char *name, const char *what, const char *more)
{
	char text[512];

	if (!counters_name_matches(search->pattern, name) &&
	    !(what && counters_name_matches(search->pattern, what)) &&
	    !(more && counters_name_matches(search->pattern, more)))
		return;
	snprintf(text, sizeof text, "%s%s%s", what ? what : "", more && *more ? ": " : "",
		 more ? more : "");
	search->each(search->context, name, text);
}

/* Umasks are what one counts; modifiers (u, k, …) are not. */
static void tell_event(const struct search *search, const char *pmu, const pfm_event_info_t *event)
{
	unsigned umasks = 0;
	char name[256];
	int at;

	pfm_for_each_event_attr(at, event)
	{
		pfm_event_attr_info_t umask = {.size = sizeof umask};

		if (pfm_get_event_attr_info(event->idx, at, PFM_OS_PERF_EVENT, &umask) ||
		    umask.type != PFM_ATTR_UMASK)
			continue;
		umasks++;
		snprintf(name, sizeof name, "%s::%s:%s", pmu, event->name, umask.name);
		tell(search, name, event->desc, umask.desc);
	}
	if (umasks)
		return;
	snprintf(name, sizeof name, "%s::%s", pmu, event->name);
	tell(search, name, event->desc, NULL);
}

void counters_each_event(const char *pattern, counters_event_fn *each, void *context)
{
	const struct search search = {pattern, each, context};

	pfm_initialize();
	for (int i = 0; i < PFM_PMU_MAX; i++) {
		pfm_pmu_info_t pmu = {.size = sizeof pmu};

		if (pfm_get_pmu_info((pfm_pmu_t)i, &pmu) != PFM_SUCCESS || !pmu.is_present)
			continue;
		for (int at = pmu.first_event; at != -1; at = pfm_get_event_next(at)) {
			pfm_event_info_t event = {.size = sizeof event};

			if (pfm_get_event_info(at, PFM_OS_PERF_EVENT, &event) == PFM_SUCCESS)
				tell_event(&search, pmu.name, &event);
		}
	}
}
