#include "cmd/cmd.h"

#include "analyse/change_points.h"
#include "analyse/compare.h"
#include "cmd/selected.h"
#include "output/history.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>

static const char doc[] =
    "Follow a machine over many runs: what changed, with which kernel."
    "\vDIR is searched for files named result.json; more of them, and single files, may be named. "
    "Runs are ordered by kernel release, then by date. Figure 10 goes to "
    "DIR/figures.\n\n"
    "Examples:\n  tlbscope history results/MACHINE\n  tlbscope history --only 'chase' --all "
    "results/MACHINE\n  tlbscope history --format csv results/MACHINE >history.csv";

struct options {
	const char *only, *format, *threshold, *output, *paper;
	const char **paths;
	unsigned npaths;
	bool all;
};

static const struct argp_option options[] = {
    {"only", 'o', "SELECTOR", 0, "the cells that match", 0},
    {"all", 'a', 0, 0, "also the series that did not change", 0},
    {"threshold", 't', "PERCENT", 0, "least change that is told, 3 by default", 0},
    {"format", 'f', "FORMAT", 0, "text, csv or json", 0},
    {"paper", 'p', "TEMPLATE", 0, "figure 10 as a paper's column: acm, ieee or usenix", 0},
    {"output", 'd', "DIR", 0, "where figures/ is made; default: the first DIR", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == 'o')
		o->only = arg;
	else if (key == 'a')
		o->all = true;
	else if (key == 't')
		o->threshold = arg;
	else if (key == 'f')
		o->format = arg;
	else if (key == 'd')
		o->output = arg;
	else if (key == 'p')
		o->paper = arg;
	else if (key == ARGP_KEY_ARG)
		o->paths[o->npaths++] = arg;
	else if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "name a directory of runs, such as results/MACHINE");
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

/* Machines of one shape may have different CPUs. */
static struct verdict same_machine(const struct result *first, const struct result *result)
{
	struct verdict verdict = first->ncells ? compare_machines(first, result) : verdict_ok();

	if (verdict_is_ok(&verdict))
		return verdict;
	return verdict_error("other-machine", "give one machine's runs at a time",
			     "run %s is of another machine than %s: %.100s", result->run.id,
			     first->run.id, verdict.text);
}

struct following {
	const struct options *options;
	struct history history;
	struct result first;	  /* which the others are held against */
	struct selector selector; /* as the last run reads it */
	bool matched;		  /* by a cell of some run */
};

/* A file that cannot be read costs that run, not the history. */
static struct verdict add_file(struct following *f, const char *path)
{
	const char *only = f->options->only;
	struct result result;

	result_init(&result);
	struct verdict verdict = result_load(path, &result);

	if (!verdict_is_ok(&verdict)) {
		cmd_warn(&verdict);
		verdict = verdict_ok();
		goto out;
	}
	if (only)
		verdict = selector_parse(only, result.run.base_page_bytes, &f->selector);
	if (verdict_is_ok(&verdict))
		verdict = same_machine(&f->first, &result);
	if (verdict_is_ok(&verdict))
		verdict = history_add(&f->history, &result, only ? &f->selector : NULL);
	f->matched |= verdict_is_ok(&verdict) && only && selected_any(&f->selector, &result);
	if (verdict_is_ok(&verdict) && !f->first.ncells) {
		f->first = result;
		result_init(&result);
	}
	if (verdict.outcome == OUTCOME_SKIPPED) {
		cmd_warn(&verdict);
		verdict = verdict_ok();
	}
out:
	result_free(&result);
	return verdict;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A file by whatever name, or every result.json below a directory. */
static struct verdict add_below(struct following *f, const char *path)
{
	char *const paths[] = {(char *)path, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	struct verdict verdict = verdict_ok();
	unsigned found = 0;
	FTSENT *entry;

	if (!tree)
		return verdict_error("no-memory", "free memory", "cannot search %s", path);
	while (verdict_is_ok(&verdict) && (entry = fts_read(tree))) {
		if (entry->fts_info != FTS_F || (entry->fts_level != FTS_ROOTLEVEL &&
						 strcmp(entry->fts_name, "result.json") != 0))
			continue;
		verdict = add_file(f, entry->fts_path);
		found++;
	}
	fts_close(tree);
	if (verdict_is_ok(&verdict) && !found)
		verdict = verdict_error("no-result", "name a directory of runs",
					"there is no result.json below %s", path);
	return verdict;
}

/* Where nobody asked for it by --output, a directory that cannot be written is no error. */
static struct verdict draw(const struct history *history, const struct options *o)
{
	struct figure figure;
	struct verdict verdict =
	    history_draw(history, o->output ? o->output : o->paths[0], o->paper, &figure);

