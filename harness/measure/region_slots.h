/* Where the slots of a window lie: inline, because a chain's links are written at the speed of
 * memory. */
#ifndef TLBSCOPE_MEASURE_REGION_SLOTS_H
#define TLBSCOPE_MEASURE_REGION_SLOTS_H

#include <tlbscope/region.h>

#define LINE_BYTES   64u
#define LINE_SHIFT   6
#define FOUR_K_SHIFT 12
#define TWO_M_SHIFT  21

/* Physical lines that a huge alias uses: enough to spread over the sets of any L2 TLB, few enough
 * for a quarter of an L1D. At equal offsets there is one 4K page of lines. */
#define ALIAS_LINES_SHIFT	8
#define ALIAS_LINES_EQUAL_SHIFT 6
#define SPARSE_OFFSETS		4
#define ALIAS_GROUP_PAGES_SHIFT 11 /* groups of 2m aliases lie 4 GiB apart */

struct slotting {
	enum slot_how {
		SLOT_ROTATED, /* slot i << shift, plus a line and a 4K offset that walk on with i */
		SLOT_PACKED,  /* one line after the other */
		SLOT_PLAIN,   /* slot i << shift */
		SLOT_SPARSE,  /* the same with a line that walks on, at one of four 4K offsets */
		SLOT_SPARSE_EQUAL, /* at one */
		SLOT_COLOURED,	   /* aliases of base pages */
		SLOT_HUGE_ALIAS,   /* aliases of one huge page, spread */
		SLOT_HUGE_EQUAL,   /* the same at one 4K offset */
		SLOT_HUGE_FOLD7,   /* the same at offsets that cancel its upper bits */
		SLOT_HUGE_FOLD8,
	} how;
	unsigned shift;	       /* log2 of slot_bytes */
	unsigned per_4k_shift; /* log2 of the slots in 4 KiB */
	uint64_t line_mask;    /* lines to choose from in a slot, at most 64 */
	unsigned chunk_bits;   /* log2 of the 4 KiB in a slot */
	unsigned page_shift;   /* of the page kind */
};

struct slotting slotting_of(const struct region_spec *spec);

/* Sixty-four consecutive slots lie on all sixty-four lines; the next sixty-four start one line on,
 * so that caches indexed by more than twelve bits are covered as well. */
static inline uint64_t slot_line(uint64_t i)
{
	return i + (i >> 6) + (i >> 12);
}

/* 4K offset inside a large slot. All bits that may index a TLB which holds the page in 4K pieces
 * must differ over the slots, also where the slot's own number gives the bits above. */
static inline uint64_t slot_chunk(unsigned bits, uint64_t i)
{
	uint64_t chunk = i;

	if (bits >= 9)
		chunk ^= i >> 1;
	else
		chunk ^= i >> bits ^ i >> 2 * bits ^ i >> 3 * bits;
	return chunk & (((uint64_t)1 << bits) - 1);
}

static inline uint64_t slot_rotated(const struct slotting *s, uint64_t i)
{
	uint64_t offset =
	    (i << s->shift) + ((slot_line(i >> s->per_4k_shift) & s->line_mask) << LINE_SHIFT);

	if (s->chunk_bits)
		offset += slot_chunk(s->chunk_bits, i) << FOUR_K_SHIFT;
	return offset;
}

/* Zen's L1D way predictor hashes address bits 14^25, 15^20, 16^21, 17^22, 18^23 and 19^24 (12^27
 * and 13^26 are equal for all aliases of a page in a 64 MiB span): the line is that hash, so a
 * line's aliases have one tag. */
static inline uint64_t slot_coloured(unsigned page_shift, uintptr_t base, uint64_t i)
{
	uintptr_t page = (base >> page_shift) + i;
	uint64_t line = ((page >> 2) ^ (page >> 8 & 31) << 1 ^ (page >> 13 & 1)) & 63;

	return (i << page_shift) + (line << LINE_SHIFT);
}

/* Aliases of one huge page, and where each is read. Zen 5's way predictor hashes every address bit
 * from 12 to 31, so aliases that share a line may differ above bit 31 only: groups of 256 at 2m.
 *
 * A host may back the page by 4K pages, and a 1g page by 2M ones. Whichever the TLB holds, its
 * number covers 2^7 and 2^8 sets evenly, whether they are chosen by bits 0-7, by bits 0-6 and 9
 * (Zen 4), or by bits folded with the seven or eight above (Intel): the seven upper bits of the
 * alias's number stand from bit 12 on, its lowest in 11 and 19, all of it from 21 on, and what
 * bit 30 needs there. Few operations, as chain_walk_huge() does them for each load. */
