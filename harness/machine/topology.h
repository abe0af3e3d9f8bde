/* Which CPUs there are, how far apart, and who runs where.
 *
 * Built on hwloc. A topology may come from this machine, from an XML file or from a synthetic
 * description (HWLOC_XMLFILE, HWLOC_SYNTHETIC): then runs can be planned but nothing can be bound.
 * Only CPUs that this process may use (cpuset, affinity, --cpus) count.
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
	unsigned initiator; /* OS index */
	unsigned n;
	unsigned responder[GANG_CPUS_MAX]; /* OS indexes, in topology order */
};

/* `cpus`: a list like "0-3,8", or NULL for all allowed. Errors name CPUs that do not exist or are
 * not allowed, and a description that hwloc cannot read (by itself it would fall back to this
 * machine). */
struct verdict topology_load(const char *cpus, struct topology **out);
void topology_free(struct topology *topology);

bool topology_is_this_machine(const struct topology *topology);
unsigned topology_cpus(const struct topology *topology); /* usable PUs */
/* At least 1. Kind 0 is the one hwloc ranks fastest; CPUs of no known kind come last, as a kind of
 * their own. */
unsigned topology_ncpukinds(const struct topology *topology);
/* For the machine card. "1 package, 2 cores, 2 threads, 1 NUMA node, L3 32 MiB" */
void topology_describe(const struct topology *topology, char *out, size_t size);
/* "performance: 8 cores, 16 threads (IntelCore); efficiency: 16 cores, 16 threads (IntelAtom)" */
void topology_describe_cpukinds(const struct topology *topology, char *out, size_t size);
/* XML of the whole machine, whatever `cpus` was: no devices, no host name, serials, UUIDs, MAC
 * addresses. Caller frees. NULL on failure. */
char *topology_xml(const struct topology *topology);

/* How many responders each place can take, seen from the initiator of that cpukind; at most
 * GANG_CPUS_MAX. `respkind`: only those of that kind count; NULL: all do. */
void topology_capacity(const struct topology *topology, unsigned cpukind, const unsigned *respkind,
		       unsigned out[PLACES]);
/* CPUs for a gang. The initiator is the last usable core's first PU (device interrupts favour CPU
 * 0). place smt: the initiator's siblings; core: one PU of each other core that shares the
 * last-level cache; llc: cores of the same package behind another last-level cache; package: cores
 * of other packages. The last-level cache of a core is the outermost data or unified cache shown
 * above it; where none is shown, its package. Without packages the machine is one. Within a place,
 * responders of the initiator's cpukind come before others, unless the gang is to be of one kind,
 * and then other cores' first PUs before their second ones. Place nearest: all of these places in
 * that order, for gangs that do not fit into the first one that there is. Skipped, naming what the
 * machine lacks, when there are not enough. */
struct verdict topology_gang(const struct topology *topology, unsigned cpukind,
			     const struct gang_spec *spec, struct gang_cpus *out);
/* Data cache sizes in bytes (L1D, L2, L3) of cpukind 0's initiator; 0 where unknown. */
void topology_caches(const struct topology *topology, uint64_t out[3]);

const char *place_name(enum place place);
bool place_parse(const char *word, enum place *out);

/* Binding of the calling thread, and the check that it held: bound to that CPU alone, and on it
 * now. Never called on a planned topology. */
struct verdict cpu_pin(unsigned cpu);
bool cpu_is(unsigned cpu);

#endif
