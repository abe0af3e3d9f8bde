#include "cmd/cmd.h"

#include "cmd/selected.h"
#include "output/output.h"
#include "output/show.h"

#include <string.h>

static const char doc[] =
    "Print a result: the first screen with curves and what is not valid; with --all all that its "
    "report says, and every cell; with a selector the cells that match."
    "\vRESULT is a result.json or a run directory; without it, the newest run below ./results.\n\n"
    "Examples:\n  tlbscope show\n  tlbscope show --only 'chase/page=4k' results/*/*/result.json\n  "
    "tlbscope show --all RESULT\n  tlbscope show --format csv RESULT";

struct options {
	const char *path, *only, *format;
	bool all;
};

static const struct argp_option options[] = {
    {"all", 'a', 0, 0, "all that the report says, and every cell", 0},
    {"only", 'o', "SELECTOR", 0, "the cells that match", 0},
    {"format", 'f', "FORMAT", 0, "table (default), or every cell as json, csv, markdown", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == 'a')
		o->all = true;
	else if (key == 'o')
		o->only = arg;
	else if (key == 'f')
		o->format = arg;
	else if (key == ARGP_KEY_ARG && !o->path)
		o->path = arg;
	else
		return cmd_no_more(key, arg, state);
	return 0;
}

static void show_tables(const struct options *o, const struct result *result)
{
	if (o->only) {
		output_table(stdout, result, o->only);
		return;
	}
	output_first_screen(stdout, result);
	output_curves(stdout, result);
	output_validity(stdout, result);
	if (o->all) {
		output_details(stdout, result);
		fputs("\nAll cells\n", stdout);
		output_table(stdout, result, NULL);
	}
}

static struct verdict show(const struct options *o, const struct result *result)
{
	static struct selector selector; /* large */
	struct verdict v = o->only ? selected_in(o->only, result, &selector) : verdict_ok();

	if (!verdict_is_ok(&v))
		return v;
	if (o->format && strcmp(o->format, "table") != 0)
		return output_show(stdout, result, o->format, o->only ? &selector : NULL);
	show_tables(o, result);
	return v;
}

int cmd_show(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "[RESULT]", .doc = doc};
	struct options o = {0};
	struct result result;
	char dir[4096];
	int code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	struct verdict verdict = cmd_load(o.path, &result, dir, sizeof dir);

	if (verdict_is_ok(&verdict))
		verdict = show(&o, &result);
	if (!verdict_is_ok(&verdict))
		code = cmd_fail(&verdict);
	result_free(&result);
	return code;
}
