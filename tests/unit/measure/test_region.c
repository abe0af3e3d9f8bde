/* Which regions can be, and that mapping leaves nothing behind. */
#include "unit/measure/region_kinds.h"

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
							.offsets = OFFSETS_EQUAL});
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
