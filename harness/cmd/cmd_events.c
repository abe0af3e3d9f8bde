#include "cmd/cmd.h"

#include "measure/counters.h"

#include <stdlib.h>
#include <string.h>

static const char doc[] =
    "List what can be counted: tlbscope's own names with how each resolves on this machine, and "
    "libpfm4's events that match PATTERN."
    "\vPATTERN is a part of a name or description, or a pattern with * ? []. tlbscope run counts "
    "those of libpfm4 on demand; see its help.\n\n"
    "Examples:\n"
    "  tlbscope events                   what is counted here, from where, and why some is not\n"
    "  tlbscope events walk              whatever has to do with walks\n"
    "  tlbscope events 'perf::*FAULTS'   the kernel's page-fault events\n"
    "  tlbscope events --family zen4     the table of another CPU";

#define LIBPFM_MAX 80 /* lines; more is no help to anybody */

struct options {
	const char *pattern, *family;
};

static const struct argp_option options[] = {
    {"family", 'f', "NAME", 0, "explain the table of another CPU", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == 'f')
		o->family = arg;
	else if (key == ARGP_KEY_ARG && !o->pattern)
		o->pattern = arg;
	else
		return cmd_no_more(key, arg, state);
	return 0;
}

static void print_counter(const struct counter_result *c)
{
	bool none = strcmp(c->source, "none") == 0;

	printf("%-28s %s%s%s%s%s\n", c->id, none ? "n/a: " : c->source, none ? c->reason : "  ",
	       none ? "" : c->event, none || !*c->raw ? "" : "  ", none ? "" : c->raw);
	printf("%-28s   %s\n", "", c->counts);
	if (!none && *c->reason)
		printf("%-28s   but %s\n", "", c->reason);
}

static bool matches(const char *pattern, const struct counter_result *c)
{
	return !pattern || counters_name_matches(pattern, c->id) ||
	       counters_name_matches(pattern, c->event) ||
	       counters_name_matches(pattern, c->counts);
}

static unsigned list_vocabulary(const char *pattern)
{
	struct counter_plan *plan = calloc(1, sizeof *plan);
	char summary[512];
	unsigned n = 0;

	if (!plan)
		return 0;
	counters_resolve(plan);
	counters_describe(plan, summary, sizeof summary);
	printf("counted here: %s\n", summary);
	for (unsigned i = 0; i < plan->n; i++)
		if (matches(pattern, &plan->counter[i].info)) {
			fputs(n++ ? "" : "\n", stdout);
			print_counter(&plan->counter[i].info);
		}
	free(plan);
	return n;
}

static void print_event(void *context, const char *name, const char *what)
{
	unsigned *n = context;

	if ((*n)++ < LIBPFM_MAX)
		printf("%-44s %s\n", name, what);
}

static unsigned list_libpfm(const char *pattern)
{
	unsigned n = 0;

	printf("\nlibpfm4, of this CPU and kernel:\n");
	counters_each_event(pattern, print_event, &n);
	if (n > LIBPFM_MAX)
		printf("... and %u more: give more of the name\n", n - LIBPFM_MAX);
	else if (!n)
		puts("none that matches");
	return n;
}

/* "zen4" finds "AMD Zen 4". */
static bool is_family(const char *name, const char *family)
{
	char text[64];
	size_t n = 0;

	for (const char *c = family; *c && n + 1 < sizeof text; c++)
		if (*c != ' ')
			text[n++] = *c;
	text[n] = 0;
	return counters_name_matches(name, family) || counters_name_matches(name, text);
}

static void print_family(const struct event_family *family)
{
	printf("%s (CPUs %s; libpfm4: %s)\n", family->name, family->match,
	       family->libpfm_pmu ? family->libpfm_pmu : "none");
	if (family->raw_only)
		printf("%s\n", family->raw_only);
	for (const struct event_row *row = family->rows; row->id; row++)
		printf("  %-20s raw %#-10llx %s\n  %-20s   %s\n", row->id,
		       (unsigned long long)row->raw,
		       row->libpfm ? row->libpfm : "(no libpfm4 string)", "", row->counts);
	putchar('\n');
}

static int list_family(const char *name)
{
	char names[512] = "";
	unsigned n = 0;

	for (unsigned i = 0; event_registry[i]; i++) {
		const char *family = event_registry[i]->name;

		if (is_family(name, family)) {
			print_family(event_registry[i]);
			n++;
		}
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
			 *names ? ", " : "", family);
	}
	if (n)
		return 0;
	fprintf(stderr, "tlbscope: no table is called %s; try: %s\n", name, names);
	return EXIT_HARNESS;
}

int cmd_events(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "[PATTERN]", .doc = doc};
	struct options o = {0};

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.family)
		return list_family(o.family);
	unsigned n = list_vocabulary(o.pattern);

	if (o.pattern)
		n += list_libpfm(o.pattern);
	if (n)
		return 0;
	struct verdict verdict = verdict_error("unknown-event", "tlbscope events",
					       "nothing that can be counted matches %s", o.pattern);

	return cmd_fail(&verdict);
}
