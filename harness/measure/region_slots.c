#include "measure/region_slots.h"

#include "stats/stats.h"

#define MIB ((uint64_t)1 << 20)

static unsigned log2_of(uint64_t power)
{
	return (unsigned)__builtin_ctzll(power);
}

static const enum slot_how huge_aliases[OFFSETS] = {[OFFSETS_SPREAD] = SLOT_HUGE_ALIAS,
						    [OFFSETS_EQUAL] = SLOT_HUGE_EQUAL,
						    [OFFSETS_FOLD7] = SLOT_HUGE_FOLD7,
						    [OFFSETS_FOLD8] = SLOT_HUGE_FOLD8};

static bool is_huge_alias(const struct slotting *s)
{
	for (unsigned i = 0; i < OFFSETS; i++)
		if (s->how == huge_aliases[i])
			return true;
	return false;
}

static enum slot_how how_of(const struct region_spec *spec, uint64_t slot_bytes)
{
	bool whole = slot_bytes == spec->page.bytes;

	if (spec->layout == LAYOUT_REFERENCE)
		return SLOT_PACKED;
	if (spec->sparse)
		return spec->offsets == OFFSETS_EQUAL ? SLOT_SPARSE_EQUAL : SLOT_SPARSE;
	if (spec->layout == LAYOUT_ALIAS && spec->page.how == PAGE_BASE)
		return SLOT_COLOURED;
	if (spec->layout == LAYOUT_ALIAS)
		return huge_aliases[spec->offsets];
	if (spec->layout == LAYOUT_ZERO)
		return spec->page.how == PAGE_THP && whole ? SLOT_HUGE_ALIAS : SLOT_PLAIN;
	return SLOT_ROTATED;
}

struct slotting slotting_of(const struct region_spec *spec)
{
	uint64_t slot_bytes = spec->slot_bytes ? spec->slot_bytes : spec->page.bytes;
	unsigned shift = log2_of(slot_bytes);
	uint64_t lines = slot_bytes / LINE_BYTES;

	return (struct slotting){
	    .how = how_of(spec, slot_bytes),
	    .shift = shift,
	    .per_4k_shift = shift < FOUR_K_SHIFT ? FOUR_K_SHIFT - shift : 0,
	    .line_mask = (lines < 64 ? lines : 64) - 1,
	    .chunk_bits = shift > FOUR_K_SHIFT ? shift - FOUR_K_SHIFT : 0,
	    .page_shift = log2_of(spec->page.bytes),
	};
}

bool slots_alone(const struct region_spec *spec)
{
	return spec->page.how == PAGE_BASE && spec->slot_bytes > spec->page.bytes &&
	       (spec->sparse || spec->layout == LAYOUT_ZERO) && spec->layout != LAYOUT_REFERENCE;
}

uint64_t slots_alone_bytes(const struct region_spec *spec)
{
	return spec->bytes / spec->slot_bytes * spec->page.bytes;
}

/* Huge aliases lie in groups: log2 of the slots in one; 0: no groups. */
static unsigned group_shift(const struct slotting *s)
{
	if (s->page_shift >= 30 || !is_huge_alias(s))
		return 0;
	return s->how == SLOT_HUGE_ALIAS ? ALIAS_LINES_SHIFT : ALIAS_LINES_EQUAL_SHIFT;
}

uint64_t slotting_span(const struct slotting *s, uint64_t bytes)
{
	uint64_t slots = bytes >> s->shift, span = bytes;
	unsigned lines_shift = group_shift(s);

	if (s->how == SLOT_PACKED)
		span = slots << LINE_SHIFT;
	if (lines_shift)
		span = ((slots + ((uint64_t)1 << lines_shift) - 1) >> lines_shift)
		       << (s->page_shift + ALIAS_GROUP_PAGES_SHIFT);
	return span;
}

char *window_slot(const struct window *window, uint64_t i)
{
	const struct slotting slotting = slotting_of(&window->region->spec);

	return window->base + slot_offset(&slotting, (uintptr_t)window->base, i);
}

/* Windows start where the slots' arithmetic starts afresh. */
static uint64_t window_step(const struct slotting *s)
{
	uint64_t page = (uint64_t)1 << s->page_shift, slot = (uint64_t)1 << s->shift;

	if (s->how == SLOT_PACKED)
		return 4096;
	if (is_huge_alias(s))
		return s->page_shift < 30 ? page << ALIAS_GROUP_PAGES_SHIFT : page;
	page = page > slot ? page : slot;
	return page > 4 * MIB ? page : 4 * MIB;
}

/* How many steps apart a window can begin. The last group of a region may be smaller than the
 * window's last one, so groups are counted by slots and not by what they span. */
static uint64_t places_of(const struct region *region, const struct slotting *s, uint64_t bytes)
{
	uint64_t have = slotting_span(s, region->spec.bytes), need = slotting_span(s, bytes);

	if (have <= need || region->spec.sparse)
		return 1;
	if (group_shift(s))
		return ((region->spec.bytes - bytes) >> s->shift >> group_shift(s)) + 1;
	return (have - need) / window_step(s) + 1;
}

struct window region_window(const struct region *region, uint64_t bytes, uint64_t seed)
{
	const struct slotting slotting = slotting_of(&region->spec);
	uint64_t step = window_step(&slotting), places = places_of(region, &slotting, bytes);
	struct random random;

	random_seed(&random, seed);
	return (struct window){
	    .region = region,
	    .base = region->base + random_below(&random, places) * step,
	    .bytes = bytes,
	    .slots = bytes >> slotting.shift,
	};
}
