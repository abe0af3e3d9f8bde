#include "cmd/cmd.h"

#include "analyse/bisect.h"
#include "cmd/compare_options.h"
#include "cmd/sides.h"
#include "measure/exclusive.h"
#include "measure/offspring.h"
#include "result/conditions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <tlbscope/timer.h>

#define ROUNDS	  10
#define RUNS	  9
#define EXIT_BAD  1
#define ROUNDS_AT 6 /* fewer have no interval of 95% */

static const char doc[] =
    "Say whether this machine is like a good result or like a bad one, for git bisect run."
    "\vMeasures one cell, again and again, until one side leads by three runs. Without --only it "
    "is the cell that is worse by most in the bad result. PROGRAM says how tlbscope is started "
    "(default: this program).\n\n"
    "Examples:\n"
    "  tlbscope bisect --good results/M/old --bad results/M/new\n"
    "  tlbscope bisect --good G --bad B --only madvise/npages=1/resp=0\n"
    "  git bisect run ./boot-and-test.sh         (docs/regressions.md)\n\n"
    "Exit code 0: good; 1: bad; 125: cannot tell; 255: errors, among them that the two results do "
    "not differ.";

enum { OPT_GOOD = 256, OPT_BAD, OPT_ROUNDS, OPT_RUNS, OPT_CPUS, OPT_FORCE };

static const struct argp_option options[] = {
    {"good", OPT_GOOD, "RESULT", 0, "of a kernel that is as it should be", 0},
    {"bad", OPT_BAD, "RESULT", 0, "of one that is not", 0},
    {"only", 'o', "SELECTOR", 0, "choose among these cells", 0},
    {"cpus", OPT_CPUS, "LIST", 0, "CPUs to use (default: all that are allowed)", 0},
    {"rounds", OPT_ROUNDS, "N", 0, "rounds of each run (default 10)", 0},
    {"runs", OPT_RUNS, "N", 0, "give up after so many runs (default 9)", 0},
    {"force", OPT_FORCE, 0, 0, "take results of different CPUs", 0},
    {0},
};

struct bisecting {
	char *good_path, *bad_path;
	const char *only, *cpus;
	bool force;
	struct verdict verdict; /* of parsing */
	double rounds, runs;
	struct result good, bad;
	struct bisect bisect;
	char key[CELL_KEY_MAX], metric[RESULT_NAME_MAX], unit[12];
	const char *program[1];
	const char *const *command;
	unsigned ncommand;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bisecting *b = state->input;
	struct verdict verdict = verdict_ok();

	switch (key) {
	case OPT_GOOD:
		b->good_path = arg;
		break;
	case OPT_BAD:
		b->bad_path = arg;
		break;
	case 'o':
		b->only = arg;
		break;
	case OPT_CPUS:
		b->cpus = arg;
		break;
	case OPT_FORCE:
		b->force = true;
		break;
	case OPT_ROUNDS:
		verdict = cmd_number("--rounds", arg, ROUNDS_AT, 1000, &b->rounds);
		break;
	case OPT_RUNS:
		verdict = cmd_number("--runs", arg, BISECT_LEAD, 1000, &b->runs);
		break;
	case ARGP_KEY_ARGS: /* the program, untouched */
		b->command = (const char *const *)state->argv + state->next;
		b->ncommand = (unsigned)(state->argc - state->next);
		state->next = state->argc;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (!verdict_is_ok(&verdict))
		b->verdict = verdict;
	return 0;
}

static struct verdict not_different(const struct comparison *comparison)
{
	return verdict_error(
	    "not-different", "choose results that tlbscope compare tells apart",
	    "there is no sure difference between the good result and the bad one: %s",
	    comparison->conclusion);
}

/* The test, from both results. That they differ by more than noise is the user's word: if it is not
 * so, the runs will not agree. */
static struct verdict choose(struct bisecting *b)
{
	struct compare_options how = {.alpha = COMPARE_ALPHA, .threshold = COMPARE_THRESHOLD};
	struct selector selector;
	struct comparison comparison = {0};
	struct verdict verdict = b->force ? verdict_ok() : compare_machines(&b->good, &b->bad);

	if (verdict_is_ok(&verdict) && b->only) {
		verdict = selector_parse(b->only, b->bad.run.base_page_bytes, &selector);
		how.only = &selector;
	}
	if (verdict_is_ok(&verdict))
		verdict = compare_results(&b->good, &b->bad, &how, &comparison);
	if (!verdict_is_ok(&verdict))
		return verdict;
	const struct comparison_row *row = bisect_choose(&comparison);

	if (row) {
		memcpy(b->key, row->new_cell->key, sizeof b->key);
		memcpy(b->metric, row->new_metric->name, sizeof b->metric);
		memcpy(b->unit, row->new_metric->unit, sizeof b->unit);
		b->bisect.good = row->old.e.est;
		b->bisect.bad = row->new.e.est;
	}
	verdict = row ? verdict_ok() : not_different(&comparison);
	comparison_free(&comparison);
	return verdict;
}

static struct verdict load(struct bisecting *b)
{
	struct verdict verdict = b->verdict;

