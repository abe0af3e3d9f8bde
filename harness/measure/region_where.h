/* Where a region's memory and addresses lie, beyond what the kernel does by itself. */
#ifndef TLBSCOPE_MEASURE_REGION_WHERE_H
#define TLBSCOPE_MEASURE_REGION_WHERE_H

#include <tlbscope/region.h>

#define WHERE_NODES_MAX 1024u
#define WHERE_HIGH_FROM ((uintptr_t)1 << 48) /* more than four levels of 4 KiB tables can hold */

unsigned where_nodes(void); /* that have memory */
/* The node of a CPU, if it has memory of its own. */
bool where_node_of(unsigned cpu, unsigned *out);
bool where_has_high(void); /* does this kernel give addresses from there on? */
/* The node with memory that is farthest from `here`; false: there is no other. */
bool where_farthest(unsigned here, unsigned *out);

/* NUMA balancing takes the rights of pages away to see who uses them, and interrupts every CPU of
 * the process for it. The kernel leaves out memory with a policy; to take it from the node of the
 * CPU, as without one, is a policy. For this process and its children. */
void where_unsampled(void);

/* Of each mapping before it is touched, as mapping anew forgets it; and of the region once it is
 * filled. Skipped with a remedy where other nodes have nothing to give. */
struct verdict where_bind(const struct region *region, char *at, uint64_t bytes);
struct verdict where_verify(const struct region *region);
void *where_hint(const struct region_spec *spec); /* for mmap; NULL: none */

#endif
