#include "unit/output/support.h"

#include "output/query.h"

static const char whole[] = "# a comment\n"
			    "#@ title A title, with words\n"
			    "#@ read First line\n"
			    "#@ read and second.\n"
			    "#@ without Nothing here.\n"
			    "#@ select chase layout=alias\n"
			    "set term whatever\n"
			    "#@ select * resp=0,1\n"
			    "#@ except * advice=free\n"
			    "#@   x footprint KiB  \n"
			    "#@ y ns cycles\n"
			    "#@ series page layout\n"
			    "#@ marks knees\n"
			    "#@ marks claims\n"
			    "#@ marks flush-ceiling ceiling\n"
			    "#@ values shootdown-cost base_ns work_ns\n"
			    "#@ states shootdown-cost flush-ceiling\n";

static void all_words_are_understood(void **state)
{
	struct query q;
	struct verdict v = query_parse(whole, "fig", 4096, &q);

	(void)state;
	assert_int_equal(v.outcome, OUTCOME_OK);
	assert_string_equal(q.title, "A title, with words");
	assert_string_equal(q.read, "First line and second.");
	assert_string_equal(q.without, "Nothing here.");
	assert_int_equal(q.nselectors, 2);
	assert_string_equal(q.x, "footprint");
	assert_true(q.x_scale == 1024);
	assert_int_equal(q.ny, 2);
	assert_string_equal(q.y[1], "cycles");
	assert_int_equal(q.nseries, 2);
	assert_string_equal(q.series[1], "layout");
	assert_true(q.claims && !q.hist);
	assert_int_equal(q.nmarks, 2);
	assert_string_equal(q.mark[0].finding, "tlb-level");
	assert_string_equal(q.mark[0].value, "entries");
	assert_string_equal(q.mark[1].finding, "flush-ceiling");
	assert_string_equal(q.values.finding, "shootdown-cost");
	assert_int_equal(q.values.n, 2);
	assert_string_equal(q.values.value[1], "work_ns");
	assert_int_equal(q.nstates, 2);
	assert_string_equal(q.states[1], "flush-ceiling");
	query_free(&q);
}

static void any_selector_matches(void **state)
{
	struct query q;
	struct cell cell;

	(void)state;
	query_parse(whole, "fig", 4096, &q);
	key_parse("chase/page=4k/layout=alias/footprint=4KiB", 4096, &cell);
	assert_true(query_match(&q, &cell));
	key_parse("madvise/page=4k/npages=1/resp=0", 4096, &cell);
	assert_true(query_match(&q, &cell));
	key_parse("madvise/advice=dontneed/page=4k/npages=1/resp=0", 4096, &cell);
	assert_true(query_match(&q, &cell));
	key_parse("madvise/advice=free/page=4k/npages=1/resp=0", 4096, &cell);
	assert_false(query_match(&q, &cell));
	key_parse("chase/page=4k/layout=distinct/footprint=4KiB", 4096, &cell);
	assert_false(query_match(&q, &cell));
	query_free(&q);
}

static void errors_name_figure_line_and_word(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
	    {"#@ title T\n#@ slect chase\n", "fig_x:2: 'slect'"},
	    {"#@ title T\n#@ select chase\n#@ x footprint furlongs\n", "furlongs"},
	    {"#@ title T\n\n#@ select chase page=\n", "fig_x:3:"},
	    {"#@ kind pie\n", "pie"},
	    {"#@ marks knuckles\n", "knuckles"},
	    {"#@ y\n", "fig_x:1: y wants"},
	    {"#@ series a b c d e f g h i j k l m\n", "series wants"},
	    {"#@ title T\n#@ select chase\n#@ y ns\n", "#@ x"},
	    {"#@ select chase\n#@ x pages\n#@ y ns\n", "#@ title"},
	    {"#@ title T\n#@ x pages\n#@ y ns\n", "#@ select"},
	    {"", "#@ title"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct query q;
		struct verdict v = query_parse(bad[i].text, "fig_x", 4096, &q);

		assert_int_equal(v.outcome, OUTCOME_ERROR);
		assert_has(v.text, bad[i].says);
		assert_true(*v.remedy);
		assert_null(strchr(v.text, '\n'));
	}
}

static void a_histogram_needs_no_x(void **state)
{
	struct query q;
	struct verdict v =
	    query_parse("#@ title T\n#@ kind hist\n#@ select *\n#@ y ns\n", "fig", 4096, &q);

	(void)state;
	assert_int_equal(v.outcome, OUTCOME_OK);
	assert_true(q.hist);
	query_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_words_are_understood),
	    cmocka_unit_test(any_selector_matches),
	    cmocka_unit_test(errors_name_figure_line_and_word),
	    cmocka_unit_test(a_histogram_needs_no_x),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
