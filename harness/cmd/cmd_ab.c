#include "cmd/cmd.h"

#include "analyse/analyse.h"
#include "analyse/merge.h"
#include "cmd/compare_options.h"
#include "cmd/earlier.h"
#include "cmd/place.h"
#include "cmd/sides.h"
#include "output/progress.h"

#include <stdlib.h>
#include <string.h>
#include <tlbscope/timer.h>
#include <unistd.h>

#define ROUNDS 40

static const char doc[] =
    "Measure two ways to run the same cells in turn, one round at a time, and compare them."
    "\vA and B say how tlbscope is started on either side: another binary, a setting through env "
    "or a script, a machine of its own; `run` and its options are added, unless a side says run "
    "itself. An empty side is this program. Runs go A B B A A B B A ..., each in a process of its "
    "own; the first pair is a rehearsal and does not count. Interrupted, it keeps the pairs that "
    "were complete.\n\n"
    "Examples:\n"
    "  tlbscope ab --only madvise/npages=1 -- old/tlbscope -- new/tlbscope\n"
    "  tlbscope ab --only chase/page=4k -- tlbscope -- env GLIBC_TUNABLES=... tlbscope\n"
    "  tlbscope ab --only chase/page=thp -- ./with-thp tlbscope -- ./without tlbscope\n"
    "  tlbscope ab -- ./old-kernel.sh -- ./new-kernel.sh   (exec tlbscope vm ... -- \"$@\")\n\n"
    "Exit code 0: B has no regression; 1: it has one; 125: cannot tell; 130: "
    "interrupted; 255: errors.";

enum { OPT_ROUNDS = 3000, OPT_OUTPUT, OPT_KEEP, OPT_REPLACE };

static const struct argp_option options[] = {
    {"rounds", OPT_ROUNDS, "N", 0, "rounds of each side (default 40)", 0},
    {"output", OPT_OUTPUT, "DIR", 0, "where A.json and B.json go (default results/ab-TIME)", 0},
    {"keep", OPT_KEEP, 0, 0, "keep the single runs as well", 0},
    {"replace", OPT_REPLACE, 0, 0, "write over the results that are in DIR", 0},
    {0},
};

struct ab {
	struct compare_settings settings;
	struct handed handed;
	struct interleave how;
	double rounds;
	bool replace, kept;
	char dir[4096];
	char name[2][300];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ab *ab = state->input;
	struct verdict verdict = verdict_ok();

	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = &ab->handed;
		state->child_inputs[1] = &ab->settings;
	} else if (key == OPT_ROUNDS) {
		verdict = cmd_number("--rounds", arg, 4, 1000, &ab->rounds);
	} else if (key == OPT_OUTPUT) {
		snprintf(ab->dir, sizeof ab->dir, "%s", arg);
	} else if (key == OPT_KEEP) {
		ab->how.keep = true;
	} else if (key == OPT_REPLACE) {
		ab->replace = true;
	} else {
		return cmd_no_more(key, arg, state);
	}
	if (!verdict_is_ok(&verdict))
		ab->settings.verdict = verdict;
	return 0;
}

static int next_separator(int argc, char **argv, int from)
{
	while (from < argc && strcmp(argv[from], "--") != 0)
		from++;
	return from;
}

static void take_side(struct ab *ab, int side, char **words, int n)
{
	static const char *own[1];
	char *name = ab->name[side];
	size_t used = (size_t)snprintf(name, sizeof ab->name[side], "%s:", side ? "B" : "A");

	own[0] = own_program();
	ab->how.side[side].command = n ? (const char *const *)words : own;
	ab->how.side[side].ncommand = n ? (unsigned)n : 1;
	for (int i = 0; i < n && used < sizeof ab->name[side]; i++)
		used +=
		    (size_t)snprintf(name + used, sizeof ab->name[side] - used, " %s", words[i]);
	if (!n)
		snprintf(name + used, sizeof ab->name[side] - used, " tlbscope");
}

/* The second separator is the last but one where a side is `vm … -- run …`: the sides are what the
 * middle one of three, or the only other one, parts. */
