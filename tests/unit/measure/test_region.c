/* Where slots lie, which regions can be, and that mapping leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "machine/pools.h"
#include "measure/proofs.h"

#include <tlbscope/bench.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static const struct page_kind k4 = {PAGE_BASE, 4096}, thp = {PAGE_THP, 2 << 20},
			      m2 = {PAGE_HUGETLB, 2 << 20}, g1 = {PAGE_HUGETLB, 1 << 30};

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
	p.region.spec.equal_offsets = true;
	check_tags(&p, g1.bytes);
	paper(&p, m2, LAYOUT_ALIAS, 4096, 0);
	p.region.spec.equal_offsets = true;
	check_tags(&p, m2.bytes);
	paper(&p, thp, LAYOUT_ZERO, 4096, 0);
	check_tags(&p, thp.bytes);
}

static void equal_offsets_are_equal(void **state)
{
	struct paper p;

	(void)state;
	paper(&p, m2, LAYOUT_ALIAS, 1024, 0);
	p.region.spec.equal_offsets = true;
	for (uint64_t i = 0; i < 1024; i++)
		assert_int_equal((uintptr_t)window_slot(&p.window, i) % m2.bytes / 4096, 0);
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

static unsigned count_maps(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned lines = 0;
	int c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

/* Maps, proves, reads every slot, unmaps. False: this machine does not give such pages, and says
 * what to do. */
static bool try_region(struct region_spec spec)
{
	struct region region;
	struct verdict verdict;
	unsigned before = count_maps();

	verdict = region_map(&region, &spec, -1, 42);
	if (!verdict_is_ok(&verdict)) {
		print_message("%s: %s (%s)\n", verdict.code, verdict.text, verdict.remedy);
		assert_int_equal(verdict.outcome, OUTCOME_SKIPPED);
		assert_true(*verdict.text && *verdict.remedy);
		assert_null(region.reserved);
		assert_int_equal(count_maps(), before);
		return false;
	}
	struct proof proof = proof_page_kind(&region);
	struct window window = region_window(&region, spec.bytes, 1);

	print_message("proof %d: expected %s, seen %s (%s)\n", proof.state, proof.expected,
		      proof.seen, proof.text);
	assert_int_not_equal(proof.state, PROOF_FAILED);
	for (uint64_t i = 0; i < window.slots; i++)
		assert_int_equal(*(volatile uint64_t *)window_slot(&window, i), 0);
	region_unmap(&region);
	assert_int_equal(count_maps(), before);
	return true;
}

static void anonymous_regions(void **state)
{
	(void)state;
	assert_true(try_region(
	    (struct region_spec){.page = k4, .layout = LAYOUT_DISTINCT, .bytes = 4 * MIB}));
	assert_true(try_region(
	    (struct region_spec){.page = k4, .layout = LAYOUT_DISTINCT, .bytes = 12 * KIB}));
	assert_true(try_region((struct region_spec){
	    .page = k4, .layout = LAYOUT_DISTINCT, .bytes = 6 * MIB, .frames = FRAMES_ADJACENT}));
	assert_true(try_region(
	    (struct region_spec){.page = k4, .layout = LAYOUT_REFERENCE, .bytes = 16 * MIB}));
	assert_true(try_region(
	    (struct region_spec){.page = k4, .layout = LAYOUT_ALIAS, .bytes = 1000 * 4096}));
	assert_true(
	    try_region((struct region_spec){.page = k4, .layout = LAYOUT_ZERO, .bytes = 5 * MIB}));
	assert_true(try_region((struct region_spec){
	    .page = k4, .layout = LAYOUT_ZERO, .bytes = 1 * MIB, .slot_bytes = 256}));
}

static void transparent_regions(void **state)
{
	bool some = false;

	(void)state;
	some |= try_region(
	    (struct region_spec){.page = thp, .layout = LAYOUT_DISTINCT, .bytes = 8 * MIB});
	some |= try_region((struct region_spec){
	    .page = thp, .layout = LAYOUT_DISTINCT, .bytes = 8 * MIB, .slot_bytes = 4096});
	some |= try_region(
	    (struct region_spec){.page = thp, .layout = LAYOUT_ZERO, .bytes = 300 * thp.bytes});
	some |= try_region((struct region_spec){
	    .page = {PAGE_THP, 64 * KIB}, .layout = LAYOUT_DISTINCT, .bytes = 1 * MIB});
	if (!some)
		skip();
}

