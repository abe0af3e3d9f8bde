/* Figures as ordered: for a paper, in some formats, of several results. */
#include "unit/output/drawn.h"

static struct verdict order(const struct result *const *results, unsigned n, const char *dir,
			    const char *paper, const char *formats)
{
	const struct figure_order o = {
	    .results = results, .nresults = n, .dir = dir, .paper = paper, .formats = formats};

	struct verdict v = figures_draw_as(&o, figures, &nfigures);

	leave_history_out();
	return v;
}

static void a_paper_gets_its_column(void **state)
{
	static const char *const papers[] = {"acm", "ieee", "usenix"};
	static const char *const widths[] = {"240", "251", "240"};
	struct result r;

	if (no_gnuplot())
		skip();
	fake_result(&r, 2);
	snprintf(r.machine.cpu, sizeof r.machine.cpu, "A_CPU 50%% {x} \\end");
	const struct result *one = &r;
	for (int i = 0; i < 3; i++) {
		assert_string_equal(order(&one, 1, *state, papers[i], "pdf").text, "");
		char *pdf = made(*state, "fig_1_cliff.pdf");
		char *box =
		    memmem(pdf, 1 << 20, "/MediaBox", 9); /* cairo leaves pages uncompressed */
		assert_non_null(box);
		char *number = strpbrk(strchr(box, '[') + 1, "123456789");
		assert_memory_equal(number, widths[i], 3);
		free(pdf);
		char *caption = made(*state, "fig_1_cliff.caption.tex");
		assert_has(caption, "\\includegraphics{fig_1_cliff.pdf}");
		assert_has(caption, "A\\_CPU 50\\% \\{x\\} \\textbackslash{}end");
		assert_has(caption, "\\label{fig:1-cliff}");
		assert_int_equal(strstr(caption, "\\Description{") != NULL, i == 0);
		free(caption);
	}
	char *bib = made(*state, "tlbscope.bib");
	assert_has(bib, "@misc{tlbscope:20260102T030405Z-6-18-quick,");
	assert_has(bib, "seed 42");
	free(bib);
	result_free(&r);
}

static void unknown_papers_and_formats_are_named(void **state)
{
	struct result r;

	fake_result(&r, 1);
	const struct result *one = &r;
	struct verdict v = order(&one, 1, *state, "nature", NULL);
	assert_has(v.text, "nature");
	assert_has(v.remedy, "acm, ieee, usenix");
	v = order(&one, 1, *state, NULL, "svg,gif");
	assert_has(v.text, "gif");
	assert_has(v.remedy, "svg, pdf, tikz");
	assert_int_equal(order(&one, 1, *state, NULL, ",").outcome, OUTCOME_ERROR);
	result_free(&r);
}

static void formats_are_those_ordered(void **state)
{
	struct result r;
	char path[200];

	if (no_gnuplot())
		skip();
	fake_result(&r, 1);
	const struct result *one = &r;
	assert_string_equal(order(&one, 1, *state, NULL, "svg").text, "");
	snprintf(path, sizeof path, "%s/figures/fig_1_cliff.pdf", (char *)*state);
	assert_int_not_equal(access(path, R_OK), 0);
	assert_true(*figure("fig_1_cliff")->svg);
	result_free(&r);
}

static void results_are_drawn_over_each_other(void **state)
{
	struct result a, b;

	fake_result(&a, 1);
	fake_result(&b, 1);
	facts_set(&b.before, "kernel.release", "6.19.0");
	const struct result *both[] = {&a, &b};
	struct verdict v = order(both, 2, *state, NULL, NULL);
	assert_true(v.outcome == OUTCOME_OK || v.outcome == OUTCOME_SKIPPED);
	char *data = made(*state, "fig_1_cliff.dat");
	assert_has(data, "\"6.18.0 4k distinct\"");
	assert_has(data, "\"6.19.0 4k distinct\"");
	free(data);
	data = made(*state, "fig_1_cliff.marks.dat");
	assert_has(data, "measured \"L1 4k, 2m: 72\""); /* both have it, so it names neither */
	free(data);
	for (size_t i = 0; v.outcome == OUTCOME_OK && i < nfigures; i++)
		assert_string_equal(figures[i].state, "");
	result_free(&a);
	result_free(&b);
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* Runs have a line each above the panels, and a series of all of them has one name, however long
 * the runs' names are. */
static void series_are_named_once(void **state)
{
	struct result r[3];
	const struct result *all[] = {&r[0], &r[1], &r[2]};

	if (no_gnuplot())
		skip();
	for (int i = 0; i < 3; i++) {
		fake_result(&r[i], 1);
		memset(r[i].run.label, 'a' + i, 60);
	}
	assert_string_equal(order(all, 3, *state, NULL, "svg").text, "");
	char *svg = made(*state, "fig_1_cliff.svg");
	assert_int_equal(count_of(svg, ">4k distinct<"), 1);
	assert_int_equal(count_of(svg, ">1  aaaaaaaa"), 1);
	assert_int_equal(count_of(svg, ">3  cccccccc"), 1);
	free(svg);
	for (int i = 0; i < 3; i++)
		result_free(&r[i]);
}

static unsigned count_lines_of(const char *text, const char *one, const char *two)
{
	unsigned n = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t length = strcspn(text, "\n");

		n += memmem(text, length, one, strlen(one)) &&
		     memmem(text, length, two, strlen(two));
	}
	return n;
}

/* The first run has no storms: the second one's curves look as the line of the second run says, and
 * have names. */
