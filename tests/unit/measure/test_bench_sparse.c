/* Sparse regions: where their slots lie, what is mapped of them, what they are planned to take. */
#include "unit/measure/made_up.h"

#include "measure/proofs.h"
#include "measure/region_slots.h"

#include <sys/mman.h>

const struct bench *const bench_registry[] = {NULL};

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static const struct page_kind k4 = {PAGE_BASE, 4096};

static uint64_t slot_at(const struct region_spec *spec, uint64_t i)
{
	const struct slotting slotting = slotting_of(spec);

	return slot_offset(&slotting, 0, i);
}

/* All leaves lie in few sets of a TLB: 4K page numbers differ in two of the low seven bits. */
static void slots_lie_at_four_offsets_of_their_own(void **state)
{
	const uint64_t strides[] = {128 * KIB, 512 * KIB, 2 * MIB, 32 * MIB, GIB, 512 * GIB};

	(void)state;
	for (unsigned s = 0; s < sizeof strides / sizeof *strides; s++) {
		const struct region_spec spec = {.page = k4,
						 .slot_bytes = strides[s],
						 .sparse = true,
						 .layout = LAYOUT_DISTINCT,
						 .bytes = 256 * strides[s]};
		unsigned used[4] = {0};

		for (uint64_t i = 0; i < 256; i++) {
			uint64_t within = slot_at(&spec, i) - i * strides[s];

			assert_true(within < strides[s]);
			assert_int_equal((within >> 12) % 8, 0);
			assert_true(within >> 15 < 4);
			used[within >> 15]++;
		}
		for (unsigned k = 0; k < 4; k++)
			assert_int_equal(used[k], 64);
	}
}

static void equal_slots_have_one_offset_and_all_lines(void **state)
{
	const struct region_spec spec = {.page = k4,
					 .slot_bytes = 64 * KIB,
					 .sparse = true,
					 .offsets = OFFSETS_EQUAL,
					 .layout = LAYOUT_DISTINCT,
					 .bytes = 64 * 64 * KIB};
	uint64_t lines = 0;

	(void)state;
	for (uint64_t i = 0; i < 64; i++) {
		uint64_t within = slot_at(&spec, i) - i * spec.slot_bytes;

		assert_true(within < 4096);
		lines |= (uint64_t)1 << (within >> 6);
	}
	assert_true(lines == UINT64_MAX);
}

static uint64_t present_pages(const struct region *region, uint64_t span)
{
	unsigned char in[512];
	uint64_t n = 0;

	for (uint64_t at = 0; at < span; at += sizeof in * 4096) {
		assert_int_equal(mincore(region->base + at, sizeof in * 4096, in), 0);
		for (unsigned i = 0; i < sizeof in; i++)
			n += in[i] & 1;
	}
	return n;
}

static void nothing_between_slots_is_mapped(void **state)
{
	static const enum layout layouts[] = {LAYOUT_DISTINCT, LAYOUT_ZERO};

	(void)state;
	for (unsigned l = 0; l < 2; l++) {
		const struct region_spec spec = {.page = k4,
						 .layout = layouts[l],
						 .sparse = true,
						 .slot_bytes = 2 * MIB,
						 .bytes = 100 * 2 * MIB};
		struct region region;
		struct verdict v = region_map(&region, &spec, -1, 3);

		assert_true(verdict_is_ok(&v));
		struct proof proof = proof_page_kind(&region);

		assert_int_not_equal(proof.state, PROOF_FAILED);
		if (layouts[l] == LAYOUT_DISTINCT) {
			assert_int_equal(region.frame_bytes, 100 * 4096);
			assert_int_equal(present_pages(&region, spec.bytes), 100);
		}
		/* Whatever the seed: the slots of another place would not be mapped. */
		for (uint64_t seed = 0; seed < 20; seed++)
			assert_ptr_equal(region_window(&region, 10 * 2 * MIB, seed).base,
					 region.base);
		region_unmap(&region);
	}
}

static void planned_bytes_hold_page_tables(void **state)
{
	struct region_spec spec = {.page = k4,
				   .layout = LAYOUT_ZERO,
				   .sparse = true,
				   .slot_bytes = 2 * MIB,
				   .bytes = 1000 * 2 * MIB};
	uint64_t near_slots = region_frames(&spec);

	(void)state;
	assert_in_range(near_slots, 1000 * 4096, 1010 * 4096);
	spec.slot_bytes = GIB;
	spec.bytes = 1000 * GIB;
	assert_in_range(region_frames(&spec), 2000 * 4096, 2010 * 4096);
	spec.layout = LAYOUT_DISTINCT;
	assert_in_range(region_frames(&spec), 3000 * 4096, 3010 * 4096);
}

static void refused_with_a_remedy(void **state)
{
	struct plan_context context = described_machine("pack:1 core:2 pu:1");
	struct region_spec far = {.page = k4,
				  .layout = LAYOUT_DISTINCT,
				  .sparse = true,
				  .slot_bytes = 512 * GIB,
				  .bytes = 256 * 512 * GIB};
	struct region_spec near = {.page = k4,
				   .layout = LAYOUT_DISTINCT,
				   .sparse = true,
				   .slot_bytes = 4096,
				   .bytes = 1 * MIB};
	struct verdict v = region_check(&far, &context.machine);

	(void)state;
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "no-address-space");
	assert_true(*v.remedy);
	v = region_check(&near, &context.machine);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_true(*v.remedy);
	forget_machine(&context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slots_lie_at_four_offsets_of_their_own),
	    cmocka_unit_test(equal_slots_have_one_offset_and_all_lines),
	    cmocka_unit_test(nothing_between_slots_is_mapped),
	    cmocka_unit_test(planned_bytes_hold_page_tables),
	    cmocka_unit_test(refused_with_a_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
