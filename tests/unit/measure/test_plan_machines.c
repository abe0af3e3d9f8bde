/* Plans of the real benchmarks on machines of one to a thousand CPUs: bounded, and every key reads
 * back. */
#include "unit/measure/made_up.h"

static const char *const machines[] = {
    "pack:1 core:1 pu:1",
    "pack:1 l3:1 core:2 pu:1",
    "pack:2 l3:2 core:4 pu:2",
    "pack:2 l3:16 l2:8 core:1 pu:2", /* 512 CPUs */
    "pack:4 l3:16 l2:8 core:1 pu:2", /* 1,024 */
};

static void assert_sound_plan(const struct plan *plan)
{
	unsigned sum = 0, grouped = 0;

	for (unsigned i = 0; i < plan->ncells; i++) {
		const struct plan_cell *cell = &plan->cells[i];
		char key[CELL_KEY_MAX];
		struct cell back;
		struct verdict v = key_parse(cell->key, 4096, &back);

		assert_true(verdict_is_ok(&v));
		key_format(&back, key);
		assert_string_equal(key, cell->key);
		assert_true(verdict_is_ok(&cell->verdict) == (cell->group != NO_CELL));
		assert_true(cell->requested || cell->sweeps[0] == 0);
		grouped += cell->group != NO_CELL;
		for (unsigned k = 0; k < cell->nderived; k++)
			assert_true(cell->derived[k].partner < plan->ncells &&
				    cell->derived[k].partner != i);
	}
	for (unsigned g = 0; g < plan->ngroups; g++)
		sum += plan->groups[g].ncells;
	assert_int_equal(sum, grouped);
	assert_true(plan_find(plan, "null/resp=0") != NO_CELL);
}

static void every_machine_has_a_plan(const char *profile, unsigned cells_max, unsigned groups_max)
{
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
		struct plan_context context = described_machine(machines[i]);
		struct plan plan = plan_must(&context, profile, NULL);

		print_message("%-32s %s: %u cells, %u groups\n", machines[i], profile, plan.ncells,
			      plan.ngroups);
		assert_sound_plan(&plan);
		assert_true(plan.ncells <= cells_max);
		assert_true(plan.ngroups <= groups_max);
		assert_true(plan_bytes(&plan) <= context.machine.memory_bytes);
		plan_free(&plan);
		forget_machine(&context);
	}
}

static void quick_stays_small(void **state)
{
	(void)state;
	every_machine_has_a_plan("quick", 1000, 200);
}

static void full_stays_bounded(void **state)
{
	(void)state;
	every_machine_has_a_plan("full", PLAN_CELLS_MAX, 3000);
}

/* All storms take their partners in the same way. */
static void storms_are_paired_with_the_same_cpus_and_with_none(void **state)
{
	static const char *const benches[] = {
	    "madvise/advice=dontneed/page=4k/mapping=anon/touched=all",
	    "mprotect/change=rw-ro/page=4k/mapping=anon/touched=all",
	    "munmap/page=4k/mapping=anon"};
	struct plan_context context = described_machine("pack:2 l3:1 core:2 pu:1");
	struct plan plan = plan_must(&context, "quick", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof benches / sizeof *benches; i++) {
		char spin[CELL_KEY_MAX], sleeping[CELL_KEY_MAX], other[CELL_KEY_MAX],
		    alone[CELL_KEY_MAX];
		const char *tail = "npages=32";

		snprintf(spin, sizeof spin, "%s/%s/resp=1/place=core/state=spin", benches[i], tail);
		snprintf(other, sizeof other, "%s/%s/resp=1/place=core/state=other-mm", benches[i],
			 tail);
		snprintf(alone, sizeof alone, "%s/%s/resp=0", benches[i], tail);
		snprintf(sleeping, sizeof sleeping, "%s/npages=1/resp=1/place=core/state=sleep",
			 benches[i]);
		assert_string_equal(partner_key(&plan, spin, "added_ns"), other);
		assert_string_equal(partner_key(&plan, spin, "over_alone_ns"), alone);
		assert_int_equal(cell_at(&plan, alone)->nderived, 0);
		assert_int_equal(cell_at(&plan, other)->nderived, 0);
		assert_int_equal(cell_at(&plan, sleeping)->nderived, 0);
	}
	plan_free(&plan);
	forget_machine(&context);
}

