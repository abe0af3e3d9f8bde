#include "cmd/cmd.h"

#include "analyse/compare_parts.h"
#include "analyse/merge.h"
#include "cmd/compare_options.h"
#include "cmd/earlier.h"
#include "cmd/run_options.h"
#include "cmd/sides.h"
#include "measure/exclusive.h"
#include "measure/offspring.h"
#include "output/compare.h"
#include "output/progress.h"

#include <stdlib.h>
#include <string.h>
#include <tlbscope/timer.h>

#define RUNS 10

static const char doc[] =
    "Measure how far runs of this machine lie apart when nothing changes, for compare."
    "\vRuns the same plan again and again, and keeps all of it in one file: compare takes the "
    "noise.json beside the directories of the runs that it compares, and each measurement takes "
    "the place of the one before there. With RESULT it takes earlier runs of an unchanged machine "
    "instead. An interrupted measurement keeps nothing.\n\n"
    "Examples:\n"
    "  tlbscope noise                       ten runs of the quick profile, 8 minutes\n"
    "  tlbscope noise --only madvise --rounds 10\n"
    "  tlbscope noise results/M/a results/M/b results/M/c\n";

enum { OPT_RUNS = 3000, OPT_ROUNDS, OPT_OUTPUT, OPT_REPLACE };

static const struct argp_option options[] = {
    {"runs", OPT_RUNS, "N", 0, "how many runs, 3 at least (default 10)", 0},
    {"rounds", OPT_ROUNDS, "N", 0, "rounds of each run (default: looks, as in run)", 0},
    {"output", OPT_OUTPUT, "FILE", 0, "where it goes (default results/MACHINE/noise.json)", 0},
    {"replace", OPT_REPLACE, 0, 0, "write over the result that FILE holds", 0},
    {0},
};

struct noise {
	struct handed handed;
	double runs, rounds;
	const char *output;
	bool replace;
	char **path;
	unsigned npaths;
	struct result all;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct noise *n = state->input;
	struct verdict verdict = verdict_ok();

	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = &n->handed;
	else if (key == OPT_RUNS)
		verdict = cmd_number("--runs", arg, NOISE_RUNS_LEAST, 1000, &n->runs);
	else if (key == OPT_ROUNDS)
		verdict = cmd_number("--rounds", arg, 1, 10000, &n->rounds);
	else if (key == OPT_OUTPUT)
		n->output = arg;
	else if (key == OPT_REPLACE)
		n->replace = true;
	else if (key == ARGP_KEY_ARG)
		n->path[n->npaths++] = arg;
	else
		return ARGP_ERR_UNKNOWN;
	if (!verdict_is_ok(&verdict))
		n->handed.verdict = verdict;
	return 0;
}

static struct verdict measure_one(struct noise *n, unsigned i, int turn)
{
	const char *own[] = {own_program()};
	char dir[4096], name[24];
	struct result one;

	snprintf(name, sizeof name, "noise-%u", i);
	lab_directory(name, dir, sizeof dir);
	struct errand errand = {.command = own,
				.ncommand = 1,
				.options = n->handed.word,
				.noptions = n->handed.n,
				.rounds = (unsigned)n->rounds,
				.seed = timer_monotonic() & 0xffffff,
				.dir = dir,
				.turn = turn};
	struct verdict verdict = errand_run(&errand, &one);

	if (strcmp(verdict.code, "interrupted") == 0)
		verdict =
		    verdict_error("interrupted", NULL,
				  "interrupted after %u of %.0f runs; nothing is kept", i, n->runs);
	if (verdict_is_ok(&verdict)) {
		errand_clean(dir);
		if (!result_merge(&n->all, &one))
			verdict =
			    verdict_error("no-memory", "free memory", "no memory for the samples");
	}
	result_free(&one);
	return verdict;
}

/* What each run would refuse is told before anybody is waited for. */
static struct verdict check_plan(const struct noise *n)
{
	static char program[] = "tlbscope run", dry[] = "--dry-run";
	char *argv[HANDED_MAX + 3] = {program, dry};
	struct run_options asked;
	struct session session;

	for (unsigned i = 0; i < n->handed.n; i++)
		argv[2 + i] = (char *)n->handed.word[i];
	run_options_parse(&asked, (int)n->handed.n + 2, argv);
	struct verdict verdict = asked.verdict;

	if (verdict_is_ok(&verdict))
		verdict = session_open(&asked.session, &session);
	if (verdict_is_ok(&verdict))
		session_close(&session);
	for (unsigned i = 0; i < asked.session.nonly; i++)
		free(asked.only[i]);
	return verdict;
}

static struct verdict measure(struct noise *n)
{
	struct progress progress;
	struct verdict verdict = check_plan(n);
	sigset_t signals;
	int turn = -1;