static void hugetlb_regions(void **state)
{
	const struct pool_need need = {.page_bytes = m2.bytes, .pages = 4};
	struct journal *journal = NULL;
	struct verdict verdict;
	uint64_t before = 0, after = 0;
	bool some;

	(void)state;
	pool_free(m2.bytes, &before);
	verdict = journal_open(&journal);
	if (verdict_is_ok(&verdict))
		verdict = pool_reserve(journal, &need, 64 * MIB);
	some = verdict_is_ok(&verdict);
	if (!some)
		print_message("%s: %s (%s)\n", verdict.code, verdict.text, verdict.remedy);
	if (some) {
		some &= try_region((struct region_spec){
		    .page = m2, .layout = LAYOUT_DISTINCT, .bytes = 4 * m2.bytes});
		some &= try_region((struct region_spec){.page = m2,
							.layout = LAYOUT_DISTINCT,
							.bytes = 2 * m2.bytes,
							.remapped = true});
		some &= try_region((struct region_spec){
		    .page = m2, .layout = LAYOUT_ALIAS, .bytes = 600 * m2.bytes});
		some &= try_region((struct region_spec){.page = m2,
							.layout = LAYOUT_ALIAS,
							.bytes = 200 * m2.bytes,
							.equal_offsets = true});
		/* More than the pool has. */
		assert_false(try_region(
		    (struct region_spec){.page = m2, .layout = LAYOUT_DISTINCT, .bytes = 1 << 30}));
	}
	if (journal) {
		journal_restore(journal);
		journal_close(journal);
	}
	if (!some)
		skip();
	pool_free(m2.bytes, &after);
	assert_int_equal(before, after);
}

static void refills(void **state)
{
	const struct region_spec spec = {
	    .page = k4, .layout = LAYOUT_DISTINCT, .bytes = 1 * MIB, .remapped = true};
	struct region region;
	struct verdict verdict = region_map(&region, &spec, -1, 1);
	struct proof proof;

	(void)state;
	assert_true(verdict_is_ok(&verdict));
	memset(region.base, 7, spec.bytes);
	assert_int_equal(munmap(region.base + 64 * KIB, 128 * KIB), 0);
	verdict = region_refill(&region, region.base + 64 * KIB, 128 * KIB, true);
	assert_true(verdict_is_ok(&verdict));
	assert_int_equal(region.base[64 * KIB], 0);
	assert_int_equal(region.base[64 * KIB - 1], 7);
	assert_int_equal(region.base[192 * KIB], 7);
	proof = proof_page_kind(&region);
	assert_int_not_equal(proof.state, PROOF_FAILED);
	/* Still mapped: replaced all the same. */
	verdict = region_refill(&region, region.base, 4096, false);
	assert_true(verdict_is_ok(&verdict));
	assert_int_equal(region.base[0], 0);
	verdict = region_refill(&region, region.base + spec.bytes - 4096, 8192, false);
	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	region_unmap(&region);
}

/* What a mapping of that kind does when its pages are dropped, and mapped anew. */
static void check_mapping(enum mapping mapping, char dropped, char refilled)
{
	const struct region_spec spec = {.page = k4,
					 .layout = LAYOUT_DISTINCT,
					 .mapping = mapping,
					 .bytes = 64 * KIB,
					 .remapped = true};
	struct region region;
	struct verdict verdict = region_map(&region, &spec, -1, 1);

	assert_string_equal(verdict.text, "");
	struct proof proof = proof_page_kind(&region);

	assert_int_not_equal(proof.state, PROOF_FAILED);
	memset(region.base, 7, spec.bytes);
	assert_int_equal(madvise(region.base + 8 * KIB, 4096, MADV_DONTNEED), 0);
	assert_int_equal(region.base[8 * KIB], dropped);
	assert_int_equal(region.base[4 * KIB], 7);
	verdict = region_refill(&region, region.base + 12 * KIB, 4096, false);
	assert_true(verdict_is_ok(&verdict));
	assert_int_equal(region.base[12 * KIB], refilled);
	region_unmap(&region);
}

