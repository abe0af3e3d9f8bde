/* Walks side by side, walks by level, TLBs of instructions and stores: what is found on machines
 * that are known, whatever CPUID says. */
#include "sim/sim.h"

#include "analyse/analyse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct made {
	struct result result;
	struct sim sim;
};

static struct sim_machine machine_named(const char *name)
{
	const struct sim_machine *m = sim_machines;

	while (m->name && strcmp(m->name, name) != 0)
		m++;
	assert_non_null(m->name);
	return *m;
}

static void begin(struct made *made, const struct sim_machine *machine)
{
	result_init(&made->result);
	made->sim = (struct sim){.machine = machine, .result = &made->result};
	random_seed(&made->sim.random, 7);
}

static void measure(struct made *made, const struct sim_machine *machine)
{
	begin(made, machine);
	assert_true(sim_geometry(&made->sim));
	assert_true(sim_paths(&made->sim));
}

static const struct finding *find(const struct made *made, const char *kind)
{
	return result_find_finding(&made->result, kind, NULL, NULL, NULL);
}

static const struct estimate *value(const struct finding *f, const char *name)
{
	for (unsigned i = 0; f && i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return &f->values[i].e;
	return NULL;
}

static void assert_subject(const struct finding *f, const char *name, const char *text)
{
	const char *own = f ? facts_get(&f->subject, name) : NULL;

	assert_non_null(own);
	assert_string_equal(own, text);
}

static void assert_holds(const struct estimate *e, double truth)
{
	assert_non_null(e);
	assert_true(e->lo <= truth && truth <= e->hi);
}

static void assert_near(const struct estimate *e, double truth, double part)
{
	assert_non_null(e);
	assert_true(e->est >= truth * (1 - part) && e->est <= truth * (1 + part));
}

static void test_walkers_are_bracketed(void **state)
{
	static const unsigned counts[] = {1, 2, 4, 6};

	(void)state;
	for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct sim_machine machine = machine_named("Zen 4");
		struct made m;

		machine.walkers = counts[i];
		machine.noise = 0.003;
		measure(&m, &machine);
		const struct estimate *e = value(find(&m, "walkers"), "walkers");

		assert_holds(e, counts[i]);
		assert_true(e->hi <= 2 * counts[i]);
		result_free(&m.result);
	}
}

static void test_walkers_that_are_never_busy_are_at_least(void **state)
{
	struct sim_machine machine = machine_named("Zen 4");
	struct made m;

	(void)state;
	machine.walkers = 0;
	begin(&m, &machine);
	assert_true(sim_paths(&m.sim));
	assert_subject(find(&m, "walkers"), "bound", "at-least");
	const struct estimate *e = value(find(&m, "walkers"), "walkers");

	assert_true(e && e->lo > 6 && e->lo <= 12);
	result_free(&m.result);
}

/* The same lines without walks take nearly as long: it is not the walkers that all wait for. */
static void test_a_limit_of_the_lines_is_not_called_walkers(void **state)
{
	struct sim_machine machine = machine_named("Zen 4");
	struct made m;

	(void)state;
	begin(&m, &machine);
	for (unsigned chains = 1; chains <= 12; chains += chains == 1 ? 1 : 2) {
		char key[CELL_KEY_MAX];

		snprintf(key, sizeof key,
			 "walkers/page=4k/layout=distinct/stride=512KiB/pages=1024/chains=%u",
			 chains);
		assert_true(sim_add_cell(&m.sim, key, 100.0 * chains, 20));
	}
	assert_true(findings_compute(&m.result));
	assert_int_equal(find(&m, "walkers")->confidence, CANNOT_TELL);
	assert_null(value(find(&m, "walkers"), "walkers"));
	result_free(&m.result);
}

static void test_walks_cost_more_by_each_table(void **state)
{
	struct sim_machine machine = machine_named("Gracemont");
	struct made m;

	(void)state;
	machine.upper_entries = 4;
	machine.noise = 0.003;
	measure(&m, &machine);
	const struct finding *f = find(&m, "walk-levels");

	assert_non_null(f);
	assert_null(value(f, "tables_1_cycles"));
	assert_near(value(f, "tables_2_cycles"), machine.penalty + machine.walk + machine.pde_miss,
		    0.1);
	assert_near(value(f, "tables_4_cycles"),
		    machine.penalty + machine.walk + 3 * machine.pde_miss, 0.05);
	result_free(&m.result);
}

