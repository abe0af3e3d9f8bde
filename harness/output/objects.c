#include "output/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value of attribute `name` within one tag, which ends at `end`; false where there is none. */
static bool attribute(const char *tag, const char *end, const char *name, char *out, size_t size)
{
	char start[40];

	snprintf(start, sizeof start, " %s=\"", name);
	const char *at = strstr(tag, start);
	if (!at || at >= end)
		return false;
	at += strlen(start);
	size_t length = strcspn(at, "\"");
	if (at + length > end || length >= size)
		return false;
	memcpy(out, at, length);
	out[length] = '\0';
	return true;
}

static uint64_t number(const char *tag, const char *end, const char *name)
{
	char text[32];

	return attribute(tag, end, name, text, sizeof text) ? strtoull(text, NULL, 10) : 0;
}

static void read_object(const char *tag, const char *end, unsigned depth,
			struct machine_object *out)
{
	*out = (struct machine_object){.depth = depth};
	attribute(tag, end, "type", out->type, sizeof out->type);
	out->os_index = (unsigned)number(tag, end, "os_index");
	out->memory_bytes = number(tag, end, "local_memory");
	out->cache_bytes = number(tag, end, "cache_size");
	out->line_bytes = number(tag, end, "cache_linesize");
	if (out->cache_bytes)
		out->cache_level = (unsigned)number(tag, end, "depth");
	out->instruction_cache = number(tag, end, "cache_type") == 2; /* hwloc's: 1 data */
}

size_t machine_objects(const char *xml, struct machine_object *out, size_t max)
{
	size_t n = 0;
	unsigned depth = 0;

	for (const char *tag = xml ? strchr(xml, '<') : NULL; tag; tag = strchr(tag + 1, '<')) {
		const char *end = strchr(tag, '>');

		if (!end)
			break;
		if (strncmp(tag, "</object>", 9) == 0 && depth)
			depth--;
		if (strncmp(tag, "<object ", 8) != 0)
			continue;
		if (n < max)
			read_object(tag, end, depth, &out[n++]);
		depth += end[-1] != '/';
	}
	return n;
}
