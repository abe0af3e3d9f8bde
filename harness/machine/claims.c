#include "machine/environment.h"

#include "machine/descriptors.h"

#include <stdlib.h>
#include <string.h>

#define INTEL_TLB_LEAF	  0x18
#define SUBLEAVES_MAX	  64 /* a CPU that lies must not keep us here */
#define AMD_L1_LEAF	  0x80000005
#define AMD_L2_LEAF	  0x80000006
#define AMD_1G_LEAF	  0x80000019
#define AMD_FEATURES_LEAF 0x80000021
#define AMD_L2_TIMES_32	  (1u << 14)
#define AMD_L2_FACTOR	  32
#define AMD_FAMILY_ZEN5	  0x1a

struct reader {
	cpuid_fn *cpuid;
	void *context;
	uint32_t max_leaf, max_extended;
	struct claim *claim;
	unsigned n;
	bool no_memory;
};

static struct cpuid_regs leaf(const struct reader *r, uint32_t number, uint32_t subleaf)
{
	uint32_t max = number & 0x80000000 ? r->max_extended : r->max_leaf;

	/* Beyond the last leaf Intel answers with another one's content. */
	return number <= max ? r->cpuid(number, subleaf, r->context) : (struct cpuid_regs){0};
}

__attribute__((format(printf, 3, 4))) static void add(struct reader *r, struct claim claim,
						      const char *format, ...)
{
	va_list args;

	if (!claim.entries || r->no_memory)
		return;
	struct claim *grown = realloc(r->claim, (r->n + 1) * sizeof *grown);
	if (!grown) {
		r->no_memory = true;
		return;
	}
	r->claim = grown;
	va_start(args, format);
	vsnprintf(claim.source, sizeof claim.source, format, args);
	va_end(args);
	if (claim.ways && !claim.sets && claim.entries % claim.ways == 0)
		claim.sets = claim.entries / claim.ways;
	grown[r->n++] = claim;
}

static struct claim claim_of(unsigned level, const char *type, const char *pages, uint64_t entries)
{
	struct claim claim = {.level = level, .entries = entries};

	snprintf(claim.type, sizeof claim.type, "%s", type);
	snprintf(claim.pages, sizeof claim.pages, "%s", pages);
	return claim;
}

static void intel_pages(uint32_t bits, char *out, size_t size)
{
	static const char *const names[] = {"4k", "2m", "4m", "1g"};
	size_t length = 0;

	out[0] = 0;
	for (unsigned i = 0; i < 4; i++)
		if (bits & 1u << i)
			length += (size_t)snprintf(out + length, size - length, "%s%s",
						   length ? "," : "", names[i]);
}

static void intel_subleaf(struct reader *r, uint32_t number)
{
	static const char *const types[] = {NULL,      "data", "instruction",
					    "unified", "load", "store"};
	struct cpuid_regs c = leaf(r, INTEL_TLB_LEAF, number);
	uint32_t type = c.edx & 0x1f, ways = c.ebx >> 16;
	char pages[24];

	intel_pages(c.ebx, pages, sizeof pages);
	if (type == 0 || type >= sizeof types / sizeof *types || !pages[0])
		return;
	struct claim claim = claim_of(c.edx >> 5 & 7, types[type], pages, (uint64_t)ways * c.ecx);
	claim.ways = c.edx & 1u << 8 ? claim.entries : ways;
	add(r, claim, "cpuid 0x18.%u", number);
}

static void intel_descriptor(struct reader *r, uint8_t code)
{
	for (const struct descriptor *d = descriptors; d->code; d++) {
		if (d->code != code)
			continue;
		struct claim claim = claim_of(d->level, d->type, d->pages, d->entries);
		claim.ways = d->ways == WAYS_FULL ? d->entries : d->ways;
		add(r, claim, "cpuid 0x2 descriptor 0x%02x", code);
	}
}

/* Sixteen bytes less the lowest, which is a count; a register with its top bit set has none. FEh
 * (see leaf 0x18) and FFh (see leaf 4) are no TLBs and not in the table. */
static void intel_descriptors(struct reader *r)
{
	struct cpuid_regs c = leaf(r, 2, 0);
	uint32_t word[] = {c.eax & ~0xffu, c.ebx, c.ecx, c.edx};

	for (unsigned i = 0; i < 4; i++)
		for (unsigned shift = 0; shift < 32 && !(word[i] >> 31); shift += 8)
			if (word[i] >> shift & 0xff)
				intel_descriptor(r, (uint8_t)(word[i] >> shift));
}

static void intel_claims(struct reader *r)
{
	uint32_t last = leaf(r, INTEL_TLB_LEAF, 0).eax;

	for (uint32_t i = 0; i <= last && i < SUBLEAVES_MAX; i++)
		intel_subleaf(r, i);
	if (!r->n)
		intel_descriptors(r);
}

/* One half of a register of 0x80000005: plain associativity, FFh is full. */
static void amd_l1(struct reader *r, const char *reg, const char *type, const char *pages,
		   uint32_t half)
{
	uint32_t ways = half >> 8;
	struct claim claim = claim_of(1, type, pages, half & 0xff);

	claim.ways = ways == 0xff ? claim.entries : ways;
	add(r, claim, "cpuid 0x80000005 %s", reg);
}

