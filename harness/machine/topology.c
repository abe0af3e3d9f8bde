/* Where the topology comes from, and which of its CPUs may be used. */
#include "machine/topology_internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const describing[] = {"HWLOC_XMLFILE", "HWLOC_SYNTHETIC", "HWLOC_FSROOT",
					 "HWLOC_CPUID_PATH"};

static struct verdict no_memory(void)
{
	return verdict_error("no-memory", "free memory and try again",
			     "no memory for the topology");
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* HWLOC_THISSYSTEM=1 would have hwloc claim that any description is this machine. */
static bool is_described(void)
{
	for (size_t i = 0; i < sizeof describing / sizeof *describing; i++)
		if (environment(describing[i]))
			return true;
	return false;
}

static struct verdict unreadable(void)
{
	const char *synthetic = environment("HWLOC_SYNTHETIC");
	const char *xml = environment("HWLOC_XMLFILE");

	if (synthetic)
		return verdict_error(
		    "bad-topology",
		    "try HWLOC_SYNTHETIC=\"pack:2 l3:1 core:4 pu:2\"; it must end in pu",
		    "hwloc cannot read HWLOC_SYNTHETIC=\"%s\"", synthetic);
	if (xml)
		return verdict_error("bad-topology", "write one with: lstopo --of xml FILE.xml",
				     "hwloc cannot read HWLOC_XMLFILE=%s", xml);
	return verdict_error("bad-topology", "see what lstopo says, and unset the HWLOC_ variables",
			     "hwloc cannot load the topology");
}

/* hwloc reads both variables itself, but falls back to this machine in silence when it cannot use
 * what they say; asked explicitly, it fails. */
static bool choose_source(hwloc_topology_t hwloc)
{
	const char *synthetic = environment("HWLOC_SYNTHETIC");
	const char *xml = environment("HWLOC_XMLFILE");

	if (synthetic)
		return !hwloc_topology_set_synthetic(hwloc, synthetic);
	return !xml || !hwloc_topology_set_xml(hwloc, xml);
}

/* hwloc leaves out devices and memory modules unless asked, which is also what a result may carry.
 */
static struct verdict discover(struct topology *t)
{
	if (hwloc_topology_init(&t->hwloc)) {
		t->hwloc = NULL;
		return no_memory();
	}
	if (!choose_source(t->hwloc) || hwloc_topology_load(t->hwloc))
		return unreadable();
	t->this_machine = hwloc_topology_is_thissystem(t->hwloc) && !is_described();
	return verdict_ok();
}

static bool keep_affinity(hwloc_bitmap_t usable)
{
	size_t bytes;
	cpu_set_t *set = affinity_read(&bytes);

	if (!set)
		return false;
	for (int cpu = hwloc_bitmap_first(usable); cpu >= 0; cpu = hwloc_bitmap_next(usable, cpu))
		if (!CPU_ISSET_S((unsigned)cpu, bytes, set))
			hwloc_bitmap_clr(usable, (unsigned)cpu);
	CPU_FREE(set);
	return true;
}

/* Narrows `usable` to `wanted`, or names the first CPU that cannot be had. */
static struct verdict keep_wanted(struct topology *t, hwloc_const_bitmap_t wanted)
{
	char have[96], remedy[160];

	hwloc_bitmap_list_snprintf(have, sizeof have, t->usable);
	snprintf(remedy, sizeof remedy, "choose from --cpus %s", have);
	for (int cpu = hwloc_bitmap_first(wanted); cpu >= 0; cpu = hwloc_bitmap_next(wanted, cpu)) {
		if (hwloc_bitmap_isset(t->usable, (unsigned)cpu))
			continue;
		bool exists =
		    hwloc_bitmap_isset(hwloc_topology_get_complete_cpuset(t->hwloc), (unsigned)cpu);
		return verdict_error(
		    "bad-cpus", remedy, "CPU %d in the CPU list %s", cpu,
		    exists ? "is offline, or outside this process's cpuset or affinity"
			   : "does not exist");
	}
	hwloc_bitmap_copy(t->usable, wanted);
	return verdict_ok();
}

static struct verdict apply_list(struct topology *t, const char *cpus)
{
	hwloc_bitmap_t wanted = hwloc_bitmap_alloc();

	if (!wanted)
		return no_memory();
	struct verdict v = cpulist_parse(cpus, wanted);
	if (verdict_is_ok(&v))
		v = keep_wanted(t, wanted);
	hwloc_bitmap_free(wanted);
	return v;
}

static hwloc_bitmap_t shown_pus(hwloc_topology_t hwloc)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	hwloc_obj_t pu = NULL;

	while (set && (pu = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PU, pu)))
		hwloc_bitmap_set(set, pu->os_index);
	return set;
}

static struct verdict find_usable(struct topology *t, const char *cpus)
{
	t->usable = shown_pus(t->hwloc);
	if (!t->usable)
		return no_memory();
	int shown = hwloc_bitmap_weight(t->usable);
	hwloc_bitmap_and(t->usable, t->usable, hwloc_topology_get_allowed_cpuset(t->hwloc));
	if (t->this_machine && !keep_affinity(t->usable))
		return verdict_error("no-affinity",
				     "allow sched_getaffinity, which a sandbox may forbid",
				     "cannot read which CPUs this process may run on");
	if (hwloc_bitmap_iszero(t->usable))
		return verdict_error("no-cpus", "widen the cpuset, or the affinity with taskset",
				     "there is no CPU that this process may use");
	struct verdict v = cpus ? apply_list(t, cpus) : verdict_ok();
	t->restricted = hwloc_bitmap_weight(t->usable) < shown;
	return v;
}

struct verdict topology_load(const char *cpus, struct topology **out)
{
	struct topology *t = calloc(1, sizeof *t);
	struct verdict v;

	*out = NULL;
	if (!t)
		return no_memory();
	v = discover(t);
	if (verdict_is_ok(&v))
		v = find_usable(t, cpus);
	if (verdict_is_ok(&v) && !pus_fill(t))
		v = no_memory();
	if (verdict_is_ok(&v))
		*out = t;
	else
		topology_free(t);
	return v;
}

void topology_free(struct topology *t)
{
	if (!t)
		return;
	free(t->kind);
	free(t->pu);
	hwloc_bitmap_free(t->usable);
	if (t->hwloc)
		hwloc_topology_destroy(t->hwloc);
	free(t);
}

bool topology_is_this_machine(const struct topology *t)
{
	return t->this_machine;
}

unsigned topology_cpus(const struct topology *t)
{
	return t->npus;
}

unsigned topology_ncpukinds(const struct topology *t)
{
	return t->nkinds;
}
