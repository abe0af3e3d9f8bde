/* What the report says before any figure: verdict, validity, machine. */
#include "output/sections.h"

#include "output/html.h"
#include "output/text.h"
#include "output/words.h"

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

	html_format(to, "p", "summary", "Linux %s, %s profile, %s, %u rounds%s%s%s",
		    kernel ? kernel : "unknown", *r->run.profile ? r->run.profile : "no",
		    *r->run.started ? r->run.started : "at an unknown time", r->run.rounds,
		    r->run.complete ? "" : ", partial", *r->run.label ? ", " : "", r->run.label);
}

void section_verdict(FILE *to, const struct page *page)
{
	struct verdict_line lines[VERDICT_LINES_MAX];
	size_t n = output_verdict(page->result, lines);

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

/* How often each kind of proof held. */
struct proof_count {
	const char *what, *why;
	unsigned states[PROOF_UNAVAILABLE + 1];
};

static size_t count_proofs(const struct result *result, struct proof_count *counts, size_t max)
{
	size_t n = 0;

	for (unsigned i = 0; i < result->ncells; i++) {
		for (unsigned k = 0; k < result->cells[i].nproofs; k++) {
			const struct proof *proof = &result->cells[i].proofs[k];
			size_t at = 0;

			while (at < n && strcmp(counts[at].what, proof->what) != 0)
				at++;
			if (at == max || !proof->state)
				continue;
			n += at == n;
			counts[at].what = proof->what;
			counts[at].states[proof->state]++;
			if (proof->state != PROOF_HELD && !counts[at].why)
				counts[at].why = proof->text;
		}
	}
	return n;
}

static void print_proofs(FILE *to, const struct result *result)
{
	static const char *const headings[] = {
	    "proof", "held", "unavailable", "failed", "first reason it did not hold", NULL};
	struct proof_count counts[32] = {0};
	size_t n = count_proofs(result, counts, 32);

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
	    "Of %u cells %u are ok (%u of them noisy: known less well than the run aimed for), "
	    "%u are invalid and %u were skipped. Numbers of invalid cells appear nowhere.",
	    t.cells, t.ok, t.noisy, t.invalid, t.skipped);
	print_proofs(to, page->result);
	print_reasons(to, page->result, OUTCOME_INVALID,
		      "Invalid cells: tried, and the number must not be used");
	print_reasons(to, page->result, OUTCOME_ERROR, "Cells that ended in an error");
	print_reasons(to, page->result, OUTCOME_SKIPPED, "Skipped cells: could not be tried here");
}

/* Facts of one group ("pool.", "thp.") on one line. */
static void print_group(FILE *to, const struct facts *facts, const char *label, const char *prefix)
{
	char text[512] = "";
	size_t length = strlen(prefix);

	for (size_t i = 0; i < facts->n; i++) {
		size_t used = strlen(text);

		if (strncmp(facts->fact[i].name, prefix, length) == 0)
			snprintf(text + used, sizeof text - used, "%s%s %s", used ? ", " : "",
				 facts->fact[i].name + length, facts->fact[i].text);
	}
	html_fact(to, label, text);
}

static void print_claims(FILE *to, const struct result *result)
{
	static const char *const headings[] = {"level", "type", "pages", "entries",
					       "ways",	"from", NULL};

	if (!result->machine.nclaims)
		return;
	html_table(to, "What CPUID claims of the TLB: never a measurement", headings);
	for (unsigned i = 0; i < result->machine.nclaims; i++) {
		const struct claim *claim = &result->machine.claims[i];

		fputs("<tr>", to);
		html_format(to, "td", NULL, "%u", claim->level);
		html_element(to, "td", NULL, claim->type);
		html_element(to, "td", NULL, claim->pages);
		html_format(to, "td", NULL, "%llu", (unsigned long long)claim->entries);
		if (claim->ways && claim->ways == claim->entries)
			html_element(to, "td", NULL, "fully associative");
		else if (claim->ways)
			html_format(to, "td", NULL, "%llu", (unsigned long long)claim->ways);
		else
			html_element(to, "td", NULL, "not said");
		html_element(to, "td", NULL, claim->source);
		fputs("</tr>\n", to);
	}
	html_table_end(to);
}

void section_machine(FILE *to, const struct page *page)
{
	const struct result *r = page->result;
	const struct facts *env = &r->before;
	const char *hypervisor = facts_get(env, "hypervisor");
	char clock[160];

	snprintf(clock, sizeof clock, "%s, %.1f MHz, in steps of %.1f ns, %.1f ns a reading",
		 r->clock.source, r->clock.hz / 1e6, r->clock.resolution_ns, r->clock.overhead_ns);
	fputs("<table class=\"facts\">\n", to);
	html_fact(to, "CPU", r->machine.cpu);
	html_fact(to, "cores", r->machine.cpukinds);
	html_fact(to, "microcode", facts_get(env, "cpu.microcode"));
	html_fact(to, "kernel", facts_get(env, "kernel.release"));
	html_fact(to, "command line", facts_get(env, "kernel.cmdline"));
	html_fact(to, "hypervisor", hypervisor ? hypervisor : "none seen");
	html_fact(to, "execution", r->run.accel);
	print_group(to, env, "transparent huge pages", "thp.");
	print_group(to, env, "multi-size THP", "mthp.");
	print_group(to, env, "page pools", "pool.");
	print_group(to, env, "mitigations", "mitigation.");
	html_fact(to, "frequency governor", facts_get(env, "governor"));
	html_fact(to, "clock", *r->clock.source ? clock : "");
	for (unsigned i = 0; i < r->nfloor; i++) {
		char name[64], text[96];

		snprintf(name, sizeof name, "harness alone: %s", r->floor[i].name);
		format_estimate(text, sizeof text, &r->floor[i].e, r->floor[i].unit);
		html_fact(to, name, text);
	}
	fputs("</table>\n", to);
	print_claims(to, r);
}