	if (!verdict_is_ok(&verdict))
		return verdict;
	offspring_block(&signals);
	verdict = exclusive_enter(EXCLUSIVE_WAIT_S, &turn);
	if (verdict_is_ok(&verdict)) /* once more: another may have written it meanwhile */
		verdict = earlier_file(n->output, n->replace);
	progress_begin(&progress, stderr, (unsigned)n->runs, (unsigned)n->runs);
	for (unsigned i = 0; i < n->runs && verdict_is_ok(&verdict); i++) {
		verdict = measure_one(n, i, turn);
		if (verdict_is_ok(&verdict))
			lab_progress(&progress, i + 1, (unsigned)n->runs);
	}
	progress_end(&progress);
	exclusive_leave(turn);
	offspring_unblock(&signals);
	if (verdict_is_ok(&verdict) && !result_merged(&n->all))
		verdict = verdict_error("no-memory", "free memory", "no memory for the estimates");
	return verdict;
}

static struct verdict gather(struct noise *n)
{
	struct verdict verdict = n->handed.verdict;

	if (verdict_is_ok(&verdict))
		verdict = earlier_file(n->output, n->replace);
	if (!verdict_is_ok(&verdict))
		return verdict;
	if (!n->npaths)
		return measure(n);
	if (n->npaths < NOISE_RUNS_LEAST)
		return verdict_error("bad-option", "name more runs",
				     "noise takes %d runs at least, not %u", NOISE_RUNS_LEAST,
				     n->npaths);
	return compare_load(n->path, n->npaths, false, &n->all);
}

static struct verdict store(struct noise *n, char *path, size_t size)
{
	struct verdict made = verdict_ok();

	if (n->output) {
		snprintf(path, size, "%s", n->output);
	} else {
		snprintf(path, size, "results/%s", n->all.machine.id);
		made = errand_directory(path);
		snprintf(path, size, "results/%s/noise.json", n->all.machine.id);
	}
	if (!verdict_is_ok(&made))
		return made;
	result_clear_findings(&n->all);
	snprintf(n->all.run.profile, sizeof n->all.run.profile, "noise");
	return result_save(&n->all, path);
}

static int by_spread(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static const char *why_no_noise(const struct result *all, const char *bench)
{
	const char *why = "was not measured";

	for (unsigned i = 0; i < all->ncells; i++)
		for (unsigned k = 0;
		     strcmp(all->cells[i].cell.bench, bench) == 0 && k < all->cells[i].nmetrics;
		     k++)
			if (all->cells[i].metrics[k].primary)
				return "was not measured in enough runs";
			else
				why = "has no metric that is compared";
	return why;
}

/* Primary metrics of one benchmark: how far two runs lie apart, typically and at most. */
static bool print_bench(const struct result *all, const char *bench)
{
	double *spread = calloc(all->ncells * 4 + 1, sizeof *spread);
	unsigned n = 0;

	for (unsigned i = 0; spread && i < all->ncells; i++) {
		const struct cell_result *cell = &all->cells[i];

		if (strcmp(cell->cell.bench, bench) != 0 || !verdict_is_ok(&cell->outcome))
			continue;
		for (unsigned k = 0; k < cell->nmetrics && n < all->ncells * 4; k++) {
			struct spread s;

			if (!cell->metrics[k].primary || !metric_spread(&cell->metrics[k], &s) ||
			    !s.known || s.runs < NOISE_RUNS_LEAST)
				continue;
			spread[n++] = s.sd * 1.4142;
		}
	}
	if (n) {
		qsort(spread, n, sizeof *spread, by_spread);
		printf("  %-12s %5u  %6.2f%%  %6.2f%%  %6.2f%%\n", bench, n, spread[n / 2] * 100,
		       spread[n * 9 / 10] * 100, spread[n - 1] * 100);
	} else if (spread) {
		printf("  %-12s %s\n", bench, why_no_noise(all, bench));
	}
	free(spread);
	return spread;
}

static bool is_first_of_bench(const struct result *all, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (strcmp(all->cells[k].cell.bench, all->cells[i].cell.bench) == 0)
			return false;
	return true;
}

static void print(const struct result *all, const char *path)
{
	printf("How far two of %u runs lie apart (one standard deviation):\n", result_runs(all));
	printf("  %-12s %5s  %7s  %7s  %7s\n", "benchmark", "tests", "half", "9 in 10", "most");
	for (unsigned i = 0; i < all->ncells; i++)
		if (is_first_of_bench(all, i))
			print_bench(all, all->cells[i].cell.bench);
	printf("noise: %s\n", path);
}

int cmd_noise(int argc, char **argv)
{
	static const struct argp_child children[] = {{&handed_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {.options = options,
				  .parser = parse,
				  .args_doc = "[RESULT...]",
				  .doc = doc,
				  .children = children};
	struct noise n = {.runs = RUNS, .path = calloc((size_t)argc + 1, sizeof *n.path)};
	char path[4200];
	int code = 0;

	if (!n.path)
		return EXIT_HARNESS;
	result_init(&n.all);
	argp_parse(&argp, argc, argv, 0, NULL, &n);
	struct verdict verdict = gather(&n);

	if (verdict_is_ok(&verdict))
		verdict = store(&n, path, sizeof path);
	if (verdict_is_ok(&verdict))
		print(&n.all, path);
	else
		code = cmd_fail(&verdict);
	result_free(&n.all);
	free(n.path);
	return code;
}
