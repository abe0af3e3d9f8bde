/* Which table of harness/events is this CPU's. */
#include "measure/counters.h"

#include "machine/sysfile.h"

#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

static void identify(struct cpu_identity *out)
{
	*out = (struct cpu_identity){0};
#if defined(__x86_64__)
	unsigned a, b, c, d;

	if (!__get_cpuid(0, &a, &b, &c, &d))
		return;
	memcpy(out->vendor, (unsigned[]){b, d, c}, 12);
	__get_cpuid(1, &a, &b, &c, &d);
	out->family = (a >> 8) & 0xf;
	out->model = (a >> 4) & 0xf;
	if (out->family == 0xf || out->family == 6)
		out->model += ((a >> 16) & 0xf) << 4;
	if (out->family == 0xf)
		out->family += (a >> 20) & 0xff;
#elif defined(__aarch64__)
	uint64_t midr;

	if (sysfile_read_u64("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", &midr))
		return;
	snprintf(out->vendor, sizeof out->vendor, "0x%02x", (unsigned)(midr >> 24) & 0xff);
	out->family = (unsigned)(midr >> 4) & 0xfff;
#endif
}

cpu_identify_fn *counters_identify = identify;

/* Is number in "0-15,32-47", which ends at any other character? *text moves there. */
static bool in_ranges(const char **text, unsigned number)
{
	bool found = false;

	for (;;) {
		char *end;
		unsigned long low = strtoul(*text, &end, 0), high = low;

		if (*end == '-')
			high = strtoul(end + 1, &end, 0);
		found |= number >= low && number <= high;
		*text = end + (*end == ',');
		if (*end != ',')
			return found;
	}
}

static bool matches_one(const char *text, const struct cpu_identity *cpu)
{
	size_t length = strlen(cpu->vendor);

	if (!length || strncmp(text, cpu->vendor, length) || text[length] != '/')
		return false;
	text += length + 1;
	if (!in_ranges(&text, cpu->family))
		return false;
	if (*text != '/')
		return true;
	text++;
	return in_ranges(&text, cpu->model);
}

bool event_family_matches(const struct event_family *family, const struct cpu_identity *cpu)
{
	const char *text = family->match;

	while (text) {
		if (matches_one(text, cpu))
			return true;
		text = strchr(text, ';');
		text = text ? text + 1 : NULL;
	}
	return false;
}

const struct event_family *event_family_find(const struct cpu_identity *cpu)
{
	for (unsigned i = 0; event_registry[i]; i++)
		if (event_family_matches(event_registry[i], cpu))
			return event_registry[i];
	return NULL;
}
