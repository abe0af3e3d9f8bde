/* Kernels whose flush ceiling is known, and what a run measures on them. argv[1]: cases of each
 * kind (default 20); argv[2]: "list" prints what was found. */
#ifndef TESTS_KERNELS_H
#define TESTS_KERNELS_H

#include "analyse/analyse.h"
#include "analyse/cost_model.h"
#include "result/key.h"
#include "stats/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS	   10
#define WAVES	   4
#define WAVE_MAX   8
#define NO_CEILING UINT64_MAX

struct kernel {
	const char *op;
	double base, work, inv, full; /* ns */
	uint64_t ceiling;
	double batch; /* ns more from 6 pages on, as where pages are freed in batches */
	double interrupt, interrupt_page; /* with a responder; a page up to the ceiling */
	double noise, outliers;		  /* relative; chance that something else ran in a round */
	double modes;			  /* relative spread between processes */
};

/* As this suite found the kernel that it was written on. */
static const struct kernel mprotect = {.op = "mprotect",
				       .base = 860,
				       .work = 62,
				       .inv = 39,
				       .full = 270,
				       .ceiling = 33,
				       .interrupt = 8800,
				       .interrupt_page = 26,
				       .noise = 0.01};
static const struct kernel madvise = {.op = "madvise",
				      .base = 720,
				      .work = 215,
				      .inv = 39,
				      .full = 270,
				      .ceiling = 33,
				      .batch = 400,
				      .interrupt = 8800,
				      .interrupt_page = 26,
				      .noise = 0.01};

static unsigned cases = 20;
static bool list;

static inline void take_arguments(int argc, char **argv)
{
	cases = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : cases;
	list = argc > 2;
}

struct run {
	struct result result;
	struct random random;
	uint64_t seed;
	const struct kernel *kernel;
};

static inline double gauss(struct random *r)
{
	return sqrt(-2 * log(1 - random_unit(r))) * cos(2 * M_PI * random_unit(r));
}

static inline double cost_of(const struct kernel *k, uint64_t n, unsigned resp)
{
	bool full = n > k->ceiling;
	double pages = (double)n, cost = k->base + k->work * pages + (n >= 6 ? k->batch : 0);

	cost += full ? k->full : k->inv * pages;
	if (resp)
		cost += k->interrupt + (full ? 0 : k->interrupt_page * pages);
	return cost;
}

/* Rounds of one wave are the same processes for all cells, so they share their modes. */
static inline double mode_of(const struct run *run, unsigned round)
{
	struct random r;

	random_seed(&r, random_mix(run->seed, round));
	return 1 + run->kernel->modes * random_unit(&r);
}

static inline void add_metric(struct run *run, struct cell_result *cell, double truth,
			      unsigned wave)
{
	struct metric_result *m = cell_add_metric(cell);
	double sorted[ROUNDS];

	assert_non_null(m);
	strcpy(m->name, "ns");
	strcpy(m->unit, "ns");
	m->nsamples = ROUNDS;
	m->samples = calloc(ROUNDS, sizeof *m->samples);
	m->rounds = calloc(ROUNDS, sizeof *m->rounds);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double x = truth * mode_of(run, wave * ROUNDS + i) *
			   (1 + run->kernel->noise * gauss(&run->random));

		if (random_unit(&run->random) < run->kernel->outliers)
			x *= 1 + 2 * random_unit(&run->random);
		m->rounds[i] = wave * ROUNDS + i;
		m->samples[i] = sorted[i] = round(x / 10) * 10; /* the clock's step */
	}
	stats_sort(sorted, ROUNDS);
	struct stats_interval interval = stats_median_interval(sorted, ROUNDS, 0.95);

	m->e = (struct estimate){stats_median(sorted, ROUNDS), interval.lo, interval.hi};
}

static inline const struct cell_result *add_cell(struct run *run, uint64_t npages, unsigned resp,
						 unsigned wave)
{
	struct cell_result *cell = result_add_cell(&run->result);
	char key[CELL_KEY_MAX];

	assert_non_null(cell);
	snprintf(key, sizeof key, "%s/page=4k/npages=%llu/resp=%u%s", run->kernel->op,
		 (unsigned long long)npages, resp, resp ? "/place=core/state=spin" : "");
	cell->outcome = key_parse(key, 4096, &cell->cell);
	key_format(&cell->cell, cell->key);
	cell->wave = wave;
	cell->requested = true;
	add_metric(run, cell, cost_of(run->kernel, npages, resp), wave);
	return cell;
}

static inline void refine(struct run *run, unsigned resp)
{
	for (unsigned wave = 2; wave < 2 + WAVES; wave++) {
		const struct cell_result *like = NULL;
		struct storm_curve curve;
		double x[WAVE_MAX];

		for (unsigned i = 0; i < run->result.ncells && !like; i++)
			if (cell_count(&run->result.cells[i].cell, "resp") == resp)
				like = &run->result.cells[i];
		assert_true(storm_curve(&run->result, like, "npages", "ns", &curve));
		size_t n = curve_refine(&curve.curve, 1, 0.02, x, WAVE_MAX);

		storm_curve_free(&curve);
		for (size_t i = 0; i < n; i++)
			add_cell(run, (uint64_t)x[i], resp, wave);
		if (n == 0)
			break;
	}
}

static inline void sweep(struct run *run, const struct kernel *kernel, unsigned resp, uint64_t max,
			 uint64_t seed)
{
	run->kernel = kernel;
	result_init(&run->result);
	run->result.run.base_page_bytes = 4096;
	run->seed = seed;
	random_seed(&run->random, seed);
	for (uint64_t n = 1; n <= max; n *= 2)
		add_cell(run, n, resp, 1);
}

static inline void measure(struct run *run, const struct kernel *kernel, unsigned resp,
			   uint64_t max, uint64_t seed)
{
	sweep(run, kernel, resp, max, seed);
	refine(run, resp);
	assert_true(findings_compute(&run->result));
}

static inline const struct estimate *value(const struct finding *f, const char *name)
{
	for (unsigned i = 0; f && i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return &f->values[i].e;
	return NULL;
}

static inline const struct finding *ceiling_of(const struct run *run)
{
	return result_find_finding(&run->result, "flush-ceiling", NULL, NULL, NULL);
}

enum answer { RIGHT, SILENT, VAGUE, WRONG, ANSWERS };

static inline enum answer answer_of(const struct run *run)
{
	const struct finding *f = ceiling_of(run);
	const struct estimate *e = value(f, "ceiling");
	double truth = (double)run->kernel->ceiling;

	if (!f || f->confidence == CANNOT_TELL || !e)
		return run->kernel->ceiling == NO_CEILING ? RIGHT : SILENT;
	if (e->lo == e->hi)
		return e->est == truth ? RIGHT : WRONG;
	return e->lo <= truth && truth <= e->hi ? VAGUE : WRONG;
}

#endif
