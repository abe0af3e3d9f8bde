/* One result under test, and what every finding in it must keep to. Include cmocka's headers first.
 */
#ifndef TESTS_ANALYSE_FIXTURE_H
#define TESTS_ANALYSE_FIXTURE_H

#include "sim.h"

#define KIB  UINT64_C(1024)
#define MIB  (1024 * KIB)
#define BOTH (SIM_CYCLES | SIM_NS)

static struct result result;
static struct random r;

static inline int setup(void **state)
{
	(void)state;
	result_init(&result);
	result.run.base_page_bytes = 4096;
	random_seed(&r, 42);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	result_free(&result);
	return 0;
}

static inline void sweep(const struct sim *sim, const char *layout, uint64_t max, int units)
{
	sim_sweep(&result, sim, "4k", 4 * KIB, layout, max, units, &r);
}

static inline void compute(void)
{
	assert_true(findings_compute(&result));
	for (unsigned i = 0; i < result.nfindings; i++) {
		const struct finding *f = &result.findings[i];

		assert_true(f->kind[0] && f->analysis[0] && f->text[0]);
		assert_true(strlen(f->text) < FINDING_TEXT_MAX - 1); /* not cut */
		for (unsigned k = 0; k < f->nvalues; k++) {
			assert_true(f->values[k].e.lo <= f->values[k].e.est);
			assert_true(f->values[k].e.est <= f->values[k].e.hi);
		}
		for (unsigned k = 0; k < f->nfrom; k++) {
			const struct cell_result *c = result_find_cell(&result, f->from[k]);

			assert_true(c && verdict_is_ok(&c->outcome));
		}
	}
}

static inline void assert_about(const struct estimate *e, double low, double high)
{
	assert_non_null(e);
	assert_true(e->est >= low && e->est <= high);
}

static inline void assert_subject(const struct finding *f, const char *name, const char *text)
{
	const char *seen = facts_get(&f->subject, name);

	assert_non_null(seen);
	assert_string_equal(seen, text);
}

/* A cell of aliases of a huge page. */
static inline void alias_point(const char *page, const char *offsets, uint64_t aliases,
			       double cycles)
{
	char key[CELL_KEY_MAX];
	struct cell_result *c;

	snprintf(key, sizeof key,
		 "chase/page=%s/layout=alias/offsets=%s/access=load/footprint=%luMiB", page,
		 offsets, (unsigned long)aliases * (strcmp(page, "1g") ? 2 : 1024));
	c = sim_cell(&result, key);
	sim_metric(c, "cycles", "cycles", cycles, 0.1, &r);
	sim_metric(c, "ns", "ns", cycles / SIM_GHZ, 0.1, &r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