static inline uint64_t slot_huge_alias(unsigned page_shift, uint64_t i)
{
	uint64_t within = i & (((uint64_t)1 << ALIAS_LINES_SHIFT) - 1), top = within & 128;
	uint64_t offset = (within & 1) << 19, unit = (uint64_t)1 << TWO_M_SHIFT;

	if (page_shift >= 30)
		return offset + (i << page_shift) + (within * (unit + 0x808) ^ top << 14);
	unit = (uint64_t)1 << page_shift;
	return offset +
	       ((i - within) << (page_shift + ALIAS_GROUP_PAGES_SHIFT - ALIAS_LINES_SHIFT)) +
	       within * (unit + 0x808) + (top << (page_shift + 2));
}

/* All at one 4K offset. Pages that are held whole lie on 64 sets, four to each at 256 aliases. */
static inline uint64_t slot_huge_equal(unsigned page_shift, uint64_t i)
{
	uint64_t within = i & (((uint64_t)1 << ALIAS_LINES_EQUAL_SHIFT) - 1);
	unsigned group_shift = page_shift + ALIAS_GROUP_PAGES_SHIFT - ALIAS_LINES_EQUAL_SHIFT;

	if (page_shift >= 30)
		return (i << page_shift) + (within << LINE_SHIFT);
	return ((i - within) << group_shift) + (within << page_shift) + (within << LINE_SHIFT);
}

/* A TLB whose index is its lowest bits XOR as many above would spread pieces at equal offsets: bits
 * of the alias's number are among those above. So each stands in the offset once more, where it
 * cancels itself, and all pieces lie in one set. Of 1g pages the pieces are those of 2M; 4K ones
 * conflict at equal offsets, whatever is folded. */
static inline uint64_t slot_huge_folded(unsigned page_shift, unsigned fold, uint64_t i)
{
	unsigned piece_shift = page_shift >= 30 ? TWO_M_SHIFT : FOUR_K_SHIFT;
	uint64_t number = page_shift >= 30 ? i : i & (((uint64_t)1 << ALIAS_LINES_EQUAL_SHIFT) - 1);
	uint64_t again = number << (page_shift - piece_shift - fold) & (((uint64_t)1 << fold) - 1);

	return slot_huge_equal(page_shift, i) + (again << piece_shift);
}

static inline uint64_t slot_huge_fold7(unsigned page_shift, uint64_t i)
{
	return slot_huge_folded(page_shift, 7, i);
}

static inline uint64_t slot_huge_fold8(unsigned page_shift, uint64_t i)
{
	return slot_huge_folded(page_shift, 8, i);
}

/* Each of the four offsets has a line of page-table entries of its own. Slots that differ in them
 * only through i's low bits would leave half of a TLB's sets out; the bits above choose as well. */
static inline uint64_t slot_sparse(unsigned shift, unsigned offsets, uint64_t i)
{
	uint64_t offset = (i ^ i >> 2 ^ i >> 4) & (offsets - 1);

	return (i << shift) + (offset << (FOUR_K_SHIFT + 3)) + ((slot_line(i) & 63) << LINE_SHIFT);
}

static inline __attribute__((always_inline)) uint64_t slot_offset(const struct slotting *s,
								  uintptr_t base, uint64_t i)
{
	switch (s->how) {
	case SLOT_ROTATED:
		return slot_rotated(s, i);
	case SLOT_PACKED:
		return i << LINE_SHIFT;
	case SLOT_PLAIN:
		return i << s->shift;
	case SLOT_SPARSE:
		return slot_sparse(s->shift, SPARSE_OFFSETS, i);
	case SLOT_SPARSE_EQUAL:
		return slot_sparse(s->shift, 1, i);
	case SLOT_COLOURED:
		return slot_coloured(s->page_shift, base, i);
	case SLOT_HUGE_ALIAS:
		return slot_huge_alias(s->page_shift, i);
	case SLOT_HUGE_EQUAL:
		return slot_huge_equal(s->page_shift, i);
	case SLOT_HUGE_FOLD7:
		return slot_huge_fold7(s->page_shift, i);
	case SLOT_HUGE_FOLD8:
		return slot_huge_fold8(s->page_shift, i);
	}
	return 0;
}

/* Whether only the pages that hold a slot are mapped, and the bytes of these pages. */
bool slots_alone(const struct region_spec *spec);
uint64_t slots_alone_bytes(const struct region_spec *spec);

/* Bytes of address space that a window of `bytes` spans. */
uint64_t slotting_span(const struct slotting *slotting, uint64_t bytes);

#endif
