#include "unit/output/support.h"

#include "output/headline.h"
#include "output/output.h"
#include "output/text.h"

static void numbers_carry_their_interval(void **state)
{
	static const struct {
		struct estimate e;
		const char *unit, *text;
	} rows[] = {
	    {{11, 10.9, 11.2}, "ns", "11.0 ns [10.9, 11.2]"},
	    {{4, 3.99, 4.01}, "cycles", "4.00 cycles [3.99, 4.01]"},
	    {{8030, 7940, 8110}, "ns", "8.03 µs [7.94, 8.11]"},
	    {{245.4, 240, 250}, "ns", "245 ns [240, 250]"},
	    {{2.5e6, 2.4e6, 2.6e6}, "ns", "2.50 ms [2.40, 2.60]"},
	    {{-3, -4, 1}, "ns", "-3.00 ns [-4.00, 1.00]"},
	    {{1, 1, 1}, "1/op", "1.00 per op"},
	    {{0, 0, 0}, "", "0.00"},
	    {{0.0123, 0.012, 0.013}, "", "0.0123 [0.0120, 0.0130]"},
	};
	char text[96];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		format_estimate(text, sizeof text, &rows[i].e, rows[i].unit);
		assert_string_equal(text, rows[i].text);
	}
	format_count(text, sizeof text, 1234567);
	assert_string_equal(text, "1,234,567");
	format_count(text, sizeof text, -123);
	assert_string_equal(text, "-123");
}

static const char *line_of(const struct result *r, const char *label)
{
	static struct verdict_line lines[VERDICT_LINES_MAX];
	size_t n = output_verdict(r, lines);

	assert_in_range(n, 5, VERDICT_LINES_MAX);
	for (size_t i = 0; i < n; i++)
		if (strcmp(lines[i].label, label) == 0)
			return lines[i].text;
	fail_msg("no line '%s'", label);
	return "";
}

static struct finding *touched(struct result *r, const char *page, double ms, double even)
{
	struct finding *f = fake_finding(r, "break-even", "breakeven/1", CONFIRMED, "");

	facts_set(&f->subject, "page", "%s", page);
	facts_set(&f->subject, "base", "4k");
	finding_add_value(f, "base_ms_per_gib", "ms", (struct estimate){182, 180, 184});
	finding_add_value(f, "huge_ms_per_gib", "ms", (struct estimate){ms, ms, ms});
	finding_add_value(f, "even_pages", "", (struct estimate){even, even, even});
	return f;
}

static void first_touch_and_what_repays_it_are_told(void **state)
{
	struct result r;

	(void)state;
	fake_result(&r, 1);
	struct finding *thp = touched(&r, "thp", 96, 34);
	finding_add_value(thp, "even_accesses_sparse", "", (struct estimate){1200, 1100, 1300});
	touched(&r, "2m", 90, 30);
	struct finding *giant = touched(&r, "1g", 190, 300000);
	finding_add_value(giant, "even_accesses_used", "", (struct estimate){5000, 4900, 5100});
	const char *line = line_of(&r, "first touch");
	assert_has(line, "1 GiB once: 4k 182 ms [180, 184], thp 96.0 ms");
	assert_has(
	    line,
	    "; thp is repaid once 34 of its small pages are used, or after 1,200 random loads "
	    "of one; 2m is repaid once 30 of its small pages are used; 1g is repaid after "
	    "5,000 random loads");
	assert_null(strstr(line, "sooner"));
	result_free(&r);
	fake_result(&r, 1);
	touched(&r, "2m", 90, 30);
	touched(&r, "1g", 190, 300000); /* more than it has */
	assert_null(strstr(line_of(&r, "first touch"), "300,000"));
	assert_has(line_of(&r, "first touch"),
		   "30 of its small pages are used; what its loads gain was not");
	result_free(&r);
}

