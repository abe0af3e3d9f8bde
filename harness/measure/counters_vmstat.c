/* /proc/vmstat: what the whole machine did. */
#include "measure/counters_internal.h"

#include "machine/sysfile.h"

#include <stdlib.h>
#include <string.h>

#define VMSTAT_BYTES (64 << 10)

static void take_line(const struct counter_plan *plan, const char *name, uint64_t value,
		      struct vmstat *out)
{
	for (unsigned i = 0; i < plan->n; i++)
		if (plan->counter[i].scope == SCOPE_SYSTEM &&
		    strcmp(plan->counter[i].info.id, name) == 0) {
			out->seen[i] = true;
			out->value[i] = value;
		}
}

bool vmstat_read(const struct counter_plan *plan, struct vmstat *out)
{
	static char text[VMSTAT_BYTES]; /* one thread of a process counts */
	char *rest = text, *line;

	memset(out, 0, sizeof *out);
	if (sysfile_read("/proc/vmstat", text, sizeof text) <= 0)
		return false;
	while ((line = strsep(&rest, "\n"))) {
		char *space = strchr(line, ' ');

		if (!space)
			continue;
		*space = 0;
		take_line(plan, line, strtoull(space + 1, NULL, 10), out);
	}
	return true;
}
