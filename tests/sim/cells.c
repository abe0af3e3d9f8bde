/* The cells of a run, played. */
#include "sim/sim.h"

#include "measure/region_slots.h"
#include "result/key.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIGH_BIT    21
#define HIGH_HUGE   17
#define BLOCK	    128
#define VICTIMS_MAX 256
#define LINES	    64

static double gauss(struct random *r)
{
	return sqrt(-2 * log(1 - random_unit(r))) * cos(2 * M_PI * random_unit(r));
}

static bool add_metric(struct sim *sim, struct cell_result *cell, const char *name, double cycles,
		       double jitter, double per_op)
{
	const struct sim_machine *m = sim->machine;
	struct metric_result *metric = cell_add_metric(cell);
	double sorted[SIM_ROUNDS];

	if (!metric)
		return false;
	strcpy(metric->name, name);
	strcpy(metric->unit, "cycles");
	metric->primary = true;
	metric->nsamples = SIM_ROUNDS;
	metric->samples = calloc(SIM_ROUNDS, sizeof *metric->samples);
	metric->rounds = calloc(SIM_ROUNDS, sizeof *metric->rounds);
	if (!metric->samples || !metric->rounds)
		return false;
	for (unsigned r = 0; r < SIM_ROUNDS; r++) {
		double x = cycles + jitter * m->noise * gauss(&sim->random);

		x *= 1 + m->drift * r / SIM_ROUNDS;
		if (random_unit(&sim->random) < m->outliers)
			x *= 1 + random_unit(&sim->random);
		metric->rounds[r] = r;
		metric->samples[r] = sorted[r] = x * per_op;
	}
	stats_sort(sorted, SIM_ROUNDS);
	struct stats_interval i = stats_median_interval(sorted, SIM_ROUNDS, 0.95);

	metric->e = (struct estimate){stats_median(sorted, SIM_ROUNDS), i.lo, i.hi};
	return true;
}

/* Jitter, a slow drift over the rounds, and now and then a round in which something else ran. */
static bool add_cell(struct sim *sim, const char *key, double cycles, double per_op)
{
	struct cell_result *cell = result_add_cell(sim->result);

	if (!cell)
		return false;
	cell->outcome = key_parse(key, 4096, &cell->cell);
	key_format(&cell->cell, cell->key);
	cell->wave = 1;
	cell->rounds = SIM_ROUNDS;
	return add_metric(sim, cell, "cycles", cycles, cycles, per_op) &&
	       verdict_is_ok(&cell->outcome);
}

bool sim_add_cell(struct sim *sim, const char *key, double cycles, double translation)
{
	return add_cell(sim, key, cycles, 1) &&
	       (translation < 0 || add_metric(sim, &sim->result->cells[sim->result->ncells - 1],
					      "translation_cycles", translation, cycles, 1));
}

/* A frame elsewhere, that never continues its neighbours'. */
uint64_t sim_frame(uint64_t page, uint64_t seed)
{
	return (random_mix(page, seed) >> 24 & ~(uint64_t)3) | ((page + 1) & 3);
}

static unsigned high_bit(const struct sim *sim)
{
	return sim->huge ? HIGH_HUGE : HIGH_BIT;
}

struct page_kind sim_page_of(const struct sim *sim)
{
	return sim->huge ? (struct page_kind){PAGE_HUGETLB, 2 << 20}
			 : (struct page_kind){PAGE_BASE, 4096};
}

static struct sim_access chase_access(const char *layout, bool adjacent, uint64_t base, uint64_t i,
				      uint64_t seed)
{
	uint64_t page = base + i;

	if (strcmp(layout, "huge") == 0) /* one page of 2 MiB again and again, a few lines of it */
		return (struct sim_access){page, 1025 + i % 256, (unsigned)(i % LINES)};
	if (strcmp(layout, "alias") == 0)
		return (struct sim_access){
		    page, 1024 + ((i & 3) ^ 1),
		    (unsigned)((page >> 2 ^ (page >> 8 & 31) << 1 ^ (page >> 13 & 1)) & 63)};
	return (struct sim_access){page, adjacent ? page : sim_frame(page, seed),
				   (unsigned)((i + (i >> 6) + (i >> 12)) % LINES)};
}

