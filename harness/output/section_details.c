/* What the report says from the figures on. */
#include "output/sections.h"

#include "output/files.h"
#include "output/html.h"
#include "output/svg.h"
#include "output/text.h"
#include "output/words.h"

#include <stdlib.h>
#include <string.h>

static void print_figure(FILE *to, const struct figure *figure)
{
	char *svg = NULL;
	struct verdict v = file_read(figure->svg, &svg);

	fprintf(to, "<figure id=\"%s\">\n", figure->name);
	html_element(to, "h3", NULL, figure->title);
	if (!verdict_is_ok(&v) ||
	    !svg_inline(to, svg, figure->name, *figure->alt ? figure->alt : figure->title))
		html_element(to, "p", "invalid", "The drawing cannot be read.");
	fputs("<figcaption><b>How to read this.</b> ", to);
	html_print(to, figure->read);
	html_format(to, "p", "small", "Data: figures/%s.dat", figure->name);
	fputs("</figcaption></figure>\n", to);
	free(svg);
}

void section_figures(FILE *to, const struct page *page)
{
	size_t drawn = 0;

	for (size_t i = 0; i < page->nfigures; i++) {
		if (!*page->figures[i].svg)
			continue;
		print_figure(to, &page->figures[i]);
		drawn++;
	}
	if (!drawn)
		fputs("<p>No figure was drawn.</p>\n", to);
	fputs("<ul class=\"small\">\n", to);
	for (size_t i = 0; i < page->nfigures; i++) {
		const struct figure *figure = &page->figures[i];

		if (*figure->state)
			html_format(to, "li", NULL, "%s: %s",
				    *figure->title ? figure->title : figure->name, figure->state);
	}
	fputs("</ul>\n", to);
}

static void print_values(FILE *to, const struct finding *finding)
{
	char text[96];

	fputs("<td>", to);
	for (unsigned i = 0; i < finding->nvalues; i++) {
		format_estimate(text, sizeof text, &finding->values[i].e, finding->values[i].unit);
		fputs(i ? "<br>" : "", to);
		html_print(to, finding->values[i].name);
		fputs(" ", to);
		html_print(to, text);
	}
	fputs("</td>", to);
}

static void print_from(FILE *to, const struct finding *finding)
{
	fprintf(to, "<td><details><summary>%u cells</summary>", finding->nfrom);
	for (unsigned i = 0; i < finding->nfrom; i++) {
		html_element(to, "code", NULL, finding->from[i]);
		fputs("<br>", to);
	}
	fputs("</details></td>", to);
}

void section_findings(FILE *to, const struct page *page)
{
	static const char *const headings[] = {"finding",    "in words", "values",
					       "confidence", "from",	 NULL};
	const struct result *r = page->result;

	if (!r->nfindings) {
		fputs("<p>Nothing was concluded.</p>\n", to);
		return;
	}
	html_table(to, "Findings: concluded from several cells", headings);
	for (unsigned i = 0; i < r->nfindings; i++) {
		const struct finding *f = &r->findings[i];

		fputs("<tr>", to);
		html_element(to, "td", NULL, f->kind);
		html_element(to, "td", NULL, f->text);
		print_values(to, f);
		html_element(to, "td", NULL, confidence_name(f->confidence));
		print_from(to, f);
		fputs("</tr>\n", to);
	}
	html_table_end(to);
}

static void print_notes(FILE *to, const struct cell_result *cell)
{
	const struct verdict *v = &cell->outcome;

	fputs("<td>", to);
	if (!verdict_is_ok(v)) {
		html_print(to, v->text);
		fputs(*v->remedy ? "; " : "", to);
		html_print(to, v->remedy);
	}
	for (unsigned i = 0; i < cell->nnotes; i++) {
		fputs(i || !verdict_is_ok(v) ? "<br>" : "", to);
		html_print(to, cell->notes[i]);
	}
	fputs("</td>", to);
}

static void print_proofs(FILE *to, const struct cell_result *cell)
{
	fputs("<td>", to);
	for (unsigned i = 0; i < cell->nproofs; i++) {
		const struct proof *proof = &cell->proofs[i];

		fputs(i ? "<br>" : "", to);
		html_print(to, proof->what);
		fprintf(to, " %s", proof_state_name(proof->state));
	}
	fputs("</td>", to);
}

