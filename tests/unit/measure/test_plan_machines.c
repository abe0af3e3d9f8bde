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

static struct plan_context hybrid_machine(void)
{
	struct plan_context context = described_machine("pack:1 l3:1 core:2 pu:1");

	forget_machine(&context);
	setenv("HWLOC_XMLFILE", FIXTURES "/topology/hybrid.xml", 1);
	struct verdict v = topology_load(NULL, (struct topology **)&context.topology);
	unsetenv("HWLOC_XMLFILE");
	assert_true(verdict_is_ok(&v));
	context.machine.cpus = topology_cpus(context.topology);
	topology_capacity(context.topology, 0, NULL, context.machine.responders);
	return context;
}

/* The first kind has the keys of any machine; others name themselves, have groups and partners of
 * their own kind, and quick leaves them out. */
static void each_kind_of_cpu_has_cells_of_its_own(void **state)
{
	static const char *const only[] = {"madvise/npages=1/cpukind=*", NULL};
	const char *alone =
	    "madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1/resp=0";
	struct plan_context context = hybrid_machine();
	char other[CELL_KEY_MAX];
	struct plan plan = plan_must(&context, "quick", only);

	(void)state;
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

/* Of CPUs 0 to 9 in that fixture. */
static unsigned kind_of(unsigned cpu)
{
	return cpu < 4 ? 0 : cpu < 8 ? 1 : 2;
}

/* From each kind of initiator to each kind of responder, wherever one is. */
static const char *const pairs[] = {
    "place=smt/state=spin/respkind=0",
    "place=core/state=spin/respkind=0",
    "place=core/state=spin/respkind=1",
    "place=llc/state=spin/respkind=2",
    "place=core/state=spin/cpukind=1/respkind=0",
    "place=core/state=spin/cpukind=1/respkind=1",
    "place=llc/state=spin/cpukind=1/respkind=2",
    "place=core/state=spin/cpukind=2/respkind=2",
    "place=llc/state=spin/cpukind=2/respkind=0",
    "place=llc/state=spin/cpukind=2/respkind=1",
};
#define PAIRS (sizeof pairs / sizeof *pairs)

static const struct plan_cell *pair_at(const struct plan *plan, const char *operation,
				       const char *pair)
{
	char key[CELL_KEY_MAX];

	snprintf(key, sizeof key, "%s/resp=1/%s", operation, pair);
	return cell_at(plan, key);
}

static void every_kind_interrupts_every_kind(void **state)
{
	static const char *const operations[] = {
	    "madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1",
	    "mprotect/change=rw-ro/page=4k/mapping=anon/touched=all/npages=1",
	    "munmap/page=4k/mapping=anon/npages=1",
	    "mapfixed/page=4k/mapping=anon/npages=1",
	    "mremap/page=4k/npages=1",
	    "cow/page=4k/npages=1",
	    "membarrier",
	};
	struct plan_context context = hybrid_machine();
	struct plan plan = plan_must(&context, "full", NULL);
	unsigned n = 0;

	(void)state;
	assert_sound_plan(&plan);
	for (size_t o = 0; o < sizeof operations / sizeof *operations; o++)
		for (size_t i = 0; i < PAIRS; i++) {
			const struct plan_cell *cell = pair_at(&plan, operations[o], pairs[i]);
			const struct gang_cpus *cpus = &plan.groups[cell->group].cpus;

			assert_int_equal(kind_of(cpus->initiator),
					 cell_count(&cell->cell, "cpukind"));
			assert_int_equal(cpus->n, 1);
			assert_int_equal(kind_of(cpus->responder[0]),
					 cell_count(&cell->cell, "respkind"));
		}
	/* The other process spins on the same CPUs; alone there is no kind to respond. */
	for (unsigned i = 0; i < plan.ncells; i++) {
		const struct plan_cell *cell = &plan.cells[i];

		n += cell->requested && cell_value(&cell->cell, "respkind") &&
		     strcmp(cell->cell.bench, "migrate") != 0; /* one NUMA node */
		for (unsigned k = 0; k < cell->nderived; k++) {
			const struct plan_cell *partner = &plan.cells[cell->derived[k].partner];

			assert_true(!cell_value(&cell->cell, "respkind") ==
					!cell_value(&partner->cell, "respkind") ||
				    !cell_count(&partner->cell, "resp"));
			assert_int_equal(plan.groups[cell->group].cpus.initiator,
					 plan.groups[partner->group].cpus.initiator);
			if (cell_count(&partner->cell, "resp"))
				assert_int_equal(plan.groups[cell->group].cpus.responder[0],
						 plan.groups[partner->group].cpus.responder[0]);
		}
	}
	assert_int_equal(n, PAIRS * sizeof operations / sizeof *operations);
	plan_free(&plan);
	forget_machine(&context);
}

static unsigned naming_respkind(const struct plan *plan)
{
	unsigned n = 0;

	for (unsigned i = 0; i < plan->ncells; i++)
		n += cell_value(&plan->cells[i].cell, "respkind") != NULL;
	return n;
}

/* Other machines' plans know nothing of it, quick leaves it out, and it may be asked for. */
static void responders_kinds_are_where_there_is_a_choice(void **state)
{
	struct plan_context hybrid = hybrid_machine(),
			    plain = described_machine("pack:2 l3:2 core:4 pu:2");
	struct plan plan = plan_must(&plain, "full", NULL);

	(void)state;
	assert_int_equal(naming_respkind(&plan), 0);
	for (unsigned i = 0; i < plan.ncells; i++)
		assert_null(strstr(plan.cells[i].sweeps, "madvise-kinds"));
	plan_free(&plan);
	plan = plan_must(&hybrid, "quick", NULL);
	assert_int_equal(naming_respkind(&plan), 0);
	plan_free(&plan);
	plan = plan_must(&hybrid, "quick", ONLY("madvise/npages=1/resp=1/state=spin/respkind=1"));
	pair_at(&plan, "madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1",
		"place=core/state=spin/respkind=1");
	assert_int_equal(naming_respkind(&plan), 2); /* and its other-mm */
	plan_free(&plan);
	/* Spelled out, it stays with the reason why it cannot be. */
	plan = plan_must(&hybrid, "quick",
			 ONLY("madvise/npages=1/resp=1/place=smt/state=spin/respkind=1"));
	assert_string_equal(
	    pair_at(&plan, "madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1",
		    "place=smt/state=spin/respkind=1")
		->verdict.code,
	    "no-place");
	plan_free(&plan);
	forget_machine(&hybrid);
	forget_machine(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quick_stays_small),
	    cmocka_unit_test(full_stays_bounded),
	    cmocka_unit_test(storms_are_paired_with_the_same_cpus_and_with_none),
	    cmocka_unit_test(chase_is_paired_with_its_reference),
	    cmocka_unit_test(each_kind_of_cpu_has_cells_of_its_own),
	    cmocka_unit_test(every_kind_interrupts_every_kind),
	    cmocka_unit_test(responders_kinds_are_where_there_is_a_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
