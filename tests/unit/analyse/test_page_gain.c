/* What huge pages gain by access and footprint, when they have repaid their cost, and what a guest
 * can say of nested walks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fixture.h"

static void cell(const char *key, const char *metric, double ns)
{
	sim_metric(sim_cell(&result, key), metric, "ns", ns, ns / 200, &r);
}

static const struct finding *find(const char *kind)
{
	compute();
	return result_find_finding(&result, kind, NULL, NULL, NULL);
}

/* ---- by access ---- */

static void both(const char *op, const char *footprint, double small, double huge)
{
	char key[CELL_KEY_MAX];

	snprintf(key, sizeof key, "gups/page=4k/op=%s/footprint=%s", op, footprint);
	cell(key, "ns", small);
	snprintf(key, sizeof key, "gups/page=thp/op=%s/footprint=%s", op, footprint);
	cell(key, "ns", huge);
}

static void gain_is_told_by_footprint(void **state)
{
	(void)state;
	both("update", "4GiB", 20, 10);
	both("update", "16MiB", 3, 3);
	const struct finding *f = find("access-gain");

	assert_non_null(f);
	assert_subject(f, "access", "random updates");
	assert_subject(f, "page", "thp");
	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "ratio_16MiB"), 0.98, 1.02);
	assert_about(sim_value(f, "ratio_4GiB"), 1.95, 2.05);
	assert_about(sim_value(f, "share"), 0.48, 0.52);
	assert_int_equal(f->nfrom, 4);
	assert_non_null(strstr(f->text, "it saves 50%"));
}

static void quiet(const char *key, double ns)
{
	sim_metric(sim_cell(&result, key), "ns", "ns", ns, ns / 2000, &r);
}

/* A small gain is one, and a loss is none. */
static void what_is_no_gain_is_named(void **state)
{
	static const struct {
		double huge;
		const char *what;
	} cells[] = {
	    {100 / 1.045, "a gain below 5%"},
	    {100 / 1.0003, "no gain"},
	    {102, "a loss below 5%"},
	    {160, "slower"},
	};
	static const char *const kinds[] = {"access-gain", "huge-gain"};

	for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++) {
		quiet("gups/page=4k/op=update/footprint=64MiB", 100);
		quiet("gups/page=thp/op=update/footprint=64MiB", cells[i].huge);
		quiet("chase/page=4k/layout=distinct/frames=shuffled/footprint=64MiB", 100);
		quiet("chase/page=thp/layout=distinct/touch=each-4k/footprint=64MiB",
		      cells[i].huge);
		for (unsigned k = 0; k < 2; k++) {
			const struct finding *f = find(kinds[k]);

			assert_non_null(f);
			assert_int_equal(f->confidence, CONFIRMED);
			assert_non_null(strstr(f->text, cells[i].what));
		}
		teardown(state);
		setup(state);
	}
}

static void patterns_are_kept_apart(void **state)
{
	(void)state;
	both("update", "1GiB", 20, 10);
	both("blocks", "1GiB", 4, 4);
	cell("stride/page=4k/layout=distinct/stride=64B/footprint=64MiB", "ns", 2);
	cell("stride/page=thp/layout=distinct/stride=64B/footprint=64MiB", "ns", 1);
	cell("stride/page=thp/layout=distinct/stride=128B/footprint=64MiB", "ns", 1);
	compute();
	unsigned n = 0;

	for (const struct finding *f = NULL;
	     (f = result_find_finding(&result, "access-gain", NULL, NULL, f)); n++)
		if (strcmp(facts_get(&f->subject, "access"), "random blocks of 4 KiB") == 0)
			assert_non_null(strstr(f->text, "no gain"));
	assert_int_equal(n, 3);
}

static void one_kind_alone_gains_nothing(void **state)
{
	(void)state;
	cell("gups/page=thp/op=update/footprint=1GiB", "ns", 10);
	assert_null(find("access-gain"));
	cell("gups/page=4k/op=update/footprint=2GiB", "ns", 10);
	assert_null(find("access-gain"));
}

/* ---- break-even ---- */

static void touch(double small_ns, double huge_ns)
{
	cell("fault/page=4k/op=write/memory=resident/span=32MiB/resp=0", "mean_ns", small_ns);
	cell("fault/page=thp/op=write/memory=resident/span=32MiB/resp=0", "mean_ns", huge_ns);
}

static void loads(double small_ns, double huge_ns)
{
	cell("chase/page=4k/layout=distinct/frames=shuffled/footprint=64MiB", "ns", small_ns);
	cell("chase/page=thp/layout=distinct/touch=each-4k/footprint=64MiB", "ns", huge_ns);
}

