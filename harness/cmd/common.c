#include "cmd/cmd.h"

#include "analyse/analyse.h"
#include "output/output.h"

#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void cmd_warn(const struct verdict *verdict)
{
	fflush(stdout);
	fprintf(stderr, "tlbscope: %s%s%s\n", verdict->text, verdict->remedy[0] ? "; try: " : "",
		verdict->remedy);
}

int cmd_fail(const struct verdict *verdict)
{
	cmd_warn(verdict);
	return strcmp(verdict->code, "interrupted") == 0 ? EXIT_INTERRUPTED : EXIT_HARNESS;
}

static struct verdict newest_run(char *out, size_t size)
{
	glob_t found;
	const char *newest = NULL;
	struct timespec at = {0};
	struct verdict verdict = verdict_ok();

	glob("results/*/*/result.json", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct stat info;

		if (stat(found.gl_pathv[i], &info) ||
		    (newest &&
		     (info.st_mtim.tv_sec < at.tv_sec ||
		      (info.st_mtim.tv_sec == at.tv_sec && info.st_mtim.tv_nsec < at.tv_nsec))))
			continue;
		newest = found.gl_pathv[i];
		at = info.st_mtim;
	}
	if (newest)
		snprintf(out, size, "%.*s", (int)(strrchr(newest, '/') - newest), newest);
	else
		verdict = verdict_error("no-result", "tlbscope run, or name a result",
					"there is no run below ./results");
	globfree(&found);
	return verdict;
}

static void directory_of(const char *path, char *out, size_t size)
{
	struct stat info;
	const char *slash = strrchr(path, '/');

	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		snprintf(out, size, "%s", path);
	else if (slash)
		snprintf(out, size, "%.*s", (int)(slash - path), path);
	else
		snprintf(out, size, ".");
}

struct verdict cmd_load(const char *path, struct result *result, char *run_dir, size_t size)
{
	struct verdict verdict = verdict_ok();

	result_init(result);
	if (path)
		directory_of(path, run_dir, size);
	else
		verdict = newest_run(run_dir, size);
	if (verdict_is_ok(&verdict))
		verdict = result_load(path ? path : run_dir, result);
	if (verdict_is_ok(&verdict) && !findings_compute(result))
		verdict = verdict_error("no-memory", "free memory", "no memory for the findings");
	return verdict;
}

static bool is_drawn(const struct figure *figure)
{
	return figure->dat[0] && !figure->state[0];
}

/* What went wrong with it, with its name. */
static void say_state(const struct figure *figure, char *out, size_t size)
{
	bool named = strncmp(figure->state, figure->name, strlen(figure->name)) == 0;

	snprintf(out, size, "%s%s%s", named ? "" : figure->name, named ? "" : ": ", figure->state);
}

static struct verdict without_gnuplot(const struct verdict *verdict)
{
	return verdict_error(verdict->code, verdict->remedy,
			     "no figure is drawn: %s; what they show is in the .dat files",
			     verdict->text);
}

/* That of something else than what was asked for is no news. */
static struct verdict say_what_is_missing(const struct figure_order *order,
					  const struct figure *figures, size_t n)
{
	size_t drawn = 0;
	char text[320];

	for (size_t i = 0; i < n; i++)
		drawn += is_drawn(&figures[i]);
	for (size_t i = 0; drawn && i < n; i++) {
		if (!figures[i].state[0] || (!order->only && !figures[i].dat[0]))
			continue;
		say_state(&figures[i], text, sizeof text);
		fprintf(stderr, "tlbscope: %s\n", text);
	}
	if (drawn || !n)
		return verdict_ok();
	say_state(&figures[0], text, sizeof text);
	return verdict_error("nothing-drawn", "docs/figures.md, which says what each figure takes",
			     n > 1 ? "none of these figures is drawn; %.200s" : "%.240s", text);
}

struct verdict cmd_draw(const struct figure_order *order)
{
	struct figure *figures = calloc(FIGURES_MAX, sizeof *figures);
	size_t n = 0;

	if (!figures)
		return verdict_error("no-memory", "free memory", "no memory for the figures");
	struct verdict verdict = figures_draw_as(order, figures, &n);
	if (verdict.outcome == OUTCOME_SKIPPED)
		verdict = without_gnuplot(&verdict);
	else if (verdict_is_ok(&verdict))
		verdict = say_what_is_missing(order, figures, n);
	free(figures);
	return verdict;
}

struct verdict cmd_render(const struct result *result, const struct result *against,
			  const char *dir)
{
	struct figure *figures = calloc(FIGURES_MAX, sizeof *figures);
	size_t n = FIGURES_MAX;
	char path[4096];

	if (!figures)
		return verdict_error("no-memory", "free memory", "no memory for the figures");
	struct verdict verdict = figures_draw(result, dir, NULL, figures, &n);
	if (verdict.outcome == OUTCOME_SKIPPED) { /* a report does without drawings */
		verdict = without_gnuplot(&verdict);
		cmd_warn(&verdict);
		verdict = verdict_ok();
	}
	snprintf(path, sizeof path, "%s/report.html", dir);
	if (verdict_is_ok(&verdict))
		verdict = report_write(result, figures, n, against, path);
	free(figures);
	return verdict;
}

error_t cmd_no_more(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG)
		argp_error(state, "there is no use for the argument %s", arg);
	return ARGP_ERR_UNKNOWN;
}

struct verdict cmd_number(const char *option, const char *text, double least, double most,
			  double *out)
{
	char *end;

	*out = strtod(text, &end);
	if (end != text && *end == 0 && isfinite(*out) && *out >= least && *out <= most)
		return verdict_ok();
	return verdict_error("bad-option", "see --help", "%s takes a number from %g to %g, not %s",
			     option, least, most, text);
}
