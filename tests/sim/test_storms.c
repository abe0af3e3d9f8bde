/* A run measures powers of two, refines as it likes, and must find the ceiling without having been
 * told. */
#include "sim/kernels.h"

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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ceilings_are_found_untold),
	    cmocka_unit_test(test_and_with_a_responder),
	    cmocka_unit_test(test_no_ceiling_none_found),
	    cmocka_unit_test(test_a_ceiling_of_one_page_cannot_be_told_from_cost),
	    cmocka_unit_test(test_a_lone_outlier_is_no_ceiling),
	    cmocka_unit_test(test_noise_makes_it_silent_or_vague_not_wrong),
	};

	take_arguments(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
