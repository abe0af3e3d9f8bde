/* What is drawn, and what is said where nothing can be. */
#include "unit/output/drawn.h"

static struct verdict draw(const struct result *result, const char *dir, const char *only)
{
	struct verdict v = figures_draw(result, dir, only, figures, &nfigures);

	leave_history_out();
	return v;
}

static void every_figure_is_drawn(void **state)
{
	struct result r;

	if (no_gnuplot())
		skip();
	fake_result(&r, 4);
	struct verdict v = draw(&r, *state, NULL);
	assert_string_equal(v.text, "");
	assert_true(nfigures >= 5);
	for (size_t i = 0; i < nfigures; i++) {
		char pdf[600];

		assert_string_equal(figures[i].state, "");
		assert_true(*figures[i].title && *figures[i].read && *figures[i].alt);
		snprintf(pdf, sizeof pdf, "%.*s.pdf", (int)strlen(figures[i].svg) - 4,
			 figures[i].svg);
		assert_int_equal(access(pdf, R_OK), 0);
		char *svg = slurp(figures[i].svg);
		assert_has(svg, "</svg>");
		if (!strstr(svg, "showHypertext"))
			fail_msg("%s: the pointer is told no values", figures[i].name);
		free(svg);
	}
	result_free(&r);
}

static void fake_pair(struct result *result, const char *tail, double added_ns)
{
	char key[CELL_KEY_MAX];

	snprintf(key, sizeof key, "madvise/page=4k/npages=1/resp=1/%s", tail);
	struct cell_result *cell = fake_cell(result, key);

	fake_metric(cell, "ns", "ns", 900 + added_ns, 0);
	fake_metric(cell, "added_ns", "ns", added_ns, 0);
	fake_metric(cell, "ipis", "1/op", 1, 0);
}

static char *draw_matrix(const struct result *result, const char *dir)
{
	struct verdict v = draw(result, dir, "8");

	assert_string_equal(v.text, "");
	return slurp(figure("fig_8_matrix")->svg);
}

/* Not on hybrid machines, and there in old results, a cell leaves open who responds. */
static void the_matrix_tells_kinds_apart(void **state)
{
	struct result r;
	char *svg;

	if (no_gnuplot())
		skip();
	result_init(&r);
	fake_machine(&r);
	fake_pair(&r, "place=smt/state=spin", 1110);
	fake_pair(&r, "place=core/state=spin", 1220);
	svg = draw_matrix(&r, *state);
	assert_has(svg, "+1.11 µs<");
	assert_has(svg, "+1.22 µs<");
	assert_has(svg, ">madvise<");
	assert_has(svg, ">core<");
	assert_null(strstr(svg, "madvise kind"));
	free(svg);
	fake_pair(&r, "place=core/state=spin/cpukind=1", 1330);
	svg = draw_matrix(&r, *state);
	assert_has(svg, "+1.22 µs<");
	assert_has(svg, "+1.33 µs<");
	assert_has(svg, ">madvise kind 0<");
	assert_has(svg, ">madvise kind 1<");
	assert_has(svg, ">core<");
	free(svg);
	fake_pair(&r, "place=core/state=spin/respkind=0", 1440);
	fake_pair(&r, "place=core/state=spin/respkind=1", 1550);
	fake_pair(&r, "place=core/state=spin/cpukind=1/respkind=0", 1660);
	fake_pair(&r, "place=core/state=spin/cpukind=1/respkind=1", 1770);
	svg = draw_matrix(&r, *state);
	assert_has(svg, "+1.44 µs<");
	assert_has(svg, "+1.55 µs<");
	assert_has(svg, "+1.66 µs<");
	assert_has(svg, "+1.77 µs<");
	assert_has(svg, ">core kind 0<");
	assert_has(svg, ">core kind 1<");
	assert_null(strstr(svg, ">core<"));
	assert_null(strstr(svg, "+1.22 µs<"));
	assert_null(strstr(svg, "+1.33 µs<"));
	free(svg);
	result_free(&r);
}