/* Entries of the page directory in the L2 TLB's sets: 3,072 of them, twelve to a set. */
static void test_directory_entries_in_sets_are_counted(void **state)
{
	struct sim_machine machine = machine_named("Zen 4");
	struct made m;

	(void)state;
	machine.noise = 0.003;
	measure(&m, &machine);
	const struct finding *f = find(&m, "walk-cache");

	assert_subject(f, "kept", "in-sets");
	assert_holds(value(f, "directory_entries"), 3072);
	f = find(&m, "walk-levels");
	assert_near(value(f, "tables_1_cycles"), machine.penalty + machine.walk, 0.15);
	assert_near(value(f, "tables_2_cycles"), machine.penalty + machine.walk + machine.pde_miss,
		    0.1);
	assert_int_equal(f->confidence, SEEN); /* two steps more may be hidden in the second */
	result_free(&m.result);
}

/* Whatever the machine: walk caches too small for a walk by aliases, of two levels that end at one
 * distance, and TLBs whose index folds what the layout counts on. */
static void assert_walks_true(const struct sim_machine *machine, const struct made *m)
{
	const struct finding *levels = find(m, "walk-levels"), *kept = find(m, "walk-cache"),
			     *walkers = find(m, "walkers");
	const struct estimate *e;

	for (unsigned k = 0; k < 4 && levels && levels->confidence == CONFIRMED; k++) {
		char name[32];

		snprintf(name, sizeof name, "tables_%u_cycles", k + 1);
		if ((e = value(levels, name)))
			assert_near(e, machine->penalty + machine->walk + k * machine->pde_miss,
				    0.15);
	}
	if (machine->l2.fold) {
		assert_int_equal(levels->confidence, CANNOT_TELL);
		assert_null(kept);
	}
	if (walkers && (e = value(walkers, "walkers")))
		assert_true(e->lo <= 1.03 * machine->walkers);
}

static void test_walks_are_true_on_every_machine(void **state)
{
	static const struct {
		unsigned pdes, upper, walkers;
	} made[] = {{8, 2, 6}, {32, 4, 3}, {96, 32, 2}};

	(void)state;
	for (const struct sim_machine *known = sim_machines; known->name; known++)
		for (unsigned i = 0; i < sizeof made / sizeof *made; i++) {
			struct sim_machine machine = *known;
			struct made m;

			if (!machine.l2_holds_pdes)
				machine.pde_entries = made[i].pdes;
			machine.upper_entries = made[i].upper;
			machine.walkers = made[i].walkers;
			machine.noise = 0.003;
			begin(&m, &machine);
			assert_true(sim_curves(&m.sim) && sim_paths(&m.sim));
			assert_walks_true(&machine, &m);
			result_free(&m.result);
		}
}

/* Four steps from one table to four: none can be hidden. */
static void test_four_steps_are_confirmed(void **state)
{
	static const double steps[] = {31, 31, 31, 43, 43, 43, 55, 55, 55, 67, 67, 67};
	struct sim_machine machine = machine_named("Neoverse V3");
	struct made m;

	(void)state;
	machine.noise = 0.003;
	begin(&m, &machine);
	assert_true(sim_curves(&m.sim));
	for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
		char key[CELL_KEY_MAX];

		snprintf(key, sizeof key,
			 "walkcache/page=4k/layout=distinct/stride=%uMiB/pages=128", 4u << i);
		assert_true(sim_add_cell(&m.sim, key, 20 + steps[i], steps[i]));
	}
	assert_true(findings_compute(&m.result));
	assert_int_equal(find(&m, "walk-levels")->confidence, CONFIRMED);
	assert_near(value(find(&m, "walk-levels"), "tables_4_cycles"), 67, 0.05);
	result_free(&m.result);
}

static void test_instruction_tlb_is_found(void **state)
{
	struct sim_machine machine = machine_named("Zen 4");
	struct made m;

	(void)state;
	machine.code = (struct sim_tlb){.entries = 64, .policy = SIM_LRU};
	machine.noise = 0.003;
	begin(&m, &machine);
	assert_true(sim_paths(&m.sim));
	assert_holds(value(find(&m, "instruction-tlb"), "entries"), 64);
	result_free(&m.result);
}

static void test_a_store_tlb_is_told_from_that_of_loads(void **state)
{
	struct sim_machine machine = machine_named("Zen 4");
	struct made m;

	(void)state;
	machine.noise = 0.0003;
	measure(&m, &machine);
	assert_subject(find(&m, "store-tlb"), "own", "none-seen");
	result_free(&m.result);
	machine.stores = (struct sim_tlb){.entries = 16, .policy = SIM_LRU};
	measure(&m, &machine);
	assert_subject(find(&m, "store-tlb"), "own", "yes");
	assert_holds(value(find(&m, "store-tlb"), "entries"), 16);
	result_free(&m.result);
}

