/* What the report says first: verdict, and what it is worth. */
#include "output/sections.h"

#include "output/headline.h"
#include "output/html.h"
#include "output/text.h"
#include "output/words.h"
#include "result/phrase.h"

#include <stdlib.h>
#include <string.h>

void section_title(FILE *to, const struct page *page)
{
	const char *cpu = page->result->machine.cpu;

	fputs("tlbscope: ", to);
	html_print(to, *cpu ? cpu : "an unnamed CPU");
}

void section_summary(FILE *to, const struct page *page)
{
	const struct result *r = page->result;
	const char *kernel = facts_get(&r->before, "kernel.release");

	html_format(to, "p", "summary", "Linux %s, %s profile, %s, %u round%s%s%s%s",
		    kernel ? kernel : "unknown", *r->run.profile ? r->run.profile : "no",
		    *r->run.started ? r->run.started : "at an unknown time", r->run.rounds,
		    plural(r->run.rounds), r->run.complete ? "" : ", partial",
		    *r->run.label ? ", " : "", r->run.label);
}

static void print_numbers(FILE *to, const struct result *result)
{
	struct headline numbers[HEADLINES];
	size_t n = output_headlines(result, numbers);

	fputs(n ? "<ul class=\"numbers\">\n" : "", to);
	for (size_t i = 0; i < n; i++) {
		fputs("<li>", to);
		html_element(to, "strong", NULL, numbers[i].number);
		html_element(to, "span", NULL, numbers[i].label);
		html_element(to, "span", "small", numbers[i].interval);
		fputs("</li>\n", to);
	}
	fputs(n ? "</ul>\n" : "", to);
}

void section_verdict(FILE *to, const struct page *page)
{
	struct verdict_line lines[VERDICT_LINES_MAX];
	size_t n = output_verdict(page->result, lines);

	print_numbers(to, page->result);
	fputs("<dl class=\"verdict\">\n", to);
	for (size_t i = 0; i < n; i++) {
		html_element(to, "dt", NULL, lines[i].label);
		html_element(to, "dd", NULL, lines[i].text);
		fputc('\n', to);
	}
	fputs("</dl>\n", to);
}

static void print_reasons(FILE *to, const struct result *result, enum outcome outcome,
			  const char *caption)
{
	static const char *const headings[] = {"cells", "reason", "what happened", "remedy", NULL};
	struct reason *reasons;
	size_t n = result_reasons(result, outcome, &reasons);

	if (n)
		html_table(to, caption, headings);
	for (size_t i = 0; i < n; i++) {
		fputs("<tr>", to);
		html_format(to, "td", NULL, "%u", reasons[i].cells);
		html_element(to, "td", outcome_name(outcome), reasons[i].verdict->code);
		html_element(to, "td", NULL, reasons[i].verdict->text);
		html_element(to, "td", NULL, reasons[i].verdict->remedy);
		fputs("</tr>\n", to);
	}
	if (n)
		html_table_end(to);
	free(reasons);
}

static void print_proofs(FILE *to, const struct result *result)
{
	static const char *const headings[] = {
	    "proof", "held", "unavailable", "failed", "first reason it did not hold", NULL};
	struct proof_count counts[PROOF_KINDS_MAX];
	size_t n = proofs_count(result, counts);

	if (!n) {
		fputs("<p>No cell carries a proof.</p>\n", to);
		return;
	}
	html_table(to, "Proofs", headings);
	for (size_t i = 0; i < n; i++) {
		fputs("<tr>", to);
		html_element(to, "td", NULL, counts[i].what);
		html_format(to, "td", NULL, "%u", counts[i].states[PROOF_HELD]);
		html_format(to, "td", NULL, "%u", counts[i].states[PROOF_UNAVAILABLE]);
		html_format(to, "td", counts[i].states[PROOF_FAILED] ? "invalid" : NULL, "%u",
			    counts[i].states[PROOF_FAILED]);
		html_element(to, "td", NULL, counts[i].why ? counts[i].why : "");
		fputs("</tr>\n", to);
	}
	html_table_end(to);
}

void section_validity(FILE *to, const struct page *page)
{
	struct tally t = result_tally(page->result);

	html_format(
	    to, "p", NULL,
	    "%u of %u cell%s %s ok (%u of them noisy: known less well than the run aimed for), "
	    "%u invalid, %u skipped. Numbers of invalid cells appear nowhere.",
	    t.ok, t.cells, plural(t.cells), is_or_are(t.ok), t.noisy, t.invalid, t.skipped);
	print_proofs(to, page->result);
	print_reasons(to, page->result, OUTCOME_INVALID,
		      "Invalid cells: tried, and the number must not be used");
	print_reasons(to, page->result, OUTCOME_ERROR, "Cells that ended in an error");
	print_reasons(to, page->result, OUTCOME_SKIPPED, "Skipped cells: could not be tried here");
}
