/* Where slots lie in a region: on paper, nothing is mapped. */
#include "measure/region_slots.h"
#include "unit/measure/region_kinds.h"

/* A window of made-up addresses: slots are arithmetic. */
struct paper {
	struct region region;
	struct window window;
};

static void paper(struct paper *paper, struct page_kind page, enum layout layout, uint64_t slots,
		  uint64_t slot_bytes)
{
	uint64_t bytes = slots * (slot_bytes ? slot_bytes : page.bytes);

	memset(paper, 0, sizeof *paper);
	paper->region.spec = (struct region_spec){
	    .page = page, .layout = layout, .bytes = bytes, .slot_bytes = slot_bytes};
	paper->region.base = (char *)(uintptr_t)(64 * GIB);
	paper->window = (struct window){&paper->region, paper->region.base, bytes, slots};
}

static uint64_t offset_of(const struct paper *p, uint64_t i)
{
	return (uint64_t)(window_slot(&p->window, i) - p->window.base);
}

static void distinct_slots_keep_to_themselves(void **state)
{
	static const uint64_t slot_bytes[] = {64,   128,   512,	    2048,   4096,
					      8192, 65536, 2 << 20, 4 << 20};

	(void)state;
	for (unsigned s = 0; s < sizeof slot_bytes / sizeof *slot_bytes; s++) {
		struct paper p;

		paper(&p, k4, LAYOUT_DISTINCT, 5000, slot_bytes[s]);
		for (uint64_t i = 0; i < 5000; i++) {
			assert_true(offset_of(&p, i) >= i * slot_bytes[s]);
			assert_true(offset_of(&p, i) + 64 <= (i + 1) * slot_bytes[s]);
			assert_int_equal(offset_of(&p, i) % 64, 0);
		}
	}
}

/* Every 64 slots use every line once, so each set of a cache indexed by 12 bits. */
static void slots_cover_lines(void **state)
{
	static const uint64_t slot_bytes[] = {64, 256, 1024, 2048, 4096, 16384, 2 << 20};

	(void)state;
	for (unsigned s = 0; s < sizeof slot_bytes / sizeof *slot_bytes; s++) {
		struct paper p;

		paper(&p, k4, LAYOUT_DISTINCT, 6400, slot_bytes[s]);
		for (uint64_t group = 0; group < 6400; group += 64) {
			uint64_t lines = 0;

			for (uint64_t i = group; i < group + 64; i++)
				lines |= (uint64_t)1 << (offset_of(&p, i) / 64 % 64);
			assert_true(lines == UINT64_MAX);
		}
	}
}

static unsigned count_bits(const unsigned char *seen, size_t n)
{
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		count += seen[i];
	return count;
}

/* With adjacent frames, as many slots as an L2 has sets use each set once. */
static void slots_cover_l2_sets(void **state)
{
	(void)state;
	for (unsigned sets = 1024; sets <= 4096; sets *= 2) {
		unsigned char seen[4096] = {0};
		struct paper p;

		paper(&p, k4, LAYOUT_DISTINCT, sets, 0);
		for (uint64_t i = 0; i < sets; i++)
			seen[offset_of(&p, i) / 64 % sets] = 1;
		assert_int_equal(count_bits(seen, sets), sets);
	}
}

static void huge_slots_spread_inside_their_page(void **state)
{
	const struct page_kind kinds[] = {m2, g1};

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		unsigned char seen[512] = {0};
		struct paper p;

		paper(&p, kinds[k], LAYOUT_DISTINCT, 512, 0);
		for (uint64_t i = 0; i < 512; i++) {
			seen[offset_of(&p, i) % kinds[k].bytes / 4096 % 512] = 1;
			if (i)
				assert_true(offset_of(&p, i) - offset_of(&p, i - 1) !=
					    kinds[k].bytes);
		}
		assert_int_equal(count_bits(seen, 512), 512);
	}
}

/* An L2 TLB of 256 sets that holds the host's small pages must be filled evenly, whichever bits
 * index it. */
static unsigned index_low(uint64_t vpn)
{
	return vpn & 255;
}

static unsigned index_zen4(uint64_t vpn)
{
	return (vpn & 127) | (vpn >> 9 & 1) << 7;
}

static unsigned index_folded(uint64_t vpn)
{
	return (vpn ^ vpn >> 7) & 127;
}