/* Associativity codes of 0x80000006 and 0x80000019. Ranges are kept as text: a range is no number
 * of ways. */
static const struct {
	unsigned ways;
	const char *range;
} amd_ways[16] = {
    [0x1] = {.ways = 1},
    [0x2] = {.ways = 2},
    [0x3] = {.ways = 3},
    [0x4] = {.range = ", 4-5 ways"},
    [0x5] = {.range = ", 6-7 ways"},
    [0x6] = {.range = ", 8-15 ways"},
    [0x8] = {.range = ", 16-31 ways"},
    [0xa] = {.range = ", 32-47 ways"},
    [0xb] = {.range = ", 48-63 ways"},
    [0xc] = {.range = ", 64-95 ways"},
    [0xd] = {.range = ", 96-127 ways"},
    [0xe] = {.range = ", 128+ ways"},
};

struct amd_row {
	uint32_t leaf;
	unsigned level;
	const char *reg, *pages;
	size_t offset;
	bool in_units; /* of AMD_L2_FACTOR, where the flag says so */
};

static void amd_coded(struct reader *r, const struct amd_row *row, const char *type, uint32_t half,
		      unsigned factor, const char *remark)
{
	uint32_t code = half >> 12;
	const char *range = amd_ways[code].range;
	struct claim claim =
	    claim_of(row->level, type, row->pages, (uint64_t)(half & 0xfff) * factor);

	if (code == 0) /* switched off */
		return;
	claim.ways = code == 0xf ? claim.entries : amd_ways[code].ways;
	add(r, claim, "cpuid 0x%08x %s%s%s", row->leaf, row->reg, range ? range : "", remark);
}

static void amd_register(struct reader *r, const struct amd_row *row, uint32_t value,
			 unsigned factor, const char *remark)
{
	uint32_t data = value >> 16, instruction = value & 0xffff;
	bool unified = !data && row->leaf == AMD_L2_LEAF;

	amd_coded(r, row, "data", data, factor, remark);
	amd_coded(r, row, unified ? "unified" : "instruction", instruction, factor, remark);
}

static unsigned family(const struct reader *r)
{
	uint32_t eax = leaf(r, 1, 0).eax, base = eax >> 8 & 0xf;

	return base == 0xf ? base + (eax >> 20 & 0xff) : base;
}

static void amd_claims(struct reader *r)
{
	static const struct amd_row rows[] = {
	    {AMD_L2_LEAF, 2, "eax", "2m", offsetof(struct cpuid_regs, eax), true},
	    {AMD_L2_LEAF, 2, "ebx", "4k", offsetof(struct cpuid_regs, ebx), true},
	    {AMD_1G_LEAF, 1, "eax", "1g", offsetof(struct cpuid_regs, eax), false},
	    {AMD_1G_LEAF, 2, "ebx", "1g", offsetof(struct cpuid_regs, ebx), true},
	};
	struct cpuid_regs l1 = leaf(r, AMD_L1_LEAF, 0);
	bool times = leaf(r, AMD_FEATURES_LEAF, 0).eax & AMD_L2_TIMES_32;
	/* Hypervisors hide the flag and pass the number on: 128 where 4096 is meant. */
	bool doubtful = !times && family(r) == AMD_FAMILY_ZEN5;

	amd_l1(r, "eax", "data", "2m", l1.eax >> 16);
	amd_l1(r, "eax", "instruction", "2m", l1.eax & 0xffff);
	amd_l1(r, "ebx", "data", "4k", l1.ebx >> 16);
	amd_l1(r, "ebx", "instruction", "4k", l1.ebx & 0xffff);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cpuid_regs c = leaf(r, rows[i].leaf, 0);
		bool in_units = rows[i].in_units;
		uint32_t value;

		memcpy(&value, (const char *)&c + rows[i].offset, sizeof value);
		amd_register(r, &rows[i], value, in_units && times ? AMD_L2_FACTOR : 1,
			     !in_units	? ""
			     : times	? ", x32"
			     : doubtful ? ", likely x32"
					: "");
	}
}

bool claims_read(cpuid_fn *cpuid, void *context, struct claim **out, unsigned *n)
{
	struct reader r = {.cpuid = cpuid, .context = context};
	struct cpuid_regs zero = cpuid(0, 0, context);
	uint32_t name[3] = {zero.ebx, zero.edx, zero.ecx};

	r.max_leaf = zero.eax;
	r.max_extended = cpuid(0x80000000, 0, context).eax;
	if (memcmp(name, "GenuineIntel", 12) == 0)
		intel_claims(&r);
	else if (memcmp(name, "AuthenticAMD", 12) == 0 || memcmp(name, "HygonGenuine", 12) == 0)
		amd_claims(&r);
	*out = r.claim;
	*n = r.n;
	if (!r.no_memory)
		return true;
	free(r.claim);
	*out = NULL;
	*n = 0;
	return false;
}