static struct verdict read_arguments(struct ab *ab, int argc, char **argv)
{
	static const struct argp_child children[] = {
	    {&handed_argp, 0, NULL, 0}, {&compare_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {.options = options,
				  .parser = parse,
				  .args_doc = "-- [A...] -- [B...]",
				  .doc = doc,
				  .children = children};
	int first = next_separator(argc, argv, 1), second = next_separator(argc, argv, first + 1);

	argp_parse(&argp, first, argv, 0, NULL, ab);
	if (second >= argc)
		return verdict_error("bad-option", "tlbscope ab [OPTION...] -- A... -- B...",
				     "ab needs two sides");
	if (next_separator(argc, argv, second + 1) < argc)
		return verdict_error("bad-option", "put what a side runs into a script",
				     "there are more than two sides");
	take_side(ab, 0, argv + first + 1, second - first - 1);
	take_side(ab, 1, argv + second + 1, argc - second - 1);
	return verdict_is_ok(&ab->handed.verdict) ? ab->settings.verdict : ab->handed.verdict;
}

static struct verdict keep(struct ab *ab, struct result side[2])
{
	struct verdict verdict = verdict_ok();

	for (int i = 0; i < 2 && verdict_is_ok(&verdict); i++) {
		char path[4200];

		snprintf(side[i].run.label, sizeof side[i].run.label, "%.60s", ab->name[i]);
		if (!findings_compute(&side[i]))
			return verdict_error("no-memory", "free memory",
					     "no memory for the findings");
		snprintf(path, sizeof path, "%s/%c.json", ab->dir, i ? 'B' : 'A');
		verdict = result_save(&side[i], path);
	}
	ab->kept = verdict_is_ok(&verdict);
	return verdict;
}

/* Both sides, and the rehearsal, which is there where single runs were kept. */
static struct verdict keep_earlier(const struct ab *ab)
{
	static const char *const names[] = {"A.json", "B.json", "A-0/result.json"};
	struct verdict verdict = verdict_ok();

	for (size_t i = 0; i < sizeof names / sizeof *names && verdict_is_ok(&verdict); i++) {
		char path[4200];

		snprintf(path, sizeof path, "%s/%s", ab->dir, names[i]);
		verdict = earlier_refuse(path, NULL);
	}
	return verdict;
}

/* Pairs that were complete are worth as much as they would be with others after them. */
static struct verdict stopped(struct ab *ab, struct result side[2])
{
	if (!side[0].ncells)
		return verdict_error(
		    "interrupted", NULL,
		    "interrupted before a pair of rounds was complete: nothing is kept");
	struct verdict verdict = keep(ab, side);

	return verdict_is_ok(&verdict)
		   ? verdict_error("interrupted", "tlbscope compare, of both sides",
				   "interrupted after %u of %u rounds of each side, which are kept",
				   result_runs(&side[0]), ab->how.rounds)
		   : verdict;
}

/* What is not empty stays: words of a side that failed, runs of before. */
static struct verdict run_sides(struct ab *ab, struct result side[2])
{
	const unsigned runs = 2 * (ab->how.rounds + 1); /* and the rehearsal */
	const bool made = access(ab->dir, F_OK) != 0;
	struct progress progress;

	ab->how.progress_context = &progress;
	progress_begin(&progress, stderr, runs, runs);
	struct verdict verdict = interleave_run(&ab->how, side);

	progress_end(&progress);
	if (verdict_is_ok(&verdict))
		return keep(ab, side);
	if (strcmp(verdict.code, "interrupted") == 0)
		verdict = stopped(ab, side);
	if (made)
		rmdir(ab->dir);
	return verdict;
}

static struct verdict measure(struct ab *ab, struct result side[2])
{
	ab->how.options = ab->handed.word;
	ab->how.noptions = ab->handed.n;
	ab->how.rounds = (unsigned)ab->rounds;
	ab->how.seed = timer_monotonic() & 0xffffff;
	ab->how.alone = true;
	ab->how.progress = lab_progress;
	if (!*ab->dir)
		lab_directory("ab", ab->dir, sizeof ab->dir);
	ab->how.dir = ab->dir;
	struct verdict verdict = place_for_directory(ab->dir);

	if (verdict_is_ok(&verdict) && !ab->replace)
		verdict = keep_earlier(ab);
	return verdict_is_ok(&verdict) ? run_sides(ab, side) : verdict;
}

int cmd_ab(int argc, char **argv)
{
	struct ab *ab = calloc(1, sizeof *ab);
	struct result side[2];
	int code;

	if (!ab)
		return EXIT_HARNESS;
	compare_settings_init(&ab->settings);
	ab->rounds = ROUNDS;
	result_init(&side[0]);
	result_init(&side[1]);
	struct verdict verdict = read_arguments(ab, argc, argv);

	if (verdict_is_ok(&verdict))
		verdict = measure(ab, side);
	if (verdict_is_ok(&verdict)) {
		ab->settings.output.old_name = ab->name[0];
		ab->settings.output.new_name = ab->name[1];
		code = compare_and_print(&ab->settings, &side[0], &side[1], NULL);
	} else {
		code = cmd_fail(&verdict);
	}
	if (ab->kept)
		fprintf(stderr, "both sides: %s/A.json, %s/B.json\n", ab->dir, ab->dir);
	result_free(&side[1]);
	result_free(&side[0]);
	compare_settings_free(&ab->settings);
	free(ab);
	return code;
}