/* The promise: a figure is one file. */
static void a_new_file_is_a_new_figure(void **state)
{
	char data[128], path[200];
	struct result r;

	snprintf(data, sizeof data, "%s/data", (char *)*state);
	mkdir(data, 0777);
	snprintf(path, sizeof path, "%s/fig_42_mine.gp", data);
	spit(path,
	     "#@ title Mine\n#@ read So.\n#@ select chase layout=alias\n#@ x footprint MiB\n#@ y "
	     "cycles\n#@ series page\n"
	     "set terminal @term\nset output output\n"
	     "plot for [b=0:blocks-1] data index b using 1:2 with lines title columnheader(1)\n");
	setenv("TLBSCOPE_DATA", data, 1);
	fake_result(&r, 1);
	struct verdict v = draw(&r, *state, NULL);
	assert_int_equal(nfigures, 1);
	assert_string_equal(figures[0].title, "Mine");
	assert_true(*figures[0].dat);
	if (v.outcome == OUTCOME_OK)
		assert_true(*figures[0].svg);
	result_free(&r);
}

static void drawings_are_stable(void **state)
{
	static const char *const suffixes[] = {"dat", "marks.dat", "svg", "pdf"};
	char *first[4];
	struct result r;

	if (no_gnuplot())
		skip();
	for (int turn = 0; turn < 2; turn++) {
		fake_result(&r, 1);
		assert_int_equal(draw(&r, *state, "1").outcome, OUTCOME_OK);
		assert_int_equal(nfigures, 1);
		if (!turn)
			sleep(1); /* what holds the time of drawing differs then */
		for (int i = 0; i < 4; i++) {
			char path[200], *text;

			snprintf(path, sizeof path, "%s/figures/fig_1_cliff.%s", (char *)*state,
				 suffixes[i]);
			text = slurp(path);
			assert_true(*text);
			if (turn)
				assert_memory_equal(text, first[i], 1 << 20); /* PDFs have zeros */
			else
				first[i] = memcpy(calloc(1, 1 << 20), text, 1 << 20);
			if (turn)
				free(first[i]);
			free(text);
		}
		result_free(&r);
	}
}

static void without_gnuplot_data_is_written(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct result r;

	setenv("PATH", "/nonexistent", 1);
	fake_result(&r, 1);
	struct verdict v = draw(&r, *state, NULL);
	setenv("PATH", path, 1);
	free(path);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "no-gnuplot");
	assert_has(v.remedy, "gnuplot");
	assert_true(nfigures >= 5);
	for (size_t i = 0; i < nfigures; i++) {
		assert_int_equal(access(figures[i].dat, R_OK), 0);
		assert_string_equal(figures[i].svg, "");
		assert_has(figures[i].state, "gnuplot is not installed");
	}
	result_free(&r);
}

static void a_broken_figure_says_so_and_harms_no_other(void **state)
{
	static const char query[] = "#@ title T\n#@ select chase\n#@ x pages\n#@ y ns\n";
	char path[200], text[400];
	struct result r;

	if (no_gnuplot())
		skip();
	setenv("TLBSCOPE_DATA", *state, 1);
	snprintf(path, sizeof path, "%s/fig_1_bad.gp", (char *)*state);
	snprintf(text, sizeof text, "%splot nonsense(\n", query);
	spit(path, text);
	snprintf(path, sizeof path, "%s/fig_2_query.gp", (char *)*state);
	spit(path, "#@ tittle T\n");
	snprintf(path, sizeof path, "%s/fig_3_silent.gp", (char *)*state);
	spit(path, query);
	snprintf(path, sizeof path, "%s/fig_4_good.gp", (char *)*state);
	snprintf(text, sizeof text,
		 "%sset terminal @term\nset output output\nplot data index 0 using 1:2\n", query);
	spit(path, text);
	fake_result(&r, 1);
	assert_int_equal(draw(&r, *state, NULL).outcome, OUTCOME_OK);
	assert_has(figure("fig_1_bad")->state, "fig_1_bad: gnuplot");
	assert_string_equal(figure("fig_1_bad")->svg, "");
	assert_null(strchr(figure("fig_1_bad")->state, '\n'));
	assert_has(figure("fig_2_query")->state, "tittle");
	assert_has(figure("fig_3_silent")->state, "wrote no svg");
	assert_true(*figure("fig_4_good")->svg);
	result_free(&r);
}

