#include "cmd/cmd.h"

#include <tlbscope/bench.h>

#include <string.h>

static const char doc[] = "List benchmarks; with a name, everything about that one."
			  "\vExamples:\n  tlbscope list\n  tlbscope list chase";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **name = state->input;

	if (key != ARGP_KEY_ARG || *name)
		return cmd_no_more(key, arg, state);
	*name = arg;
	return 0;
}

static void list_all(void)
{
	for (const struct bench *const *b = bench_registry; *b; b++)
		printf("%-10s %s\n", (*b)->name, (*b)->what);
}

static void list_params(const struct bench *bench)
{
	for (const struct param *p = bench->params; p && p->name; p++) {
		printf("  %-10s %s (default %s)%s%s\n", p->name, p->allowed, p->dflt,
		       p->when ? ", where " : "", p->when ? p->when : "");
		printf("  %-10s %s\n", "", p->help);
	}
}

static void list_metrics(const struct bench *bench)
{
	for (const struct metric *m = bench->metrics; m && m->name; m++)
		printf("  %-18s %s%s\n", m->name, m->unit,
		       m->primary ? "  (primary: compare looks at it)" : "");
	for (const struct derived *d = bench->derived; d && d->name; d++)
		printf("  %-18s %s %s its value at %s, round by round\n", d->name, d->from,
		       d->how == DERIVED_RATIO ? "over" : "less", d->base);
}

static void list_one(const struct bench *bench)
{
	printf("%s: %s\n\nisolates: %s\ncannot:   %s\nsource:   %s\nrevision: %u\n\nparameters\n",
	       bench->name, bench->what, bench->isolates, bench->cannot, bench->source,
	       bench->revision);
	list_params(bench);
	puts("\nmetrics");
	list_metrics(bench);
	puts("\nsweeps");
	for (const struct sweep *s = bench->sweeps; s && s->name; s++)
		printf("  %-18s %s\n    quick: %s\n    full:  %s\n", s->name,
		       s->help ? s->help : "", s->quick ? s->quick : "-",
		       s->full ? s->full : s->quick);
}

int cmd_list(int argc, char **argv)
{
	const struct argp argp = {.parser = parse, .args_doc = "[BENCHMARK]", .doc = doc};
	const char *name = NULL;

	argp_parse(&argp, argc, argv, 0, NULL, &name);
	if (!name) {
		list_all();
		return 0;
	}
	const struct bench *bench = bench_find(name);

	if (!bench) {
		struct verdict verdict = verdict_error("unknown-bench", "tlbscope list",
						       "there is no benchmark %s", name);

		return cmd_fail(&verdict);
	}
	list_one(bench);
	return 0;
}