static void the_verdict_is_made_of_findings(void **state)
{
	struct result r;

	(void)state;
	fake_result(&r, 1);
	assert_has(
	    line_of(&r, "geometry"),
	    "4k pages: L1 72 [72, 76], L2 2,820 [2,600, 3,010] (CPUID claims L1 72, L2 3,072)");
	assert_has(line_of(&r, "miss penalty"), "7.00 cycles [6.97, 7.04] or 1.89 ns");
	assert_has(line_of(&r, "miss penalty"), "page walk: 44.0 cycles [42.8, 45.1]");
	assert_has(line_of(&r, "huge pages"), "4.10 [4.00, 4.25]");
	assert_has(line_of(&r, "shootdown"),
		   "1.10 µs [1.09, 1.11] alone, 9.01 µs [8.93, 9.08] with one responder");
	assert_has(line_of(&r, "trust"), "1 failed");
	assert_has(line_of(&r, "trust"), "1 invalid, 1 skipped");
	assert_has_not(line_of(&r, "trust"), "partial");
	r.run.complete = false;
	assert_has(line_of(&r, "trust"), "partial");
	struct finding *f =
	    fake_finding(&r, "splinter", "s/1", CONFIRMED, "the host splinters 2m pages");
	facts_set(&f->subject, "splinters", "yes");
	assert_has(line_of(&r, "huge pages"), "the host splinters 2m pages; ");
	result_free(&r);
}

static struct finding *storm_finding(struct result *r, const char *kind)
{
	struct finding *f = fake_finding(r, kind, "x/1", SEEN, "");

	facts_set(&f->subject, "op", "madvise");
	facts_set(&f->subject, "place", "core");
	return f;
}

/* Parts of a cost whose intervals hold zero: the screen never says a negative cost. */
static void parts_that_may_be_nothing_are_said_so(void **state)
{
	struct result r;

	(void)state;
	fake_result(&r, 1);
	struct finding *f = storm_finding(&r, "shootdown-responders");
	finding_add_value(f, "floor_ns", "ns", (struct estimate){-12, -80, 56});
	finding_add_value(f, "refill_ns", "ns/page", (struct estimate){-7, -9, -5});
	finding_add_value(f, "further_ns", "ns", (struct estimate){1900, 1800, 2000});
	f = storm_finding(&r, "shootdown-cost");
	finding_add_value(f, "work_ns", "ns/page", (struct estimate){3, -2, 8});
	finding_add_value(f, "inv_ns", "ns/page", (struct estimate){-91.2, -150, 1500});
	assert_has(line_of(&r, "shootdown"),
		   "; the interrupt alone is nothing told apart from zero (at most 56.0 ns) of it, "
		   "invalidation nothing told apart from zero (at most 1.50 µs), refilling nothing "
		   "told apart from zero more for the responder; each further responder adds "
		   "1.90 µs");
	assert_has(line_of(&r, "flush ceiling"),
		   "; a page takes nothing told apart from zero (at most 8.00 ns) of work and "
		   "nothing told apart from zero (at most 1.50 µs) of invalidation (madvise)");
	result_free(&r);
}

/* What another page or advice costs is no part of this one. */
static void parts_are_of_the_same_operation(void **state)
{
	struct result r;

	(void)state;
	fake_result(&r, 1);
	struct finding *f = storm_finding(&r, "shootdown-cost");
	facts_set(&f->subject, "advice", "free");
	finding_add_value(f, "inv_ns", "ns/page", (struct estimate){77, 70, 80});
	for (unsigned i = 0; i < r.nfindings; i++)
		if (strcmp(r.findings[i].kind, "shootdown") == 0)
			facts_set(&r.findings[i].subject, "advice", "dontneed");
	assert_has_not(line_of(&r, "shootdown"), "77.0 ns");
	facts_set(&f->subject, "advice", "dontneed");
	assert_has(line_of(&r, "shootdown"), "; invalidation is 77.0 ns of it");
	result_free(&r);
}

