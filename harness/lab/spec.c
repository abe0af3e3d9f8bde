/* What a machine is asked to be, from words. */
#include "lab/vm.h"

#include <stdlib.h>
#include <string.h>

#define DISTANCE      21 /* what two sockets of a PC usually say */
#define DISTANCE_MOST 254
#define MEMORY_LEAST  (256ull << 20)

/* Whole numbers from 1, with colons between them. How many there are; 0: something else. */
static unsigned numbers(const char *text, unsigned out[4])
{
	unsigned n = 0;

	while (n < 4) {
		char *end;
		unsigned long value = strtoul(text, &end, 10);

		if (end == text || *text < '0' || *text > '9' || !value || value > 65535)
			return 0;
		out[n++] = (unsigned)value;
		if (!*end)
			return n;
		if (*end != ':')
			return 0;
		text = end + 1;
	}
	return 0;
}

struct verdict vm_shape_parse(const char *text, struct vm_shape *out)
{
	unsigned v[4], n = numbers(text, v);

	if (n == 3)
		*out = (struct vm_shape){v[0], 1, v[1], v[2]};
	else if (n == 4)
		*out = (struct vm_shape){v[0], v[1], v[2], v[3]};
	else
		return verdict_error("bad-option",
				     "--topology 2:2:2 (sockets:cores:threads), or 2:2:1:2 "
				     "(sockets:dies:cores:threads)",
				     "--topology does not understand %s", text);
	return verdict_ok();
}

struct verdict vm_numa_parse(const char *text, unsigned *nodes, unsigned *distance)
{
	unsigned v[4] = {0, DISTANCE}, n = numbers(text, v);

	if (n < 1 || n > 2 || v[0] > VM_NODES_MAX || v[1] <= 10 || v[1] > DISTANCE_MOST)
		return verdict_error(
		    "bad-option", "--numa 2, or --numa 2:31 with a distance from 11 to 254",
		    "--numa does not understand %s (at most %d nodes)", text, VM_NODES_MAX);
	*nodes = v[0];
	*distance = v[1];
	return verdict_ok();
}

struct verdict vm_memory_parse(const char *text, uint64_t *out)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);
	unsigned shift = *end == 'M' ? 20 : 30;

	if (end == text || *text < '0' || *text > '9' || (*end != 'M' && *end != 'G') || end[1] ||
	    !value || value > 1ull << (44 - shift))
		return verdict_error("bad-option", "--mem 512M or --mem 2G",
				     "--mem does not understand %s", text);
	*out = value << shift;
	return verdict_ok();
}

struct verdict vm_check(const struct vm_spec *spec)
{
	const struct vm_shape *s = &spec->shape;
	uint64_t cpus = (uint64_t)s->sockets * s->dies * s->cores * s->threads;
	unsigned long long mib = spec->memory_bytes >> 20;

	if (cpus > VM_CPUS_MAX)
		return verdict_error("bad-option", "choose a smaller --topology",
				     "a guest has at most %d CPUs, not %llu", VM_CPUS_MAX,
				     (unsigned long long)cpus);
	if (cpus % spec->nodes || mib % spec->nodes)
		return verdict_error("bad-option",
				     "choose --topology, --mem and --numa that divide",
				     "%llu CPUs and %llu MiB cannot be shared out to %u NUMA nodes",
				     (unsigned long long)cpus, mib, spec->nodes);
	if (spec->memory_bytes / spec->nodes < MEMORY_LEAST)
		return verdict_error("bad-option", "raise --mem",
				     "%llu MiB is too little: it takes 256 MiB a NUMA node", mib);
	if (!spec->command || !spec->command[0])
		return verdict_error("bad-option", "tlbscope vm -- run --only null",
				     "there is no command for the guest");
	return verdict_ok();
}
