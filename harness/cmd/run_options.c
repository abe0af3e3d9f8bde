#include "cmd/run_options.h"

#include "cmd/cmd.h"
#include "stats/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <tlbscope/timer.h>

#define QUICK_BUDGET_S 38
#define FULL_BUDGET_S  1800
#define QUICK_TARGET   0.02
#define FULL_TARGET    0.01

enum {
	OPT_PROFILE = 256,
	OPT_ONLY,
	OPT_DRY_RUN,
	OPT_CPUS,
	OPT_EVENTS,
	OPT_ROUNDS,
	OPT_BUDGET,
	OPT_SEED,
	OPT_STRICT,
	OPT_LABEL,
	OPT_RESUME,
	OPT_OUTPUT,
	OPT_BARE,
	OPT_REPLACE
};

static const char doc[] =
    "Measure this machine: writes a result, figures and a report, and prints what it found."
    "\vExamples:\n"
    "  tlbscope run                              the quick profile, under a minute\n"
    "  tlbscope run --profile full --label new   everything, to within 1%\n"
    "  tlbscope run --only chase/page=4k         one benchmark's 4k cells\n"
    "  tlbscope run --only 'mprotect npages=33,34 resp=1'\n"
    "  tlbscope run --events perf::MINOR-FAULTS  count more; tlbscope events lists what\n"
    "  tlbscope run --dry-run                    keys, seconds and memory needed\n"
    "  tlbscope run --resume results/MACHINE/RUN complete an interrupted run\n\n"
    "Exit code 0 when the run went through (skipped and invalid cells are reported), 125 with "
    "--strict when a requested cell "
    "is not ok, 130 when interrupted, 255 for errors.";

static const struct argp_option options[] = {
    {"profile", OPT_PROFILE, "quick|full", 0, "which sweeps (default quick)", 0},
    {"only", OPT_ONLY, "SELECTOR", 0, "only cells that match; may be repeated", 0},
    {"dry-run", OPT_DRY_RUN, 0, 0, "print the plan and stop", 0},
    {"cpus", OPT_CPUS, "LIST", 0, "CPUs to use, like 0-3,8 (default: all that are allowed)", 0},
    {"events", OPT_EVENTS, "LIST", 0,
     "count these as well, comma separated, as tlbscope events names them", 0},
    {"rounds", OPT_ROUNDS, "N", 0,
     "N rounds of every cell, however long they take (default: looks at 10, 20, 40)", 0},
    {"budget", OPT_BUDGET, "SECONDS", 0,
     "stop measuring after this long (default 38, full 1800; with --rounds: no limit)", 0},
    {"seed", OPT_SEED, "N", 0, "repeat the order and places of an earlier run", 0},
    {"strict", OPT_STRICT, 0, 0, "exit with 125 when a requested cell is not ok", 0},
    {"label", OPT_LABEL, "TEXT", 0, "a name for this run in figures and comparisons", 0},
    {"resume", OPT_RESUME, "RUN", 0,
     "complete a partial result, with its own options; only --budget, --output, --replace, "
     "--strict and --bare go with it",
     0},
    {"bare", OPT_BARE, 0, 0, "what is timed only: no refinement, kernel counters, figures, report",
     0},
    {"output", OPT_OUTPUT, "DIR", 0, "where to write (default results/MACHINE/RUN)", 0},
    {"replace", OPT_REPLACE, 0, 0, "write over the result that is in DIR", 0},
    {0},
};

static void take_only(struct run_options *o, const char *arg)
{
	if (!*arg) {
		o->verdict = verdict_error("bad-option", "leave it out to run the whole profile",
					   "--only names nothing");
		return;
	}
	char *copy = strdup(arg);

	if (!copy || o->session.nonly == ONLY_MAX) {
		free(copy);
		o->verdict = verdict_error("bad-option", "join values with commas: npages=1,2,3",
					   "there can be at most %d --only", ONLY_MAX);
		return;
	}
	for (char *c = copy; *c; c++)
		if (*c == ' ' || *c == '\t')
			*c = '/';
	o->only[o->session.nonly++] = copy;
}

