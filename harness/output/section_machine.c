/* The machine card. */
#include "output/sections.h"

#include "output/html.h"
#include "output/text.h"
#include "output/topology_svg.h"

#include <string.h>

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

/* What the harness costs when there is nothing to measure. */
static void print_floor(FILE *to, const struct result *r)
{
	static const char *const words[][2] = {
	    {"ns", "an empty operation, timed alone"},
	    {"mean_ns", "an empty operation, mean of a batch"},
	    {"p99_ns", "an empty operation, 99th percentile"},
	    {"counters_leg_ns", "counters, started and stopped"},
	    {"counters_read_ns", "counters, one reading"},
	};

	for (unsigned i = 0; i < r->nfloor; i++) {
		const char *what = r->floor[i].name;
		char name[96], text[96];

		for (size_t k = 0; k < sizeof words / sizeof *words; k++)
			if (strcmp(words[k][0], what) == 0)
				what = words[k][1];
		snprintf(name, sizeof name, "harness: %s", what);
		format_estimate(text, sizeof text, &r->floor[i].e, r->floor[i].unit);
		html_fact(to, name, text);
	}
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
	print_floor(to, r);
	fputs("</table>\n", to);
	if (r->machine.topology_xml) {
		fputs("<figure class=\"machine\">\n", to);
		if (topology_svg(to, r->machine.topology_xml))
			fputs("<figcaption>What shares what: each part is as wide as the CPUs that "
			      "it serves.</figcaption>\n",
			      to);
		fputs("</figure>\n", to);
	}
	print_claims(to, r);
}
