/* What is taken off for chance, and what is left. */
#include "result/chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N 6

static const uint64_t *left(const uint64_t counts[N], const uint64_t chance[N], double scale)
{
	static uint64_t out[N];

	memcpy(out, counts, sizeof out);
	chance_subtract(out, chance, N, scale);
	return out;
}

static void assert_left(const uint64_t *seen, const uint64_t expected[N])
{
	for (int i = 0; i < N; i++)
		assert_int_equal(seen[i], expected[i]);
}

static void what_is_expected_goes(void **state)
{
	const uint64_t counts[N] = {0, 100, 0, 0, 7, 0}, chance[N] = {0, 0, 0, 0, 10, 0};

	(void)state;
	assert_left(left(counts, chance, 0.5), (const uint64_t[N]){0, 100, 0, 0, 2, 0});
	assert_left(left(counts, chance, 0), counts);
	/* Less than one is nobody. */
	assert_left(left(counts, chance, 0.09), counts);
}

static void who_is_not_found_there_is_looked_for_below(void **state)
{
	const uint64_t counts[N] = {0, 100, 0, 1, 2, 5}, chance[N] = {0, 0, 0, 0, 10, 0};

	(void)state;
	/* Never above: those that are longer have another cause. */
	assert_left(left(counts, chance, 0.5), (const uint64_t[N]){0, 98, 0, 0, 0, 5});
}

static void no_count_falls_below_zero(void **state)
{
	const uint64_t counts[N] = {0, 3, 0, 0, 1, 0}, chance[N] = {0, 0, 0, 0, 10, 0};

	(void)state;
	assert_left(left(counts, chance, 1), (const uint64_t[N]){0});
}

/* Quarters add up over buckets. */
static void parts_of_one_add_up(void **state)
{
	const uint64_t counts[N] = {9, 9, 9, 9, 9, 9}, chance[N] = {0, 1, 1, 1, 1, 0};

	(void)state;
	assert_left(left(counts, chance, 0.25), (const uint64_t[N]){9, 8, 9, 9, 9, 9});
}

static struct hist_result *add(struct cell_result *cell, const char *name, double lo_ns,
			       const uint64_t *counts, unsigned n)
{
	struct hist_result *hist = cell_add_hist(cell, n);

	assert_non_null(hist);
	strcpy(hist->name, name);
	hist->lo_ns = lo_ns;
	hist->ratio = 2;
	memcpy(hist->counts, counts, n * sizeof *counts);
	return hist;
}

/* Buckets from 1, 2, 4, 8 ns against such from 4, 8, 16, 32: the last two are beyond the end. */
static void written_histograms_begin_where_they_like(void **state)
{
	const uint64_t seen[] = {0, 10, 10, 10}, heard[] = {2, 4, 2, 2};
	struct result result;
	uint64_t counts[4];

	(void)state;
	result_init(&result);
	struct cell_result *cell = result_add_cell(&result);

	assert_non_null(cell);
	add(cell, HIST_QUIET, 4, heard, 4);
	struct hist_result *stolen = add(cell, HIST_STOLEN, 1, seen, 4);

	stolen->exposed_s = 0.5;
	stolen->heard_s = 1;
	chance_take_off(cell, stolen, counts);
	assert_int_equal(counts[3], 6);
	assert_int_equal(counts[2], 9);
	assert_int_equal(counts[1], 10);
	stolen->heard_s = 0; /* of an older version */
	chance_take_off(cell, stolen, counts);
	assert_memory_equal(counts, seen, sizeof seen);
	stolen->heard_s = 1;
	strcpy(stolen->name, "ns"); /* operations are no gaps */
	chance_take_off(cell, stolen, counts);
	assert_memory_equal(counts, seen, sizeof seen);
	result_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_expected_goes),
	    cmocka_unit_test(who_is_not_found_there_is_looked_for_below),
	    cmocka_unit_test(no_count_falls_below_zero),
	    cmocka_unit_test(parts_of_one_add_up),
	    cmocka_unit_test(written_histograms_begin_where_they_like),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