/* Blanks out: the run's options are kept as words. */
static void take_events(struct run_options *o, const char *arg)
{
	size_t n = 0;

	for (const char *c = arg; *c && n + 1 < sizeof o->events; c++)
		if (*c != ' ' && *c != '\t')
			o->events[n++] = *c;
	o->events[n] = 0;
	if (!n)
		o->verdict = verdict_error("bad-option", "tlbscope events", "--events is empty");
	else if (n + 1 == sizeof o->events)
		o->verdict =
		    verdict_error("bad-option", "choose fewer events",
				  "--events is longer than %zu characters", sizeof o->events - 2);
}

static void take_number(struct run_options *o, const char *option, const char *arg, double least,
			double most, double *out)
{
	struct verdict verdict = cmd_number(option, arg, least, most, out);

	if (verdict_is_ok(&o->verdict))
		o->verdict = verdict;
}

static void take_rounds(struct run_options *o, const char *arg)
{
	double rounds = 1;

	take_number(o, "--rounds", arg, 1, 10000, &rounds);
	if (!verdict_is_ok(&o->verdict))
		return;
	o->session.rounds = (unsigned)rounds;
	if (o->session.rounds != rounds)
		o->verdict = verdict_error("bad-option", "see --help",
					   "--rounds takes a whole number, not %s", arg);
}

static void take_budget(struct run_options *o, const char *arg)
{
	take_number(o, "--budget", arg, 0.1, 1e7, &o->session.budget_s);
	o->budgeted = true;
}

static void take_seed(struct run_options *o, const char *arg)
{
	char *end;

	errno = 0;
	o->session.seed = strtoull(arg, &end, 0);
	o->seeded = true;
	if (end == arg || *end || errno || *arg == '-')
		o->verdict = verdict_error("bad-option", "see --help",
					   "--seed takes a whole number, not %s", arg);
}

static void take_profile(struct run_options *o, const char *arg)
{
	if (strcmp(arg, "quick") != 0 && strcmp(arg, "full") != 0)
		o->verdict = verdict_error("bad-option", "--profile quick or --profile full",
					   "there is no profile %s", arg);
	o->session.profile = arg;
}

static void take_label(struct run_options *o, const char *arg)
{
	size_t most = sizeof((struct result *)0)->run.label - 1;

	if (strlen(arg) > most)
		o->verdict =
		    verdict_error("bad-option", "shorten it",
				  "--label takes at most %zu bytes, not %zu", most, strlen(arg));
	o->label = arg;
}

/* An unset variable must not mean the root directory. */
static void take_output(struct run_options *o, const char *arg)
{
	if (!*arg)
		o->verdict = verdict_error("bad-option", "--output DIR", "--output is empty");
	o->output = arg;
}

