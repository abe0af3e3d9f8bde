/* What a call, a page and a flush cost, and where counts of flushes tell more than time does. */
#include "sim/kernels.h"

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
	    cmocka_unit_test(test_a_fall_between_equal_flushes_is_no_ceiling),
	    cmocka_unit_test(test_counts_tell_the_ceiling_whatever_the_noise),
	    cmocka_unit_test(test_intervals_hold_what_the_kernel_costs),
	    cmocka_unit_test(test_nothing_is_split_without_a_ceiling),
	    cmocka_unit_test(test_a_cost_that_bends_all_along_cannot_be_told),
	};

	take_arguments(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
