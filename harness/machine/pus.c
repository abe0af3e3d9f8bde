/* The table of usable PUs: what each shares with which, its cpukind, and who is an initiator. */
#include "machine/topology_internal.h"

#include <stdlib.h>

/* The outermost data or unified cache above the PU; NULL where none is shown. */
static hwloc_obj_t last_level_cache(hwloc_obj_t pu)
{
	hwloc_obj_t llc = NULL;

	for (hwloc_obj_t up = pu->parent; up; up = up->parent)
		if (hwloc_obj_type_is_dcache(up->type))
			llc = up;
	return llc;
}

static struct pu pu_of(hwloc_topology_t hwloc, hwloc_obj_t obj)
{
	struct pu pu = {.pu = obj};

	pu.core = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, obj);
	pu.package = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, obj);
	pu.llc = last_level_cache(obj);
	if (!pu.core)
		pu.core = obj;
	if (!pu.package)
		pu.package = hwloc_get_root_obj(hwloc);
	return pu;
}

/* In topology order; a core's PUs are neighbours there. Returns the highest rank. */
static unsigned list_pus(struct topology *t, struct pu *list)
{
	unsigned n = 0, highest = 0;
	hwloc_obj_t obj = NULL;

	while ((obj = hwloc_get_next_obj_by_type(t->hwloc, HWLOC_OBJ_PU, obj))) {
		if (!hwloc_bitmap_isset(t->usable, obj->os_index))
			continue;
		list[n] = pu_of(t->hwloc, obj);
		if (n && list[n - 1].core == list[n].core)
			list[n].rank = list[n - 1].rank + 1;
		if (list[n].rank > highest)
			highest = list[n].rank;
		n++;
	}
	t->npus = n;
	return highest;
}

/* A counting sort by rank, which keeps topology order within each. */
static bool sort_by_rank(struct topology *t, const struct pu *list, unsigned highest)
{
	unsigned *next = calloc(highest + 2, sizeof *next);

	if (!next)
		return false;
	for (unsigned i = 0; i < t->npus; i++)
		next[list[i].rank + 1]++;
	for (unsigned rank = 1; rank <= highest; rank++)
		next[rank] += next[rank - 1];
	for (unsigned i = 0; i < t->npus; i++)
		t->pu[next[list[i].rank]++] = list[i];
	free(next);
	return true;
}

/* hwloc ranks kinds upwards, so ours are counted from its last, without those that have no usable
 * PU. Before this, pu.kind is hwloc's index + 1, and 0 where it knows of none. */
static bool number_kinds(struct topology *t, unsigned nhwloc)
{
	unsigned *ours = calloc(nhwloc + 1, sizeof *ours);

	t->kind = calloc(nhwloc + 1, sizeof *t->kind);
	if (!ours || !t->kind) {
		free(ours);
		return false;
	}
	for (unsigned i = 0; i < t->npus; i++)
		ours[t->pu[i].kind] = 1;
	for (unsigned k = nhwloc + 1; k-- > 0;)
		if (ours[k]) {
			ours[k] = t->nkinds;
			t->kind[t->nkinds++].index = (int)k - 1;
		}
	for (unsigned i = 0; i < t->npus; i++)
		t->pu[i].kind = ours[t->pu[i].kind];
	free(ours);
	return true;
}

static bool fill_kinds(struct topology *t)
{
	int nhwloc = hwloc_cpukinds_get_nr(t->hwloc, 0);

	for (unsigned i = 0; i < t->npus; i++) {
		int index = hwloc_cpukinds_get_by_cpuset(t->hwloc, t->pu[i].pu->cpuset, 0);
		t->pu[i].kind = (unsigned)(index < 0 ? 0 : index + 1);
	}
	if (!number_kinds(t, nhwloc < 0 ? 0 : (unsigned)nhwloc))
		return false;
	for (unsigned i = 0; i < t->npus; i++) {
		struct cpukind *kind = &t->kind[t->pu[i].kind];

		kind->threads++;
		if (t->pu[i].rank == 0) {
			kind->cores++;
			kind->initiator = i;
		}
	}
	return true;
}

bool pus_fill(struct topology *t)
{
	size_t all = (size_t)hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_PU);
	struct pu *list = calloc(all, sizeof *list);

	t->pu = calloc(all, sizeof *t->pu);
	bool ok = list && t->pu && sort_by_rank(t, list, list_pus(t, list)) && fill_kinds(t);
	free(list);
	return ok;
}
