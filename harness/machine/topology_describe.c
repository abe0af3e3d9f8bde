/* The machine in a line, for people. */
#include "machine/topology_internal.h"

#include "result/phrase.h"

#include <inttypes.h>
#include <string.h>

struct line {
	char *text;
	size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	va_list args;

	if (line->length >= line->size)
		return;
	va_start(args, format);
	int n = vsnprintf(line->text + line->length, line->size - line->length, format, args);
	va_end(args);
	if (n > 0)
		line->length += (size_t)n;
}

static void add_count(struct line *line, unsigned n, const char *what)
{
	add(line, "%s%u %s%s", line->length ? ", " : "", n, what, plural(n));
}

static void add_size(struct line *line, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	unsigned unit = 0;

	while (unit < 3 && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	add(line, " %" PRIu64 " %s", bytes, units[unit]);
}

/* "L3 32 MiB", "4 x L3 32 MiB", "2 x L3 up to 96 MiB" */
static void add_last_cache(struct line *line, hwloc_topology_t hwloc)
{
	static const hwloc_obj_type_t levels[] = {HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE,
						  HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE,
						  HWLOC_OBJ_L1CACHE};
	hwloc_obj_t cache = NULL;
	uint64_t least = UINT64_MAX, most = 0;
	size_t level = 0;
	int n = 0;

	while (level < 5 && (n = hwloc_get_nbobjs_by_type(hwloc, levels[level])) <= 0)
		level++;
	if (level == 5)
		return;
	while ((cache = hwloc_get_next_obj_by_type(hwloc, levels[level], cache))) {
		uint64_t bytes = cache->attr->cache.size;

		least = bytes < least ? bytes : least;
		most = bytes > most ? bytes : most;
	}
	add(line, ", ");
	if (n > 1)
		add(line, "%d x ", n);
	add(line, "L%zu%s", 5 - level, least < most ? " up to" : "");
	if (most)
		add_size(line, most);
}

/* What hwloc does not show counts once, or as often as what it stands for. */
static unsigned shown(hwloc_topology_t hwloc, hwloc_obj_type_t type, unsigned otherwise)
{
	int n = hwloc_get_nbobjs_by_type(hwloc, type);

	return n > 0 ? (unsigned)n : otherwise;
}

void topology_describe(const struct topology *t, char *out, size_t size)
{
	struct line line = {.text = out, .size = size};
	unsigned threads = shown(t->hwloc, HWLOC_OBJ_PU, 0);

	add_count(&line, shown(t->hwloc, HWLOC_OBJ_PACKAGE, 1), "package");
	add_count(&line, shown(t->hwloc, HWLOC_OBJ_CORE, threads), "core");
	add_count(&line, threads, "thread");
	add_count(&line, shown(t->hwloc, HWLOC_OBJ_NUMANODE, 1), "NUMA node");
	add_last_cache(&line, t->hwloc);
	if (t->restricted)
		add(&line, ", %u usable", t->npus);
}

static const char *info_named(const struct hwloc_info_s *infos, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(infos[i].name, name))
			return infos[i].value;
	return NULL;
}

static void add_kind(struct line *line, const struct topology *t, unsigned k)
{
	const struct cpukind *kind = &t->kind[k];
	struct hwloc_info_s *infos = NULL;
	unsigned ninfos = 0;
	int efficiency = -1;

	if (kind->index >= 0)
		hwloc_cpukinds_get_info(t->hwloc, (unsigned)kind->index, NULL, &efficiency, &ninfos,
					&infos, 0);
	if (t->nkinds == 1)
		add(line, "uniform: ");
	else if (efficiency < 0)
		add(line, "kind %u: ", k);
	else
		add(line, "%s: ",
		    k == 0		 ? "performance"
		    : k + 1 == t->nkinds ? "efficiency"
					 : "middle");
	add(line, "%u core%s, %u thread%s", kind->cores, plural(kind->cores), kind->threads,
	    plural(kind->threads));
	const char *type = info_named(infos, ninfos, "CoreType");
	const char *mhz = info_named(infos, ninfos, "FrequencyMaxMHz");
	if (type)
		add(line, " (%s)", type);
	else if (mhz && t->nkinds > 1)
		add(line, " (up to %s MHz)", mhz);
}

void topology_describe_cpukinds(const struct topology *t, char *out, size_t size)
{
	struct line line = {.text = out, .size = size};

	for (unsigned k = 0; k < t->nkinds; k++) {
		if (k)
			add(&line, "; ");
		add_kind(&line, t, k);
	}
}

void topology_caches(const struct topology *t, uint64_t out[3])
{
	hwloc_obj_t pu = t->pu[t->kind[0].initiator].pu;

	memset(out, 0, 3 * sizeof *out);
	for (hwloc_obj_t up = pu->parent; up; up = up->parent)
		if (hwloc_obj_type_is_dcache(up->type) && up->attr->cache.depth - 1 < 3)
			out[up->attr->cache.depth - 1] = up->attr->cache.size;
}
