#include <tlbscope/chain.h>

#include "measure/region_slots.h"
#include "stats/stats.h"

#define MULTIPLIER   0xd6e8feb86659fd93u /* odd, no short runs of equal bits */
#define ROW_BITS_MAX 9			 /* so that a table of all rows fits in a page of stack */

void order_init(struct order *order, uint64_t n, uint64_t seed)
{
	struct random random;

	*order = (struct order){.n = n ? n : 1};
	while (order->right_bits < ROW_BITS_MAX && order->n >> (2 * order->right_bits + 2))
		order->right_bits++;
	order->columns = (order->n + ((uint64_t)1 << order->right_bits) - 1) >> order->right_bits;
	random_seed(&random, seed);
	order->key[0] = random_next(&random);
	order->key[1] = random_next(&random);
}

/* 32 bits of no visible pattern. Both halves of the product count: the upper alone would grow by a
 * constant. */
static inline uint64_t scramble(uint64_t x, uint64_t key)
{
	x = (x + key) * MULTIPLIER;
	return (x ^ x >> 32) & 0xffffffff;
}

static inline uint64_t row_of(const struct order *order, uint64_t k)
{
	return k & (((uint64_t)1 << order->right_bits) - 1);
}

/* A number below `columns`, which is below 2^32: the high half of a product. */
static inline uint64_t turn_of(const struct order *order, uint64_t row)
{
	return scramble(row, order->key[0]) * order->columns >> 32;
}

static inline uint64_t flip_of(const struct order *order, uint64_t column)
{
	return row_of(order, scramble(column, order->key[1]));
}

/* Two rounds: a row's number turns the column, the new column's number flips the row. Neighbours in
 * time have neither a constant distance nor a common column, and that is all a chain needs. */
static inline uint64_t forward(const struct order *order, uint64_t k)
{
	uint64_t row = row_of(order, k);
	uint64_t column = (k >> order->right_bits) + turn_of(order, row);

	column -= column >= order->columns ? order->columns : 0;
	return column << order->right_bits | (row ^ flip_of(order, column));
}

static inline uint64_t backward(const struct order *order, uint64_t column, uint64_t row)
{
	column -= turn_of(order, row);
	column += column >> 63 ? order->columns : 0;
	return column << order->right_bits | row;
}

static inline uint64_t at(const struct order *order, uint64_t k)
{
	do
		k = forward(order, k);
	while (__builtin_expect(k >= order->n, 0));
	return k;
}

static inline uint64_t rank(const struct order *order, uint64_t slot)
{
	do {
		uint64_t row = row_of(order, slot), column = slot >> order->right_bits;

		slot = backward(order, column, row ^ flip_of(order, column));
	} while (__builtin_expect(slot >= order->n, 0));
	return slot;
}

uint64_t order_at(const struct order *order, uint64_t k)
{
	return at(order, k);
}

uint64_t order_rank(const struct order *order, uint64_t slot)
{
	return rank(order, slot);
}

/* From a slot to the one visited next, without its rank: in all rows but the last, rank + 1 is the
 * next row of the same column of ranks, so that the slots are a number of columns apart that only
 * the row tells. */
struct hop {
	uint32_t columns;
	uint32_t slow; /* slots of this column have ranks that may be n - 1 or past it */
};

static void hops_init(struct hop *hops, const struct order *order)
{
	uint64_t rows = (uint64_t)1 << order->right_bits;

	for (uint64_t row = 0; row < rows; row++) {
		uint64_t turn = turn_of(order, row), next = turn_of(order, (row + 1) % rows);

		hops[row].columns = next - turn + (next < turn ? order->columns : 0);
		hops[row].slow = turn ? turn - 1 : order->columns - 1;
	}
}

static __attribute__((noinline)) uint64_t hop_slowly(const struct order *order, uint64_t slot)
{
	uint64_t k = rank(order, slot) + 1;

	return at(order, k == order->n ? 0 : k);
}

/* row: of the rank. */
static inline uint64_t hop(const struct hop *hops, const struct order *order, uint64_t slot,
			   uint64_t column, uint64_t row)
{
	uint64_t to = column + hops[row].columns;

	if (__builtin_expect(column == hops[row].slow || !row_of(order, row + 1), 0))
		return hop_slowly(order, slot);
	to -= to >= order->columns ? order->columns : 0;
	to = to << order->right_bits | ((row + 1) ^ flip_of(order, to));
	return __builtin_expect(to < order->n, 1) ? to : order_at(order, to);
}

/* Links the slots of one column, whose flip is then computed once. Inlined into link_all's
 * cases, where the slots' arithmetic is known and short. */
static inline __attribute__((always_inline)) void link_column(const struct slotting slotting,
							      const struct order *order,
							      const struct hop *hops, char *base,
							      uint64_t column)
{
	uint64_t slot = column << order->right_bits, flip = flip_of(order, column);
	uint64_t end = slot + ((uint64_t)1 << order->right_bits);

	end = end < order->n ? end : order->n;
	for (uint64_t row = 0; slot < end; slot++, row++) {
		uint64_t to = hop(hops, order, slot, column, row ^ flip);

		*(void **)(base + slot_offset(&slotting, (uintptr_t)base, slot)) =
		    base + slot_offset(&slotting, (uintptr_t)base, to);
	}
}

static inline __attribute__((always_inline)) void link_all(const struct slotting slotting,
							   const struct order order, char *base)
{
	struct hop hops[1 << ROW_BITS_MAX];

	hops_init(hops, &order);
	for (uint64_t column = 0; column < order.columns; column++)
		link_column(slotting, &order, hops, base, column);
}

void **chain_link(const struct window *window, const struct order *order)
{
	struct slotting slotting = slotting_of(&window->region->spec);
	char *base = window->base;

	if (slotting.how == SLOT_ROTATED && slotting.shift == FOUR_K_SHIFT) {
		slotting =
		    (struct slotting){.how = SLOT_ROTATED, .shift = FOUR_K_SHIFT, .line_mask = 63};
		link_all(slotting, *order, base);
	} else {
		link_all(slotting, *order, base);
	}
	return (void **)(base + slot_offset(&slotting, (uintptr_t)base, at(order, 0)));
}

void chain_list(const struct window *window, const struct order *order, uintptr_t *list)
{
	const struct slotting slotting = slotting_of(&window->region->spec);
	const struct order local = *order;
	uintptr_t base = (uintptr_t)window->base;

	for (uint64_t k = 0; k < local.n; k++)
		list[k] = base + slot_offset(&slotting, base, at(&local, k));
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

uint64_t chain_step(uint64_t slots, uint64_t seed)
{
	struct random random;
	uint64_t step;

	if (slots < 3)
		return slots == 2;
	random_seed(&random, seed);
	step = slots / 4 + random_below(&random, slots / 2 + 1);
	while (greatest_common_divisor(step, slots) != 1)
		step++;
	return step % slots;
}
