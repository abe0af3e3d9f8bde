/* The report's sections in text, for those who come by ssh: what the first screen leaves out. */
#include "output/output.h"

#include "output/geometry_table.h"
#include "output/paper.h"
#include "output/text.h"
#include "output/words.h"

#include <string.h>

static void heading(FILE *to, const char *text)
{
	bool colour = terminal_has_colour(to);

	fprintf(to, "\n%s%s%s\n", colour ? "\033[1m" : "", text, colour ? "\033[0m" : "");
}

/* "  name: text", with the text wrapped below itself. */
static void fact(FILE *to, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	fputs("  ", to);
	text_print(to, name);
	fputs(": ", to);
	text_wrap_at(to, text, 4, 4 + (unsigned)text_columns(name), text_width(to));
}

static void print_machine(FILE *to, const struct result *r)
{
	char text[200];

	heading(to, "Machine");
	fact(to, "CPU", r->machine.cpu);
	fact(to, "cores", r->machine.cpukinds);
	fact(to, "execution", r->run.accel);
	snprintf(text, sizeof text, "%s, %.1f MHz, in steps of %.1f ns, %.1f ns a reading",
		 r->clock.source, r->clock.hz / 1e6, r->clock.resolution_ns, r->clock.overhead_ns);
	fact(to, "clock", *r->clock.source ? text : "");
	for (unsigned i = 0; i < r->machine.nclaims; i++) {
		const struct claim *c = &r->machine.claims[i];

		snprintf(text, sizeof text, "L%u %s, %s pages: %llu entries%s%s%s", c->level,
			 c->type, c->pages, (unsigned long long)c->entries, *c->source ? " (" : "",
			 c->source, *c->source ? ")" : "");
		fact(to, "claimed", text);
	}
}

static void print_proofs(FILE *to, const struct result *r)
{
	struct proof_count counts[PROOF_KINDS_MAX];
	size_t n = proofs_count(r, counts);

	heading(to, "Proofs");
	if (!n)
		fputs("  no cell carries a proof\n", to);
	for (size_t i = 0; i < n; i++) {
		char text[400];

		snprintf(text, sizeof text, "%u held, %u unavailable, %u failed%s%.200s",
			 counts[i].states[PROOF_HELD], counts[i].states[PROOF_UNAVAILABLE],
			 counts[i].states[PROOF_FAILED],
			 counts[i].why && *counts[i].why ? "; first: " : "",
			 counts[i].why ? counts[i].why : "");
		fact(to, counts[i].what, text);
	}
}

static void print_findings(FILE *to, const struct result *r)
{
	heading(to, "Findings");
	if (!r->nfindings)
		fputs("  nothing was concluded\n", to);
	for (unsigned i = 0; i < r->nfindings; i++) {
		const struct finding *f = &r->findings[i];
		char name[96];

		snprintf(name, sizeof name, "%s (%s)", f->kind, confidence_name(f->confidence));
		fact(to, name, f->text);
	}
}

static void print_counters(FILE *to, const struct result *r)
{
	heading(to, "Counters");
	if (!r->ncounters)
		fputs("  no counter was tried\n", to);
	for (unsigned i = 0; i < r->ncounters; i++) {
		const struct counter_result *c = &r->counters[i];
		char text[600];

		snprintf(text, sizeof text, "%.150s%s%.60s%s%s%.300s", c->event,
			 *c->raw ? " (" : "", c->raw, *c->raw ? ")" : "", *c->event ? "; " : "",
			 *c->reason ? c->reason : c->counts);
		fact(to, c->id, text);
	}
}

static void print_environment(FILE *to, const struct result *r)
{
	heading(to, "Before the run");
	for (size_t i = 0; i < r->before.n; i++)
		fact(to, r->before.fact[i].name, r->before.fact[i].text);
	if (!r->before.n)
		fputs("  nothing was recorded\n", to);
}

void output_details(FILE *to, const struct result *r)
{
	bool begun = true;

	geometry_print(to, r, GEOMETRY_SIZES, false, &begun);
	geometry_print(to, r, GEOMETRY_COSTS, false, &begun);
	print_proofs(to, r);
	print_machine(to, r);
	print_findings(to, r);
	print_counters(to, r);
	heading(to, "Method");
	for (size_t i = 0; method_words[i]; i++) {
		fputs("  ", to);
		text_wrap(to, method_words[i], 2, text_width(to));
	}
	print_environment(to, r);
	heading(to, "How to cite");
	cite_bibtex(to, r);
	heading(to, "How to run this again");
	fact(to, "tlbscope run", r->run.args);
	fact(to, "made by", r->tool.version);
	fact(to, "revision", r->tool.git);
	fact(to, "compiler", r->tool.compiler);
	fact(to, "flags", r->tool.flags);
}
