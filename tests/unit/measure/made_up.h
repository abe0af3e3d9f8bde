/* Machines and plans that do not exist, for the tests of the engine. A test program that includes
 * this defines its own bench_registry: the linker then leaves the real one out. */
#ifndef TESTS_MADE_UP_H
#define TESTS_MADE_UP_H

#include "measure/plan.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIP_TEST 77

/* A topology of hwloc's synthetic grammar, 64 GiB, 4k pages. */
static inline struct plan_context described_machine(const char *synthetic)
{
	struct plan_context context = {0};
	struct topology *topology;

	setenv("HWLOC_SYNTHETIC", synthetic, 1);
	struct verdict v = topology_load(NULL, &topology);
	unsetenv("HWLOC_SYNTHETIC");
	assert_true(verdict_is_ok(&v));
	context.topology = topology;
	context.machine = (struct machine){.cpus = topology_cpus(topology),
					   .base_page_bytes = 4096,
					   .thp_bytes = 2 << 20,
					   .memory_bytes = 64ull << 30,
					   .max_maps = 65530};
	topology_capacity(topology, 0, NULL, context.machine.responders);
	return context;
}

static inline void forget_machine(struct plan_context *context)
{
	topology_free((struct topology *)context->topology);
	context->topology = NULL;
}

#define ONLY(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* only: a list that ends with NULL, or NULL. */
static inline struct verdict plan_try(const struct plan_context *context, const char *profile,
				      const char *const *only, struct plan *plan)
{
	struct plan_request request = {.profile = profile, .only = only};

	while (only && only[request.nonly])
		request.nonly++;
	return plan_make(&request, context, plan);
}

static inline struct plan plan_must(const struct plan_context *context, const char *profile,
				    const char *const *only)
{
	struct plan plan;
	struct verdict v = plan_try(context, profile, only, &plan);

	if (!verdict_is_ok(&v))
		print_message("%s: %s\n", v.code, v.text);
	assert_true(verdict_is_ok(&v));
	return plan;
}

static inline const struct plan_cell *cell_at(const struct plan *plan, const char *key)
{
	unsigned i = plan_find(plan, key);

	if (i == NO_CELL)
		print_message("no cell %s\n", key);
	assert_true(i != NO_CELL);
	return &plan->cells[i];
}

static inline bool has_cell(const struct plan *plan, const char *key)
{
	return plan_find(plan, key) != NO_CELL;
}

/* Key of the partner under that derived name; NULL: it has none. */
static inline const char *partner_key(const struct plan *plan, const char *key, const char *derived)
{
	const struct plan_cell *cell = cell_at(plan, key);

	for (unsigned k = 0; k < cell->nderived; k++)
		if (strcmp(cell->derived[k].derived->name, derived) == 0)
			return plan->cells[cell->derived[k].partner].key;
	return NULL;
}

/* One line that names the input and says what to do. */
static inline void assert_told(const struct verdict *v, const char *code, const char *names)
{
	assert_int_equal(v->outcome, OUTCOME_ERROR);
	assert_string_equal(v->code, code);
	if (!strstr(v->text, names))
		print_message("\"%s\" does not name %s\n", v->text, names);
	assert_non_null(strstr(v->text, names));
	assert_true(v->remedy[0]);
	assert_null(strchr(v->text, '\n'));
	assert_null(strchr(v->remedy, '\n'));
}

#endif