static void print_metrics(FILE *to, const struct result *result, const struct cell_result *cell)
{
	const char *between = "";

	for (unsigned i = 0; i < cell->nmetrics; i++) {
		const struct metric_result *m = &cell->metrics[i];
		char text[96];

		if (counter_is_idle(result, m))
			continue;
		format_estimate(text, sizeof text, &m->e, m->unit);
		fputs(between, to);
		html_print(to, m->name);
		fputc(' ', to);
		html_print(to, text);
		fputs(m->noisy ? " noisy" : "", to);
		between = "<br>";
	}
}

static void print_cell(FILE *to, const struct result *result, const struct cell_result *cell)
{
	bool ok = verdict_is_ok(&cell->outcome);
	const char *outcome = outcome_name(cell->outcome.outcome);

	fputs("<tr><td><code>", to);
	html_print(to, cell->key);
	fputs("</code></td>", to);
	html_format(to, "td", ok ? NULL : outcome, "%s%s%s", outcome,
		    *cell->outcome.code ? ": " : "", cell->outcome.code);
	fputs("<td class=\"number\">", to);
	if (ok)
		print_metrics(to, result, cell);
	fputs("</td>", to);
	html_format(to, "td", NULL, "%u", cell->rounds);
	print_proofs(to, cell);
	print_notes(to, cell);
	fputs("</tr>\n", to);
}

void section_cells(FILE *to, const struct page *page)
{
	static const char *const headings[] = {
	    "cell", "outcome", "estimates [95% interval]", "rounds", "proofs", "notes", NULL};

	html_table(to, "All cells", headings);
	for (unsigned i = 0; i < page->result->ncells; i++)
		print_cell(to, page->result, &page->result->cells[i]);
	html_table_end(to);
}

void section_counters(FILE *to, const struct page *page)
{
	static const char *const headings[] = {
	    "counter", "source", "event", "raw", "what it counts here, or why it cannot", NULL};
	const struct result *r = page->result;

	if (!r->ncounters) {
		fputs("<p>No counter was tried.</p>\n", to);
		return;
	}
	html_table(to, "Counters", headings);
	for (unsigned i = 0; i < r->ncounters; i++) {
		const struct counter_result *c = &r->counters[i];

		fputs("<tr>", to);
		html_element(to, "td", NULL, c->id);
		html_element(to, "td", NULL, c->source);
		html_element(to, "td", NULL, c->event);
		html_element(to, "td", NULL, c->raw);
		html_element(to, "td", NULL, *c->reason ? c->reason : c->counts);
		fputs("</tr>\n", to);
	}
	html_table_end(to);
}

static void print_facts(FILE *to, const struct facts *facts)
{
	fputs("<div class=\"scroll\"><table class=\"facts\">\n", to);
	for (size_t i = 0; i < facts->n; i++)
		html_fact(to, facts->fact[i].name, facts->fact[i].text);
	fputs("</table></div>\n", to);
}

void section_environment(FILE *to, const struct page *page)
{
	const struct result *r = page->result;

	fputs("<h3>Changed during the run</h3>\n", to);
	if (r->changed.n)
		print_facts(to, &r->changed);
	else
		fputs("<p>Nothing that is watched changed.</p>\n", to);
	fputs("<details><summary>Before the run</summary>\n", to);
	print_facts(to, &r->before);
	fputs("</details>\n", to);
}

void section_rerun(FILE *to, const struct page *page)
{
	const struct result *r = page->result;

	fputs("<p>The same plan in the same order:</p>\n", to);
	html_format(to, "pre", NULL, "tlbscope run --profile %s --seed %llu",
		    *r->run.profile ? r->run.profile : "quick", (unsigned long long)r->run.seed);
	fputs("<table class=\"facts\">\n", to);
	html_fact(to, "given on the command line", r->run.args);
	html_fact(to, "run", r->run.id);
	html_fact(to, "tlbscope", r->tool.version);
	html_fact(to, "revision", r->tool.git);
	html_fact(to, "compiler", r->tool.compiler);
	html_fact(to, "flags", r->tool.flags);
	fputs("</table>\n", to);
}
