#include "unit/output/support.h"

#include "output/headline.h"
#include "output/topology_svg.h"

#include "output/output.h"
#include "output/svg.h"
#include "output/template.h"

static struct figure figures[FIGURES_MAX];
static size_t nfigures;

static const struct result *against;

static char *report(const struct result *r, const char *dir)
{
	char path[200];

	snprintf(path, sizeof path, "%s/report.html", dir);
	struct verdict v = report_write(r, figures, nfigures, against, path);
	assert_string_equal(v.text, "");
	return slurp(path);
}

static void hostile_strings_are_text(void **state)
{
	static const char evil[] = "<script>alert(\"1\")</script>{{cells}}";
	struct result r;

	fake_result(&r, 1);
	nfigures = 0;
	snprintf(r.machine.cpu, sizeof r.machine.cpu, "%s", evil);
	snprintf(r.run.args, sizeof r.run.args, "%s", evil);
	snprintf(r.run.label, sizeof r.run.label, "<script>");
	snprintf(r.run.profile, sizeof r.run.profile, "<script>");
	snprintf(r.findings[0].text, sizeof r.findings[0].text, "%s", evil);
	snprintf(r.findings[0].values[0].name, RESULT_NAME_MAX, "<script>");
	snprintf(r.cells[0].key, sizeof r.cells[0].key, "%s", evil);
	snprintf(r.cells[0].metrics[0].unit, sizeof r.cells[0].metrics[0].unit, "<script>");
	snprintf(r.cells[0].proofs[0].what, RESULT_NAME_MAX, "<script>");
	r.cells[1].outcome = verdict_invalid("<script>", evil, "%s", evil);
	snprintf(r.counters[0].reason, sizeof r.counters[0].reason, "%s", evil);
	snprintf(r.machine.claims[0].pages, sizeof r.machine.claims[0].pages, "<script>");
	cell_add_note(&r.cells[2], "%s", evil);
	facts_set(&r.before, "<script>", "%s", evil);
	char *html = report(&r, *state);
	char *first = strstr(html, "<script"); /* the template's own */
	assert_non_null(first);
	assert_null(strstr(first + 1, "<script"));
	assert_has_not(html, "<script>alert");
	assert_has(html, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;{{cells}}");
	free(html);
	result_free(&r);
}

static void one_file_nothing_remote(void **state)
{
	struct result r;

	fake_result(&r, 1);
	figures_draw(&r, *state, NULL, figures, &nfigures);
	char *html = report(&r, *state);
	assert_has_not(html, "http://");
	assert_has_not(html, "https://");
	assert_has(html, "default-src 'none'");
	assert_has_not(html, "<link");
	assert_has_not(html, "@import");
	assert_has_not(html, "src=");
	assert_has_not(html, "{{");
	assert_has(html, "prefers-color-scheme");
	assert_has(html, "@media print");
	free(html);
	result_free(&r);
}

static const char *place_of(const char *html, const char *part)
{
	const char *at = strstr(html, part);

	if (!at)
		fail_msg("'%s' is missing", part);
	return at;
}

static void validity_comes_before_figures(void **state)
{
	static const char *const order[] = {
	    "id=\"verdict\"",	  "id=\"validity\"", "id=\"machine\"",	"id=\"figures\"",
	    "id=\"findings\"",	  "id=\"cells\"",    "id=\"counters\"", "id=\"method\"",
	    "id=\"environment\"", "id=\"cite\"",     "id=\"rerun\""};
	struct result r;

	fake_result(&r, 1);
	nfigures = 0;
	char *html = report(&r, *state);
	for (size_t i = 1; i < sizeof order / sizeof *order; i++)
		assert_true(place_of(html, order[i - 1]) < place_of(html, order[i]));
	assert_true(place_of(html, "the thread was moved off CPU 1") < place_of(html, order[3]));
	assert_has(html, "sudo tlbscope run --only");
	assert_has(html, "--seed 42");
	assert_has(html, "the hypervisor exposes no PMU");
	assert_has(html, "0.10 → 1.95");
	free(html);
	result_free(&r);
}

/* Each id="…" of the page once, and each reference to one that is there. */
static void drawings_share_no_ids(void **state)
{
	struct result r;

	fake_result(&r, 1);
	if (figures_draw(&r, *state, NULL, figures, &nfigures).outcome == OUTCOME_SKIPPED)
		skip();
	char *html = report(&r, *state);
	unsigned seen = 0;
	for (const char *at = html; (at = strpbrk(at, " ")); at++) {
		char id[128];

		if (sscanf(at, " id=%*[\"']%100[^\"']", id) != 1 || strncmp(at, " id=", 4) != 0)
			continue;
		char quoted[2][140];
		snprintf(quoted[0], sizeof quoted[0], " id=\"%s\"", id);
		snprintf(quoted[1], sizeof quoted[1], " id='%s'", id);
		for (int q = 0; q < 2; q++)
			for (const char *other = html; (other = strstr(other, quoted[q])); other++)
				if (other != at)
					fail_msg("id %s is there twice", id);
		seen++;
	}
	assert_true(seen > 40);
	assert_has(html, "href='#fig_1_cliff-gpPt");
	/* The drawing says what was found, then where curves begin and end. */
	const char *label =
	    strstr(html, "role=\"img\" aria-label=\"Cost of one access against pages touched. The "
			 "level 1 TLB holds ");
	assert_non_null(label);
	const char *curve = strstr(label, " 4k distinct goes from ");
	assert_true(curve && curve < strchr(label, '>'));
	free(html);
	result_free(&r);
}

static void inlined_svg_is_only_the_element(void **state)
{
	bool ok;

	(void)state;
	char *text = PRINTED(
	    ok = svg_inline(to,
			    "<?xml version='1.0'?><!DOCTYPE svg 'http://x'><svg xmlns=\"http://y\" "
			    "xmlns:xlink='http://z' width='3'><title>t</title><g id=\"a\"/>"
			    "<use xlink:href='#a' fill='url(#b)'/></svg>",
			    "p", "it's <5"));
	assert_true(ok);
	assert_string_equal(text,
			    "<svg role=\"img\" aria-label=\"it&#39;s &lt;5\"  "
			    " width='3'><g id=\"p-a\"/><use href='#p-a' fill='url(#p-b)'/></svg>");
	free(text);
	text = PRINTED(ok = svg_inline(to, "no drawing", "p", "l"));
	assert_false(ok);
	free(text);
}

/* What gnuplot would show by a script is a title, and groups of nothing are left out. */
static void points_tell_their_values_without_a_script(void **state)
{
	bool ok;

	(void)state;
	char *text = PRINTED(
	    ok = svg_inline(
		to,
		"<svg><g fill=\"none\">\n</g>\n"
		"<g onmousemove=\"gnuplot_svg.showHypertext(evt,'4k at 8: 3.9 [3.8, 4.0]')\" "
		"onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>\n<use/></g></svg>",
		"p", "l"));
	assert_true(ok);
	assert_string_equal(text, "<svg role=\"img\" aria-label=\"l\">"
				  "<g><title>4k at 8: 3.9 [3.8, 4.0]</title>\n<use/></g></svg>");
	free(text);
}

static const char two_cores[] =
    "<topology><object type=\"Machine\" os_index=\"0\"><info name=\"a\" value=\"b\"/>"
    "<object type=\"NUMANode\" os_index=\"0\" local_memory=\"8589934592\"/>"
    "<object type=\"L3Cache\" cache_size=\"33554432\" depth=\"3\" cache_linesize=\"64\" "
    "cache_type=\"0\">"
    "<object type=\"Core\" os_index=\"0\"><object type=\"PU\" os_index=\"0\"/><object "
    "type=\"PU\" os_index=\"2\"/></object>"
    "<object type=\"Core\" os_index=\"1\"><object type=\"PU\" os_index=\"1\"/></object>"
    "</object></object></topology>";

static void the_machine_is_drawn_from_its_topology(void **state)
{
	bool ok;

	(void)state;
	char *text = PRINTED(ok = topology_svg(to, two_cores));
	assert_true(ok);
	assert_has(text, "1 NUMA node, 1 L3, 2 cores, 3 CPUs");
	assert_has(text, "<title>NUMA node 0, 8 GiB</title><rect class=\"part kind-2\" x=\"2.0\"");
	assert_has(text, "<title>L3 32 MiB</title>");
	assert_has(text, "<title>core 0</title><rect class=\"part kind-6\" x=\"2.0\" y=\"62.0\" "
			 "width=\"596.0\"");
	assert_has(text, "<title>CPU 1</title><rect class=\"part kind-7\" x=\"602.0\"");
	free(text);
	static const char *const poor[] = {NULL,
					   "",
					   "<object",
					   "<object type=\"Core\"/>",
					   "<object type=\"PU\" os_index=\"-1",
					   "</object></object>"};
	for (size_t i = 0; i < sizeof poor / sizeof *poor; i++) {
		text = PRINTED(ok = topology_svg(to, poor[i]));
		assert_false(ok);
		assert_string_equal(text, "");
		free(text);
	}
}

static void three_numbers_come_first(void **state)
{
	struct headline numbers[HEADLINES];
	struct result r;

	fake_result(&r, 1);
	assert_int_equal(output_headlines(&r, numbers), 3);
	assert_string_equal(numbers[0].number, "44.0 cycles");
	assert_string_equal(numbers[0].interval, "95% interval [42.8, 45.1]");
	assert_has(numbers[1].number, "× 4.10");
	assert_has(numbers[2].number, "9.01 µs");
	char *html = report(&r, *state);
	assert_true(place_of(html, "class=\"numbers\"") < place_of(html, "class=\"verdict\""));
	free(html);
	for (unsigned i = 0; i < r.nfindings; i++)
		r.findings[i].confidence = CANNOT_TELL;
	assert_int_equal(output_headlines(&r, numbers), 0);
	result_free(&r);
}

static void surroundings_are_compared_with_a_second_run(void **state)
{
	struct result r, other;

	fake_result(&r, 1);
	fake_result(&other, 1);
	nfigures = 0;
	facts_set(&other.before, "thp.enabled", "always");
	facts_set(&other.before, "only.there", "<b>");
	against = &other;
	char *html = report(&r, *state);
	against = NULL;
	assert_has(html, "thp.enabled</th><td>madvise</td><td>always</td>");
	assert_has(html, "only.there</th><td>(absent)</td><td>&lt;b&gt;</td>");
	assert_has_not(html, "kernel.release</th><td>6.18.0</td><td>6.18.0");
	free(html);
	result_free(&other);
	result_free(&r);
}

static void templates_only_substitute(void **state)
{
	const struct substitution with[] = {{"a", "{{b}}"}, {"b", "2"}, {0}};
	struct verdict v;

	(void)state;
	char *text = PRINTED(v = template_fill(to, "x{{a}}y{{b}}{{a}}z", "t", with));
	assert_string_equal(text, "x{{b}}y2{{b}}z");
	assert_int_equal(v.outcome, OUTCOME_OK);
	free(text);
	text = PRINTED(v = template_fill(to, "{{c}}", "t.html", with));
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_has(v.text, "t.html: '{{c}}'");
	free(text);
	text = PRINTED(v = template_fill(to, "a {{ b", "t", with));
	assert_string_equal(text, "a {{ b");
	free(text);
}

static void poor_results_are_reported(void **state)
{
	struct result r;

	result_init(&r);
	nfigures = 0;
	char *html = report(&r, *state);
	assert_has(html, "not measured in this run");
	assert_has(html, "No figure was drawn");
	free(html);
	fake_cell(&r, "chase/page=4k/footprint=1MiB")->outcome =
	    verdict_invalid("moved", "pin it", "it moved");
	html = report(&r, *state);
	assert_has(html, "it moved");
	assert_has(html, "pin it");
	assert_has(html, "class=\"invalid\"");
	free(html);
	result_free(&r);
}

static void unwritable_places_are_named(void **state)
{
	struct result r;
	char path[200];

	result_init(&r);
	snprintf(path, sizeof path, "%s/missing/report.html", (char *)*state);
	struct verdict v = report_write(&r, NULL, 0, NULL, path);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_has(v.text, path);
	assert_true(*v.remedy);
	result_free(&r);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

/* Cost and gain of page kinds: in words, and as tables; without findings, what would measure it. */
static void page_kinds_are_told(void **state)
{
	struct result r;

	fake_result(&r, 1);
	char *html = report(&r, *state);
	assert_has(html, "tlbscope run --only fault --only gups");
	free(html);
	struct finding *f = fake_finding(&r, "break-even", "breakeven/1", CONFIRMED,
					 "to touch 1 GiB once: 4k 182 ms, thp 96 ms");
	facts_set(&f->subject, "page", "thp");
	facts_set(&f->subject, "base", "4k");
	finding_add_value(f, "base_ms_per_gib", "ms", (struct estimate){182, 180, 184});
	finding_add_value(f, "huge_ms_per_gib", "ms", (struct estimate){96, 95, 97});
	f = fake_finding(&r, "access-gain", "accessgain/1", CONFIRMED, "twice as fast");
	facts_set(&f->subject, "page", "thp");
	facts_set(&f->subject, "access", "random updates");
	finding_add_value(f, "ratio_1GiB", "", (struct estimate){2, 1.9, 2.1});
	html = report(&r, *state);
	assert_has(html, "<li>to touch 1 GiB once: 4k 182 ms, thp 96 ms</li>");
	assert_has(html, "<td>4k</td><td>182 ms [180, 184]</td>");
	assert_has(html, "<td>thp</td><td>96.0 ms [95.0, 97.0]</td>");
	assert_has(html, "<td>random updates</td><td>thp</td><td><span>2.00 [1.90, 2.10] at 1GiB");
	free(html);
	result_free(&r);
}

/* A cell is a low row: what is long is behind a line that counts it, and keys may break. */
static void cells_are_told_in_few_columns(void **state)
{
	struct result r;

	fake_result(&r, 1);
	nfigures = 0;
	char *html = report(&r, *state);
	const char *cells = place_of(html, "id=\"cells\"");
	assert_has(cells, "<code>chase/<wbr>page=4k/<wbr>layout=distinct/<wbr>");
	assert_has(cells, "<td class=\"number\">10</td><td><details><summary>2 more metrics, 2 "
			  "proofs held</summary>page-size held, pinned held<br>cycles ");
	assert_has(cells, "run on an idle machine, or with --cpus<details><summary>1 proof failed"
			  "</summary>pinned failed</details></td></tr>");
	free(html);
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(hostile_strings_are_text),
	    IN_DIR(one_file_nothing_remote),
	    IN_DIR(validity_comes_before_figures),
	    IN_DIR(drawings_share_no_ids),
	    IN_DIR(points_tell_their_values_without_a_script),
	    IN_DIR(the_machine_is_drawn_from_its_topology),
	    IN_DIR(three_numbers_come_first),
	    IN_DIR(surroundings_are_compared_with_a_second_run),
	    IN_DIR(inlined_svg_is_only_the_element),
	    IN_DIR(templates_only_substitute),
	    IN_DIR(page_kinds_are_told),
	    IN_DIR(cells_are_told_in_few_columns),
	    IN_DIR(poor_results_are_reported),
	    IN_DIR(unwritable_places_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
