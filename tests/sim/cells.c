/* The cells of a run, played. */
#include "sim/sim.h"

#include "analyse/analyse.h"
#include "analyse/set_probe.h"
#include "result/key.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIGH_BIT    21
#define BLOCK	    128
#define VICTIMS_MAX 256
#define LINES	    64
#define WAVES	    4
#define WAVE_POINTS 8
#define TOLERANCE   0.02
#define RISES	    1.05

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

static struct sim_access chase_access(const char *layout, bool adjacent, uint64_t base, uint64_t i,
				      uint64_t seed)
{
	uint64_t page = base + i;

	if (strcmp(layout, "alias") == 0)
		return (struct sim_access){
		    page, 1024 + ((i & 3) ^ 1),
		    (unsigned)((page >> 2 ^ (page >> 8 & 31) << 1 ^ (page >> 13 & 1)) & 63)};
	return (struct sim_access){page, adjacent ? page : sim_frame(page, seed),
				   (unsigned)((i + (i >> 6) + (i >> 12)) % LINES)};
}

static void fill_chase(struct sim *sim, const char *layout, bool adjacent, uint64_t n,
		       struct sim_access *access)
{
	bool alias = strcmp(layout, "alias") == 0;
	uint64_t seed = random_next(&sim->random);
	uint64_t base = ((uint64_t)1 << 30) + (random_below(&sim->random, 64) << (alias ? 16 : 10));
	uint32_t *order = calloc(n, sizeof *order);
	uint64_t step = (uint64_t)((double)n * 0.618) | 1, at = 0;

