#include "cmd/cmd.h"

#include "cmd/selected.h"
#include "output/export.h"

#include <stdlib.h>

static const char doc[] =
    "Print a result in the format of another tool."
    "\vRESULT is a result.json or a run directory; without it, the newest run below ./results. "
    "Without --format the formats are listed. Metrics are those that compare looks at; --all "
    "adds the rest.\n\n"
    "Examples:\n  tlbscope export --format csv >samples.csv\n  tlbscope export --format "
    "benchstat --only 'chase/page=4k' RESULT >new.txt\n  tlbscope export --format "
    "google-benchmark OLD >old.json";

struct options {
	const char *path, *only, *format;
	bool all;
};

static const struct argp_option options[] = {
    {"format", 'f', "NAME", 0, "of the output; without it they are listed", 0},
    {"only", 'o', "SELECTOR", 0, "the cells that match", 0},
    {"all", 'a', 0, 0, "every metric", 0},
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

static int list_formats(void)
{
	for (const struct exporter *e = exporters; e->name; e++)
		printf("%-17s %s\n", e->name, e->what);
	return 0;
}

static struct verdict export_as(const struct exporter *exporter, const struct options *o,
				const struct result *result)
{
	struct export_choice choice = {.all_metrics = o->all, .better = exporter->better};
	struct selector *selector = calloc(1, sizeof *selector);
	struct verdict verdict =
	    selector ? verdict_ok() : verdict_error("no-memory", "free memory", "no memory");

	if (selector && o->only) {
		verdict = selected_in(o->only, result, selector);
		choice.only = selector;
	}
	if (verdict_is_ok(&verdict))
		verdict = exporter->write(stdout, result, &choice);
	free(selector);
	return verdict;
}

int cmd_export(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "[RESULT]", .doc = doc};
	const struct exporter *exporter = NULL;
	struct options o = {0};
	struct result result;
	char dir[4096];

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!o.format)
		return list_formats();
	result_init(&result);
	struct verdict verdict = exporter_find(o.format, &exporter);

	if (verdict_is_ok(&verdict))
		verdict = cmd_load(o.path, &result, dir, sizeof dir);
	if (verdict_is_ok(&verdict))
		verdict = export_as(exporter, &o, &result);
	result_free(&result);
	return verdict_is_ok(&verdict) ? 0 : cmd_fail(&verdict);
}
