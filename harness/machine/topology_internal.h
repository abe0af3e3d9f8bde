/* What the files behind topology.h share: one table of usable PUs, made once at load. */
#ifndef TLBSCOPE_MACHINE_TOPOLOGY_INTERNAL_H
#define TLBSCOPE_MACHINE_TOPOLOGY_INTERNAL_H

#include "machine/topology.h"

#include <hwloc.h>
#include <sched.h>

/* Two PUs share a core or package when the pointers are equal, and within a package an LLC, which
 * is NULL where hwloc shows none. */
struct pu {
	hwloc_obj_t pu, core, llc, package;
	unsigned rank; /* among the usable PUs of its core */
	unsigned kind;
};

struct cpukind {
	int index;	    /* of hwloc; -1: it knows of none */
	unsigned initiator; /* in pu[] */
	unsigned cores, threads;
};

struct topology {
	hwloc_topology_t hwloc;
	bool this_machine;
	bool restricted; /* fewer usable PUs than hwloc shows */
	hwloc_bitmap_t usable;
	unsigned npus, nkinds;
	struct pu *pu; /* by rank, then in topology order: the order in which gangs take them */
	struct cpukind *kind;
};

/* "0-3,8" into *out, which must be empty. */
struct verdict cpulist_parse(const char *text, hwloc_bitmap_t out);

/* Fills the table of PUs and kinds from hwloc and `usable`. False without memory. */
bool pus_fill(struct topology *topology);

/* The calling thread's affinity, of *bytes, as large as this kernel needs; CPU_FREE() it. NULL on
 * failure. */
cpu_set_t *affinity_read(size_t *bytes);

#endif
