/* Which CPUs there are, how far apart, and who runs where.
 *
 * Built on hwloc. A topology may come from this machine, from an XML file or from a synthetic description
 * (HWLOC_XMLFILE, HWLOC_SYNTHETIC): then runs can be planned but nothing can be bound. Only CPUs
 * that this process may use (cpuset, affinity, --cpus) count.
 *
 * Places are equivalence classes, not pairs: all responders at the same distance
 * from the initiator are interchangeable, so a 512-CPU machine has at most four places per
 * cpukind and never 512² pairs.
 */
#ifndef TLBSCOPE_MACHINE_TOPOLOGY_H
#define TLBSCOPE_MACHINE_TOPOLOGY_H

#include <tlbscope/bench.h>
#include <tlbscope/gang.h>
#include <tlbscope/verdict.h>

struct topology;

#define GANG_CPUS_MAX 512

struct gang_cpus {
	unsigned initiator;                 /* OS index */
	unsigned n;
	unsigned responder[GANG_CPUS_MAX];  /* OS indexes, in topology order */
};

/* `cpus`: a list like "0-3,8", or NULL for all allowed. Errors name CPUs that do not exist or are not allowed. */
struct verdict topology_load(const char *cpus, struct topology **out);
void topology_free(struct topology *topology);

bool topology_is_this_machine(const struct topology *topology);
unsigned topology_cpus(const struct topology *topology); /* usable PUs */
unsigned topology_ncpukinds(const struct topology *topology); /* at least 1 */
/* "performance: 8 cores (intel_atom…)" style summary of all kinds, for the machine card. */
void topology_describe(const struct topology *topology, char *out, size_t size); /* "1 package, 2 cores, 2 threads, 1 NUMA node, L3 32 MiB" */
void topology_describe_cpukinds(const struct topology *topology, char *out, size_t size);
/* XML without host name, serials, UUIDs, MAC addresses; caller frees. NULL on failure. */
char *topology_xml(const struct topology *topology);

/* How many responders each place can take, seen from the initiator of that cpukind. */
void topology_capacity(const struct topology *topology, unsigned cpukind, unsigned out[PLACES]);
/* CPUs for a gang. The initiator is the last usable core's first PU (device interrupts favour CPU 0).
 * place smt: the initiator's siblings; core: one PU of each other core that shares the last-level cache; llc: cores
 * of the same package behind another last-level cache; package: cores of other packages. Within a place, other cores' first PUs come
 * before their second ones. Skipped, naming what the machine lacks, when there are not enough. */
struct verdict topology_gang(const struct topology *topology, unsigned cpukind,
			     const struct gang_spec *spec, struct gang_cpus *out);
/* Data cache sizes in bytes (L1D, L2, L3) of the initiator; 0 where unknown. */
void topology_caches(const struct topology *topology, uint64_t out[3]);

const char *place_name(enum place place);
bool place_parse(const char *word, enum place *out);

/* Binding of the calling thread, and the check that it held. Never called on a planned topology. */
struct verdict cpu_pin(unsigned cpu);
bool cpu_is(unsigned cpu);

#endif