static void a_run_keeps_its_look_where_another_has_no_curve(void **state)
{
	static const char dashed[] = "stroke='rgb(  0, 114, 178)' stroke-dasharray='5.4,8.6'",
			  first[] = "stroke='rgb(  0,   0,   0)'  d='M9.60,",
			  second[] =
			      "stroke='rgb(  1,   1,   1)' stroke-dasharray='5.4,8.6'  d='M9.60,";
	struct result r[2];
	const struct result *both[] = {&r[0], &r[1]};

	if (no_gnuplot())
		skip();
	result_init(&r[0]);
	fake_machine(&r[0]);
	fake_chase(&r[0]);
	fake_result(&r[1], 1);
	assert_string_equal(order(both, 2, *state, NULL, "svg").text, "");
	char *svg = made(*state, "fig_5_responders.svg");
	assert_has(svg, first);
	assert_has(svg, second);
	assert_has(svg, dashed);
	assert_true(count_lines_of(svg, "#gpPt3'", "color='rgb(  0, 114, 178)'") > 0);
	assert_int_equal(count_lines_of(svg, "#gpPt5'", "color='rgb(  0, 114, 178)'"), 0);
	free(svg);
	svg = made(*state, "fig_7_ecdf.svg");
	assert_has(svg, ">madvise resp=0<");
	free(svg);
	for (int i = 0; i < 2; i++)
		result_free(&r[i]);
}

struct name_at {
	float x, y, letters;
};

/* Where the names of claims stand. */
static unsigned claims_of(char *svg, struct name_at *at, unsigned max)
{
	unsigned n = 0;

	for (char *name = svg; n < max && (name = strstr(name, ">CPUID ")); name++) {
		char *place = name;

		while (place > svg && strncmp(place, "translate(", 10) != 0)
			place--;
		assert_int_equal(sscanf(place, "translate(%f,%f)", &at[n].x, &at[n].y), 2);
		at[n++].letters = (float)strcspn(name + 1, "<");
	}
	return n;
}

static void names_touch_nothing(char *svg)
{
	struct name_at at[32];
	unsigned n = claims_of(svg, at, 32);
	char *dotted = strstr(svg, "stroke-dasharray='1.8,3.6'  d='M"); /* the upper panel's */
	float foot;

	assert_true(n >= 4);
	assert_non_null(dotted);
	assert_int_equal(sscanf(strstr(dotted, "d='M"), "d='M%*f,%f", &foot), 1);
	for (unsigned i = 0; i < n; i++) {
		assert_true(at[i].y - 9 > foot);
		for (unsigned k = 0; k < i; k++)
			if (fabsf(at[i].y - at[k].y) < 12)
				assert_true(fabsf(at[i].x - at[k].x) >
					    3.3F * (at[i].letters + at[k].letters));
	}
}

/* Two CPUs of one name: the line of each says what differs, and so do verticals that one has. */
static void marks_of_one_run_say_which(void **state)
{
	struct result r[2];
	const struct result *both[] = {&r[0], &r[1]};

	for (int i = 0; i < 2; i++) {
		fake_result(&r[i], 1);
		snprintf(r[i].machine.cpu, sizeof r[i].machine.cpu, "AMD EPYC");
		facts_set(&r[i].before, "cpu.family", "%d", 25 + i);
		for (unsigned c = 0; c < r[i].machine.nclaims; c++)
			r[i].machine.claims[c].entries += (unsigned)i;
	}
	struct verdict v = order(both, 2, *state, NULL, "svg");
	assert_true(v.outcome == OUTCOME_OK || v.outcome == OUTCOME_SKIPPED);
	char *data = made(*state, "fig_1_cliff.marks.dat");
	assert_has(data, "measured \"L1 4k, 2m: 72\"\n");
	assert_has(data, " claimed \"CPUID L1 4k, 2m: 72 (1)\"\n");
	assert_has(data, " claimed \"CPUID L1 4k, 2m: 73 (2)\"\n");
	free(data);
	data = made(*state, "fig_1_cliff.dat");
	assert_has(data, "\"AMD EPYC family 25 4k distinct\"");
	assert_has(data, "\"AMD EPYC family 26 4k distinct\"");
	free(data);
	for (int i = 0; i < 2; i++)
		result_free(&r[i]);
	if (v.outcome == OUTCOME_SKIPPED)
		return;
	char *svg = made(*state, "fig_1_cliff.svg");
	names_touch_nothing(svg);
	free(svg);
}

static void programs_are_bounded_in_time(void **state)
{
	const char *const argv[] = {"sleep", "60", NULL};
	const char *const quiet[] = {"sh", "-c", "exec 2>/dev/null; sleep 60", NULL};
	const char *const wrong[] = {"sh", "-c", "echo bad thing >&2; exit 3", NULL};

	(void)state;
	assert_string_equal(program_run("/", argv, 100).code, "timeout");
	assert_string_equal(program_run("/", quiet, 100).code, "timeout");
	assert_has(program_run("/", wrong, 10000).text, "bad thing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(a_paper_gets_its_column),
	    IN_DIR(unknown_papers_and_formats_are_named),
	    IN_DIR(formats_are_those_ordered),
	    IN_DIR(results_are_drawn_over_each_other),
	    IN_DIR(series_are_named_once),
	    IN_DIR(a_run_keeps_its_look_where_another_has_no_curve),
	    IN_DIR(marks_of_one_run_say_which),
	    IN_DIR(programs_are_bounded_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
