/* Cells of walks side by side, of walks by level, and of jumps and stores, played. */
#include "sim/sim.h"

#include "analyse/analyse.h"

#include <stdio.h>
#include <stdlib.h>

#define LINES	64
#define OFFSETS 4u
#define JUMP	0.6 /* cycles of a jump, and of a store with its fence, that hit */
#define STORE	89

/* The same accesses where every translation hits. */
static struct sim_machine without_tlb(const struct sim_machine *machine)
{
	struct sim_machine out = *machine;

	out.l1 = (struct sim_tlb){0};
	return out;
}

/* As the engine lays out sparse memory: four 4K offsets, each in another line of page-table
 * entries. */
static struct sim_access *sparse(uint64_t stride, uint64_t pages, uint64_t seed)
{
	struct sim_access *access = calloc(pages, sizeof *access);
	uint32_t *order = calloc(pages, sizeof *order);
	struct random random;

	random_seed(&random, seed);
	for (uint32_t i = 0; order && i < pages; i++)
		order[i] = i;
	if (order)
		random_shuffle(&random, order, pages);
	for (uint64_t i = 0; access && order && i < pages; i++) {
		uint64_t k = order[i];
		uint64_t page = ((uint64_t)1 << 32) + (k * stride >> 12) +
				((k ^ k >> 2 ^ k >> 4) & (OFFSETS - 1)) * 8;

		access[i] = (struct sim_access){page, sim_frame(page, seed),
						(unsigned)((k + k / LINES) % LINES)};
	}
	free(order);
	return access;
}

bool sim_walkers(struct sim *sim, uint64_t pages, unsigned chains)
{
	const struct sim_machine reference = without_tlb(sim->machine);
	struct sim_access *access = sparse(512 << 10, pages, random_next(&sim->random));
	char key[CELL_KEY_MAX];
	double cycles, lines;

	if (!access)
		return false;
	cycles = sim_play_chains(sim->machine, access, pages, chains, random_next(&sim->random));
	lines = sim_play_chains(&reference, access, pages, chains, 1);
	free(access);
	snprintf(key, sizeof key,
		 "walkers/page=4k/layout=distinct/stride=512KiB/pages=%llu/chains=%u",
		 (unsigned long long)pages, chains);
	return sim_add_cell(sim, key, cycles, cycles - lines);
}

bool sim_walkcache(struct sim *sim, uint64_t stride, uint64_t pages)
{
	const struct sim_machine reference = without_tlb(sim->machine);
	struct sim_access *access = sparse(stride, pages, random_next(&sim->random));
	char key[CELL_KEY_MAX];
	double cycles, lines;

	if (!access)
		return false;
	cycles = sim_play(sim->machine, access, pages, 3, 3, random_next(&sim->random));
	lines = sim_play(&reference, access, pages, 3, 3, 1);
	free(access);
	snprintf(key, sizeof key, "walkcache/page=4k/layout=distinct/stride=%lluMiB/pages=%llu",
		 (unsigned long long)stride >> 20, (unsigned long long)pages);
	return sim_add_cell(sim, key, cycles, cycles - lines);
}

bool sim_side(struct sim *sim, const char *bench, uint64_t pages)
{
	bool jumps = *bench == 'i';
	struct sim_machine machine = *sim->machine;
	const struct sim_tlb *own = jumps ? &machine.code : &machine.stores;
	struct sim_access *access = sparse(4096, pages, random_next(&sim->random));
	char key[CELL_KEY_MAX];
	double cycles, lines;

	if (!access)
		return false;
	for (uint64_t i = 0; i < pages; i++)
		access[i].page = ((uint64_t)1 << 32) + i;
	if (own->entries)
		machine.l1 = *own;
	machine.hit = jumps ? JUMP : STORE;
	cycles = sim_play(&machine, access, pages, 3, 3, random_next(&sim->random));
	machine = without_tlb(&machine);
	lines = sim_play(&machine, access, pages, 3, 3, 1);
	free(access);
	snprintf(key, sizeof key, "%s/page=4k/layout=distinct/footprint=%lluKiB", bench,
		 (unsigned long long)pages * 4);
	return sim_add_cell(sim, key, cycles, cycles - lines);
}

static bool side_by_side(struct sim *sim)
{
	static const unsigned chains[] = {1, 2, 4, 6, 8, 10, 12};
	bool done = true;

	for (unsigned i = 0; done && i < sizeof chains / sizeof *chains; i++)
		done = sim_walkers(sim, 1024, chains[i]);
	return done;
}

static bool by_level(struct sim *sim)
{
	static const unsigned shifts[] = {22, 23, 24, 25, 26, 27, 29, 31, 36, 37, 38, 39},
			      pages[] = {192, 256, 320, 384, 448, 512, 640, 768, 1024};
	bool done = true;

	for (unsigned i = 0; done && i < sizeof shifts / sizeof *shifts; i++)
		done = sim_walkcache(sim, (uint64_t)1 << shifts[i], 128);
	for (unsigned shift = 23; done && shift <= 25; shift++)
		for (unsigned i = 0; done && i < sizeof pages / sizeof *pages; i++)
			done = sim_walkcache(sim, (uint64_t)1 << shift, pages[i]);
	return done;
}

static bool sides(struct sim *sim)
{
	static const unsigned pages[] = {8,  12, 16, 20, 24, 32,  40,  48,  56,
					 64, 72, 80, 88, 96, 104, 128, 192, 256};
	bool done = true;

	for (unsigned i = 0; done && i < sizeof pages / sizeof *pages; i++)
		done = sim_side(sim, "itlb", pages[i]) && sim_side(sim, "stores", pages[i]);
	return done;
}

bool sim_paths(struct sim *sim)
{
	return side_by_side(sim) && by_level(sim) && sides(sim) && findings_compute(sim->result);
}