	for (uint64_t a = step, b = n; order && n > 2;) { /* coprime */
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
	for (uint64_t i = 0; order && i < n; i++)
		order[i] = (uint32_t)i;
	if (order)
		random_shuffle(&sim->random, order, n);
	for (uint64_t i = 0; order && i < n; i++, at = (at + step) % n)
		access[i] = chase_access(layout, adjacent, base, alias ? at : order[i], seed);
	free(order);
}

static double chase_cycles(struct sim *sim, const char *layout, bool adjacent, uint64_t n)
{
	struct sim_access *access = calloc(n, sizeof *access);
	double cycles;

	if (!access)
		return 0;
	fill_chase(sim, layout, adjacent, n, access);
	cycles = sim_play(sim->machine, access, n, n > 2048 ? 2 : 4, n > 2048 ? 1 : 3,
			  random_next(&sim->random));
	free(access);
	return cycles;
}

bool sim_chase(struct sim *sim, const char *layout, bool adjacent, uint64_t pages)
{
	char key[CELL_KEY_MAX];

	snprintf(key, sizeof key, "chase/page=4k/layout=%s%s/footprint=%lluKiB", layout,
		 strcmp(layout, "alias") == 0 ? ""
		 : adjacent		      ? "/frames=adjacent"
					      : "/frames=shuffled",
		 (unsigned long long)pages * 4);
	return add_cell(sim, key, chase_cycles(sim, layout, adjacent, pages), 1);
}

static uint64_t victim_number(const struct sim_set_cell *c, uint64_t i)
{
	bool bit = strcmp(c->probe, "bit") == 0, pair = strcmp(c->probe, "pair") == 0;

	if (!bit && !pair)
		return i << HIGH_BIT;
	return i / 2 << HIGH_BIT | (i % 2) << c->bit | (pair ? (i % 2) << c->bit2 : 0);
}

static uint64_t sparse_number(uint64_t k)
{
	for (uint64_t block = 0;; block++)
		for (uint64_t low = 0; low < BLOCK; low++)
			if (__builtin_popcountll(low) >= 3 && k-- == 0)
				return block << HIGH_BIT | low;
}

static uint64_t filler_number(uint64_t k)
{
	return ((uint64_t)VICTIMS_MAX << HIGH_BIT) + sparse_number(k);
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
		 flip = sparse_number(seed % 99);
	uint32_t victims[VICTIMS_MAX], between[512];

	for (uint32_t i = 0; i < 512; i++)
		between[i] = i;
	for (uint32_t i = 0; i < n; i++)
		victims[i] = i;
	random_shuffle(&sim->random, victims, n);
	random_shuffle(&sim->random, between, c->filler);
	for (uint64_t k = 0; k < (back ? 2 * n : n); k++) {
		uint32_t v = victims[k < n ? k : 2 * n - 1 - k];

		access[at++] = scattered_access(victim_number(c, v), flip, v, seed);
		for (uint64_t f = c->filler * (k % n) / n; f < c->filler * (k % n + 1) / n; f++)
			access[at++] = scattered_access(filler_number(between[f]), flip,
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
		access[k] =
		    chase_access("alias", false, 1 << 30, order[k < n ? k : 2 * n - 1 - k], 0);
	free(order);
	return 2 * n;
}

bool sim_setprobe(struct sim *sim, const struct sim_set_cell *c)
{
	bool whole = strcmp(c->probe, "whole") == 0, two = whole || strcmp(c->probe, "ways") == 0;
	struct sim_access *access = calloc(2 * (c->victims + 512), sizeof *access);
	char key[CELL_KEY_MAX],
	    *end = key + snprintf(key, sizeof key, "setprobe/page=4k/probe=%s", c->probe);
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

/* As the engine's self-test does. */
static bool alias_is_sound(struct sim *sim)
{
	static const unsigned pages[] = {24, 36, 48, 64, 88};
	double first_alias = 0, first = 0;

	for (unsigned i = 0; i < 5; i++) {
		double alias = chase_cycles(sim, "alias", false, pages[i]);
		double distinct = chase_cycles(sim, "distinct", false, pages[i]);

		if (i == 0) {
			first_alias = alias;
			first = distinct;
		}
		if (distinct > first * RISES + 0.25)
			break;
		if (alias > first_alias * RISES + 0.25)
			return false;
	}
	return chase_cycles(sim, "alias", false, 512) <
	       sim->machine->hit + sim->machine->penalty + 2;
}

static bool curve_of(const struct sim *sim, const char *layout, struct curve *curve,
		     struct curve_point *point)
{
	curve->n = 0;
	curve->point = point;
	for (unsigned i = 0; i < sim->result->ncells && curve->n < 200; i++) {
		const struct cell_result *c = &sim->result->cells[i];
		double x = (double)cell_count(&c->cell, "footprint") / 4096;
		size_t k = curve->n;

		if (strcmp(c->cell.bench, "chase") != 0 || !cell_is(&c->cell, "layout", layout) ||
		    cell_is(&c->cell, "frames", "adjacent"))
			continue;
		for (; k > 0 && point[k - 1].x > x; k--)
			point[k] = point[k - 1];
		const struct estimate *e = &c->metrics[0].e;

		point[k] = (struct curve_point){x, e->est, e->lo, e->hi};
		curve->n++;
	}
	return curve->n > 2;
}

static bool refine(struct sim *sim, const char *layout)
{
	struct curve_point point[202];
	struct curve curve;
	double x[WAVE_POINTS];

	for (unsigned wave = 0; wave < WAVES && curve_of(sim, layout, &curve, point); wave++) {
		size_t n = knees_refine(&curve, 1, TOLERANCE, x, WAVE_POINTS);

		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			if (!sim_chase(sim, layout, false, (uint64_t)x[i]))
				return false;
	}
	return true;
}

static bool curves(struct sim *sim, bool alias)
{
	static const unsigned distinct_pages[] = {8,  16, 32, 48,  60,	64,  68,  72,  76,
						  80, 88, 96, 104, 128, 192, 256, 512, 8192};
	static const unsigned alias_pages[] = {8,    16,   32,	 48,   64,   72,   80,	 88,   96,
					       104,  128,  192,	 256,  512,  768,  1024, 1280, 1536,
					       1792, 2048, 2560, 3072, 3584, 4096, 6144, 8192};
	static const unsigned adjacent_pages[] = {16, 32, 48, 64, 96, 128, 192, 256, 320, 384, 448};
	bool done = true;

	for (unsigned i = 0; done && i < sizeof distinct_pages / sizeof *distinct_pages; i++)
		done = sim_chase(sim, "distinct", false, distinct_pages[i]);
	for (unsigned i = 0; done && alias && i < sizeof alias_pages / sizeof *alias_pages; i++)
		done = sim_chase(sim, "alias", false, alias_pages[i]);
	for (unsigned i = 0; done && i < sizeof adjacent_pages / sizeof *adjacent_pages; i++)
		done = sim_chase(sim, "distinct", true, adjacent_pages[i]);
	return done && refine(sim, "distinct") && (!alias || refine(sim, "alias"));
}

static bool sets(struct sim *sim, bool alias)
{
	static const unsigned victims[] = {2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
					   15, 16, 17, 18, 20, 22, 24, 28, 32, 40, 48, 56, 64};
	static const unsigned whole[] = {256,  512,  768,  1024, 1280, 1536, 1792, 2048,
					 2304, 2560, 2816, 3072, 3328, 3584, 3840, 4096,
					 4608, 5120, 5632, 6144, 7168, 8192};
	bool done = true;

	for (unsigned i = 0; done && i < sizeof victims / sizeof *victims; i++) {
		if (victims[i] <= 28)
			done = sim_setprobe(
				   sim, &(struct sim_set_cell){"base", 192, 0, 0, victims[i]}) &&
			       sim_setprobe(sim,
					    &(struct sim_set_cell){"ways", 192, 0, 0, victims[i]});
		done =
		    done && sim_setprobe(sim, &(struct sim_set_cell){"base", 0, 0, 0, victims[i]});
	}
	for (unsigned i = 0; done && alias && i < sizeof whole / sizeof *whole; i++)
		done = sim_setprobe(sim, &(struct sim_set_cell){"whole", 0, 0, 0, whole[i]});
	return done;
}

static bool bits(struct sim *sim, unsigned n)
{
	bool done = sim_setprobe(sim, &(struct sim_set_cell){"base", 192, 0, 0, n});

	for (unsigned b = 0; done && b <= 20; b++)
		done = sim_setprobe(sim, &(struct sim_set_cell){"bit", 192, b, 0, n});
	return done;
}

static bool index_bits(struct sim *sim)
{
	const struct page_kind page = {PAGE_BASE, 4096};
	struct set_probe first = set_probe_read(sim->result, page, 2), probe = first;
	bool done = true;

	for (unsigned i = 0; done && i < SET_PROBE_ATTEMPTS && !probe.index_known; i++) {
		done = bits(sim, set_probe_victims(&first, i));
		probe = set_probe_read(sim->result, page, 2);
	}
	for (unsigned i = 0; probe.index_known && i < probe.nbits; i++)
		for (unsigned k = i + 1; done && k < probe.nbits; k++)
			done = sim_setprobe(sim, &(struct sim_set_cell){"pair", 192, probe.bit[i],
									probe.bit[k],
									probe.index_victims});
	for (unsigned i = 0; probe.index_known && done && i + 1 < probe.nothers; i++)
		done = sim_setprobe(sim, &(struct sim_set_cell){"pair", 192, probe.other[i],
								probe.other[i + 1],
								probe.index_victims});
	return done;
}

bool sim_geometry(struct sim *sim)
{
	bool alias = alias_is_sound(sim);

	return curves(sim, alias) && sets(sim, alias) && index_bits(sim) &&
	       findings_compute(sim->result);
}