static void mappings(void **state)
{
	(void)state;
	check_mapping(MAPPING_ANON, 0, 0);
	check_mapping(MAPPING_SHARED, 7, 7);
	check_mapping(MAPPING_FILE, 7, 7);
	check_mapping(MAPPING_PRIVATE, 0, 0);
}

static void aliases_share_frames(void **state)
{
	const struct region_spec spec = {.page = k4, .layout = LAYOUT_ALIAS, .bytes = 64 * 4096};
	struct region region;
	struct verdict verdict = region_map(&region, &spec, -1, 1);

	(void)state;
	assert_true(verdict_is_ok(&verdict));
	region.base[100] = 5;
	assert_int_equal(region.base[4 * 4096 + 100], 5);
	assert_int_equal(region.base[4096 + 100], 0);
	assert_int_equal(region.frame_bytes, 4 * 4096);
	region_unmap(&region);
}

static void expect_code(struct region_spec spec, const struct machine *machine, const char *code)
{
	struct verdict verdict = region_check(&spec, machine);

	assert_string_equal(verdict.code, code);
	assert_true(!*code || (*verdict.text && *verdict.remedy));
}

static void impossible_regions_are_refused(void **state)
{
	const struct machine machine = {.base_page_bytes = 4096,
					.thp_bytes = 2 * MIB,
					.memory_bytes = 100 * MIB,
					.max_maps = 1000};
	const struct machine no_thp = {
	    .base_page_bytes = 4096, .memory_bytes = 100 * MIB, .max_maps = 1000};

	(void)state;
	expect_code((struct region_spec){.page = k4, .layout = LAYOUT_DISTINCT, .bytes = 100 * MIB},
		    &machine, "");
	expect_code((struct region_spec){.page = k4, .layout = LAYOUT_DISTINCT, .bytes = 101 * MIB},
		    &machine, "no-memory");
	expect_code((struct region_spec){.page = k4, .layout = LAYOUT_REFERENCE, .bytes = 1 * GIB},
		    &machine, "");
	expect_code((struct region_spec){.page = k4, .layout = LAYOUT_ZERO, .bytes = 100 * GIB},
		    &machine, "");
	expect_code((struct region_spec){.page = g1, .layout = LAYOUT_ALIAS, .bytes = 700 * GIB},
		    &machine, "");
	expect_code((struct region_spec){.page = g1, .layout = LAYOUT_ALIAS, .bytes = 900 * GIB},
		    &machine, "too-many-maps");
	expect_code((struct region_spec){.page = k4, .layout = LAYOUT_ALIAS, .bytes = 2800 * 4096},
		    &machine, "");
	expect_code((struct region_spec){.page = k4, .layout = LAYOUT_ALIAS, .bytes = 4000 * 4096},
		    &machine, "too-many-maps");
	expect_code((struct region_spec){.page = k4, .layout = LAYOUT_ALIAS, .bytes = 16388 * 4096},
		    &machine, "alias-span");
	expect_code((struct region_spec){.page = thp, .layout = LAYOUT_ALIAS, .bytes = 4 * MIB},
		    &machine, "no-thp-alias");
	expect_code((struct region_spec){.page = thp, .layout = LAYOUT_DISTINCT, .bytes = 4 * MIB},
		    &no_thp, "no-thp");
	expect_code((struct region_spec){.page = m2, .layout = LAYOUT_ZERO, .bytes = 4 * MIB},
		    &machine, "no-zero-page");
	expect_code((struct region_spec){.page = m2, .layout = LAYOUT_DISTINCT, .bytes = 4096},
		    &machine, "not-whole");
	expect_code(
	    (struct region_spec){
		.page = k4, .layout = LAYOUT_DISTINCT, .bytes = MIB, .slot_bytes = 96},
	    &machine, "bad-region");
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
	    cmocka_unit_test(windows_lie_inside),
	    cmocka_unit_test(anonymous_regions),
	    cmocka_unit_test(transparent_regions),
	    cmocka_unit_test(hugetlb_regions),
	    cmocka_unit_test(refills),
	    cmocka_unit_test(mappings),
	    cmocka_unit_test(aliases_share_frames),
	    cmocka_unit_test(impossible_regions_are_refused),
	};

	if (sysconf(_SC_PAGESIZE) != 4096)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
