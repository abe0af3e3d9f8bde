#include "cmd/cmd.h"

#include "cmd/earlier.h"
#include "cmd/geometry_measure.h"
#include "output/geometry.h"

#include <string.h>

static const char doc[] =
    "Say what the TLBs of this machine are like: entries, sets, ways, index and costs, measured, "
    "beside what CPUID "
    "claims."
    "\vWithout RESULT it measures what it needs: 4k takes at most 20 s, all kinds 40 s. "
    "An interrupted measurement keeps nothing.\n\n"
    "Examples:\n"
    "  tlbscope geometry                      measure, and print a table\n"
    "  tlbscope geometry --kind all           with huge pages\n"
    "  tlbscope geometry RESULT --format json from an earlier run\n"
    "  tlbscope geometry --csv curve.csv      from a published curve: columns pages or bytes, and "
    "ns or cycles";

enum { OPT_FORMAT = 256, OPT_CSV, OPT_KIND, OPT_OUTPUT, OPT_CPUS, OPT_REPLACE };

static const struct argp_option options[] = {
    {"format", OPT_FORMAT, "text|json", 0, "how to print (default text)", 0},
    {"csv", OPT_CSV, "FILE", 0, "a curve of another tool, with a line of column names or without",
     0},
    {"kind", OPT_KIND, "4k|all", 0, "page kinds to measure (default 4k)", 0},
    {"cpus", OPT_CPUS, "LIST", 0, "CPUs to use, like 0-3,8 (default: all that are allowed)", 0},
    {"output", OPT_OUTPUT, "FILE", 0, "keep the measured cells as a result, too", 0},
    {"replace", OPT_REPLACE, 0, 0, "write over the result that FILE holds", 0},
    {0},
};

struct options {
	const char *path, *csv, *output, *cpus;
	bool json, kind, all, replace;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == OPT_FORMAT) {
		o->json = strcmp(arg, "json") == 0;
		if (!o->json && strcmp(arg, "text") != 0)
			argp_error(state, "--format takes text or json, not %s", arg);
	} else if (key == OPT_KIND) {
		o->kind = true;
		o->all = strcmp(arg, "all") == 0;
		if (!o->all && strcmp(arg, "4k") != 0)
			argp_error(state, "--kind takes 4k or all, not %s", arg);
	} else if (key == OPT_CSV) {
		o->csv = arg;
	} else if (key == OPT_CPUS) {
		o->cpus = arg;
	} else if (key == OPT_OUTPUT) {
		o->output = arg;
	} else if (key == OPT_REPLACE) {
		o->replace = true;
	} else if (key == ARGP_KEY_ARG && !o->path) {
		o->path = arg;
	} else if (key == ARGP_KEY_END && o->csv && o->path) {
		argp_error(state, "give a RESULT or --csv, not both");
	} else {
		return cmd_no_more(key, arg, state);
	}
	return 0;
}

/* Where nothing is measured, there is no use for what says how. */
static struct verdict check_options(const struct options *o)
{
	const struct {
		const char *name;
		bool given;
	} measuring[] = {{"--kind", o->kind},
			 {"--cpus", o->cpus},
			 {"--output", o->output},
			 {"--replace", o->replace}};

	for (size_t i = 0; (o->path || o->csv) && i < sizeof measuring / sizeof *measuring; i++)
		if (measuring[i].given)
			return verdict_error("bad-option", "leave one of them out",
					     "%s is for measuring, and with %s nothing is measured",
					     measuring[i].name, o->csv ? "--csv" : "a RESULT");
	return verdict_ok();
}

static struct verdict no_cells(const char *path)
{
	return verdict_error("no-cells", "tlbscope geometry measures them",
			     "%.150s holds no cells for geometry", path);
}

static struct verdict obtain(const struct options *o, struct result *result)
{
	char dir[4096];
	struct verdict verdict = check_options(o);

	if (!verdict_is_ok(&verdict)) {
		result_init(result);
		return verdict;
	}
	if (o->path) {
		verdict = cmd_load(o->path, result, dir, sizeof dir);
		return verdict_is_ok(&verdict) && !geometry_has_cells(result) ? no_cells(o->path)
									      : verdict;
	}
	if (o->csv) {
		result_init(result);
		return cmd_load_csv(o->csv, result);
	}
	result_init(result);
	verdict = earlier_file(o->output, o->replace);
	if (verdict_is_ok(&verdict))
		verdict = geometry_measure(
		    &(struct geometry_options){
			.all = o->all, .cpus = o->cpus, .output = o->output, .replace = o->replace},
		    result);
	if (verdict_is_ok(&verdict) && o->output)
		verdict = result_save(result, o->output);
	return verdict;
}

int cmd_geometry(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "[RESULT]", .doc = doc};
	struct options o = {0};
	struct result result;
	int code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	struct verdict verdict = obtain(&o, &result);

	if (verdict_is_ok(&verdict))
		verdict = o.json ? output_geometry_json(stdout, &result)
				 : output_geometry(stdout, &result);
	if (!verdict_is_ok(&verdict))
		code = cmd_fail(&verdict);
	result_free(&result);
	return code;
}
