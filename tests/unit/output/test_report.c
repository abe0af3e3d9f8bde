#include "unit/output/support.h"

#include "output/output.h"
#include "output/svg.h"
#include "output/template.h"

static struct figure figures[FIGURES_MAX];
static size_t nfigures;

static char *report(const struct result *r, const char *dir)
{
	char path[200];

	snprintf(path, sizeof path, "%s/report.html", dir);
	struct verdict v = report_write(r, figures, nfigures, path);
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
	assert_has_not(html, "<script");
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
	assert_has_not(html, "<script");
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
	    "id=\"verdict\"",  "id=\"validity\"",    "id=\"machine\"",
	    "id=\"figures\"",  "id=\"findings\"",    "id=\"cells\"",
	    "id=\"counters\"", "id=\"environment\"", "id=\"rerun\""};
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
	assert_has(
	    html,
	    "role=\"img\" aria-label=\"Cost of one access against pages touched. 4k distinct:");
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
	struct verdict v = report_write(&r, NULL, 0, path);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_has(v.text, path);
	assert_true(*v.remedy);
	result_free(&r);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(hostile_strings_are_text),	     IN_DIR(one_file_nothing_remote),
	    IN_DIR(validity_comes_before_figures),   IN_DIR(drawings_share_no_ids),
	    IN_DIR(inlined_svg_is_only_the_element), IN_DIR(templates_only_substitute),
	    IN_DIR(poor_results_are_reported),	     IN_DIR(unwritable_places_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
