/* The machine code that itlb writes: bytes for both architectures, and running it here. */
#include "unit/measure/made_up.h"

#include "../bench/itlb.c"

const struct bench *const bench_registry[] = {&bench_itlb, NULL};

static void x86_jumps_from_the_next_instruction(void **state)
{
	unsigned char code[JUMP_MAX];

	(void)state;
	assert_int_equal(x86_jump(code, 4096), 5);
	assert_memory_equal(code, "\xe9\xfb\x0f\x00\x00", 5);
	assert_int_equal(x86_jump(code, -64), 5);
	assert_memory_equal(code, "\xe9\xbb\xff\xff\xff", 5);
	assert_int_equal(x86_turn(code, -4096), 10);
	assert_memory_equal(code, "\x48\xff\xcf\x0f\x85\xf7\xef\xff\xff\xc3", 10);
}

static void arm_jumps_in_words(void **state)
{
	unsigned char code[JUMP_MAX];

	(void)state;
	assert_int_equal(arm_jump(code, 4096), 4);
	assert_memory_equal(code, "\x00\x04\x00\x14", 4); /* b #0x1000 */
	assert_int_equal(arm_jump(code, -64), 4);
	assert_memory_equal(code, "\xf0\xff\xff\x17", 4); /* b #-0x40 */
	assert_int_equal(arm_turn(code, -4096), 16);
	/* subs x0, x0, #1; b.eq #8; b #-0x1008; ret */
	assert_memory_equal(code,
			    "\x00\x04\x00\xf1\x40\x00\x00\x54\xfe\xfb\xff\x17\xc0\x03\x5f\xd6", 16);
}

static struct cell cell_of(const char *key)
{
	struct cell cell;
	struct verdict v = key_parse(key, 4096, &cell);

	assert_true(verdict_is_ok(&v));
	return cell;
}

static void too_far_for_a_jump_is_skipped(void **state)
{
	struct plan_context context = described_machine("pack:1 core:2 pu:1");
	struct cell cell = cell_of("itlb/page=4k/layout=distinct/footprint=3GiB");
	struct want want = {0};
	struct verdict v = itlb_want(&cell, &context.machine, &want);

	(void)state;
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_true(*v.remedy);
	forget_machine(&context);
}

/* A pass has to come back, whatever the order: a wrong byte ends this program. */
static void the_code_returns(void **state)
{
	(void)state;
	for (uint64_t pages = 1; pages <= 300; pages = pages * 3 + 1) {
		const struct region_spec spec = {
		    .page = {PAGE_BASE, (uint64_t)sysconf(_SC_PAGESIZE)},
		    .layout = LAYOUT_DISTINCT,
		    .bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE)};
		struct region region;
		struct itlb itlb = {0};
		struct order order;
		struct verdict v = region_map(&region, &spec, -1, pages);

		assert_true(verdict_is_ok(&v));
		if (!jumps_here())
			return;
		struct window window = region_window(&region, spec.bytes, 1);

		order_init(&order, pages, pages);
		write_code(&window, &order);
		set_range(&itlb, &window);
		v = protect(&itlb, PROT_READ | PROT_EXEC);
		if (verdict_is_ok(&v)) {
			char *first = window_slot(&window, order_at(&order, 0));

			memcpy(&itlb.code, &first, sizeof first);
			itlb.code(1);
			itlb.code(1000);
		} else {
			assert_int_equal(v.outcome, OUTCOME_SKIPPED);
		}
		v = protect(&itlb, PROT_READ | PROT_WRITE);
		assert_true(verdict_is_ok(&v));
		*(volatile char *)window.base = 0; /* writable again, for whom it is next */
		region_unmap(&region);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(x86_jumps_from_the_next_instruction),
	    cmocka_unit_test(arm_jumps_in_words),
	    cmocka_unit_test(too_far_for_a_jump_is_skipped),
	    cmocka_unit_test(the_code_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
