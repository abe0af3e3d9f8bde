/* What findings on geometry must be, whatever CPUID says, and where nothing can be said. */
#include "sim/sim.h"

#include "analyse/analyse.h"
#include "analyse/set_probe.h"

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

static const struct sim_machine *machine_named(const char *name)
{
	const struct sim_machine *m = sim_machines;

	while (m->name && strcmp(m->name, name) != 0)
		m++;
	assert_non_null(m->name);
	return m;
}

static void measure(struct made *made, const struct sim_machine *machine)
{
	result_init(&made->result);
	made->sim = (struct sim){.machine = machine, .result = &made->result};
	random_seed(&made->sim.random, 5);
	assert_true(sim_geometry(&made->sim));
}

static const struct finding *level(const struct result *result, const char *number)
{
	return result_find_finding(result, "tlb-geometry", "level", number, NULL);
}

static double value(const struct finding *f, const char *name)
{
	for (unsigned i = 0; f && i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return f->values[i].e.est;
	return -1;
}

static void claim(struct result *result, unsigned number, uint64_t entries, uint64_t ways,
		  const char *source)
{
	struct claim *grown =
	    realloc(result->machine.claims, (result->machine.nclaims + 1) * sizeof *grown);

	assert_non_null(grown);
	result->machine.claims = grown;
	struct claim *c = &grown[result->machine.nclaims++];

	*c = (struct claim){.level = number, .entries = entries, .ways = ways};
	strcpy(c->type, "data");
	strcpy(c->pages, "4k");
	strcpy(c->source, source);
	assert_true(findings_compute(result));
}

static void test_zen4_is_found_and_a_true_claim_agrees(void **state)
{
	struct made m;

	(void)state;
	measure(&m, machine_named("Zen 4"));
	claim(&m.result, 1, 72, 72, "stub");
	claim(&m.result, 2, 3072, 12, "stub");
	assert_true(value(level(&m.result, "1"), "entries") == 72);
	assert_true(value(level(&m.result, "2"), "sets") == 256);
	assert_true(value(level(&m.result, "2"), "ways") == 12);
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "index"), "0-6,9");
	assert_string_equal(facts_get(&level(&m.result, "1")->subject, "agrees"), "yes");
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "agrees"), "yes");
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "source"), "measured");
	result_free(&m.result);
}

static void test_a_lie_changes_no_number_and_is_named(void **state)
{
	struct made honest, lied;

	(void)state;
	measure(&honest, machine_named("Skylake-SP"));
	measure(&lied, machine_named("Skylake-SP"));
	claim(&lied.result, 1, 640, 640, "a lie");
	claim(&lied.result, 2, 64, 2, "a lie");
	for (const char *const *n = (const char *const[]){"1", "2", NULL}; *n; n++) {
		const struct finding *a = level(&honest.result, *n), *b = level(&lied.result, *n);

		assert_int_equal(a->nvalues, b->nvalues);
		assert_int_equal(a->confidence, b->confidence);
		for (unsigned i = 0; i < a->nvalues; i++) {
			assert_string_equal(a->values[i].name, b->values[i].name);
			assert_memory_equal(&a->values[i].e, &b->values[i].e,
					    sizeof a->values[i].e);
		}
		assert_string_equal(facts_get(&b->subject, "agrees"), "no");
		assert_null(facts_get(&a->subject, "agrees"));
		assert_string_equal(facts_get(&a->subject, "claim"), "no claim");
	}
	result_free(&honest.result);
	result_free(&lied.result);
}

static void test_a_claim_that_a_hypervisor_cut_is_read_in_32s_and_ways_as_a_range(void **state)
{
	struct made m;

	(void)state;
	measure(&m, machine_named("Zen 5 as found"));
	claim(&m.result, 2, 128, 0, "cpuid 0x80000006 ebx, 8-15 ways, likely x32");
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "agrees"), "yes");
	m.result.machine.nclaims = 0;
	claim(&m.result, 2, 128, 0, "cpuid 0x80000006 ebx, 16-31 ways, likely x32");
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "agrees"), "entries-only");
	result_free(&m.result);
}

static void test_folded_index_is_named_pair_by_pair(void **state)
{
	struct made m;

	(void)state;
	measure(&m, machine_named("Skylake-SP"));
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "index"),
			    "0^7,1^8,2^9,3^10,4^11,5^12,6^13");
	assert_true(value(level(&m.result, "2"), "sets") == 128);
	assert_true(value(level(&m.result, "1"), "ways") == 4);
	assert_true(value(level(&m.result, "1"), "sets") == 16);
	result_free(&m.result);
}

static void test_coalescing_is_seen_where_adjacent_frames_reach_further(void **state)
{
	struct made m;

	(void)state;
	measure(&m, machine_named("Zen 3"));
	assert_string_equal(facts_get(&level(&m.result, "1")->subject, "coalescing"), "yes");
	result_free(&m.result);
	measure(&m, machine_named("Gracemont"));
	assert_string_equal(facts_get(&level(&m.result, "1")->subject, "coalescing"), "none-seen");
	result_free(&m.result);
}

/* Every way hashes on its own: there is no set, and none may be named. */
static void test_a_skewed_tlb_has_no_sets_to_tell(void **state)
{
	struct sim_machine skewed = *machine_named("Neoverse V3");
	struct made m;

	(void)state;
	skewed.l2.skewed = true;
	measure(&m, &skewed);
	assert_true(value(level(&m.result, "2"), "sets") == -1);
	assert_true(value(level(&m.result, "2"), "ways") == -1);
	result_free(&m.result);
}

