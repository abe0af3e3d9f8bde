/* Two results to compare, and what a comparison says of a cell. */
#ifndef TESTS_TWO_SIDES_H
#define TESTS_TWO_SIDES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/result_builder.h"

#include "analyse/compare.h"
#include "analyse/merge.h"
#include "stats/stats.h"

#include <math.h>

static struct result old, new, noise;
static struct comparison c;
static struct compare_options options;
static struct random dice;

static inline void begin(struct result *result)
{
	result_init(result);
	result->run.base_page_bytes = 4096;
	result->run.complete = true;
	BUILD_TEXT(result->machine.cpu, "CPU");
}

static inline int setup(void **state)
{
	(void)state;
	begin(&old);
	begin(&new);
	begin(&noise);
	c = (struct comparison){0};
	options = (struct compare_options){.alpha = COMPARE_ALPHA, .threshold = 0.03, .noise = 0};
	random_seed(&dice, 7);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	comparison_free(&c);
	result_free(&old);
	result_free(&new);
	result_free(&noise);
	return 0;
}

/* A sum of 12: near enough to a bell. */
static inline double bell(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += random_unit(&dice);
	return sum;
}

static inline struct cell_result *cell(struct result *result, const char *key, double middle,
				       double spread, unsigned n)
{
	struct cell_result *made = build_cell(result, key);
	double samples[64];

	for (unsigned i = 0; i < n; i++)
		samples[i] = middle * (1 + spread * bell());
	build_metric_of(made, "ns", "ns", samples, n);
	return made;
}

static inline void compare(void)
{
	struct verdict verdict = compare_results(&old, &new, &options, &c);

	if (!verdict_is_ok(&verdict))
		fail_msg("%s", verdict.text);
}

static inline const struct comparison_row *row(const char *key)
{
	for (unsigned i = 0; i < c.nrows; i++)
		if (strcmp(c.rows[i].new_cell->key, key) == 0)
			return &c.rows[i];
	fail_msg("no row %s", key);
	return NULL;
}

#define KEY   "madvise/page=4k/npages=1/resp=0"
#define OTHER "madvise/page=4k/npages=8/resp=0"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
