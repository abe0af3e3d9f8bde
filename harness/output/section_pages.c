/* What each kind of page costs to get, what it saves, and when that has paid. */
#include "output/sections.h"

#include "output/html.h"
#include "output/text.h"
#include "output/words.h"

#include <string.h>

static void print_value(FILE *to, const struct finding *f, const char *name)
{
	const struct finding_value *value = finding_value_of(f, name);
	char text[96] = "";

	if (value)
		format_estimate(text, sizeof text, &value->e, value->unit);
	html_element(to, "td", NULL, value ? text : "-");
}

static const struct finding *next(const struct result *result, const char *kind,
				  const struct finding *after)
{
	return result_find_finding(result, kind, NULL, NULL, after);
}

/* The base page's own row comes out of the first finding. */
static void print_costs(FILE *to, const struct result *result)
{
	static const char *const headings[] = {"page",
					       "to touch 1 GiB once",
					       "to get one page",
					       "cheaper from",
					       "saved a load",
					       "loads that repay one, sparse use",
					       "full use",
					       NULL};
	static const char *const values[] = {"huge_ms_per_gib",	     "huge_ns",
					     "even_pages",	     "saved_ns",
					     "even_accesses_sparse", "even_accesses_used"};
	const struct finding *f = next(result, "break-even", NULL);

	html_table(to, "Getting memory: first touch, clearing and all", headings);
	fputs("<tr>", to);
	html_element(to, "td", NULL, finding_subject(f, "base"));
	print_value(to, f, "base_ms_per_gib");
	print_value(to, f, "base_ns");
	fputs("<td>-</td><td>-</td><td>-</td><td>-</td></tr>\n", to);
	for (; f; f = next(result, "break-even", f)) {
		fputs("<tr>", to);
		html_element(to, "td", NULL, finding_subject(f, "page"));
		for (size_t i = 0; i < sizeof values / sizeof *values; i++)
			print_value(to, f, values[i]);
		fputs("</tr>\n", to);
	}
	html_table_end(to);
	fputs(
	    "<p class=\"small\">Cheaper from: so many small pages of one must be used for it to be "
	    "cheaper than getting these one by one. Sparse use: one of its small pages only; full "
	    "use: all of them, where it is dearer even then.</p>\n",
	    to);
}

static void print_words(FILE *to, const struct result *result, const char *kind)
{
	fputs("<ul>\n", to);
	for (const struct finding *f = NULL; (f = next(result, kind, f));)
		html_element(to, "li", NULL, f->text);
	fputs("</ul>\n", to);
}

static void print_ratios(FILE *to, const struct finding *f)
{
	fputs("<td>", to);
	for (unsigned i = 0; i < f->nvalues; i++) {
		const char *at = f->values[i].name;
		char text[96];

		if (strncmp(at, "ratio_", 6) != 0)
			continue;
		format_estimate(text, sizeof text, &f->values[i].e, f->values[i].unit);
		html_format(to, "span", NULL, "%s at %s", text, at + 6);
		fputs("<br>", to);
	}
	fputs("</td>", to);
}

static void print_gains(FILE *to, const struct result *result)
{
	static const char *const headings[] = {"access", "page", "times as fast as base pages",
					       "share of walks", NULL};

	html_table(to, "What huge pages gain, by access and footprint", headings);
	for (const struct finding *f = NULL; (f = next(result, "access-gain", f));) {
		fputs("<tr>", to);
		html_element(to, "td", NULL, finding_subject(f, "access"));
		html_element(to, "td", NULL, finding_subject(f, "page"));
		print_ratios(to, f);
		print_value(to, f, "share");
		fputs("</tr>\n", to);
	}
	html_table_end(to);
}

void section_pages(FILE *to, const struct page *page)
{
	bool costs = next(page->result, "break-even", NULL) != NULL;
	bool gains = next(page->result, "access-gain", NULL) != NULL;

	if (costs) {
		print_words(to, page->result, "break-even");
		print_costs(to, page->result);
	}
	if (gains)
		print_gains(to, page->result);
	if (!costs && !gains)
		fputs("<p>Not measured in this run: tlbscope run --only fault --only gups measures "
		      "it.</p>\n",
		      to);
}