/* A TLB so large that nothing but the data caches steps. */
static void test_a_data_cache_is_no_tlb(void **state)
{
	struct sim_machine vast = *machine_named("Zen 4");
	struct made m;

	(void)state;
	vast.l1.entries = 32768;
	vast.l1.ways = 8;
	vast.l1.coalesces = false;
	measure(&m, &vast);
	for (const struct finding *f = NULL;
	     (f = result_find_finding(&m.result, "tlb-geometry", NULL, NULL, f));)
		assert_true(value(f, "entries") == -1);
	result_free(&m.result);
}

static void test_missing_pairs_leave_sets_untold(void **state)
{
	struct made m;

	(void)state;
	measure(&m, machine_named("Zen 4"));
	for (unsigned i = 0; i < m.result.ncells; i++)
		if (cell_is(&m.result.cells[i].cell, "probe", "pair"))
			m.result.cells[i].outcome = verdict_skipped("test", NULL, "left out");
	assert_true(findings_compute(&m.result));
	assert_true(value(level(&m.result, "2"), "sets") == -1);
	assert_null(facts_get(&level(&m.result, "2")->subject, "index"));
	result_free(&m.result);
}

/* The unified second level of Zen 4 and of Skylake, as huge pages see it. */
static void test_sets_of_huge_pages_are_told_where_they_are_whole(void **state)
{
	struct sim_machine machine = *machine_named("Zen 4");
	struct made m;

	(void)state;
	machine.predictor = SIM_NO_PREDICTOR;
	machine.l2_holds_pdes = false;
	result_init(&m.result);
	m.sim = (struct sim){.machine = &machine, .result = &m.result};
	random_seed(&m.sim.random, 5);
	assert_true(sim_huge(&m.sim, false));
	assert_true(value(level(&m.result, "1"), "entries") == 72);
	assert_true(value(level(&m.result, "2"), "sets") == 256);
	assert_true(value(level(&m.result, "2"), "ways") == 12);
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "index"), "0-6,9");
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "splintered"), "no");
	result_free(&m.result);
}

/* The same cells, but the host holds the pages in pieces: whatever they show is the pieces'. */
static void test_sets_of_huge_pages_in_pieces_are_not_told(void **state)
{
	struct sim_machine machine = *machine_named("Zen 4");
	struct made m;

	(void)state;
	machine.predictor = SIM_NO_PREDICTOR;
	machine.l2_holds_pdes = false;
	result_init(&m.result);
	m.sim = (struct sim){.machine = &machine, .result = &m.result};
	random_seed(&m.sim.random, 5);
	assert_true(sim_huge(&m.sim, true));
	assert_true(value(level(&m.result, "2"), "sets") == -1);
	assert_true(value(level(&m.result, "2"), "ways") == -1);
	assert_true(value(level(&m.result, "1"), "ways") == -1);
	assert_null(facts_get(&level(&m.result, "2")->subject, "index"));
	assert_string_equal(facts_get(&level(&m.result, "2")->subject, "splintered"), "yes");
	assert_int_equal(level(&m.result, "2")->confidence, CANNOT_TELL);
	result_free(&m.result);
}

static void assert_splinters(const struct sim_machine *machine, bool pieces)
{
	struct made m;
	const struct finding *f;

	result_init(&m.result);
	m.sim = (struct sim){.machine = machine, .result = &m.result};
	random_seed(&m.sim.random, 5);
	assert_true(sim_splinter(&m.sim, pieces));
	f = result_find_finding(&m.result, "splinter", "page", "2m", NULL);
	assert_non_null(f);
	if (pieces && machine->l1.entries >= 128) /* half of the cells fit it */
		assert_int_equal(f->confidence, CANNOT_TELL);
	else
		assert_string_equal(facts_get(&f->subject, "splinters"), pieces ? "yes" : "no");
	if (!pieces)
		assert_int_equal(f->confidence, SEEN); /* no index was told */
	result_free(&m.result);
}

/* Whatever the index: folded, a list of bits, many sets or few. */
static void test_pieces_are_told_from_whole_pages_on_every_machine(void **state)
{
	(void)state;
	for (const struct sim_machine *known = sim_machines; known->name; known++) {
		struct sim_machine machine = *known;

		machine.noise = 0.003;
		if (!machine.pde_entries)
			machine.pde_entries = 32;
		assert_splinters(&machine, false);
		assert_splinters(&machine, true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_zen4_is_found_and_a_true_claim_agrees),
	    cmocka_unit_test(test_a_lie_changes_no_number_and_is_named),
	    cmocka_unit_test(test_a_claim_that_a_hypervisor_cut_is_read_in_32s_and_ways_as_a_range),
	    cmocka_unit_test(test_folded_index_is_named_pair_by_pair),
	    cmocka_unit_test(test_coalescing_is_seen_where_adjacent_frames_reach_further),
	    cmocka_unit_test(test_a_skewed_tlb_has_no_sets_to_tell),
	    cmocka_unit_test(test_a_data_cache_is_no_tlb),
	    cmocka_unit_test(test_missing_pairs_leave_sets_untold),
	    cmocka_unit_test(test_sets_of_huge_pages_are_told_where_they_are_whole),
	    cmocka_unit_test(test_sets_of_huge_pages_in_pieces_are_not_told),
	    cmocka_unit_test(test_pieces_are_told_from_whole_pages_on_every_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