static void bad_places_are_one_clear_line(void **state)
{
	char path[200];
	struct result r;

	fake_result(&r, 1);
	snprintf(path, sizeof path, "%s/file", (char *)*state);
	spit(path, "");
	struct verdict v = draw(&r, path, NULL);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_has(v.text, path);
	v = draw(&r, "/proc/self/nowhere", NULL);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_true(*v.remedy);
	v = draw(&r, *state, "no_such");
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_has(v.text, "no_such");
	setenv("TLBSCOPE_DATA", "/nonexistent", 1);
	v = draw(&r, *state, NULL);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_has(v.text, "TLBSCOPE_DATA=/nonexistent");
	result_free(&r);
}

static void a_read_only_directory_is_named(void **state)
{
	char path[200];
	struct result r;

	if (geteuid() == 0)
		skip();
	snprintf(path, sizeof path, "%s/closed", (char *)*state);
	mkdir(path, 0555);
	fake_result(&r, 1);
	struct verdict v = draw(&r, path, NULL);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_has(v.text, path);
	assert_has(v.remedy, "--output");
	result_free(&r);
}

static void nothing_to_draw_is_said(void **state)
{
	struct result r;

	result_init(&r);
	r.run.base_page_bytes = 4096;
	assert_int_equal(draw(&r, *state, NULL).outcome, OUTCOME_OK);
	assert_has(figure("fig_1_cliff")->state, "no cell of this run matches");
	assert_string_equal(figure("fig_1_cliff")->svg, "");
	fake_cell(&r, "chase/page=4k/layout=distinct/frames=shuffled/footprint=1MiB")->outcome =
	    verdict_invalid("x", "y", "z");
	assert_int_equal(draw(&r, *state, NULL).outcome, OUTCOME_OK);
	assert_has(figure("fig_1_cliff")->state, "1 is invalid");
	assert_string_equal(figure("fig_1_cliff")->svg, "");
	result_free(&r);
}

/* A run of a single point, of one op, of nothing but base pages: all axes still have a range. */
static void poor_results_are_drawn(void **state)
{
	struct result r;

	if (no_gnuplot())
		skip();
	result_init(&r);
	r.run.base_page_bytes = 4096;
	plain_cell(&r, "chase/page=4k/layout=distinct/frames=shuffled/footprint=1MiB", "ns", "ns",
		   4);
	plain_cell(&r, "madvise/page=4k/npages=1/resp=0", "ns", "ns", 900);
	plain_cell(&r, "munmap/page=4k/npages=1/resp=1/place=core/state=spin", "added_ns", "ns",
		   8000);
	plain_cell(&r, "assoc/page=4k/layout=distinct/stride=4KiB/pages=64", "cycles", "cycles", 4);
	plain_cell(&r, "walkcache/page=4k/layout=distinct/stride=2MiB/pages=64",
		   "translation_cycles", "cycles", 60);
	plain_cell(&r, "walkers/page=4k/layout=distinct/stride=512KiB/pages=4096/chains=1",
		   "cycles", "cycles", 140);
	plain_cell(&r, "fault/page=4k/op=write/memory=resident/span=32MiB/resp=0", "ms_per_gib",
		   "ms/GiB", 180);
	struct hist_result *h = cell_add_hist(&r.cells[1], 3);
	strcpy(h->name, "ns");
	h->lo_ns = 800;
	h->ratio = 1.01;
	h->counts[1] = 5;
	assert_int_equal(draw(&r, *state, NULL).outcome, OUTCOME_OK);
	for (size_t i = 0; i < nfigures; i++)
		assert_string_equal(figures[i].state, "");
	result_free(&r);
}

