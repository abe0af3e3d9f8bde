#include "output/topology_svg.h"

#include "output/objects.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH	   900.0
#define ROW_HEIGHT 30.0
#define CHARACTER  7.5 /* of a label, px */

/* Rows from above; what is of none of these is not drawn. */
static const struct {
	const char *type, *name, *plural;
} kinds[] = {
    {"Package", "package", "packages"},
    {"Die", "die", "dies"},
    {"NUMANode", "NUMA node", "NUMA nodes"},
    {"L3Cache", "L3", "L3 caches"},
    {"L2Cache", "L2", "L2 caches"},
    {"L1Cache", "L1D", "L1D caches"},
    {"Core", "core", "cores"},
    {"PU", "CPU", "CPUs"},
};

#define KINDS (sizeof kinds / sizeof *kinds)

struct part {
	const struct machine_object *object;
	size_t kind;
	unsigned first, n; /* CPUs below, counted from the left */
};

struct drawing {
	struct machine_object *object;
	struct part *part;
	size_t nobjects, nparts;
	unsigned cpus, count[KINDS];
	double row[KINDS], height;
};

static size_t kind_of(const struct machine_object *o)
{
	size_t k = 0;

	while (k < KINDS && (strcmp(kinds[k].type, o->type) != 0 || o->instruction_cache))
		k++;
	return k;
}

static bool is_cpu(const struct machine_object *o)
{
	return strcmp(o->type, "PU") == 0;
}

/* CPUs in the subtree at i; one of memory, which has none, hangs beside those of its parent. */
static unsigned cpus_below(const struct drawing *d, size_t i)
{
	unsigned n = is_cpu(&d->object[i]);

	for (size_t k = i + 1; k < d->nobjects && d->object[k].depth > d->object[i].depth; k++)
		n += is_cpu(&d->object[k]);
	return n;
}

static size_t parent_of(const struct drawing *d, size_t i)
{
	size_t k = i;

	while (k && d->object[k].depth >= d->object[i].depth)
		k--;
	return k;
}

static void place_parts(struct drawing *d)
{
	unsigned before = 0;

	for (size_t i = 0; i < d->nobjects; i++) {
		const struct machine_object *o = &d->object[i];
		struct part part = {o, kind_of(o), before, cpus_below(d, i)};

		if (!part.n)
			part.n = cpus_below(d, parent_of(d, i));
		before += is_cpu(o);
		if (part.kind == KINDS)
			continue;
		d->count[part.kind]++;
		d->part[d->nparts++] = part;
	}
	d->cpus = before;
	for (size_t k = 0; k < KINDS; k++) {
		d->row[k] = d->height;
		d->height += d->count[k] ? ROW_HEIGHT : 0;
	}
}

static void format_size(char *out, size_t size, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned unit = 0;
	double value = (double)bytes;

	for (; value >= 1024 && unit < 4; unit++)
		value /= 1024;
	snprintf(out, size, "%.3g %s", value, units[unit]);
}

static void label_of(const struct part *part, char *out, size_t size)
{
	const struct machine_object *o = part->object;
	uint64_t bytes = o->cache_bytes ? o->cache_bytes : o->memory_bytes;
	char amount[32] = "";

	if (bytes)
		format_size(amount, sizeof amount, bytes);
	if (o->cache_bytes)
		snprintf(out, size, "%s %s", kinds[part->kind].name, amount);
	else
		snprintf(out, size, "%s %u%s%s", kinds[part->kind].name, o->os_index,
			 bytes ? ", " : "", amount);
}

static void print_part(FILE *to, const struct drawing *d, const struct part *part)
{
	double cpu = WIDTH / d->cpus, x = part->first * cpu, width = part->n * cpu;
	double gap = cpu > 8 ? 2 : cpu / 8, y = d->row[part->kind];
	char label[80];

	label_of(part, label, sizeof label);
	fprintf(to,
		"<g><title>%s</title><rect class=\"part kind-%zu\" x=\"%.1f\" y=\"%.1f\" "
		"width=\"%.1f\" height=\"%.1f\"/>",
		label, part->kind, x + gap, y + 2, width - 2 * gap, ROW_HEIGHT - 4);
	if (width >= CHARACTER * (double)strlen(label))
		fprintf(to, "<text x=\"%.1f\" y=\"%.1f\">%s</text>", x + width / 2,
			y + ROW_HEIGHT / 2 + 4, label);
	fputs("</g>\n", to);
}

/* "1 package, 2 cores, 2 CPUs" */
static void print_summary(FILE *to, const struct drawing *d)
{
	const char *between = "";

	for (size_t k = 0; k < KINDS; k++) {
		if (!d->count[k])
			continue;
		fprintf(to, "%s%u %s", between, d->count[k],
			d->count[k] > 1 ? kinds[k].plural : kinds[k].name);
		between = ", ";
	}
}

static void print_drawing(FILE *to, const struct drawing *d)
{
	fprintf(to,
		"<svg class=\"topology\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
		"aria-label=\"Topology: ",
		WIDTH, d->height);
	print_summary(to, d);
	fputs("\">\n", to);
	for (size_t i = 0; i < d->nparts; i++)
		print_part(to, d, &d->part[i]);
	fputs("</svg>\n", to);
}

static size_t count_objects(const char *xml)
{
	size_t n = 0;

	while (xml && (xml = strstr(xml, "<object "))) {
		xml++;
		n++;
	}
	return n < 65536 ? n : 65536;
}

bool topology_svg(FILE *to, const char *xml)
{
	struct drawing d = {.nobjects = count_objects(xml)};

	d.object = calloc(d.nobjects + 1, sizeof *d.object);
	d.part = calloc(d.nobjects + 1, sizeof *d.part);
	if (d.object && d.part) {
		d.nobjects = machine_objects(xml, d.object, d.nobjects);
		place_parts(&d);
		if (d.cpus)
			print_drawing(to, &d);
	}
	free(d.object);
	free(d.part);
	return d.cpus;
}
