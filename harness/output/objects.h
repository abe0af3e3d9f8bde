/* The machine's parts as a result's topology_xml has them: enough for a drawing and for the sizes
 * of caches. Reads hwloc's XML by its `object` elements alone, so that a result from anywhere can
 * do no harm, and needs neither hwloc nor the machine. */
#ifndef TLBSCOPE_OUTPUT_OBJECTS_H
#define TLBSCOPE_OUTPUT_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine_object {
	char type[16];	      /* hwloc's: Package, NUMANode, L3Cache, Core, PU */
	unsigned depth;	      /* 0: the machine */
	unsigned os_index;    /* of PUs, as /proc/cpuinfo counts */
	unsigned cache_level; /* 0: no cache */
	bool instruction_cache;
	uint64_t cache_bytes, line_bytes, memory_bytes; /* 0: not said */
};

/* In the document's order, parents first; returns how many, `max` at most. xml may be NULL. */
size_t machine_objects(const char *xml, struct machine_object *out, size_t max);

#endif