/* A disturbance below the step of loads is not a TLB of stores. */
static void test_a_bump_is_no_store_tlb(void **state)
{
	static const unsigned pages[] = {8,  12, 16, 24, 32,  48,  56, 64,
					 72, 80, 88, 96, 112, 128, 160};
	static const double translation[] = {-1.8, 0, -1.4, 3.1, 3.1, -0.1, -2.9, 0.7,
					     0.4,  0, 0.1,  6.0, 8.4, 7.3,  7.0};
	struct sim_machine machine = machine_named("Zen 4");
	struct made m;

	(void)state;
	machine.noise = 0.03; /* 3 cycles of 90 */
	begin(&m, &machine);
	assert_true(sim_geometry(&m.sim));
	for (unsigned i = 0; i < sizeof pages / sizeof *pages; i++) {
		char key[CELL_KEY_MAX];

		snprintf(key, sizeof key, "stores/page=4k/layout=distinct/footprint=%uKiB",
			 pages[i] * 4);
		assert_true(sim_add_cell(&m.sim, key, 90, translation[i] + 10));
	}
	assert_true(findings_compute(&m.result));
	assert_true(strcmp(facts_get(&find(&m, "store-tlb")->subject, "own"), "yes") != 0);
	result_free(&m.result);
}

static void claim(struct result *result, const char *type, uint64_t entries)
{
	struct claim *grown =
	    realloc(result->machine.claims, (result->machine.nclaims + 1) * sizeof *grown);

	assert_non_null(grown);
	result->machine.claims = grown;
	struct claim *c = &grown[result->machine.nclaims++];

	*c = (struct claim){.level = 1, .entries = entries, .ways = entries};
	strcpy(c->type, type);
	strcpy(c->pages, "4k");
	strcpy(c->source, "a stub");
}

static void test_a_lie_changes_no_number_and_is_named(void **state)
{
	static const char *const kinds[] = {"walkers", "walk-levels", "instruction-tlb",
					    "store-tlb"};
	struct sim_machine machine = machine_named("Zen 4");
	struct made honest, lied;

	(void)state;
	machine.code = (struct sim_tlb){.entries = 64, .policy = SIM_LRU};
	machine.stores = (struct sim_tlb){.entries = 16, .policy = SIM_LRU};
	machine.noise = 0.0003;
	measure(&honest, &machine);
	measure(&lied, &machine);
	claim(&lied.result, "instruction", 640);
	claim(&lied.result, "store", 640);
	assert_true(findings_compute(&lied.result));
	for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		const struct finding *a = find(&honest, kinds[k]), *b = find(&lied, kinds[k]);

		assert_int_equal(a->nvalues, b->nvalues);
		assert_int_equal(a->confidence, b->confidence);
		for (unsigned i = 0; i < a->nvalues; i++)
			assert_memory_equal(&a->values[i].e, &b->values[i].e,
					    sizeof a->values[i].e);
		assert_subject(b, "source", "measured");
		if (k >= 2) {
			assert_subject(b, "agrees", "no");
			assert_subject(a, "claim", "no claim");
		}
	}
	claim(&honest.result, "instruction", 64);
	claim(&honest.result, "store", 16);
	assert_true(findings_compute(&honest.result));
	assert_subject(find(&honest, "instruction-tlb"), "agrees", "yes");
	assert_subject(find(&honest, "store-tlb"), "agrees", "yes");
	result_free(&honest.result);
	result_free(&lied.result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_walkers_are_bracketed),
	    cmocka_unit_test(test_walkers_that_are_never_busy_are_at_least),
	    cmocka_unit_test(test_a_limit_of_the_lines_is_not_called_walkers),
	    cmocka_unit_test(test_walks_cost_more_by_each_table),
	    cmocka_unit_test(test_directory_entries_in_sets_are_counted),
	    cmocka_unit_test(test_walks_are_true_on_every_machine),
	    cmocka_unit_test(test_four_steps_are_confirmed),
	    cmocka_unit_test(test_instruction_tlb_is_found),
	    cmocka_unit_test(test_a_store_tlb_is_told_from_that_of_loads),
	    cmocka_unit_test(test_a_bump_is_no_store_tlb),
	    cmocka_unit_test(test_a_lie_changes_no_number_and_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
