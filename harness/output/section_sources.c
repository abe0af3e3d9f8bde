/* What the report says last: method, surroundings, how to cite, how to run it again. */
#include "output/sections.h"

#include "output/html.h"
#include "output/paper.h"
#include "output/text.h"
#include "output/words.h"

#include <stdlib.h>

void section_method(FILE *to, const struct page *page)
{
	(void)page;
	for (size_t i = 0; method_words[i]; i++)
		html_element(to, "p", NULL, method_words[i]);
}

static void print_facts(FILE *to, const struct facts *facts)
{
	fputs("<div class=\"scroll\"><table class=\"facts\">\n", to);
	for (size_t i = 0; i < facts->n; i++)
		html_fact(to, facts->fact[i].name, facts->fact[i].text);
	fputs("</table></div>\n", to);
}

/* Names of both, in the order of `one`. */
static void print_diff(FILE *to, const struct result *one, const struct result *other)
{
	static const char *const headings[] = {"setting", "here", "there", NULL};
	struct facts differ = {0};

	if (!facts_diff(&one->before, &other->before, &differ))
		fputs("<p>Not enough memory to compare them.</p>\n", to);
	html_format(to, "h3", NULL, "Against %s", other->run.id);
	html_format(to, "p", NULL, "There: %s, %s, tlbscope %s, %s profile.", other->machine.cpu,
		    other->run.started, other->tool.version, other->run.profile);
	if (differ.n)
		html_table(to, "Settings that differ between the two runs", headings);
	else
		fputs("<p>No recorded setting differs.</p>\n", to);
	for (size_t i = 0; i < differ.n; i++) {
		const char *name = differ.fact[i].name, *here = facts_get(&one->before, name),
			   *there = facts_get(&other->before, name);

		fputs("<tr><th scope=\"row\">", to);
		html_print(to, name);
		fputs("</th>", to);
		html_element(to, "td", NULL, here ? here : "(absent)");
		html_element(to, "td", NULL, there ? there : "(absent)");
		fputs("</tr>\n", to);
	}
	if (differ.n)
		html_table_end(to);
	facts_free(&differ);
}

void section_environment(FILE *to, const struct page *page)
{
	const struct result *r = page->result;

	fputs("<h3>Changed during the run</h3>\n", to);
	if (r->changed.n)
		print_facts(to, &r->changed);
	else
		fputs("<p>Nothing that is watched changed.</p>\n", to);
	if (page->against)
		print_diff(to, r, page->against);
	fputs("<details><summary>Before the run</summary>\n", to);
	print_facts(to, &r->before);
	fputs("</details>\n", to);
}

void section_cite(FILE *to, const struct page *page)
{
	char *text = NULL;
	size_t length;
	FILE *memory = open_memstream(&text, &length);

	if (!memory)
		return;
	cite_bibtex(memory, page->result);
	fclose(memory);
	fputs("<p>The run, its machine and its seed, for BibTeX:</p>\n", to);
	html_element(to, "pre", NULL, text);
	fputs("\n<p>Drawings for a paper's column, with captions: <code>tlbscope figures --paper "
	      "acm</code>, <code>ieee</code> or <code>usenix</code>. All of it for an artifact "
	      "evaluation: <code>tlbscope bundle</code>.</p>\n",
	      to);
	free(text);
}

void section_rerun(FILE *to, const struct page *page)
{
	const struct result *r = page->result;

	fputs("<p>The same plan in the same order:</p>\n", to);
	if (*r->run.args)
		html_format(to, "pre", NULL, "tlbscope run %s", r->run.args);
	else
		html_format(to, "pre", NULL, "tlbscope run --profile %s --seed %llu",
			    *r->run.profile ? r->run.profile : "quick",
			    (unsigned long long)r->run.seed);
	fputs("<div class=\"scroll\"><table class=\"facts\">\n", to);
	html_fact(to, "run", r->run.id);
	html_fact(to, "tlbscope", r->tool.version);
	html_fact(to, "revision", r->tool.git);
	html_fact(to, "compiler", r->tool.compiler);
	html_fact(to, "flags", r->tool.flags);
	fputs("</table></div>\n", to);
}
