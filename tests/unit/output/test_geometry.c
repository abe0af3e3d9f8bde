/* The geometry tables: one builder for command, screen and report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "output/geometry_table.h"

#include <stdlib.h>
#include <string.h>

static struct result result;

static int setup(void **state)
{
	(void)state;
	result_init(&result);
	result.run.base_page_bytes = 4096;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	result_free(&result);
	return 0;
}

static struct finding *add(const char *kind, const char *page, const char *level)
{
	struct finding *f = result_add_finding(&result);

	assert_non_null(f);
	strcpy(f->kind, kind);
	f->confidence = SEEN;
	assert_true(facts_set(&f->subject, "page", "%s", page));
	if (level)
		assert_true(facts_set(&f->subject, "level", "%s", level));
	return f;
}

static void value(struct finding *f, const char *name, const char *unit, double est, double lo,
		  double hi)
{
	assert_true(finding_add_value(f, name, unit, (struct estimate){est, lo, hi}));
}

static char *printed(enum geometry_which which, bool brief)
{
	char *text = NULL;
	size_t n;
	bool begun = false;
	FILE *to = open_memstream(&text, &n);

	assert_non_null(to);
	geometry_print(to, &result, which, brief, &begun);
	fclose(to);
	return text;
}

static void test_nothing_found_prints_nothing(void **state)
{
	char *text = printed(GEOMETRY_SIZES, false);

	(void)state;
	assert_string_equal(text, "");
	free(text);
}

static void test_a_size_has_its_interval_and_its_claim_stands_beside(void **state)
{
	struct finding *f = add("tlb-geometry", "4k", "2");
	struct geometry_row row;

	(void)state;
	value(f, "entries", "pages", 4096, 3584, 4096);
	value(f, "ways", "", 8, 8, 8);
	assert_true(facts_set(&f->subject, "claim", "a lie"));
	assert_true(facts_set(&f->subject, "agrees", "no"));
	assert_true(geometry_row(&result, GEOMETRY_SIZES, 0, &row));
	assert_string_equal(row.field[1], "L2");
	assert_string_equal(row.field[2], "4096 [3584,4096]");
	assert_string_equal(row.field[3], "-");
	assert_string_equal(row.field[4], "8");
	assert_false(geometry_row(&result, GEOMETRY_SIZES, 1, &row));
	char *text = printed(GEOMETRY_SIZES, false), *brief = printed(GEOMETRY_SIZES, true);

	assert_non_null(strstr(text, "no      a lie"));
	assert_null(strstr(brief, "a lie"));
	assert_null(strstr(text, "splintered")); /* a column that says nothing is left out */
	free(text);
	free(brief);
}

static void test_a_wide_bracket_is_no_size(void **state)
{
	struct geometry_row row;

	(void)state;
	value(add("tlb-geometry", "4k", "1"), "entries", "pages", 96, 96, 97);
	value(add("tlb-geometry", "2m", "1"), "entries", "pages", 16, 16, 71);
	assert_true(geometry_row(&result, GEOMETRY_SIZES, 0, &row));
	assert_string_equal(row.field[2], "96 [96,97]");
	assert_true(geometry_row(&result, GEOMETRY_SIZES, 1, &row));
	assert_string_equal(row.field[2], "16-71");
}

static void test_costs_come_page_by_page_and_base_pages_alone_in_brief(void **state)
{
	struct finding *f;
	struct geometry_row row;

	(void)state;
	add("splinter", "2m", NULL);
	f = add("walk-cost", "4k", NULL);
	value(f, "walk_ns", "ns", 10, 9, 11);
	f = add("walk-cost", "2m", NULL);
	assert_true(facts_set(&f->subject, "bound", "at-least"));
	assert_true(facts_set(&f->subject, "entries", "4k"));
	value(f, "walk_cycles", "cycles", 40, 39, 41);
	value(f, "walk_ns", "ns", 10, 9, 11);
	f = add("walkers", "4k", NULL);
	value(f, "walkers", "", 5.5, 5, 6);
	assert_true(geometry_row(&result, GEOMETRY_COSTS, 0, &row));
	assert_string_equal(row.field[2], "10.0 ns [9.0, 11.0]");
	assert_true(geometry_row(&result, GEOMETRY_COSTS, 1, &row));
	assert_string_equal(row.field[2], "5.0 to 6.0");
	assert_true(geometry_row(&result, GEOMETRY_COSTS, 2, &row));
	assert_string_equal(row.field[0], "2m");
	assert_string_equal(row.field[2], "at least 40.0 cycles [39.0, 41.0]");
	assert_string_equal(row.field[4], "pieces, as the host splinters");
	assert_false(geometry_row(&result, GEOMETRY_COSTS, 3, &row));
	char *brief = printed(GEOMETRY_COSTS, true);

	assert_non_null(strstr(brief, "walks at a time"));
	assert_null(strstr(brief, "2m"));
	free(brief);
}

static void test_a_strange_result_prints_no_escapes(void **state)
{
	struct finding *f = add("tlb-geometry", "\033[2J", "1");
	char *text;

	(void)state;
	assert_true(facts_set(&f->subject, "claim", "\a\n"));
	text = printed(GEOMETRY_SIZES, false);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\a'));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_nothing_found_prints_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_size_has_its_interval_and_its_claim_stands_beside, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_wide_bracket_is_no_size, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_costs_come_page_by_page_and_base_pages_alone_in_brief, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_strange_result_prints_no_escapes, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
