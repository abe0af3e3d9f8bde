#include "cmd/cmd.h"

#include "output/output.h"
#include "result/key.h"

static const char doc[] =
    "Print a result: the first screen, and with --all or a selector every cell of it."
    "\vRESULT is a result.json or a run directory; without it, the newest run below ./results.\n\n"
    "Examples:\n  tlbscope show\n  tlbscope show --only 'chase/page=4k' results/*/*/result.json\n  "
    "tlbscope show --all RESULT";

struct options {
	const char *path, *only;
	bool all;
};

static const struct argp_option options[] = {
    {"all", 'a', 0, 0, "every cell", 0},
    {"only", 'o', "SELECTOR", 0, "the cells that match", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == 'a')
		o->all = true;
	else if (key == 'o')
		o->only = arg;
	else if (key == ARGP_KEY_ARG && !o->path)
		o->path = arg;
	else
		return cmd_no_more(key, arg, state);
	return 0;
}

static struct verdict check_selector(const struct result *result, const char *text)
{
	struct selector selector;

	return text ? selector_parse(text, result->run.base_page_bytes, &selector) : verdict_ok();
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
		verdict = check_selector(&result, o.only);
	if (!verdict_is_ok(&verdict))
		code = cmd_fail(&verdict);
	else if (o.all || o.only)
		output_table(stdout, &result, o.only);
	else
		output_first_screen(stdout, &result);
	result_free(&result);
	return code;
}