	if (figure.state[0] && verdict_is_ok(&verdict))
		fprintf(stderr, "tlbscope: %s\n", figure.state);
	if (verdict_is_ok(&verdict) ||
	    ((o->output || o->paper) && verdict.outcome == OUTCOME_ERROR))
		return verdict;
	cmd_warn(&verdict);
	return verdict_ok();
}

static struct verdict print(const struct history *history, const struct options *o,
			    double threshold)
{
	const char *format = o->format ? o->format : "text";

	if (strcmp(format, "json") == 0)
		return history_json(stdout, history, threshold);
	if (strcmp(format, "csv") == 0)
		history_csv(stdout, history);
	else
		history_text(stdout, history, threshold, o->all);
	return verdict_ok();
}

static struct verdict check_options(const struct options *o, double *threshold)
{
	double percent = CHANGE_THRESHOLD * 100;
	struct verdict verdict = verdict_ok();

	if (o->format && strcmp(o->format, "text") && strcmp(o->format, "csv") &&
	    strcmp(o->format, "json"))
		return verdict_error("bad-option", "text, csv or json", "there is no format %s",
				     o->format);
	if (o->threshold)
		verdict = cmd_number("--threshold", o->threshold, 0, 1000, &percent);
	*threshold = percent / 100;
	return verdict;
}

static struct verdict collect(struct following *f, double threshold)
{
	const struct options *o = f->options;
	struct verdict verdict = verdict_ok();

	for (unsigned i = 0; verdict_is_ok(&verdict) && i < o->npaths; i++)
		verdict = add_below(f, o->paths[i]);
	if (verdict_is_ok(&verdict) && f->history.nruns == 0)
		verdict = verdict_error("no-result", "see the lines above", "no run could be read");
	if (verdict_is_ok(&verdict) && o->only && !f->matched)
		verdict = selected_none(o->only, &f->selector, "these runs");
	if (verdict_is_ok(&verdict) &&
	    !(history_order(&f->history) && change_points_find(&f->history, threshold)))
		verdict = verdict_error("no-memory", "free memory", "no memory");
	return verdict;
}

static struct verdict follow(struct following *f)
{
	double threshold = 0;
	struct verdict verdict = check_options(f->options, &threshold);

	if (verdict_is_ok(&verdict))
		verdict = collect(f, threshold);
	if (verdict_is_ok(&verdict))
		verdict = print(&f->history, f->options, threshold);
	if (verdict_is_ok(&verdict) && f->history.nruns > 1)
		verdict = draw(&f->history, f->options);
	return verdict;
}

int cmd_history(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "DIR...", .doc = doc};
	struct options o = {.paths = calloc((size_t)argc + 1, sizeof *o.paths)};
	static struct following f; /* large */
	int code = 0;

	if (!o.paths)
		return EXIT_HARNESS;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	f.options = &o;
	history_init(&f.history);
	result_init(&f.first);
	struct verdict verdict = follow(&f);

	if (!verdict_is_ok(&verdict))
		code = cmd_fail(&verdict);
	result_free(&f.first);
	history_free(&f.history);
	free(o.paths);
	return code;
}
