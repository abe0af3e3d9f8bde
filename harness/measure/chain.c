#include <tlbscope/chain.h>

#include "measure/region_slots.h"
#include "stats/stats.h"

#define MULTIPLIER 0xd6e8feb86659fd93u /* odd, no short runs of equal bits */

void order_init(struct order *order, uint64_t n, uint64_t seed)
{
	struct random random;

	*order = (struct order){.n = n ? n : 1};
	while (order->n >> (2 * order->right_bits + 2))
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

/* A number below `columns`, which is below 2^32: the high half of a product. */
static inline uint64_t turn_of(const struct order *order, uint64_t row)
{
	return scramble(row, order->key[0]) * order->columns >> 32;
}

static inline uint64_t flip_of(const struct order *order, uint64_t column)
{
	return scramble(column, order->key[1]) & (((uint64_t)1 << order->right_bits) - 1);
}

/* Two rounds: a row's number turns the column, the new column's number flips the row. Neighbours in
 * time have neither a constant distance nor a common column, and that is all a chain needs. */
static inline uint64_t forward(const struct order *order, uint64_t k)
{
	uint64_t row = k & (((uint64_t)1 << order->right_bits) - 1);
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
		uint64_t row = slot & (((uint64_t)1 << order->right_bits) - 1),
			 column = slot >> order->right_bits;

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

/* Links the slots of one column, whose flip is then computed once. Inlined into link_all's
 * cases, where the slots' arithmetic is known and short. */
static inline __attribute__((always_inline)) void
link_column(const struct slotting slotting, const struct order *order, char *base, uint64_t column)
{
	uint64_t slot = column << order->right_bits, flip = flip_of(order, column);
	uint64_t end = slot + ((uint64_t)1 << order->right_bits);

	end = end < order->n ? end : order->n;
	for (uint64_t row = 0; slot < end; slot++, row++) {
		uint64_t k = backward(order, column, row ^ flip);

		if (__builtin_expect(k >= order->n, 0))
			k = rank(order, k);
		uint64_t to = at(order, k + 1 == order->n ? 0 : k + 1);

		*(void **)(base + slot_offset(&slotting, (uintptr_t)base, slot)) =
		    base + slot_offset(&slotting, (uintptr_t)base, to);
	}
}

static inline __attribute__((always_inline)) void link_all(const struct slotting slotting,
							   const struct order order, char *base)
{
	for (uint64_t column = 0; column < order.columns; column++)
		link_column(slotting, &order, base, column);
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