static void chase_is_paired_with_its_reference(void **state)
{
	struct plan_context context = described_machine("pack:1 l3:1 core:2 pu:1");
	struct plan plan = plan_must(&context, "quick", ONLY("chase/page=4k/layout=distinct"));
	unsigned paired = 0;

	(void)state;
	for (unsigned i = 0; i < plan.ncells; i++) {
		const struct plan_cell *cell = &plan.cells[i];

		if (strcmp(cell->cell.bench, "chase") != 0 ||
		    !cell_is(&cell->cell, "layout", "distinct"))
			continue;
		assert_int_equal(cell->nderived, 2); /* ns and cycles */
		assert_int_equal(cell->derived[0].partner, cell->derived[1].partner);
		const struct cell *partner = &plan.cells[cell->derived[0].partner].cell;

		assert_true(cell_is(partner, "layout", "reference"));
		assert_int_equal(cell_count(partner, "footprint"),
				 cell_count(&cell->cell, "footprint"));
		paired++;
	}
	assert_true(paired > 10);
	plan_free(&plan);
	forget_machine(&context);
}

/* The first kind has the keys of any machine; others name themselves, have groups and partners of
 * their own kind, and quick leaves them out. */
static void each_kind_of_cpu_has_cells_of_its_own(void **state)
{
	static const char *const only[] = {"madvise/npages=1/cpukind=*"};
	const char *alone =
	    "madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1/resp=0";
	struct plan_context context = described_machine("pack:1 l3:1 core:2 pu:1");
	const struct plan_request request = {.profile = "quick", .only = only, .nonly = 1};
	char other[CELL_KEY_MAX];
	struct plan plan;

	(void)state;
	forget_machine(&context);
	setenv("HWLOC_XMLFILE", FIXTURES "/topology/hybrid.xml", 1);
	struct verdict v = topology_load(NULL, (struct topology **)&context.topology);
	unsetenv("HWLOC_XMLFILE");
	assert_true(verdict_is_ok(&v));
	context.machine.cpus = topology_cpus(context.topology);
	topology_capacity(context.topology, 0, context.machine.responders);
	v = plan_make(&request, &context, &plan);
	assert_true(verdict_is_ok(&v));
	assert_sound_plan(&plan);
	snprintf(other, sizeof other, "%s/cpukind=1", alone);
	assert_true(plan_find(&plan, alone) != NO_CELL && plan_find(&plan, other) != NO_CELL);
	const struct plan_cell *a = &plan.cells[plan_find(&plan, alone)],
			       *b = &plan.cells[plan_find(&plan, other)];
	assert_true(a->group != b->group);
	assert_true(plan.groups[a->group].cpus.initiator != plan.groups[b->group].cpus.initiator);
	for (unsigned i = 0; i < plan.ncells; i++)
		for (unsigned k = 0; k < plan.cells[i].nderived; k++)
			assert_int_equal(
			    cell_count(&plan.cells[i].cell, "cpukind"),
			    cell_count(&plan.cells[plan.cells[i].derived[k].partner].cell,
				       "cpukind"));
	plan_free(&plan);
	plan = plan_must(&context, "quick", NULL);
	for (unsigned i = 0; i < plan.ncells; i++)
		assert_int_equal(cell_count(&plan.cells[i].cell, "cpukind"), 0);
	plan_free(&plan);
	forget_machine(&context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quick_stays_small),
	    cmocka_unit_test(full_stays_bounded),
	    cmocka_unit_test(storms_are_paired_with_the_same_cpus_and_with_none),
	    cmocka_unit_test(chase_is_paired_with_its_reference),
	    cmocka_unit_test(each_kind_of_cpu_has_cells_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
