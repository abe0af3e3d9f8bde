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

/* A Feistel network over columns × 2^right_bits. At most 512 rows, so that links are made from a
 * table of a page's size. The domain exceeds n by less than one column, so values outside [0,
 * n), which are walked on until they fall inside, are rare. */
struct order {
	uint64_t n;
	uint64_t key[2];
	uint64_t columns;
	unsigned right_bits;
};

void order_init(struct order *order, uint64_t n, uint64_t seed);
uint64_t order_at(const struct order *order, uint64_t k);      /* k-th slot visited */
uint64_t order_rank(const struct order *order, uint64_t slot); /* inverse of order_at */

/* Writes the links of a chain into the window (distinct, reference) and returns its start.
 * Following one link is one load: p = *(void **)p. */
void **chain_link(const struct window *window, const struct order *order);

/* For the zero layout, where pages cannot hold links: fills list[0..n) with the
 * address of each slot in visiting order. A chase keeps the dependency by adding the zero that each
 * slot holds to the next address. */
void chain_list(const struct window *window, const struct order *order, uintptr_t *list);

/* z = load(address + z). Address and z as base and index of the load: an add of its own would
 * lengthen the dependent path by a cycle. */
static inline uintptr_t chain_load(uintptr_t address, uintptr_t z)
{
#if defined(__x86_64__)
	__asm__ volatile("mov (%1,%0), %0" : "+r"(z) : "r"(address) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("ldr %0, [%1, %0]" : "+r"(z) : "r"(address) : "memory");
#else
	z = *(const volatile uintptr_t *)(address + z);
#endif
	return z;
}

/* n dependent loads exactly, one to a step. chain_walk() returns where it ended. chain_walk_list()
 * starts at list[0] and returns what it loaded last: 0, or that slot does not hold the zero it
 * must. */
void **chain_walk(void **start, uint64_t n);
uintptr_t chain_walk_list(const uintptr_t *list, uint64_t length, uint64_t n);

/* The same for coloured aliases (alias at the base page) without a list: slots 0, step, 2 step, …
 * modulo the window's slots, their addresses computed on the way. A list's own page stays in the L1
 * TLB, and its neighbours there with it: three hits a pass were seen on Zen 5, 2% at 100 pages.
 * Prefetchers see no constant stride, as the line follows a hash. */
uint64_t chain_step(uint64_t slots,
		    uint64_t seed); /* coprime with slots, far from 0 and from slots */
uintptr_t chain_walk_coloured(const struct window *window, uint64_t step, uint64_t n);
/* For aliases of huge pages of 2m and 1g, and for the huge zero page. */
uintptr_t chain_walk_huge(const struct window *window, uint64_t step, uint64_t n);

#endif
