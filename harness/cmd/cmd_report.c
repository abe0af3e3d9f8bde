#include "cmd/cmd.h"

static const char doc[] =
    "Write the report of a result: one self-contained HTML file, figures included."
    "\vRESULT is a result.json or a run directory; without it, the newest run below ./results.\n\n"
    "Examples:\n  tlbscope report\n  tlbscope report --output /tmp/out RESULT\n"
    "  tlbscope report --against OLD NEW";

struct options {
	const char *path, *output, *against;
};

static const struct argp_option options[] = {
    {"output", 'd', "DIR", 0, "where report.html and figures/ go (default: beside the result)", 0},
    {"against", 'a', "RESULT", 0, "also say what differs from the surroundings of that run", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == 'd')
		o->output = arg;
	else if (key == 'a')
		o->against = arg;
	else if (key == ARGP_KEY_ARG && !o->path)
		o->path = arg;
	else
		return cmd_no_more(key, arg, state);
	return 0;
}

int cmd_report(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "[RESULT]", .doc = doc};
	struct options o = {0};
	struct result result, against = {0};
	char dir[4096], other[4096];
	int code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	struct verdict verdict = cmd_load(o.path, &result, dir, sizeof dir);

	if (verdict_is_ok(&verdict) && o.against)
		verdict = cmd_load(o.against, &against, other, sizeof other);
	if (verdict_is_ok(&verdict))
		verdict =
		    cmd_render(&result, o.against ? &against : NULL, o.output ? o.output : dir);
	if (verdict_is_ok(&verdict))
		printf("report: %s/report.html\n", o.output ? o.output : dir);
	else
		code = cmd_fail(&verdict);
	result_free(&result);
	result_free(&against);
	return code;
}
