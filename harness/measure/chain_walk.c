/* The timed loops. In a file of their own, so that nothing is inlined into or out of them. */
#include <tlbscope/chain.h>

#include "measure/region_slots.h"

#define REPEAT_8(step) step step step step step step step step

#ifdef TLBSCOPE_TEST_SLOW_CHAIN
/* Never in a build that measures anything but itself: tests/bars/compare.sh wants a change to find.
 * Four dependent adds to 20 loads: 5% of a hit that takes 4 cycles. */
__attribute__((noinline)) void **chain_walk(void **start, uint64_t n)
{
	void **at = start;
	uintptr_t zero = 0;

	__asm__ volatile("" : "+r"(zero));
	for (uint64_t i = 1; i <= n; i++) {
		at = *at;
		for (int k = 0; i % 20 == 0 && k < 4; k++) {
			at = (void **)((uintptr_t)at + zero);
			__asm__ volatile("" : "+r"(at));
		}
	}
	return at;
}
#else
__attribute__((noinline)) void **chain_walk(void **start, uint64_t n)
{
	void **at = start;

	for (uint64_t i = n / 8; i; i--) {
		REPEAT_8(at = *at;)
	}
	for (uint64_t i = n % 8; i; i--)
		at = *at;
	return at;
}
#endif

static inline uintptr_t walk_some(const uintptr_t *list, uint64_t n, uintptr_t z)
{
	for (; n >= 8; n -= 8) {
		REPEAT_8(z = chain_load(*list++, z);)
	}
	for (; n; n--)
		z = chain_load(*list++, z);
	return z;
}

__attribute__((noinline)) uintptr_t chain_walk_list(const uintptr_t *list, uint64_t length,
						    uint64_t n)
{
	uintptr_t z = 0;

	for (; n > length; n -= length)
		z = walk_some(list, length, z);
	return walk_some(list, n, z);
}

struct turn {				  /* where a rotation stands, in slots */
	uint64_t slot, step, back, slots; /* back: step - slots, modulo 2^64 */
};

static inline uint64_t turn_on(struct turn *turn)
{
	uint64_t slot = turn->slot, on = slot + turn->step, back = slot + turn->back;

	turn->slot = on >= turn->slots ? back : on;
	return slot;
}

/* Inlined once to each page size, so that shifts are constants. */
static inline __attribute__((always_inline)) uintptr_t
walk_coloured(unsigned page_shift, uintptr_t base, struct turn turn, uint64_t n)
{
	uintptr_t z = 0;

#define STEP z = chain_load(base + slot_coloured(page_shift, base, turn_on(&turn)), z);
	for (uint64_t i = n / 8; i; i--) {
		REPEAT_8(STEP)
	}
	for (uint64_t i = n % 8; i; i--)
		STEP
#undef STEP
		    return z;
}

__attribute__((noinline)) uintptr_t chain_walk_coloured(const struct window *window, uint64_t step,
							uint64_t n)
{
	uintptr_t base = (uintptr_t)window->base;
	struct turn turn = {.step = step, .back = step - window->slots, .slots = window->slots};

	switch (window->region->spec.page.bytes) {
	case 4096:
		return walk_coloured(12, base, turn, n);
	case 16384:
		return walk_coloured(14, base, turn, n);
	default:
		return walk_coloured(16, base, turn, n);
	}
}

/* Inlined once to each slotting, for the same reason. */
#define WALK_HUGE(name, slot, page_shift)                                                          \
	static __attribute__((noinline)) uintptr_t name(uintptr_t base, struct turn turn,          \
							uint64_t n)                                \
	{                                                                                          \
		uintptr_t z = 0;                                                                   \
                                                                                                   \
		for (uint64_t i = n / 8; i; i--) {                                                 \
			REPEAT_8(z = chain_load(base + slot(page_shift, turn_on(&turn)), z);)      \
		}                                                                                  \
		for (uint64_t i = n % 8; i; i--)                                                   \
			z = chain_load(base + slot(page_shift, turn_on(&turn)), z);                \
		return z;                                                                          \
	}
WALK_HUGE(walk_2m, slot_huge_alias, 21)
WALK_HUGE(walk_32m, slot_huge_alias, 25)
WALK_HUGE(walk_512m, slot_huge_alias, 29)
WALK_HUGE(walk_1g, slot_huge_alias, 30)
WALK_HUGE(walk_2m_equal, slot_huge_equal, 21)
WALK_HUGE(walk_1g_equal, slot_huge_equal, 30)
WALK_HUGE(walk_2m_fold7, slot_huge_fold7, 21)
WALK_HUGE(walk_1g_fold7, slot_huge_fold7, 30)
WALK_HUGE(walk_2m_fold8, slot_huge_fold8, 21)
WALK_HUGE(walk_1g_fold8, slot_huge_fold8, 30)

typedef uintptr_t huge_walk(uintptr_t base, struct turn turn, uint64_t n);

uintptr_t chain_walk_huge(const struct window *window, uint64_t step, uint64_t n)
{
	static huge_walk *const of_2m[OFFSETS] = {[OFFSETS_SPREAD] = walk_2m,
						  [OFFSETS_EQUAL] = walk_2m_equal,
						  [OFFSETS_FOLD7] = walk_2m_fold7,
						  [OFFSETS_FOLD8] = walk_2m_fold8},
				*const of_1g[OFFSETS] = {[OFFSETS_SPREAD] = walk_1g,
							 [OFFSETS_EQUAL] = walk_1g_equal,
							 [OFFSETS_FOLD7] = walk_1g_fold7,
							 [OFFSETS_FOLD8] = walk_1g_fold8};
	const struct region_spec *spec = &window->region->spec;
	uintptr_t base = (uintptr_t)window->base;
	struct turn turn = {.step = step, .back = step - window->slots, .slots = window->slots};

	switch (spec->page.bytes >> 20) {
	case 2:
		return of_2m[spec->offsets](base, turn, n);
	case 32:
		return walk_32m(base, turn, n);
	case 512:
		return walk_512m(base, turn, n);
	default:
		return of_1g[spec->offsets](base, turn, n);
	}
}
