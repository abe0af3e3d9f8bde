/* CPU lists as the kernel and taskset write them. */
#include "machine/topology_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CPU_NUMBER_MAX 65535ul

static bool number(const char **at, unsigned long *out)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	*out = strtoul(*at, &end, 10);
	*at = end;
	return *out <= CPU_NUMBER_MAX;
}

/* "3" or "0-3", up to a comma or the end. */
static bool item(const char **at, hwloc_bitmap_t out)
{
	unsigned long low, high;

	if (!number(at, &low))
		return false;
	high = low;
	if (**at == '-') {
		++*at;
		if (!number(at, &high))
			return false;
	}
	if (high < low || (**at && **at != ','))
		return false;
	return !hwloc_bitmap_set_range(out, (unsigned)low, (int)high);
}

struct verdict cpulist_parse(const char *text, hwloc_bitmap_t out)
{
	const char *at = text;

	for (;;) {
		const char *start = at;

		if (!item(&at, out))
			return verdict_error(
			    "bad-cpus", "write numbers and ranges, as in --cpus 0-3,8",
			    "\"%.*s\" in the CPU list \"%.60s\" is no CPU or range",
			    (int)strcspn(start, ","), start, text);
		if (!*at)
			return verdict_ok();
		at++;
	}
}
