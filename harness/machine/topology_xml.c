/* The topology as a result may carry it: what decides places, and nothing that says whose machine
 * it is. */
#include "machine/topology_internal.h"

#include <stdlib.h>
#include <string.h>

/* Named are those to keep: a later hwloc may add another serial number. */
static const char *const kept[] = {
    "Architecture", "OSName",	       "Backend",	   "SyntheticDescription", "hwlocVersion",
    "CPUVendor",    "CPUModel",	       "CPUFamilyNumber",  "CPUModelNumber",	   "CPUStepping",
    "CPUType",	    "CPURevision",     "Inclusive",	   "MemoryMode",	   "ClusterMode",
    "CoreType",	    "FrequencyMaxMHz", "FrequencyBaseMHz", "LinuxCapacity",
};

static bool is_kept(const char *tag, const char *end)
{
	static const char attribute[] = "name=\"";
	const char *name = strstr(tag, attribute);

	if (!name || name >= end)
		return false;
	name += sizeof attribute - 1;
	size_t length = strcspn(name, "\"");
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (strlen(kept[i]) == length && !memcmp(kept[i], name, length))
			return true;
	return false;
}

/* Drops the <info name="…" value="…"/> elements that are not kept. Both of hwloc's writers escape
 * quotes and angle brackets in values, so the text of an element cannot end early. */
static void drop_infos(char *text)
{
	char *to = text, *from = text, *tag, *end;

	while ((tag = strstr(from, "<info ")) && (end = strstr(tag, "/>"))) {
		end += 2;
		size_t keep = (size_t)((is_kept(tag, end) ? end : tag) - from);

		memmove(to, from, keep);
		to += keep;
		if (from + keep == tag)
			end += strspn(end, " \n");
		from = end;
	}
	memmove(to, from, strlen(from) + 1);
}

char *topology_xml(const struct topology *t)
{
	char *buffer, *copy;
	int length;

	if (hwloc_topology_export_xmlbuffer(t->hwloc, &buffer, &length, 0))
		return NULL;
	copy = strdup(buffer);
	hwloc_free_xmlbuffer(t->hwloc, buffer);
	if (copy)
		drop_infos(copy);
	return copy;
}