static void spread_aliases_fill_sets_evenly(void **state)
{
	static const struct {
		unsigned (*index)(uint64_t);
		unsigned sets;
	} tlbs[] = {{index_low, 256}, {index_zen4, 256}, {index_folded, 128}};
	const struct page_kind kinds[] = {m2, g1};

	(void)state;
	for (unsigned k = 0; k < 2; k++)
		for (unsigned t = 0; t < 3; t++) {
			unsigned in_set[256] = {0};
			struct paper p;

			paper(&p, kinds[k], LAYOUT_ALIAS, 1024, 0);
			for (uint64_t i = 0; i < 1024; i++)
				in_set[tlbs[t].index((uintptr_t)window_slot(&p.window, i) /
						     4096)]++;
			for (unsigned i = 0; i < tlbs[t].sets; i++)
				assert_int_equal(in_set[i], 1024 / tlbs[t].sets);
		}
}

/* And so must one that holds the host's 2M pages, also behind 1g ones; real 2m pages as well. */
static void spread_aliases_spread_two_megabytes_as_well(void **state)
{
	static const struct {
		unsigned (*index)(uint64_t);
		unsigned sets;
	} tlbs[] = {{index_low, 256}, {index_zen4, 256}, {index_folded, 128}};
	const struct page_kind kinds[] = {m2, g1, thp};

	(void)state;
	for (unsigned k = 0; k < 3; k++)
		for (unsigned t = 0; t < 3; t++) {
			unsigned in_set[256] = {0};
			struct paper p;

			paper(&p, kinds[k], kinds[k].how == PAGE_THP ? LAYOUT_ZERO : LAYOUT_ALIAS,
			      1024, 0);
			for (uint64_t i = 0; i < 1024; i++)
				in_set[tlbs[t].index((uintptr_t)window_slot(&p.window, i) >> 21)]++;
			for (unsigned i = 0; i < tlbs[t].sets; i++)
				assert_int_equal(in_set[i], 1024 / tlbs[t].sets);
		}
}

/* However large the pages are: one to each alias. */
static void aliases_have_pages_of_their_own(void **state)
{
	static const uint64_t sizes[] = {2 * MIB, 32 * MIB, 512 * MIB, GIB};

	(void)state;
	for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		struct paper p;
		unsigned char *seen = calloc(1, 16384);

		assert_non_null(seen);
		paper(&p, (struct page_kind){PAGE_HUGETLB, sizes[s]}, LAYOUT_ALIAS, 1024, 0);
		for (uint64_t i = 0; i < 1024; i++) {
			uint64_t page = offset_of(&p, i) / sizes[s];

			assert_true(page < 16384 && !seen[page]);
			seen[page] = 1;
		}
		free(seen);
	}
}

/* The way predictor's hash as timing shows it, spelled out bit by bit; bits 28 to 31 as on Zen 5.
 */
static unsigned way_tag(uintptr_t address)
{
	static const unsigned char pairs[8][2] = {{12, 27}, {13, 26}, {14, 25}, {15, 20},
						  {16, 21}, {17, 22}, {18, 23}, {19, 24}};
	unsigned tag = address >> 28 & 15;

	for (unsigned i = 0; i < 8; i++)
		tag = tag << 1 | ((address >> pairs[i][0] ^ address >> pairs[i][1]) & 1);
	return tag;
}

static void check_tags(const struct paper *p, uint64_t frame_bytes)
{
	int *tag_of_line = malloc(frame_bytes / 64 * sizeof *tag_of_line);
	uint64_t lines = 0;

	assert_non_null(tag_of_line);
	memset(tag_of_line, -1, frame_bytes / 64 * sizeof *tag_of_line);
	for (uint64_t i = 0; i < p->window.slots; i++) {
		uintptr_t slot = (uintptr_t)window_slot(&p->window, i);
		int *known = &tag_of_line[slot % frame_bytes / 64], tag = (int)way_tag(slot);

		lines += *known < 0;
		*known = *known < 0 ? tag : *known;
		assert_int_equal(*known, tag);
	}
	/* Half of the smallest L1D there is. */
	assert_true(lines <= 256);
	free(tag_of_line);
}

