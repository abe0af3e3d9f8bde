#include "cmd/cmd.h"

#include "output/output.h"

#include <stdlib.h>

static const char doc[] =
    "Draw the figures of a result as SVG and PDF, each with its data file; several results are "
    "drawn "
    "over each other."
    "\vRESULT is a result.json or a run directory; without it, the newest run below ./results.\n\n"
    "Examples:\n  tlbscope figures\n  tlbscope figures --only 5 --output /tmp/paper RESULT\n"
    "  tlbscope figures --paper acm --output /tmp/paper RESULT\n"
    "  tlbscope figures --output /tmp/both OLD NEW";

struct options {
	const char *path[FIGURE_RESULTS_MAX];
	unsigned n;
	const char *only, *output, *paper, *format;
};

static const struct argp_option options[] = {
    {"only", 'o', "FIGURE", 0, "one figure, by number or name", 0},
    {"output", 'd', "DIR", 0, "where figures/ is made (default: beside the first result)", 0},
    {"paper", 'p', "TEMPLATE", 0,
     "in the width, type size and line weights of a paper's column: acm, ieee, usenix; with "
     "captions "
     "and a BibTeX entry",
     0},
    {"format", 'f', "LIST", 0, "of svg, pdf, tikz (default: svg,pdf; for a paper pdf,tikz)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == 'o')
		o->only = arg;
	else if (key == 'd')
		o->output = arg;
	else if (key == 'p')
		o->paper = arg;
	else if (key == 'f')
		o->format = arg;
	else if (key == ARGP_KEY_ARG && o->n < FIGURE_RESULTS_MAX)
		o->path[o->n++] = arg;
	else
		return cmd_no_more(key, arg, state);
	return 0;
}

/* All of them, or what is wrong with the first that cannot be had. dir: of the first. */
static struct verdict load(const struct options *o, struct result *results, unsigned *n, char *dir,
			   size_t size)
{
	char other[4096];
	struct verdict v = cmd_load(o->path[0], &results[0], dir, size);

	for (*n = 1; verdict_is_ok(&v) && *n < o->n; ++*n)
		v = cmd_load(o->path[*n], &results[*n], other, sizeof other);
	return v;
}

int cmd_figures(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "[RESULT...]", .doc = doc};
	struct options o = {0};
	struct result results[FIGURE_RESULTS_MAX] = {0};
	const struct result *pointers[FIGURE_RESULTS_MAX];
	char dir[4096];
	unsigned n = 0;
	int code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	struct verdict verdict = load(&o, results, &n, dir, sizeof dir);
	for (unsigned i = 0; i < n; i++)
		pointers[i] = &results[i];
	const struct figure_order order = {
	    .results = pointers,
	    .nresults = n,
	    .dir = o.output ? o.output : dir,
	    .only = o.only,
	    .paper = o.paper,
	    .formats = o.format,
	};
	if (verdict_is_ok(&verdict))
		verdict = cmd_draw(&order);
	if (verdict_is_ok(&verdict))
		printf("figures: %s/figures\n", order.dir);
	else
		code = cmd_fail(&verdict);
	for (unsigned i = 0; i < n; i++)
		result_free(&results[i]);
	return code;
}
