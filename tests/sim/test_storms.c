/* Kernels whose flush ceiling is known: a run measures powers of two, refines as it likes, and must
 * find the ceiling without having been told. argv[1]: cases of each kind (default 20); argv[2]:
 * "list" prints what was found. */
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

struct run {
	struct result result;
	struct random random;
	uint64_t seed;
	const struct kernel *kernel;
};

static double gauss(struct random *r)
{
	return sqrt(-2 * log(1 - random_unit(r))) * cos(2 * M_PI * random_unit(r));
}

static double cost_of(const struct kernel *k, uint64_t n, unsigned resp)
{
	bool full = n > k->ceiling;
	double pages = (double)n, cost = k->base + k->work * pages + (n >= 6 ? k->batch : 0);

	cost += full ? k->full : k->inv * pages;
	if (resp)
		cost += k->interrupt + (full ? 0 : k->interrupt_page * pages);
	return cost;
}

/* Rounds of one wave are the same processes for all cells, so they share their modes. */
static double mode_of(const struct run *run, unsigned round)
{
	struct random r;

	random_seed(&r, random_mix(run->seed, round));
	return 1 + run->kernel->modes * random_unit(&r);
}

static void add_metric(struct run *run, struct cell_result *cell, double truth, unsigned wave)
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

static const struct cell_result *add_cell(struct run *run, uint64_t npages, unsigned resp,
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

/* Another process ran through the whole measurement of one cell. */
static void disturb(struct run *run, uint64_t npages, double factor)
{
	for (unsigned i = 0; i < run->result.ncells; i++) {
		struct cell_result *c = &run->result.cells[i];
		struct estimate *e = &c->metrics[0].e;

		if (cell_count(&c->cell, "npages") != npages)
			continue;
		for (unsigned s = 0; s < ROUNDS; s++)
			c->metrics[0].samples[s] *= factor;
		*e = (struct estimate){e->est * factor, e->lo * factor, e->hi * factor};
	}
}

static void refine(struct run *run, unsigned resp)
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

static void sweep(struct run *run, const struct kernel *kernel, unsigned resp, uint64_t max,
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

static void measure(struct run *run, const struct kernel *kernel, unsigned resp, uint64_t max,
		    uint64_t seed)
{
	sweep(run, kernel, resp, max, seed);
	refine(run, resp);
	assert_true(findings_compute(&run->result));
}

static const struct estimate *value(const struct finding *f, const char *name)
{
	for (unsigned i = 0; f && i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return &f->values[i].e;
	return NULL;
}

static const struct finding *ceiling_of(const struct run *run)
{
	return result_find_finding(&run->result, "flush-ceiling", NULL, NULL, NULL);
}

enum answer { RIGHT, SILENT, VAGUE, WRONG, ANSWERS };

static enum answer answer_of(const struct run *run)
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

struct score {
	unsigned n[ANSWERS];
	unsigned cells;
};

static struct score score(struct kernel kernel, unsigned resp, uint64_t max)
{
	struct score score = {{0}, 0};

	for (unsigned seed = 0; seed < cases; seed++) {
		struct run run;

		measure(&run, &kernel, resp, max, seed);
		score.n[answer_of(&run)]++;
		score.cells += run.result.ncells;
		if (list && answer_of(&run) != RIGHT)
			for (unsigned i = 0; i < run.result.nfindings; i++)
				if (strcmp(run.result.findings[i].kind, "flush-ceiling") == 0)
					printf("  seed %u: %s\n", seed,
					       run.result.findings[i].text);
		result_free(&run.result);
	}
	if (list)
		printf("%s ceiling %lld, %u responders, noise %g, outliers %g, modes %g: %u right, "
		       "%u silent, %u vague, %u wrong; %.1f cells\n",
		       kernel.op, (long long)kernel.ceiling, resp, kernel.noise, kernel.outliers,
		       kernel.modes, score.n[RIGHT], score.n[SILENT], score.n[VAGUE],
		       score.n[WRONG], (double)score.cells / cases);
	return score;
}

static void assert_score(struct kernel kernel, uint64_t ceiling, unsigned resp, uint64_t max,
			 double right)
{
	kernel.ceiling = ceiling;
	struct score s = score(kernel, resp, max);

	assert_int_equal(s.n[WRONG], 0);
	assert_true(s.n[RIGHT] >= right * cases);
}

static void test_ceilings_are_found_untold(void **state)
{
	static const uint64_t ceilings[] = {33, 64, 100, 511};

	(void)state;
	for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
		assert_score(mprotect, ceilings[i], 0, 4096, 1);
		assert_score(madvise, ceilings[i], 0, 4096, 1);
		assert_score(mprotect, ceilings[i], 0, 1024, 0.9);
	}
}

static void test_and_with_a_responder(void **state)
{
	(void)state;
	assert_score(mprotect, 33, 1, 4096, 0.9);
	assert_score(madvise, 33, 1, 4096, 0.9);
	assert_score(madvise, 511, 1, 4096, 0.9);
}

static void test_no_ceiling_none_found(void **state)
{
	(void)state;
	assert_score(mprotect, NO_CEILING, 0, 4096, 1);
	assert_score(madvise, NO_CEILING, 0, 4096, 1);
	assert_score(madvise, NO_CEILING, 1, 4096, 1);
}

/* One page by itself, all else at once: there is one line, and no fall to be seen. */
static void test_a_ceiling_of_one_page_cannot_be_told_from_cost(void **state)
{
	(void)state;
	assert_score(mprotect, 1, 0, 4096, 0);
	assert_score(madvise, 1, 0, 4096, 0);
}

static void test_noise_makes_it_silent_or_vague_not_wrong(void **state)
{
	static const double noise[] = {0.02, 0.04, 0.08};
	struct kernel k = mprotect;

	(void)state;
	for (size_t i = 0; i < sizeof noise / sizeof *noise; i++) {
		k.noise = noise[i];
		k.outliers = 0.1;
		k.modes = 0.1;
		assert_score(k, 33, 0, 4096, i == 0 ? 0.7 : 0);
		assert_score(k, NO_CEILING, 0, 4096, 0);
	}
}

/* A cell that was disturbed as a whole, with a narrow interval: neither a fall nor a rise. */
static void test_a_lone_outlier_is_no_ceiling(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 4096; n *= 2) {
		struct kernel k = mprotect;
		struct run run;

		k.ceiling = NO_CEILING;
		sweep(&run, &k, 0, 4096, n);
		disturb(&run, n, 1.5);
		refine(&run, 0);
		assert_true(findings_compute(&run.result));
		assert_int_equal(answer_of(&run), RIGHT);
		result_free(&run.result);

		k.ceiling = 33;
		sweep(&run, &k, 0, 4096, n);
		disturb(&run, n, 1.5);
		refine(&run, 0);
		assert_true(findings_compute(&run.result));
		if (list)
			printf("outlier at %llu: %d\n", (unsigned long long)n, answer_of(&run));
		assert_int_not_equal(answer_of(&run), WRONG);
		result_free(&run.result);
	}
}

static void count(struct run *run, unsigned cell, const char *name, double each)
{
	struct metric_result *metric = cell_add_metric(&run->result.cells[cell]);

	assert_non_null(metric);
	snprintf(metric->name, sizeof metric->name, "%s", name);
	metric->e = (struct estimate){each, each, each};
}

/* The kernel's tracepoint has page-by-page flushes on both sides of a fall in cost, or full ones on
 * both: then it is something else. Nothing counted refutes nothing. */
static void test_a_fall_between_equal_flushes_is_no_ceiling(void **state)
{
	static const struct {
		double flushes, full_from;
		bool found;
	} tells[] = {{1, 34, true}, {1, 1e9, false}, {1, 0, false}, {0, 1e9, true}};

	(void)state;
	for (size_t k = 0; k < sizeof tells / sizeof *tells; k++) {
		struct run run;

		sweep(&run, &mprotect, 0, 4096, 7);
		refine(&run, 0);
		for (unsigned i = 0; i < run.result.ncells; i++) {
			uint64_t n = cell_count(&run.result.cells[i].cell, "npages");

			count(&run, i, "tlb_flush", tells[k].flushes);
			count(&run, i, "tlb_flush_full", (double)n >= tells[k].full_from);
		}
		assert_true(findings_compute(&run.result));
		assert_int_equal(ceiling_of(&run) != NULL, tells[k].found);
		result_free(&run.result);
	}
}

static unsigned inside(const struct finding *f, const char *name, double truth)
{
	const struct estimate *e = value(f, name);

	return e && e->lo <= truth && truth <= e->hi;
}

static void count_flushes(struct run *run)
{
	for (unsigned i = 0; i < run->result.ncells; i++) {
		uint64_t n = cell_count(&run->result.cells[i].cell, "npages");

		count(run, i, "tlb_flush", 1);
		count(run, i, "tlb_flush_full", n > run->kernel->ceiling);
	}
}

/* Bisected by counts, so that both sides of the ceiling were measured; the cost of a call is known
 * to no more than some tenths, the whole of what is saved. */
static void test_counts_tell_the_ceiling_whatever_the_noise(void **state)
{
	static const double noise[] = {0.01, 0.1, 0.5};
	unsigned silent = 0, held = 0;
	struct kernel k = mprotect;

	(void)state;
	k.outliers = 0.2;
	k.modes = 0.2;
	for (unsigned seed = 0; seed < 3 * cases; seed++) {
		const struct finding *f;
		struct run run;

		k.noise = noise[seed % 3];
		sweep(&run, &k, 0, 1024, seed);
		for (uint64_t n = 48; n > 36; n -= 8)
			add_cell(&run, n, 0, 2);
		add_cell(&run, 33, 0, 2);
		add_cell(&run, 34, 0, 2);
		refine(&run, 0); /* goes where the noise leads it */
		count_flushes(&run);
		assert_true(findings_compute(&run.result));
		assert_int_equal(answer_of(&run), RIGHT);
		f = ceiling_of(&run);
		assert_int_equal(f->confidence, CONFIRMED);
		assert_null(result_find_finding(&run.result, "flush-ceiling", NULL, NULL, f));
		silent += strstr(f->text, "not told apart here") != NULL;
		held += inside(f, "saving_ns", 33 * k.inv + k.inv - k.full);
		if (list)
			printf("  noise %g: %s\n", k.noise, f->text);
		result_free(&run.result);
	}
	assert_true(silent >= cases / 2); /* noise of a half hides it */
	assert_true(held >= 2.4 * cases);
}

/* Ninety-five of a hundred intervals should hold the truth; the medians of ten rounds may cost a
 * few of them. */
static void test_intervals_hold_what_the_kernel_costs(void **state)
{
	static const char *const names[] = {"base_ns", "work_ns", "inv_ns", "full_ns"};
	const struct kernel *k = &mprotect;
	const double truth[] = {k->base, k->work, k->inv, k->full};
	unsigned held[4] = {0};

	(void)state;
	for (unsigned seed = 0; seed < cases; seed++) {
		struct run run;
		const struct finding *f;

		measure(&run, k, 0, 1024, seed + 1000);
		f = result_find_finding(&run.result, "shootdown-cost", "op", "mprotect", NULL);
		assert_non_null(f);
		for (size_t i = 0; i < 4; i++)
			held[i] += inside(f, names[i], truth[i]);
		if (list && seed < 3)
			printf("  %s\n", f->text);
		result_free(&run.result);
	}
	for (size_t i = 0; i < 4; i++) {
		if (list)
			printf("%s: inside in %u of %u\n", names[i], held[i], cases);
		assert_true(held[i] >= 0.8 * cases);
	}
}

/* A cost that bends all along is no model's, and one without a fall has no split. */
static void test_nothing_is_split_without_a_ceiling(void **state)
{
	struct kernel k = mprotect;
	struct run run;
	const struct finding *f;

	(void)state;
	k.ceiling = NO_CEILING;
	measure(&run, &k, 0, 4096, 3);
	f = result_find_finding(&run.result, "shootdown-cost", "op", "mprotect", NULL);
	assert_non_null(f);
	assert_null(value(f, "inv_ns"));
	assert_null(value(f, "work_ns"));
	assert_true(inside(f, "page_ns", k.work + k.inv));
	result_free(&run.result);
}

static void test_a_cost_that_bends_all_along_cannot_be_told(void **state)
{
	struct kernel k = {.op = "mprotect", .base = 0, .ceiling = NO_CEILING, .noise = 0.002};
	struct run run;
	const struct finding *f;

	(void)state;
	sweep(&run, &k, 0, 1, 3);
	for (uint64_t n = 2; n <= 4096; n *= 2) {
		k.base = pow((double)n, 1.6) * 100;
		add_cell(&run, n, 0, 1);
	}
	assert_true(findings_compute(&run.result));
	f = result_find_finding(&run.result, "shootdown-cost", "op", "mprotect", NULL);
	assert_non_null(f);
	if (list)
		printf("  %s\n", f->text);
	assert_null(value(f, "inv_ns"));
	assert_int_equal(f->confidence, CANNOT_TELL);
	result_free(&run.result);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ceilings_are_found_untold),
	    cmocka_unit_test(test_and_with_a_responder),
	    cmocka_unit_test(test_no_ceiling_none_found),
	    cmocka_unit_test(test_a_ceiling_of_one_page_cannot_be_told_from_cost),
	    cmocka_unit_test(test_a_lone_outlier_is_no_ceiling),
	    cmocka_unit_test(test_a_fall_between_equal_flushes_is_no_ceiling),
	    cmocka_unit_test(test_counts_tell_the_ceiling_whatever_the_noise),
	    cmocka_unit_test(test_intervals_hold_what_the_kernel_costs),
	    cmocka_unit_test(test_nothing_is_split_without_a_ceiling),
	    cmocka_unit_test(test_a_cost_that_bends_all_along_cannot_be_told),
	    cmocka_unit_test(test_noise_makes_it_silent_or_vague_not_wrong),
	};

	cases = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : cases;
	list = argc > 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
