/* What the report says of figures, findings and counters. */
#include "output/sections.h"

#include "output/files.h"
#include "output/html.h"
#include "output/svg.h"
#include "output/text.h"
#include "output/words.h"
#include "result/phrase.h"

#include <stdlib.h>
#include <string.h>

static void print_figure(FILE *to, const struct figure *figure)
{
	char *svg = NULL;
	struct verdict v = file_read(figure->svg, &svg);

	fprintf(to, "<figure id=\"%s\">\n", figure->name);
	html_element(to, "h3", "heard", figure->title);
	if (!verdict_is_ok(&v) ||
	    !svg_inline(to, svg, figure->name, *figure->alt ? figure->alt : figure->title))
		html_element(to, "p", "invalid", "The drawing cannot be read.");
	fputs("<figcaption><b>How to read this.</b> ", to);
	html_print(to, figure->read);
	html_format(to, "p", "small", "Exact values: point at a mark, or read figures/%s.dat.",
		    figure->name);
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
	fprintf(to, "<td><details><summary>%u cell%s</summary>", finding->nfrom,
		plural(finding->nfrom));
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
