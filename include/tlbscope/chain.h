/* Orders and chains: dependent accesses in an order that no prefetcher predicts.
 *
 * An order is a keyed bijection of [0, n), computed and not stored, with its inverse.
 * A chain visits slot order(0), order(1), … order(n-1), order(0): one cycle by
 * construction, whatever the key. Because the inverse is known, the links are written in
 * address order: set-up runs at the speed of a sequential write, with O(1) memory.
 */
#ifndef TLBSCOPE_CHAIN_H
#define TLBSCOPE_CHAIN_H

#include "region.h"

struct order {
	uint64_t n;
	uint64_t key[4];
	unsigned left_bits, right_bits; /* of the Feistel network; domain 2^(left+right) >= n */
};

void order_init(struct order *order, uint64_t n, uint64_t seed);
uint64_t order_at(const struct order *order, uint64_t k);      /* k-th slot visited */
uint64_t order_rank(const struct order *order, uint64_t slot); /* inverse of order_at */

/* Writes the links of a chain into the window (distinct, reference) and returns its start.
 * Following one link is one load: p = *(void **)p. */
void **chain_link(const struct window *window, const struct order *order);

/* For alias and zero layouts, where pages cannot hold links: fills list[0..n) with the address of
 * each slot in visiting order. A chase keeps the dependency by adding the zero that each slot
 * holds to the next address. */
void chain_list(const struct window *window, const struct order *order, uintptr_t *list);

/* n dependent loads; return values only keep the compiler honest. n is rounded up to 8. */
void **chain_walk(void **start, uint64_t n);
uintptr_t chain_walk_list(const uintptr_t *list, uint64_t length, uint64_t n);

#endif