	if (!verdict_is_ok(&verdict))
		return verdict;
	if (!b->good_path || !b->bad_path)
		return verdict_error("bad-option", "tlbscope bisect --good RESULT --bad RESULT",
				     "bisect needs a good and a bad result");
	verdict = compare_load(&b->good_path, 1, true, &b->good);
	if (verdict_is_ok(&verdict))
		verdict = compare_load(&b->bad_path, 1, true, &b->bad);
	return verdict_is_ok(&verdict) ? choose(b) : verdict;
}

/* Why the run's number says nothing beside those of the two results; NULL: it does. */
static const char *unlike(const struct bisecting *b, const struct result *run,
			  const struct cell_result *cell)
{
	const struct cell_result *bad = result_find_cell(&b->bad, b->key);
	bool same_cpu = strcmp(b->bad.machine.cpu, run->machine.cpu) == 0;

	if (cell->revision != bad->revision)
		return "the benchmark is of another revision";
	return conditions_differ(bad, cell,
				 same_cpu ? fmax(b->bad.clock.width, run->clock.width) : 0);
}

/* A run that cannot measure the cell, or not alike, votes for nobody. */
static void vote(struct bisecting *b, const struct result *run)
{
	static const char *const words[] = {[VOTE_GOOD] = "good",
					    [VOTE_BAD] = "bad",
					    [VOTE_BETWEEN] = "between",
					    [VOTE_NEITHER] = "neither"};
	const struct cell_result *cell = result_find_cell(run, b->key);
	const struct metric_result *m =
	    cell && verdict_is_ok(&cell->outcome) ? cell_find_metric(cell, b->metric) : NULL;

	if (!m) {
		b->bisect.votes[VOTE_NEITHER]++;
		printf("  not measured: %s\n", cell ? cell->outcome.text : "no such cell");
		return;
	}
	const char *why = unlike(b, run, cell);

	if (why)
		b->bisect.votes[VOTE_NEITHER]++;
	printf("  %.6g %s [%.6g, %.6g]: %s%s\n", m->e.est, b->unit, m->e.lo, m->e.hi,
	       why ? "does not count: " : "", why ? why : words[bisect_add(&b->bisect, &m->e)]);
	fflush(stdout);
}

static struct verdict run_once(struct bisecting *b, int turn)
{
	const char *words[] = {"--only", b->key, "--cpus", b->cpus};
	char dir[4096];
	struct result run;

	lab_directory("bisect", dir, sizeof dir);
	struct errand errand = {.command = b->command,
				.ncommand = b->ncommand,
				.options = words,
				.noptions = b->cpus ? 4 : 2,
				.rounds = (unsigned)b->rounds,
				.seed = timer_monotonic() & 0xffffff,
				.dir = dir,
				.turn = turn};
	struct verdict verdict = errand_run(&errand, &run);

	if (verdict_is_ok(&verdict) && !b->force)
		verdict = compare_machines(&b->bad, &run);
	if (verdict_is_ok(&verdict)) {
		vote(b, &run);
		errand_clean(dir);
	}
	result_free(&run);
	return verdict;
}

static struct verdict measure(struct bisecting *b)
{
	struct verdict verdict;
	sigset_t signals;
	int turn = -1;

	printf("%s %s: good %.6g, bad %.6g %s\n", b->key, b->metric, b->bisect.good, b->bisect.bad,
	       b->unit);
	fflush(stdout);
	offspring_block(&signals);
	verdict = exclusive_enter(EXCLUSIVE_WAIT_S, &turn);
	while (verdict_is_ok(&verdict) && bisect_state(&b->bisect) == BISECT_OPEN)
		verdict = run_once(b, turn);
	exclusive_leave(turn);
	offspring_unblock(&signals);
	return verdict;
}

static int conclude(const struct bisecting *b)
{
	static const struct {
		const char *word;
		int code;
	} ends[] = {[BISECT_OPEN] = {"cannot tell", EXIT_CANNOT_TELL},
		    [BISECT_GOOD] = {"good", 0},
		    [BISECT_BAD] = {"bad", EXIT_BAD},
		    [BISECT_CANNOT_TELL] = {"cannot tell", EXIT_CANNOT_TELL}};
	enum bisect_end end = bisect_state(&b->bisect);

	puts(ends[end].word);
	return ends[end].code;
}

static void read_arguments(struct bisecting *b, int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "[-- PROGRAM...]", .doc = doc};

	b->program[0] = own_program();
	b->command = b->program;
	b->ncommand = 1;
	argp_parse(&argp, argc, argv, 0, NULL, b);
	b->bisect.most = (unsigned)b->runs;
}

int cmd_bisect(int argc, char **argv)
{
	struct bisecting *b = calloc(1, sizeof *b);
	int code;

	if (!b)
		return EXIT_HARNESS;
	b->rounds = ROUNDS;
	b->runs = RUNS;
	b->verdict = verdict_ok();
	result_init(&b->good);
	result_init(&b->bad);
	read_arguments(b, argc, argv);
	struct verdict verdict = load(b);

	if (verdict_is_ok(&verdict))
		verdict = measure(b);
	code = verdict_is_ok(&verdict) ? conclude(b) : cmd_fail(&verdict);
	result_free(&b->bad);
	result_free(&b->good);
	free(b);
	return code;
}
