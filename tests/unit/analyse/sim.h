/* Simulated curves: no times of a real machine, only the shapes that a TLB and its disturbances
 * leave. */
#ifndef TESTS_ANALYSE_SIM_H
#define TESTS_ANALYSE_SIM_H

#include "analyse/analyse.h"
#include "result/key.h"
#include "stats/stats.h"

#include <assert.h>
#include <stdlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SIM_ROUNDS 10
#define SIM_GHZ	   3.7

struct sim {
	double l1, l1_ways;    /* ways 0: fully associative LRU; else sets fill one after another */
	double l2_from, l2_to; /* entries; L2 thrashes gradually from .. to (equal: sharply) */
	double l1d_lines;      /* distinct memory slows down past it; 0: never */
	double hit, penalty, walk, l1d_cost; /* cycles */
	double noise;			     /* relative */
	double drift;			     /* relative, per octave */
};

static const struct sim zen4 = {
    .l1 = 72,
    .l2_from = 2100,
    .l2_to = 5000,
    .l1d_lines = 512,
    .hit = 4,
    .penalty = 7,
    .walk = 44,
    .l1d_cost = 11,
    .noise = 0.004,
};

static inline double sim_cycles(const struct sim *sim, double pages, bool distinct)
{
	double y = sim->hit;

	if (pages > sim->l1 && sim->l1_ways)
		y += sim->penalty * fmin((pages - sim->l1) * (sim->l1_ways + 1) / pages, 1);
	else if (pages > sim->l1)
		y += sim->penalty;
	if (pages > sim->l2_to)
		y += sim->walk;
	else if (pages > sim->l2_from)
		y += sim->walk * log(pages / sim->l2_from) / log(sim->l2_to / sim->l2_from);
	if (distinct && sim->l1d_lines && pages > sim->l1d_lines)
		y += sim->l1d_cost * fmin((pages - sim->l1d_lines) / 64, 1);
	return y * pow(1 + sim->drift, log2(pages));
}

static inline double sim_gauss(struct random *r)
{
	return sqrt(-2 * log(1 - random_unit(r))) * cos(2 * M_PI * random_unit(r));
}

/* Median, interval and samples of one metric around a true value. */
static inline void sim_metric(struct cell_result *cell, const char *name, const char *unit,
			      double truth, double noise, struct random *r)
{
	struct metric_result *m = cell_add_metric(cell);
	double sorted[SIM_ROUNDS];
	struct stats_interval interval;

	assert(m);
	snprintf(m->name, sizeof m->name, "%s", name);
	snprintf(m->unit, sizeof m->unit, "%s", unit);
	m->nsamples = SIM_ROUNDS;
	m->samples = calloc(SIM_ROUNDS, sizeof *m->samples);
	m->rounds = calloc(SIM_ROUNDS, sizeof *m->rounds);
	assert(m->samples && m->rounds);
	for (unsigned i = 0; i < SIM_ROUNDS; i++) {
		sorted[i] = m->samples[i] = truth + noise * sim_gauss(r);
		m->rounds[i] = i;
	}
	stats_sort(sorted, SIM_ROUNDS);
	interval = stats_median_interval(sorted, SIM_ROUNDS, 0.95);
	m->e = (struct estimate){stats_median(sorted, SIM_ROUNDS), interval.lo, interval.hi};
}

static inline struct cell_result *sim_cell(struct result *result, const char *key)
{
	struct cell_result *cell = result_add_cell(result);
	struct verdict v;

	assert(cell);
	v = key_parse(key, 4096, &cell->cell);
	assert(verdict_is_ok(&v));
	key_format(&cell->cell, cell->key);
	cell->requested = true;
	return cell;
}

enum { SIM_CYCLES = 1, SIM_NS = 2 };

static inline struct cell_result *sim_point(struct result *result, const struct sim *sim,
					    const char *page, uint64_t page_bytes,
					    const char *layout, uint64_t pages, int units,
					    struct random *r)
{
	char key[CELL_KEY_MAX];
	bool distinct = strcmp(layout, "distinct") == 0;
	double cycles = sim_cycles(sim, (double)pages, distinct);
	struct cell_result *cell;

	snprintf(key, sizeof key, "chase/page=%s/layout=%s/access=load/footprint=%luB", page,
		 layout, (unsigned long)(pages * page_bytes));
	cell = sim_cell(result, key);
	sim_metric(cell, "ns", "ns", cycles / SIM_GHZ, sim->noise * cycles / SIM_GHZ, r);
	if (units & SIM_CYCLES)
		sim_metric(cell, "cycles", "cycles", cycles, sim->noise * cycles, r);
	return cell;
}

/* A sweep as a plan would have it after refinement: a coarse grid, and every page around the L1's
 * end. */
static inline void sim_sweep(struct result *result, const struct sim *sim, const char *page,
			     uint64_t page_bytes, const char *layout, uint64_t max, int units,
			     struct random *r)
{
	uint64_t before = 0;

	for (double x = 16; x <= (double)max; x *= 1.19) {
		uint64_t pages = (uint64_t)x;

		for (uint64_t l1 = (uint64_t)sim->l1; l1 <= (uint64_t)sim->l1 + 1; l1++)
			if (l1 > before && l1 < pages)
				sim_point(result, sim, page, page_bytes, layout, l1, units, r);
		sim_point(result, sim, page, page_bytes, layout, pages, units, r);
		before = pages;
	}
}

static inline struct finding *sim_finding(const struct result *result, const char *kind,
					  const char *page, const char *level)
{
	for (unsigned i = 0; i < result->nfindings; i++) {
		struct finding *f = &result->findings[i];
		const char *own_page = facts_get(&f->subject, "page");
		const char *own_level = facts_get(&f->subject, "level");

		if (strcmp(f->kind, kind) == 0 &&
		    (!page || (own_page && strcmp(own_page, page) == 0)) &&
		    (!level || (own_level && strcmp(own_level, level) == 0)))
			return f;
	}
	return NULL;
}

static inline const struct estimate *sim_value(const struct finding *finding, const char *name)
{
	for (unsigned i = 0; finding && i < finding->nvalues; i++)
		if (strcmp(finding->values[i].name, name) == 0)
			return &finding->values[i].e;
	return NULL;
}

#endif
