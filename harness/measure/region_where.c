/* Memory of another NUMA node, and addresses that need five levels of page tables. */
#include "measure/region_where.h"

#include "measure/region_internal.h"

#include "machine/sysfile.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODE_DIR "/sys/devices/system/node/"
#define SAMPLE	 64u
#define WORD	 (8 * sizeof(unsigned long))

/* As in linux/mempolicy.h, which build machines need not have. */
#define DEFAULT	     0
#define BIND	     2
#define LOCAL	     4
#define FLAG_NODE    (1 << 0)
#define FLAG_ADDRESS (1 << 1)

/* "0,2-3" in order; how many there are. */
static unsigned read_nodes(const char *path, unsigned out[WHERE_NODES_MAX])
{
	char text[256], *at = text;
	unsigned n = 0;

	if (sysfile_read(path, text, sizeof text) <= 0)
		return 0;
	for (char *end; n < WHERE_NODES_MAX; at = end + (*end == ',')) {
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at)
			break;
		if (*end == '-') {
			at = end + 1;
			last = strtoul(at, &end, 10);
		}
		for (; first <= last && n < WHERE_NODES_MAX; first++)
			out[n++] = (unsigned)first;
	}
	return n;
}

static bool listed(const unsigned *nodes, unsigned n, unsigned node)
{
	for (unsigned i = 0; i < n; i++)
		if (nodes[i] == node)
			return true;
	return false;
}

unsigned where_nodes(void)
{
	unsigned nodes[WHERE_NODES_MAX];

	return read_nodes(NODE_DIR "has_memory", nodes);
}

bool where_node_of(unsigned cpu, unsigned *out)
{
	unsigned nodes[WHERE_NODES_MAX], n = read_nodes(NODE_DIR "has_memory", nodes);
	char path[96];

	for (unsigned i = 0; i < n; i++) {
		snprintf(path, sizeof path, NODE_DIR "node%u/cpu%u", nodes[i], cpu);
		*out = nodes[i];
		if (sysfile_exists(path))
			return true;
	}
	return false;
}

bool where_farthest(unsigned here, unsigned *out)
{
	unsigned online[WHERE_NODES_MAX], memory[WHERE_NODES_MAX];
	unsigned nonline = read_nodes(NODE_DIR "online", online),
		 nmemory = read_nodes(NODE_DIR "has_memory", memory);
	unsigned long most = 0;
	char path[96], text[512], *at = text, *end;

	snprintf(path, sizeof path, NODE_DIR "node%u/distance", here);
	if (sysfile_read(path, text, sizeof text) <= 0)
		return false;
	/* One distance to each node that is online, in their order. */
	for (unsigned i = 0; i < nonline; i++, at = end) {
		unsigned long distance = strtoul(at, &end, 10);

		if (end == at)
			break;
		if (online[i] == here || distance <= most || !listed(memory, nmemory, online[i]))
			continue;
		most = distance;
		*out = online[i];
	}
	return most > 0;
}

static struct verdict no_remote(const char *what)
{
	return verdict_skipped("no-remote-memory",
			       "free memory on the other NUMA nodes, and allow them to this cpuset",
			       "no memory of another NUMA node: %s", what);
}

struct verdict where_bind(const struct region *region, char *at, uint64_t bytes)
{
	unsigned long mask[WHERE_NODES_MAX / WORD] = {0};
	unsigned here = 0, node = 0;

	if (region->spec.where != WHERE_REMOTE)
		return verdict_ok();
	if (getcpu(NULL, &here) || !where_farthest(here, &node) || node >= WHERE_NODES_MAX)
		return no_remote("sysfs names none");
	mask[node / WORD] = 1ul << node % WORD;
	if (syscall(SYS_mbind, at, bytes, BIND, mask, WHERE_NODES_MAX + 1, 0))
		return no_remote(strerror(errno));
	return verdict_ok();
}

/* Without NUMA in the kernel there is no such call, and nothing to fear. A policy that somebody
 * chose (numactl) stays, and keeps sampling away as well. */
void where_unsampled(void)
{
	int mode = DEFAULT;

	syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0);
	if (mode == DEFAULT)
		syscall(SYS_set_mempolicy, LOCAL, NULL, 0);
}

struct verdict where_verify(const struct region *region)
{
	uint64_t span = region_span(region), step = span / SAMPLE & ~(uint64_t)4095;
	unsigned here = 0;

	if (region->spec.where != WHERE_REMOTE)
		return verdict_ok();
	if (getcpu(NULL, &here))
		return no_remote(strerror(errno));
	for (uint64_t at = 0; at < span; at += step ? step : 4096) {
		int node = -1;

		if (syscall(SYS_get_mempolicy, &node, NULL, 0, region->base + at,
			    FLAG_NODE | FLAG_ADDRESS))
			return no_remote(strerror(errno));
		if (node == (int)here)
			return no_remote("pages came from the node of this CPU");
	}
	return verdict_ok();
}

void *where_hint(const struct region_spec *spec)
{
	return spec->where == WHERE_HIGH ? (void *)WHERE_HIGH_FROM : NULL;
}

/* The kernel gives such addresses only to those who ask by a hint; without the fifth level it gives
 * others instead. */
bool where_has_high(void)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	char *got = mmap((void *)WHERE_HIGH_FROM, bytes, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (got == MAP_FAILED)
		return false;
	munmap(got, bytes);
	return (uintptr_t)got >= WHERE_HIGH_FROM;
}
