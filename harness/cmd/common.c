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

struct verdict cmd_draw(const struct figure_order *order)
{
	struct figure *figures = calloc(FIGURES_MAX, sizeof *figures);
	size_t n = 0;

	if (!figures)
		return verdict_error("no-memory", "free memory", "no memory for the figures");
	struct verdict verdict = figures_draw_as(order, figures, &n);
	for (size_t i = 0; verdict_is_ok(&verdict) && i < n; i++)
		if (figures[i].state[0] && (order->only || figures[i].dat[0]))
			fprintf(stderr, "tlbscope: %s: %s\n", figures[i].name, figures[i].state);
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