static uint64_t coprime_step(uint64_t n)
{
	uint64_t step = (uint64_t)((double)n * 0.618) | 1;

	for (uint64_t a = step, b = n; n > 2;) {
		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		if (a == 1)
			break;
		a = ++step;
		b = n;
	}
	return step;
}

static void fill_chase(struct sim *sim, const char *layout, bool adjacent, uint64_t n,
		       struct sim_access *access)
{
	bool alias = strcmp(layout, "alias") == 0;
	uint64_t seed = random_next(&sim->random);
	uint64_t base = ((uint64_t)1 << 30) + (random_below(&sim->random, 64) << (alias ? 16 : 10));
	uint32_t *order = calloc(n, sizeof *order);
	uint64_t step = coprime_step(n), at = 0;

	for (uint64_t i = 0; order && i < n; i++)
		order[i] = (uint32_t)i;
	if (order)
		random_shuffle(&sim->random, order, n);
	for (uint64_t i = 0; order && i < n; i++, at = (at + step) % n)
		access[i] = chase_access(layout, adjacent, base, alias ? at : order[i], seed);
	free(order);
}

double sim_chase_cycles(struct sim *sim, const char *layout, bool adjacent, uint64_t n)
{
	struct sim_access *access = calloc(n, sizeof *access);
	struct sim_machine machine = *sim->machine;
	double cycles;

	if (!access)
		return 0;
	machine.least = strcmp(layout, "alias") == 0 ? machine.alias_least : 0;
	fill_chase(sim, layout, adjacent, n, access);
	cycles = sim_play(&machine, access, n, n > 2048 ? 2 : 4, n > 2048 ? 1 : 3,
			  random_next(&sim->random));
	free(access);
	return cycles;
}

/* Aliases of one physical huge page. That their lines are safe from way predictors is asked where
 * slots are tested. */
static double huge_cycles(struct sim *sim, const char *offsets, uint64_t n)
{
	struct slotting slotting = {.how = strcmp(offsets, "spread") == 0  ? SLOT_HUGE_ALIAS
					   : strcmp(offsets, "equal") == 0 ? SLOT_HUGE_EQUAL
					   : strcmp(offsets, "fold7") == 0 ? SLOT_HUGE_FOLD7
									   : SLOT_HUGE_FOLD8,
				    .page_shift = TWO_M_SHIFT};
	const uint64_t base = (uint64_t)1 << 40, frame = (uint64_t)1025 << 9,
		       inside = ((uint64_t)1 << TWO_M_SHIFT) - 1;
	struct sim_machine machine = *sim->machine;
	struct sim_access *access = calloc(n, sizeof *access);
	uint64_t step = coprime_step(n), at = 0;
	double cycles;

	machine.l1.coalesces = false;
	machine.least = machine.alias_least;
	machine.predictor = SIM_NO_PREDICTOR;
	for (uint64_t i = 0; access && i < n; i++, at = (at + step) % n) {
		uint64_t address = base + slot_offset(&slotting, base, at);

		access[i] =
		    (struct sim_access){address >> (sim->splinters ? FOUR_K_SHIFT : TWO_M_SHIFT),
					frame + ((address & inside) >> FOUR_K_SHIFT),
					(unsigned)(address >> LINE_SHIFT) % LINES};
	}
	cycles = access ? sim_play(&machine, access, n, 4, 4, random_next(&sim->random)) : 0;
	free(access);
	return cycles;
}

bool sim_chase(struct sim *sim, const char *layout, bool adjacent, uint64_t pages)
{
	char key[CELL_KEY_MAX];

	if (sim->huge) {
		const char *offsets = strcmp(layout, "alias") ? layout : "spread";

		snprintf(key, sizeof key, "chase/page=2m/layout=alias/offsets=%s/footprint=%lluMiB",
			 offsets, (unsigned long long)pages * 2);
		return add_cell(sim, key, huge_cycles(sim, offsets, pages), 1);
	}

	snprintf(key, sizeof key, "chase/page=4k/layout=%s%s/footprint=%lluKiB", layout,
		 strcmp(layout, "alias") == 0 ? ""
		 : adjacent		      ? "/frames=adjacent"
					      : "/frames=shuffled",
		 (unsigned long long)pages * 4);
	return add_cell(sim, key, sim_chase_cycles(sim, layout, adjacent, pages), 1);
}

