#include "cmd/cmd.h"

#include "cmd/compare_options.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char doc[] =
    "Compare two results, or two groups of them: what changed, whether that can be believed, and "
    "where it sits."
    "\vOLD and NEW are result.json files or run directories of one machine. Several to a side are "
    "taken as runs of the same thing.\n\n"
    "Examples:\n"
    "  tlbscope compare results/M/old results/M/new\n"
    "  tlbscope compare old1 old2 old3 -- new1 new2 new3\n"
    "  tlbscope compare --only chase/page=4k --threshold 5 OLD NEW\n"
    "  tlbscope compare --across resp,place,state --only 'madvise npages=1' OLD NEW\n"
    "  tlbscope compare --format junit OLD NEW > compare.xml\n\n"
    "Exit code 0: no regression; 1: a confirmed regression; 125: cannot tell; 255: errors.";

static const struct argp_option options[] = {
    {"only", 'o', "SELECTOR", 0, "only the cells that match", 0},
    {0},
};

struct input {
	struct compare_settings settings;
	char **path;
	unsigned npaths, nold; /* nold: of them before the separator; 0: there was none */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *input = state->input;

	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = &input->settings;
	else if (key == 'o')
		input->settings.only = arg;
	else if (key == ARGP_KEY_ARG)
		input->path[input->npaths++] = arg;
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

/* argp takes a "--" for itself: both sides of it are parsed apart. */
static int split_at_separator(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return argc;
}

static struct verdict too_few_or_unclear(unsigned n)
{
	static const char remedy[] = "tlbscope compare OLD NEW, or OLD... -- NEW...";

	if (n < 2)
		return verdict_error("bad-option", remedy,
				     "%s result is given, and two are compared", n ? "one" : "no");
	return verdict_error(
	    "bad-option", remedy,
	    "%u results are given, and it is not clear which are old and which are new", n);
}

static void read_arguments(struct input *input, int argc, char **argv)
{
	static const struct argp_child children[] = {{&compare_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {.options = options,
				  .parser = parse,
				  .args_doc = "OLD NEW\nOLD... -- NEW...",
				  .doc = doc,
				  .children = children};
	int separator = split_at_separator(argc, argv);

	argp_parse(&argp, separator, argv, 0, NULL, input);
	if (separator < argc) {
		input->nold = input->npaths;
		argv[separator] = argv[0];
		argp_parse(&argp, argc - separator, argv + separator, 0, NULL, input);
	} else if (input->npaths == 2) {
		input->nold = 1;
	}
	if ((!input->nold || input->nold == input->npaths) &&
	    verdict_is_ok(&input->settings.verdict))
		input->settings.verdict = too_few_or_unclear(input->npaths);
}

static const char *name_side(char *const *paths, unsigned n, char *out, size_t size)
{
	if (n == 1)
		return paths[0];
	snprintf(out, size, "%s and %u more", paths[0], n - 1);
	return out;
}

struct side {
	char *const *paths;
	unsigned npaths;
	bool force;
	struct result *result;
	struct verdict verdict;
};

static void *load_side(void *arg)
{
	struct side *side = arg;

	side->verdict = compare_load(side->paths, side->npaths, side->force, side->result);
	return NULL;
}

/* Both at once: reading is most of a comparison's time. */
static struct verdict load_sides(const struct input *input, struct result *old, struct result *new)
{
	const bool force = input->settings.force;
	struct side sides[] = {
	    {.paths = input->path, .npaths = input->nold, .force = force, .result = old},
	    {.paths = input->path + input->nold,
	     .npaths = input->npaths - input->nold,
	     .force = force,
	     .result = new},
	};
	pthread_t other;
	bool at_once = pthread_create(&other, NULL, load_side, &sides[1]) == 0;

	load_side(&sides[0]);
	if (at_once)
		pthread_join(other, NULL);
	else
		load_side(&sides[1]);
	return sides[verdict_is_ok(&sides[0].verdict) ? 1 : 0].verdict;
}

static int compare(struct input *input)
{
	struct compare_settings *s = &input->settings;
	char *const *new_paths = input->path + input->nold;
	unsigned nnew = input->npaths - input->nold;
	struct result old, new;
	char old_name[300], new_name[300];
	struct verdict verdict = s->verdict;
	int code;

	result_init(&old);
	result_init(&new);
	if (verdict_is_ok(&verdict))
		verdict = load_sides(input, &old, &new);
	if (verdict_is_ok(&verdict)) {
		s->output.old_name = name_side(input->path, input->nold, old_name, sizeof old_name);
		s->output.new_name = name_side(new_paths, nnew, new_name, sizeof new_name);
		code = compare_and_print(s, &old, &new, new_paths[0]);
	} else {
		code = cmd_fail(&verdict);
	}
	result_free(&new);
	result_free(&old);
	return code;
}

int cmd_compare(int argc, char **argv)
{
	struct input input = {.path = calloc((size_t)argc + 1, sizeof *input.path)};
	int code = EXIT_HARNESS;

	compare_settings_init(&input.settings);
	if (input.path) {
		read_arguments(&input, argc, argv);
		code = compare(&input);
	}
	compare_settings_free(&input.settings);
	free(input.path);
	return code;
}