/* What a run is begun with stays until it is complete. */
static void note_begun_with(struct run_options *o, int key)
{
	static const int keys[] = {OPT_PROFILE, OPT_ONLY, OPT_CPUS, OPT_EVENTS,
				   OPT_ROUNDS,	OPT_SEED, OPT_LABEL};
	size_t n = strlen(o->begun_with);

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		for (const struct argp_option *option = options; option->name && key == keys[i];
		     option++)
			if (option->key == key && !strstr(o->begun_with, option->name))
				snprintf(o->begun_with + n, sizeof o->begun_with - n, "%s--%s",
					 n ? ", " : "", option->name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	note_begun_with(o, key);
	switch (key) {
	case OPT_PROFILE:
		take_profile(o, arg);
		break;
	case OPT_ONLY:
		take_only(o, arg);
		break;
	case OPT_DRY_RUN:
		o->dry_run = true;
		break;
	case OPT_CPUS:
		o->session.cpus = arg;
		break;
	case OPT_EVENTS:
		take_events(o, arg);
		break;
	case OPT_ROUNDS:
		take_rounds(o, arg);
		break;
	case OPT_BUDGET:
		take_budget(o, arg);
		break;
	case OPT_SEED:
		take_seed(o, arg);
		break;
	case OPT_STRICT:
		o->strict = true;
		break;
	case OPT_LABEL:
		take_label(o, arg);
		break;
	case OPT_RESUME:
		o->resume = arg;
		break;
	case OPT_BARE:
		o->session.bare = true;
		break;
	case OPT_OUTPUT:
		take_output(o, arg);
		break;
	case OPT_REPLACE:
		o->replace = true;
		break;
	default:
		return cmd_no_more(key, arg, state);
	}
	return 0;
}

static void check_together(struct run_options *o)
{
	if (!o->resume || !verdict_is_ok(&o->verdict))
		return;
	if (o->dry_run)
		o->verdict = verdict_error(
		    "bad-option", "leave one of them out",
		    "--dry-run does not go with --resume: a resumed run has its plan");
	else if (*o->begun_with)
		o->verdict = verdict_error(
		    "bad-option",
		    "leave it out, or begin a new run; --budget, --output, --replace, --strict and "
		    "--bare go with --resume",
		    "%s cannot be given with --resume: it is as the run was begun", o->begun_with);
}

static void fill_in(struct run_options *o)
{
	bool full = strcmp(o->session.profile, "full") == 0;

	if (!o->budgeted && !o->session.rounds)
		o->session.budget_s = full ? FULL_BUDGET_S : QUICK_BUDGET_S;
	o->session.target = full ? FULL_TARGET : QUICK_TARGET;
	o->session.plan_only = o->dry_run;
	o->session.events = *o->events ? o->events : NULL;
	o->session.only = (const char *const *)o->only;
	check_together(o);
	if (!o->seeded)
		o->session.seed = random_mix(timer_monotonic(), (uint64_t)time(NULL)) & 0xffffffff;
}

void run_options_parse(struct run_options *o, int argc, char **argv)
{
	const struct argp argp = {.options = options, .parser = parse, .doc = doc};

	*o = (struct run_options){.session = {.profile = "quick"}, .verdict = verdict_ok()};
	argp_parse(&argp, argc, argv, 0, NULL, o);
	fill_in(o);
}

struct verdict run_options_format(const struct run_options *o, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "--profile %s --seed %llu", o->session.profile,
				    (unsigned long long)o->session.seed);

	for (unsigned i = 0; i < o->session.nonly && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, " --only %s", o->only[i]);
	if (o->session.cpus && n < size)
		n += (size_t)snprintf(out + n, size - n, " --cpus %s", o->session.cpus);
	if (*o->events && n < size)
		n += (size_t)snprintf(out + n, size - n, " --events %s", o->events);
	if (o->session.rounds && n < size)
		n += (size_t)snprintf(out + n, size - n, " --rounds %u", o->session.rounds);
	if (n < size)
		return verdict_ok();
	return verdict_error("bad-option", "shorten them: values can be joined by commas",
			     "the selectors are longer than %zu characters together", size);
}

#define WORDS_MAX (2 * ONLY_MAX + 16)

struct verdict run_options_restore(struct run_options *o, const struct result *result)
{
	static char text[sizeof result->run.args]; /* options keep pointing into it */
	static char program[] = "tlbscope run";
	char *argv[WORDS_MAX] = {program}, *save = NULL;
	const struct run_options given = *o;
	int argc = 1;

	if (result->run.complete)
		return verdict_error("complete", "tlbscope show",
				     "the run %s is complete: there is nothing to resume",
				     result->run.id);
	memcpy(text, result->run.args, sizeof text);
	for (char *word = strtok_r(text, " ", &save); word && argc < WORDS_MAX - 1;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	run_options_parse(o, argc, argv);
	o->resume = given.resume;
	o->output = given.output;
	o->strict = given.strict;
	o->replace = given.replace;
	o->session.bare = given.session.bare;
	if (given.budgeted)
		o->session.budget_s = given.session.budget_s;
	else if (result->run.budget_s > 0)
		o->session.budget_s = result->run.budget_s;
	return o->verdict;
}

static struct verdict cannot_make(const char *path)
{
	return verdict_error("no-output", "choose another place with --output",
			     "cannot make %s: %s", path, strerror(errno));
}

struct verdict run_directory(const struct run_options *o, const struct result *result, char *out,
			     size_t size)
{
	char part[4096];

	if (o->output)
		snprintf(out, size, "%s", o->output);
	else
		snprintf(out, size, "results/%s/%s", result->machine.id, result->run.id);
	snprintf(part, sizeof part, "%s/", out);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(part, 0777) && errno != EEXIST)
			return cannot_make(part);
		*slash = '/';
	}
	return verdict_ok();
}