static uint64_t victim_number(const struct sim *sim, const struct sim_set_cell *c, uint64_t i)
{
	bool bit = strcmp(c->probe, "bit") == 0, pair = strcmp(c->probe, "pair") == 0;

	if (strcmp(c->probe, "random") == 0)
		return i << high_bit(sim) |
		       (random_mix(i, c->victims) >> 32 & (((uint64_t)1 << high_bit(sim)) - 1));
	if (!bit && !pair)
		return i << high_bit(sim);
	return i / 2 << high_bit(sim) | (i % 2) << c->bit | (pair ? (i % 2) << c->bit2 : 0);
}

static uint64_t sparse_number(const struct sim *sim, uint64_t k)
{
	for (uint64_t block = 0;; block++)
		for (uint64_t low = 0; low < BLOCK; low++)
			if (__builtin_popcountll(low) >= 3 && k-- == 0)
				return block << high_bit(sim) | low;
}

static uint64_t filler_number(const struct sim *sim, uint64_t k)
{
	return ((uint64_t)VICTIMS_MAX << high_bit(sim)) + sparse_number(sim, k);
}

static struct sim_access scattered_access(uint64_t number, uint64_t flip, uint64_t line,
					  uint64_t seed)
{
	uint64_t page = number ^ flip;

	return (struct sim_access){page, sim_frame(page, seed), (unsigned)(line % LINES)};
}

static uint64_t fill_set(struct sim *sim, const struct sim_set_cell *c, struct sim_access *access)
{
	bool back = strcmp(c->probe, "ways") == 0;
	uint64_t n = c->victims, at = 0, seed = random_next(&sim->random),
		 flip = sparse_number(sim, seed % 99);
	uint32_t victims[VICTIMS_MAX], between[512];

	for (uint32_t i = 0; i < 512; i++)
		between[i] = i;
	for (uint32_t i = 0; i < n; i++)
		victims[i] = i;
	random_shuffle(&sim->random, victims, n);
	random_shuffle(&sim->random, between, c->filler);
	for (uint64_t k = 0; k < (back ? 2 * n : n); k++) {
		uint32_t v = victims[k < n ? k : 2 * n - 1 - k];

		access[at++] = scattered_access(victim_number(sim, c, v), flip, v, seed);
		for (uint64_t f = c->filler * (k % n) / n; f < c->filler * (k % n + 1) / n; f++)
			access[at++] = scattered_access(filler_number(sim, between[f]), flip,
							between[f] + between[f] / LINES, seed);
	}
	return at;
}

static uint64_t fill_whole(struct sim *sim, uint64_t n, struct sim_access *access)
{
	uint32_t *order = calloc(n, sizeof *order);

	for (uint32_t i = 0; order && i < n; i++)
		order[i] = i;
	if (order)
		random_shuffle(&sim->random, order, n);
	for (uint64_t k = 0; order && k < 2 * n; k++)
		access[k] = chase_access(sim->huge ? "huge" : "alias", false, 1 << 30,
					 order[k < n ? k : 2 * n - 1 - k], 0);
	free(order);
	return 2 * n;
}

bool sim_setprobe(struct sim *sim, const struct sim_set_cell *c)
{
	bool whole = strcmp(c->probe, "whole") == 0, two = whole || strcmp(c->probe, "ways") == 0;
	struct sim_access *access = calloc(2 * (c->victims + 512), sizeof *access);
	char key[CELL_KEY_MAX], *end = key + snprintf(key, sizeof key, "setprobe/page=%s/probe=%s",
						      sim->huge ? "2m" : "4k", c->probe);
	uint64_t n;
	double cycles;

	if (!access)
		return false;
	if (!whole)
		end += sprintf(end, "/filler=%u", c->filler);
	if (strcmp(c->probe, "bit") == 0 || strcmp(c->probe, "pair") == 0)
		end += sprintf(end, "/bit=%u", c->bit);
	if (strcmp(c->probe, "pair") == 0)
		end += sprintf(end, "/bit2=%u", c->bit2);
	sprintf(end, "/victims=%u", c->victims);
	n = whole ? fill_whole(sim, c->victims, access) : fill_set(sim, c, access);
	cycles = sim_play(sim->machine, access, n, n > 4096 ? 1 : 4, n > 4096 ? 1 : 4,
			  random_next(&sim->random));
	free(access);
	return add_cell(sim, key, cycles, (double)n / (c->victims * (two ? 2.0 : 1.0)));
}