static void aliases_of_a_line_share_a_tag(void **state)
{
	struct paper p;

	(void)state;
	paper(&p, k4, LAYOUT_ALIAS, REGION_ALIAS_PAGES, 0);
	check_tags(&p, 16384);
	p.window.base += 20 * MIB; /* a window elsewhere in the arena */
	p.window.slots = 4096;
	check_tags(&p, 16384);
	paper(&p, m2, LAYOUT_ALIAS, 4096, 0);
	check_tags(&p, m2.bytes);
	paper(&p, g1, LAYOUT_ALIAS, 20000, 0);
	check_tags(&p, g1.bytes);
	p.region.spec.offsets = OFFSETS_EQUAL;
	check_tags(&p, g1.bytes);
	paper(&p, m2, LAYOUT_ALIAS, 4096, 0);
	p.region.spec.offsets = OFFSETS_EQUAL;
	check_tags(&p, m2.bytes);
	p.region.spec.offsets = OFFSETS_FOLD7;
	check_tags(&p, m2.bytes);
	p.region.spec.offsets = OFFSETS_FOLD8;
	check_tags(&p, m2.bytes);
	paper(&p, g1, LAYOUT_ALIAS, 4096, 0);
	p.region.spec.offsets = OFFSETS_FOLD8;
	check_tags(&p, g1.bytes);
	paper(&p, thp, LAYOUT_ZERO, 4096, 0);
	check_tags(&p, thp.bytes);
}

static void equal_offsets_are_equal(void **state)
{
	struct paper p;

	(void)state;
	paper(&p, m2, LAYOUT_ALIAS, 1024, 0);
	p.region.spec.offsets = OFFSETS_EQUAL;
	for (uint64_t i = 0; i < 1024; i++)
		assert_int_equal((uintptr_t)window_slot(&p.window, i) % m2.bytes / 4096, 0);
}

static unsigned fold(uint64_t number, unsigned bits)
{
	return (unsigned)((number ^ number >> bits) & ((1u << bits) - 1));
}

/* Pieces meet in one set of a TLB that folds so many bits; whole pages lie evenly on 64 and more.
 */
static void folded_offsets_conflict_in_pieces(void **state)
{
	const struct page_kind kinds[] = {m2, g1};

	(void)state;
	for (unsigned k = 0; k < 2; k++)
		for (unsigned bits = 7; bits <= 8; bits++) {
			unsigned pieces = k ? TWO_M_SHIFT : FOUR_K_SHIFT, whole[256] = {0};
			struct paper p;

			paper(&p, kinds[k], LAYOUT_ALIAS, 128, 0);
			p.region.spec.offsets = bits == 7 ? OFFSETS_FOLD7 : OFFSETS_FOLD8;
			for (uint64_t i = 0; i < 128; i++) {
				uint64_t at = (uintptr_t)window_slot(&p.window, i);

				assert_int_equal(fold(at >> pieces, bits),
						 fold((uintptr_t)p.window.base >> pieces, bits));
				assert_in_range(++whole[fold(at / kinds[k].bytes, bits)], 1, 2);
			}
		}
}

static void windows_lie_inside(void **state)
{
	struct paper p;
	bool moved = false;

	(void)state;
	paper(&p, k4, LAYOUT_DISTINCT, 16384, 0);
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct window w = region_window(&p.region, 8 * MIB, seed);

		assert_true(w.base >= p.region.base &&
			    w.base + w.bytes <= p.region.base + 64 * MIB);
		assert_int_equal((uintptr_t)w.base % (4 * MIB), 0);
		assert_int_equal(w.slots, 2048);
		moved |= w.base != p.region.base;
	}
	assert_true(moved);
	assert_ptr_equal(region_window(&p.region, 64 * MIB, 9).base, p.region.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(distinct_slots_keep_to_themselves),
	    cmocka_unit_test(slots_cover_lines),
	    cmocka_unit_test(slots_cover_l2_sets),
	    cmocka_unit_test(huge_slots_spread_inside_their_page),
	    cmocka_unit_test(spread_aliases_fill_sets_evenly),
	    cmocka_unit_test(spread_aliases_spread_two_megabytes_as_well),
	    cmocka_unit_test(aliases_have_pages_of_their_own),
	    cmocka_unit_test(aliases_of_a_line_share_a_tag),
	    cmocka_unit_test(equal_offsets_are_equal),
	    cmocka_unit_test(folded_offsets_conflict_in_pieces),
	    cmocka_unit_test(windows_lie_inside),
	};

	if (sysconf(_SC_PAGESIZE) != 4096)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
