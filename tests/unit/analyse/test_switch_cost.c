/* What is said of a switch of context, on CPUs whose ways are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fixture.h"

#define WALK 9.6 /* ns that a lost page costs on them */

static void cell(const char *with, unsigned pages, const char *metric, double ns, double noise)
{
	char key[CELL_KEY_MAX];

	snprintf(key, sizeof key, "switch/page=4k/layout=alias/with=%s/footprint=%uKiB", with,
		 pages * 4);
	sim_metric(sim_cell(&result, key), metric, "ns", ns, noise, &r);
}

static void cpu(double lost_share, double entry_share, double noise)
{
	static const unsigned pages[] = {1, 64, 512};

	for (unsigned i = 0; i < 3; i++) {
		double all = WALK * pages[i];

		cell("process/peers=1/touch=one", pages[i], "lost_ns", 80 + all * lost_share,
		     noise);
		cell("flush", pages[i], "lost_ns", 9000 + all, noise);
		cell("syscall", pages[i], "entry_ns", 110 + all * entry_share, noise);
	}
}

static const struct finding *the_switch(void)
{
	compute();
	return result_find_finding(&result, "switch", "page", "4k", NULL);
}

static void pcid_keeps_what_a_walk_left(void **state)
{
	(void)state;
	cpu(0, 0, 5);
	const struct finding *f = the_switch();

	assert_non_null(f);
	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "kept"), 0.95, 1.05);
	assert_about(sim_value(f, "entry_kept"), 0.95, 1.05);
	assert_about(sim_value(f, "switch_ns"), 60, 100);
	assert_non_null(strstr(f->text, "keeps its translations"));
	assert_null(strstr(f->text, "system call"));
}

/* tlbscope run --rounds 1: intervals of no width, which everything lies outside of. */
static void few_rounds_confirm_nothing(void **state)
{
	(void)state;
	cpu(0, 0, 5);
	result.cells[1].rounds = 5;
	assert_int_equal(the_switch()->confidence, SEEN);
	result.cells[1].rounds = 6;
	assert_int_equal(the_switch()->confidence, CONFIRMED);
}

static void without_pcid_all_is_lost(void **state)
{
	(void)state;
	cpu(1, 0, 5);
	const struct finding *f = the_switch();

	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "kept"), -0.05, 0.05);
	assert_non_null(strstr(f->text, "loses its translations"));
	assert_null(strstr(f->text, "system call"));
}

static void isolation_without_pcid_empties_it_at_each_call(void **state)
{
	(void)state;
	cpu(1, 1, 5);
	assert_non_null(strstr(the_switch()->text, "each system call loses them as well"));
}

/* A flush leaves page tables colder than a switch: less than the ruler says is lost, and yet all
 * is.
 */
static void half_of_the_ruler_is_lost(void **state)
{
	(void)state;
	cpu(0.5, 0, 5);
	const struct finding *f = the_switch();

	assert_int_equal(f->confidence, CONFIRMED);
	assert_non_null(strstr(f->text, "loses its translations"));
}

static void between_the_two_cannot_be_told(void **state)
{
	(void)state;
	cpu(0.25, 0, 5);
	const struct finding *f = the_switch();

	assert_int_equal(f->confidence, CANNOT_TELL);
	assert_non_null(strstr(f->text, "keeps between"));
}

static void noise_is_no_finding(void **state)
{
	(void)state;
	cpu(0.3, 0, 1500);
	assert_int_equal(the_switch()->confidence, CANNOT_TELL);
}

static void a_ruler_that_shows_nothing_measures_nothing(void **state)
{
	(void)state;
	for (unsigned pages = 1; pages <= 512; pages *= 512) {
		cell("process/peers=1/touch=one", pages, "lost_ns", 80, 5);
		cell("flush", pages, "lost_ns", 9000, 50);
	}
	const struct finding *f = the_switch();

	assert_int_equal(f->confidence, CANNOT_TELL);
	assert_null(sim_value(f, "kept"));
}

static void one_size_says_nothing(void **state)
{
	(void)state;
	cell("process/peers=1/touch=one", 512, "lost_ns", 80, 5);
	cell("flush", 512, "lost_ns", 9000, 5);
	assert_null(the_switch());
}

static void with_peers(unsigned peers, double lost_share)
{
	char with[64];

	snprintf(with, sizeof with, "process/peers=%u/touch=one", peers);
	cell(with, 1, "lost_ns", 80, 5);
	cell(with, 512, "lost_ns", 80 + WALK * 511 * lost_share, 5);
}

static void spaces_are_counted(void **state)
{
	(void)state;
	cpu(0, 0, 5);
	for (unsigned peers = 2; peers <= 8; peers++)
		with_peers(peers, peers < 6 ? 0 : 0.5);
	compute();
	const struct finding *f =
	    result_find_finding(&result, "address-spaces", "page", "4k", NULL);

	assert_non_null(f);
	assert_int_equal(f->confidence, CONFIRMED);
	assert_true(sim_value(f, "spaces")->est == 6);
}

static void spaces_between_those_tried_are_bounded(void **state)
{
	(void)state;
	cpu(0, 0, 5);
	with_peers(4, 0);
	with_peers(8, 1);
	compute();
	const struct finding *f =
	    result_find_finding(&result, "address-spaces", "page", "4k", NULL);

	assert_int_equal(f->confidence, SEEN);
	assert_true(sim_value(f, "spaces")->lo == 5 && sim_value(f, "spaces")->hi == 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(pcid_keeps_what_a_walk_left),
	    TEST(few_rounds_confirm_nothing),
	    TEST(without_pcid_all_is_lost),
	    TEST(isolation_without_pcid_empties_it_at_each_call),
	    TEST(half_of_the_ruler_is_lost),
	    TEST(between_the_two_cannot_be_told),
	    TEST(noise_is_no_finding),
	    TEST(a_ruler_that_shows_nothing_measures_nothing),
	    TEST(one_size_says_nothing),
	    TEST(spaces_are_counted),
	    TEST(spaces_between_those_tried_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