/* A level of which only two footprints are known has no line in a place that nobody measured. */
static void brackets_are_bands_and_name_both_ends(void **state)
{
	struct result r;

	fake_result(&r, 1);
	result_clear_findings(&r);
	fake_level(&r, "4k", "1", (struct estimate){72, 72, 76}, (struct estimate){7, 7, 7});
	fake_level(&r, "2m", "1", (struct estimate){64, 64, 300}, (struct estimate){7, 7, 7});
	fake_level(&r, "1g", "1", (struct estimate){60, 60, 310}, (struct estimate){7, 7, 7});
	fake_level(&r, "4k", "2", (struct estimate){256, 256, 2048}, (struct estimate){7, 7, 7});
	fake_level(&r, "2m", "2", (struct estimate){256, 256, 512}, (struct estimate){7, 7, 7});
	struct verdict v = draw(&r, *state, NULL);
	assert_true(v.outcome == OUTCOME_OK || v.outcome == OUTCOME_SKIPPED);
	assert_string_equal(figure("fig_1_cliff")->state, "");
	char *data = made(*state, "fig_1_cliff.marks.dat");
	assert_has(data, "60 60 310 bracket \"L1 2m, 1g: 60 to 310\"\n");
	assert_has(data, "72 72 76 measured \"L1 4k: 72\"\n");
	assert_has(data, "256 256 2048 bracket \"L2 4k: 256 to 2,048\"\n");
	assert_has(data, "256 256 512 bracket \"L2 2m: 256 to 512\"\n");
	free(data);
	result_free(&r);
}

/* Nor has a slope, whose est is but a quarter of its rise. Pages are named unless all of them have
 * it. */
static void slopes_are_bands_and_no_sizes(void **state)
{
	static const char *const pages[] = {"thp", "2m", "1g", "4k"};
	struct result r;

	fake_result(&r, 1);
	result_clear_findings(&r);
	for (unsigned i = 0; i < 4; i++) {
		fake_level(&r, pages[i], "1", (struct estimate){72, 72, 73},
			   (struct estimate){7, 7, 7});
		fake_level(&r, pages[i], "2",
			   i < 3 ? (struct estimate){2300, 1600, 2600 + i}
				 : (struct estimate){4516, 3949, 5569},
			   (struct estimate){7, 7, 7});
		facts_set(&r.findings[r.nfindings - 1].subject, "edge", "sloped");
	}
	struct verdict v = draw(&r, *state, NULL);
	assert_true(v.outcome == OUTCOME_OK || v.outcome == OUTCOME_SKIPPED);
	char *data = made(*state, "fig_1_cliff.marks.dat");
	assert_has(data, "72 72 73 measured \"L1: 72\"\n");
	assert_has(data, "1600 1600 2602 bracket \"L2 huge slope 1,600-2,602\"\n");
	assert_has(data, "3949 3949 5569 bracket \"L2 4k slope 3,949-5,569\"\n");
	assert_has_not(data, "4516");
	free(data);
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(every_figure_is_drawn),
	    IN_DIR(the_matrix_tells_kinds_apart),
	    IN_DIR(a_new_file_is_a_new_figure),
	    IN_DIR(drawings_are_stable),
	    IN_DIR(without_gnuplot_data_is_written),
	    IN_DIR(a_broken_figure_says_so_and_harms_no_other),
	    IN_DIR(bad_places_are_one_clear_line),
	    IN_DIR(a_read_only_directory_is_named),
	    IN_DIR(nothing_to_draw_is_said),
	    IN_DIR(poor_results_are_drawn),
	    IN_DIR(brackets_are_bands_and_name_both_ends),
	    IN_DIR(slopes_are_bands_and_no_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