/* Nor is such a number one to take home, and each line says how much it can be. */
static void whole_costs_that_may_be_nothing_are_said_so(void **state)
{
	struct headline numbers[HEADLINES];
	struct result r;

	(void)state;
	fake_result(&r, 1);
	for (unsigned i = 0; i < r.nfindings; i++)
		for (unsigned k = 0; k < r.findings[i].nvalues; k++) {
			struct finding_value *v = &r.findings[i].values[k];

			if (strcmp(v->name, "walk_cycles") == 0 ||
			    strcmp(v->name, "stolen_ns") == 0)
				v->e = (struct estimate){-0.5, -2, 1};
		}
	assert_has(line_of(&r, "miss penalty"),
		   "page walk: nothing told apart from zero (at most 1.00 cycles) over a hit");
	assert_has(line_of(&r, "shootdown"),
		   "which loses nothing told apart from zero (at most 1.00 ns)");
	size_t n = output_headlines(&r, numbers);
	assert_int_equal(n, HEADLINES);
	for (size_t i = 0; i < n; i++) {
		assert_has_not(numbers[i].number, "-");
		assert_has_not(numbers[i].label, "page walk");
	}
	result_free(&r);
}

static void what_was_not_measured_is_said(void **state)
{
	static const char *const labels[] = {"geometry", "miss penalty", "huge pages", "shootdown"};
	struct result r;

	(void)state;
	result_init(&r);
	for (size_t i = 0; i < 4; i++)
		assert_has(line_of(&r, labels[i]),
			   "not measured in this run; tlbscope run --only '");
	assert_has(line_of(&r, "trust"), "0 of 0 cells ok");
	fake_finding(&r, "tlb-level", "knee/1", CANNOT_TELL, "layouts disagree");
	assert_string_equal(line_of(&r, "geometry"), "cannot tell: layouts disagree");
	result_free(&r);
}

/* A rise of the curve may be company's, not a level's: the line is no surer than the table below
 * it. */
static void a_level_that_geometry_doubts_is_doubted(void **state)
{
	struct result r;
	struct finding *geometry;

	(void)state;
	result_init(&r);
	fake_level(&r, "1g", "2", (struct estimate){192, 192, 768}, (struct estimate){8, 7, 9});
	assert_string_equal(line_of(&r, "geometry"), "1g pages: L2 192 to 768");
	geometry =
	    fake_finding(&r, "tlb-geometry", "set-probe/1", CANNOT_TELL, "cannot tell its size");
	facts_set(&geometry->subject, "page", "%s", "1g");
	facts_set(&geometry->subject, "level", "%s", "1");
	assert_string_equal(line_of(&r, "geometry"), "1g pages: L2 192 to 768");
	facts_set(&geometry->subject, "level", "%s", "2");
	assert_string_equal(line_of(&r, "geometry"), "1g pages: L2 192 to 768 (cannot tell)");
	result_free(&r);
}

static void one_is_singular(void **state)
{
	struct result r;

	(void)state;
	result_init(&r);
	fake_proof(fake_cell(&r, "null"), "pinned", PROOF_HELD, "");
	r.run.rounds = 1;
	assert_has(line_of(&r, "trust"),
		   "1 proof held, 0 unavailable, 0 failed; 1 of 1 cell ok, 0 invalid");
	char *text = PRINTED(output_first_screen(to, &r));
	assert_has(text, " profile, 1 round, ");
	free(text);
	result_free(&r);
}

/* --rounds 3 gives 15, where a curve is refined. */
static void rounds_of_refinement_are_told_apart(void **state)
{
	struct result r;

	(void)state;
	result_init(&r);
	r.run.rounds = 15;
	fake_metric(fake_cell(&r, "chase/footprint=64KiB"), "ns", "ns", 1, 0.01);
	char *text = PRINTED(output_first_screen(to, &r));
	assert_has(text, " profile, 15 rounds, ");
	free(text);
	struct cell_result *cell = fake_cell(&r, "chase/footprint=68KiB");

	cell->wave = 2;
	fake_metric(cell, "ns", "ns", 1, 0.01);
	for (unsigned i = 0; i < 10; i++)
		cell->metrics[0].rounds[i] = 3 + i;
	text = PRINTED(output_first_screen(to, &r));
	assert_has(text, " profile, 15 rounds (3 before refinement), ");
	free(text);
	result_free(&r);
}

