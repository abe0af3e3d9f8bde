#include "cmd/cmd.h"

#include "analyse/analyse.h"
#include "build_info.h"
#include "cmd/earlier.h"
#include "cmd/place.h"
#include "cmd/run_options.h"
#include "measure/offspring.h"
#include "output/output.h"
#include "output/progress.h"
#include "result/phrase.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned runnable(const struct plan *plan)
{
	unsigned n = 0;

	for (unsigned i = 0; i < plan->ncells; i++)
		n += plan->cells[i].group != NO_CELL;
	return n;
}

static unsigned first_look(const struct session_options *options)
{
	return options->rounds ? options->rounds : LOOK_ONE;
}

static void print_plan(const struct plan *plan, const struct session_options *options)
{
	unsigned rounds = first_look(options);

	for (unsigned i = 0; i < plan->ncells; i++) {
		const struct plan_cell *cell = &plan->cells[i];

		if (cell->group == NO_CELL)
			printf("%s  # skipped: %s\n", cell->key, cell->verdict.text);
		else
			puts(cell->key);
	}
	double seconds = plan_seconds(plan, rounds);
	char budget[40] = "no limit";

	if (options->budget_s > 0)
		snprintf(budget, sizeof budget, "budget %.10g s", options->budget_s);
	printf("# %u cell%s, %u of them can run here, in %u group%s; about %.0f s for %u round%s "
	       "(%s)\n",
	       plan->ncells, plural(plan->ncells), runnable(plan), plan->ngroups,
	       plural(plan->ngroups), seconds, rounds, plural(rounds), budget);
	printf("# memory: %llu MiB; huge pages: %llu of 2 MiB, %llu of 1 GiB\n",
	       (unsigned long long)(plan_bytes(plan) >> 20),
	       (unsigned long long)(plan_huge_pages(plan, 2ull << 20) +
				    plan_loose_pages(plan, 2ull << 20)),
	       (unsigned long long)(plan_huge_pages(plan, 1ull << 30) +
				    plan_loose_pages(plan, 1ull << 30)));
}

static int dry_run(const struct run_options *o)
{
	struct session session;
	struct verdict verdict = session_open(&o->session, &session);

	if (!verdict_is_ok(&verdict))
		return cmd_fail(&verdict);
	print_plan(&session.plan, &o->session);
	session_close(&session);
	return 0;
}

static void describe_tool(const struct run_options *o, struct result *result)
{
	snprintf(result->tool.version, sizeof result->tool.version, "%s", BUILD_VERSION);
	snprintf(result->tool.git, sizeof result->tool.git, "%s", BUILD_GIT);
	snprintf(result->tool.compiler, sizeof result->tool.compiler, "%s", BUILD_COMPILER);
	snprintf(result->tool.flags, sizeof result->tool.flags, "%s", BUILD_FLAGS);
	if (o->label)
		snprintf(result->run.label, sizeof result->run.label, "%s", o->label);
}

static void on_progress(void *context, unsigned wave, unsigned round, unsigned done, unsigned total,
			double eta_s)
{
	const struct progress *progress = context;

	(void)wave;
	/* A bar stands for the round that goes on, a line for one that is complete. */
	progress_round(context, progress->bar && done < total ? round + 1 : round, done, total,
		       eta_s);
}

struct running {
	struct run_options options;
	struct session session;
	struct result result, partial;
	char resumed[4096], dir[4096], path[4200];
	int interrupted;
	bool out_of_budget;
};