static void a_huge_page_is_cheaper_from_some_pages_on(void **state)
{
	(void)state;
	touch(700, 140000); /* 200 small ones */
	loads(30, 20);
	const struct finding *f = find("break-even");

	assert_non_null(f);
	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "base_ms_per_gib"), 180, 187);
	assert_about(sim_value(f, "huge_ms_per_gib"), 70, 73);
	assert_about(sim_value(f, "even_pages"), 195, 205);
	assert_about(sim_value(f, "even_accesses_sparse"), 13000, 15000);
	assert_null(sim_value(f, "even_accesses_used"));
	assert_non_null(strstr(f->text, "to touch 1 GiB once: 4k 18"));
	assert_non_null(strstr(f->text, "of its 512 small pages"));
}

/* A host that takes free memory back makes it so. */
static void one_that_is_dearer_throughout_is_repaid_by_its_loads(void **state)
{
	(void)state;
	touch(500, 512 * 600);
	loads(30, 20);
	const struct finding *f = find("break-even");

	assert_about(sim_value(f, "even_accesses_used"), 4000, 6500); /* 51200 ns / 10 ns */
	assert_null(sim_value(f, "even_accesses_sparse"));
	assert_non_null(strstr(f->text, "dearer even where all of it is used"));
}

static void without_gain_nothing_is_repaid(void **state)
{
	(void)state;
	touch(700, 140000);
	loads(20, 20);
	const struct finding *f = find("break-even");

	assert_null(sim_value(f, "even_accesses_sparse"));
	assert_non_null(strstr(f->text, "no gain was measured"));
}

static void cost_alone_is_told_as_well(void **state)
{
	(void)state;
	touch(700, 140000);
	const struct finding *f = find("break-even");

	assert_non_null(f);
	assert_null(sim_value(f, "saved_ns"));
	assert_non_null(strstr(f->text, "no gain was measured"));
}

static void other_faults_are_not_first_touch(void **state)
{
	(void)state;
	cell("fault/page=4k/op=populate/span=32MiB", "mean_ns", 700);
	cell("fault/page=thp/op=write/memory=idle/span=32MiB/resp=0", "mean_ns", 140000);
	cell("fault/page=thp/op=write/memory=resident/span=32MiB/resp=0", "mean_ns", 140000);
	assert_null(find("break-even"));
}

/* ---- in a guest ---- */

static void on_bare_metal_nothing_is_said(void **state)
{
	(void)state;
	sweep(&zen4, "alias", 16384, BOTH);
	assert_null(find("virt"));
}

static void a_guest_compares_a_walk_with_a_load(void **state)
{
	(void)state;
	facts_set(&result.before, "hypervisor", "kvm");
	sweep(&zen4, "alias", 16384, BOTH);
	const struct finding *f = find("virt");

	assert_non_null(f);
	assert_int_equal(f->confidence, SEEN);
	assert_subject(f, "hypervisor", "kvm");
	assert_about(sim_value(f, "walk_loads"), (zen4.penalty + zen4.walk) / zen4.hit * 0.8,
		     (zen4.penalty + zen4.walk) / zen4.hit * 1.2);
	assert_non_null(strstr(f->text, "splintering not tested"));
	assert_non_null(strstr(f->text, "0 ms were stolen"));
}

static void steal_is_added_up(void **state)
{
	(void)state;
	facts_set(&result.before, "hypervisor", "kvm");
	cell_add_disturbance(sim_cell(&result, "null/resp=0"), "steal_ms", 30);
	const struct finding *f = find("virt");

	assert_int_equal(f->confidence, CANNOT_TELL);
	assert_about(sim_value(f, "steal_ms"), 30, 30);
}

static void an_emulator_says_nothing_of_walks(void **state)
{
	(void)state;
	facts_set(&result.before, "hypervisor", "tcg");
	sweep(&zen4, "alias", 16384, BOTH);
	const struct finding *f = find("virt");

	assert_int_equal(f->confidence, CANNOT_TELL);
	assert_null(sim_value(f, "walk_loads"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_no_gain_is_named),
	    TEST(gain_is_told_by_footprint),
	    TEST(patterns_are_kept_apart),
	    TEST(one_kind_alone_gains_nothing),
	    TEST(a_huge_page_is_cheaper_from_some_pages_on),
	    TEST(one_that_is_dearer_throughout_is_repaid_by_its_loads),
	    TEST(without_gain_nothing_is_repaid),
	    TEST(cost_alone_is_told_as_well),
	    TEST(other_faults_are_not_first_touch),
	    TEST(on_bare_metal_nothing_is_said),
	    TEST(a_guest_compares_a_walk_with_a_load),
	    TEST(steal_is_added_up),
	    TEST(an_emulator_says_nothing_of_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