static void the_screen_is_plain_and_fits(void **state)
{
	struct result r;

	(void)state;
	fake_result(&r, 4);
	char *text = PRINTED(output_first_screen(to, &r); output_next(to, &r, "results/x"));
	assert_has_not(text, "\033");
	assert_has(text, "next:\n");
	assert_has(text, "tlbscope show results/x");
	assert_has(text, "sudo tlbscope run --only 'chase page=1g'");
	assert_has(text, "pages ");
	assert_has(text, "8.96");
	char *save = NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (text_columns(line) > 100)
			fail_msg("too wide: %s", line);
	free(text);
	result_free(&r);
}

static void escapes_do_not_reach_the_terminal(void **state)
{
	struct result r;

	(void)state;
	fake_result(&r, 1);
	strcpy(r.machine.cpu, "CPU\033[2J\n");
	strcpy(r.cells[0].key, "k\033]0;x\a");
	strcpy(r.findings[0].text, "\033[31m");
	r.cells[1].outcome = verdict_invalid("c\033", "r\033", "t\033[1m");
	cell_add_note(&r.cells[2], "n\033[1m");
	facts_set(&r.before, "kernel.release", "6\033[1m");
	facts_set(&r.findings[0].subject, "page", "\033[1m");
	char *text = PRINTED(output_first_screen(to, &r); output_table(to, &r, NULL);
			     output_next(to, &r, "d"));
	assert_has_not(text, "\033");
	assert_has_not(text, "\a");
	free(text);
	result_free(&r);
}

static void the_table_has_every_cell(void **state)
{
	struct result r;

	(void)state;
	fake_result(&r, 1);
	char *text = PRINTED(output_table(to, &r, NULL));
	for (unsigned i = 0; i < r.ncells; i++)
		assert_has(text, r.cells[i].key);
	assert_has(
	    text,
	    "invalid (moved)\n  the thread was moved off CPU 1\n  remedy: run on an idle machine");
	assert_has(text, "skipped (no-pool)");
	assert_has(text, "n=10");
	free(text);
	text = PRINTED(output_table(to, &r, "madvise npages=33 resp=0"));
	assert_has(text, "madvise/page=4k/npages=33/resp=0  ok\n");
	assert_has_not(text, "chase/");
	free(text);
	text = PRINTED(output_table(to, &r, "nosuch"));
	assert_string_equal(text, "no cell of this run matches nosuch\n");
	free(text);
	text = PRINTED(output_table(to, &r, "chase page="));
	assert_true(*text);
	assert_null(strchr(strchr(text, '\n') + 1, '\n'));
	free(text);
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_carry_their_interval),
	    cmocka_unit_test(the_verdict_is_made_of_findings),
	    cmocka_unit_test(a_level_that_geometry_doubts_is_doubted),
	    cmocka_unit_test(first_touch_and_what_repays_it_are_told),
	    cmocka_unit_test(parts_that_may_be_nothing_are_said_so),
	    cmocka_unit_test(parts_are_of_the_same_operation),
	    cmocka_unit_test(whole_costs_that_may_be_nothing_are_said_so),
	    cmocka_unit_test(what_was_not_measured_is_said),
	    cmocka_unit_test(one_is_singular),
	    cmocka_unit_test(rounds_of_refinement_are_told_apart),
	    cmocka_unit_test(the_screen_is_plain_and_fits),
	    cmocka_unit_test(escapes_do_not_reach_the_terminal),
	    cmocka_unit_test(the_table_has_every_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
