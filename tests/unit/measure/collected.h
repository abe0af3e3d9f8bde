/* Two cells and records of visits to them, as made up. */
#ifndef TESTS_COLLECTED_H
#define TESTS_COLLECTED_H

#include "measure/collect.h"
#include "unit/measure/made_up.h"

#include <math.h>

static const struct metric metrics[] = {
    {.name = "ns", .unit = "ns", .better = BETTER_LESS, .primary = true},
    {.name = "own", .unit = "things", .better = BETTER_MORE},
    {0},
};
static const struct derived diff = {"added_ns", "ns", "resp=0", DERIVED_DIFF, NULL};
static const struct derived ratio = {"times", "ns", "resp=0", DERIVED_RATIO, NULL};
static const struct bench bench = {.name = "x", .metrics = metrics};
const struct bench *const bench_registry[] = {&bench, NULL};

#define TARGET 0.01

static struct fixture {
	struct plan_cell plan_cell[2];
	struct plan plan;
	struct result result;
	struct tally tally[2];
	struct record record;
} f;

static inline int set_up(void **state)
{
	(void)state;
	memset(&f, 0, sizeof f);
	result_init(&f.result);
	for (int i = 0; i < 2; i++) {
		f.plan_cell[i].bench = &bench;
		assert_non_null(result_add_cell(&f.result));
	}
	strcpy(f.result.cells[0].key, "x/resp=1");
	strcpy(f.result.cells[1].key, "x/resp=0");
	f.plan = (struct plan){.ncells = 2, .cells = f.plan_cell};
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	result_free(&f.result);
	return 0;
}

/* A visit that went well. */
static inline struct record *visit(double ns)
{
	memset(&f.record, 0, sizeof f.record);
	f.record.begun = f.record.done = true;
	record_sample(&f.record, "ns", ns);
	record_proof(&f.record, "pinned", PROOF_HELD);
	return &f.record;
}

static inline struct record *visit_with_failed_proof(double ns)
{
	struct proof *proof = record_proof(visit(ns), "ipis", PROOF_FAILED);

	strcpy(proof->expected, "1");
	strcpy(proof->seen, "0.2");
	return &f.record;
}

static inline void take(unsigned cell, const struct record *record, unsigned round)
{
	assert_true(collect_record(&f.plan_cell[cell], &f.result.cells[cell], &f.tally[cell],
				   record, round));
}

static inline struct cell_result *judged(unsigned cell)
{
	struct cell_result *c = &f.result.cells[cell];

	collect_estimate(c, 0);
	collect_judge(c, &f.tally[cell], TARGET, 0);
	return c;
}

static inline bool noted(const struct cell_result *cell, const char *words)
{
	for (unsigned i = 0; i < cell->nnotes; i++)
		if (strstr(cell->notes[i], words))
			return true;
	return false;
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