/* A partial result may be completed where it is. */
static bool is_resumed(const struct running *r)
{
	const char *from = r->options.resume;
	char partial[sizeof r->path];
	struct stat a, b;

	if (!from || stat(from, &a) != 0)
		return false;
	snprintf(partial, sizeof partial, "%s/result.json", from);
	if (S_ISDIR(a.st_mode) && stat(partial, &a) != 0)
		return false;
	return stat(r->path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static struct verdict keep_earlier(const struct running *r)
{
	return r->options.replace || is_resumed(r) ? verdict_ok() : earlier_refuse(r->path, r->dir);
}

/* Before another's run is waited for; where no place was named, it is known only afterwards. */
static struct verdict check_place(struct running *r)
{
	const char *named = r->options.output;
	struct verdict verdict = place_for_directory(named ? named : "results");

	if (!verdict_is_ok(&verdict) || !named)
		return verdict;
	snprintf(r->dir, sizeof r->dir, "%s", named);
	snprintf(r->path, sizeof r->path, "%s/result.json", named);
	return keep_earlier(r);
}

static struct verdict begin(struct running *r)
{
	if (r->options.resume && !r->options.output)
		r->options.output = r->resumed;
	struct verdict verdict = check_place(r);

	if (verdict_is_ok(&verdict))
		verdict = session_open(&r->options.session, &r->session);
	if (verdict_is_ok(&verdict))
		verdict = session_describe(&r->session, &r->result);
	if (verdict_is_ok(&verdict))
		verdict =
		    run_options_format(&r->options, r->result.run.args, sizeof r->result.run.args);
	if (!verdict_is_ok(&verdict))
		return verdict;
	describe_tool(&r->options, &r->result);
	verdict = run_directory(&r->options, &r->result, r->dir, sizeof r->dir);
	snprintf(r->path, sizeof r->path, "%s/result.json", r->dir);
	if (verdict_is_ok(&verdict))
		verdict = keep_earlier(r);
	/* A place that cannot be written is found out now, not after a minute of measuring. */
	if (verdict_is_ok(&verdict) && !r->options.resume && !r->options.session.bare)
		verdict = result_save(&r->result, r->path);
	return verdict;
}

static struct verdict measure(struct running *r)
{
	struct verdict verdict = session_take(&r->session);

	if (verdict_is_ok(&verdict)) /* again: others may have come first */
		verdict = keep_earlier(r);
	if (verdict_is_ok(&verdict) && r->options.resume)
		verdict = run_resume(&r->session, &r->partial, &r->result);
	if (!verdict_is_ok(&verdict))
		return verdict;
	struct progress progress;
	struct supervise how = {.path = r->options.session.bare ? NULL : r->path,
				.refine = r->options.session.bare ? NULL : curve_refine,
				.progress = on_progress,
				.progress_context = &progress};

	progress_begin(&progress, stderr, r->options.session.rounds,
		       runnable(&r->session.plan) * first_look(&r->options.session));
	verdict = session_run(&r->session, &how, &r->result, &r->interrupted);
	progress_end(&progress);
	r->out_of_budget = how.out_of_budget;
	session_finish(&r->result);
	if (verdict_is_ok(&verdict) && !findings_compute(&r->result))
		verdict = verdict_error("no-memory", "free memory", "no memory for the findings");
	struct verdict saved = result_save(&r->result, r->path);

	return verdict_is_ok(&verdict) ? saved : verdict;
}

static struct verdict save_topology(const struct running *r)
{
	char path[4200];
	FILE *file;

	snprintf(path, sizeof path, "%s/topology.xml", r->dir);
	file = fopen(path, "w");
	if (!file)
		return verdict_error("no-output", "choose another place with --output",
				     "cannot write %s", path);
	bool ok =
	    fputs(r->result.machine.topology_xml ? r->result.machine.topology_xml : "", file) >= 0;
	ok = fclose(file) == 0 && ok;
	return ok ? verdict_ok()
		  : verdict_error("no-output", "free space, or choose another place with --output",
				  "cannot write %s", path);
}

static bool all_requested_ok(const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++)
		if (result->cells[i].requested && !verdict_is_ok(&result->cells[i].outcome))
			return false;
	return true;
}

static void print_paths(const struct running *r)
{
	char path[4200];

	printf("result:  %s\n", r->path);
	snprintf(path, sizeof path, "%s/figures", r->dir);
	printf("figures: %s\n", access(path, R_OK) == 0 ? path : "(not drawn)");
	snprintf(path, sizeof path, "%s/report.html", r->dir);
	printf("report:  %s\n", access(path, R_OK) == 0 ? path : "(not written)");
}

static int interrupted(const struct running *r)
{
	fprintf(stderr,
		"tlbscope: interrupted; what was measured is in %s; complete it with: tlbscope run "
		"--resume %s\n",
		r->path, r->dir);
	return EXIT_INTERRUPTED;
}

/* Of rounds that were asked for, or of the time for them, one had to give way. */
static void say_out_of_budget(const struct running *r)
{
	const struct session_options *asked = &r->options.session;

	if (!r->out_of_budget)
		return;
	fflush(stdout);
	fprintf(stderr,
		"tlbscope: the budget of %.10g s ended it after %u of %u rounds; try: raise "
		"--budget, or complete it with: tlbscope run --resume %s\n",
		asked->budget_s, r->result.run.rounds, asked->rounds, r->dir);
}

static int show(struct running *r)
{
	struct verdict verdict = save_topology(r);

	if (verdict_is_ok(&verdict) && !r->options.session.bare)
		verdict = cmd_render(&r->result, NULL, r->dir);
	if (!verdict_is_ok(&verdict))
		cmd_warn(&verdict);
	output_first_screen(stdout, &r->result);
	output_next(stdout, &r->result, r->dir);
	print_paths(r);
	say_out_of_budget(r);
	if (!verdict_is_ok(&verdict))
		return EXIT_HARNESS;
	return r->options.strict && !all_requested_ok(&r->result) ? EXIT_CANNOT_TELL : 0;
}

static struct verdict load_partial(struct running *r)
{
	struct verdict verdict =
	    cmd_load(r->options.resume, &r->partial, r->resumed, sizeof r->resumed);

	return verdict_is_ok(&verdict) ? run_options_restore(&r->options, &r->partial) : verdict;
}

static int run(struct running *r)
{
	struct verdict verdict = verdict_ok(), closed;
	unsigned put_back;

	signal(SIGPIPE, SIG_IGN); /* `tlbscope run 2>&1 | less`, and q: no reason to leave borrowed
				     pools behind */
	if (r->options.resume)
		verdict = load_partial(r);
	if (verdict_is_ok(&verdict))
		verdict = journal_recover(stderr, &put_back);
	if (verdict.outcome != OUTCOME_ERROR) /* what could not be put back was said, and is no
						 reason not to measure */
		verdict = begin(r);
	if (verdict_is_ok(&verdict))
		verdict = measure(r);
	closed = session_close(&r->session);
	if (!verdict_is_ok(&closed))
		cmd_warn(&closed);
	if (!verdict_is_ok(&verdict))
		return cmd_fail(&verdict);
	return r->interrupted ? interrupted(r) : show(r);
}

int cmd_run(int argc, char **argv)
{
	struct running *r = calloc(1, sizeof *r);
	int code;

	if (!r)
		return EXIT_HARNESS;
	r->session.turn = -1;
	result_init(&r->result);
	result_init(&r->partial);
	run_options_parse(&r->options, argc, argv);
	if (!verdict_is_ok(&r->options.verdict))
		code = cmd_fail(&r->options.verdict);
	else
		code = r->options.dry_run ? dry_run(&r->options) : run(r);
	for (unsigned i = 0; i < r->options.session.nonly; i++)
		free(r->options.only[i]);
	result_free(&r->partial);
	result_free(&r->result);
	free(r);
	return code;
}
