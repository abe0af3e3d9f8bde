#include "cmd/cmd.h"

#include "output/bundle.h"
#include "output/output.h"

#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char doc[] =
    "Put result, report, figures, data, commands and citation of a run into one tar archive, for "
    "an "
    "artifact evaluation. The same result gives the same bytes."
    "\vRESULT is a result.json or a run directory; without it, the newest run below ./results.\n\n"
    "Examples:\n  tlbscope bundle\n  tlbscope bundle --output artifact.tar RESULT";

struct options {
	const char *path, *output;
};

static const struct argp_option options[] = {
    {"output", 'd', "FILE", 0, "the archive (default: tlbscope-RUN.tar here)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key == 'd')
		o->output = arg;
	else if (key == ARGP_KEY_ARG && !o->path)
		o->path = arg;
	else
		return cmd_no_more(key, arg, state);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
	(void)st, (void)flag, (void)walk;
	return remove(path);
}

/* The file that was loaded: the argument itself, or the one in the run's directory. */
static void file_of(const char *path, const char *dir, char *out, size_t size)
{
	struct stat info;

	if (path && stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
		snprintf(out, size, "%s", path);
	else
		snprintf(out, size, "%s/result.json", dir);
}

/* Drawn anew in a place of its own: what lies beside the result may be of another version. */
static struct verdict draw_and_write(const struct result *result, const char *file,
				     const char *output)
{
	char drawn[] = "/tmp/tlbscope-bundle-XXXXXX";

	if (!mkdtemp(drawn))
		return verdict_error("file", "make room in /tmp", "no directory to draw in");
	struct verdict v = cmd_render(result, NULL, drawn);
	if (verdict_is_ok(&v))
		v = bundle_write(result, file, drawn, output);
	nftw(drawn, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return v;
}

int cmd_bundle(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "[RESULT]", .doc = doc};
	struct options o = {0};
	struct result result;
	char dir[4096], file[4112], output[64];
	int code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	struct verdict verdict = cmd_load(o.path, &result, dir, sizeof dir);

	file_of(o.path, dir, file, sizeof file);
	snprintf(output, sizeof output, "tlbscope-%.40s.tar", result.run.id);
	if (strchr(output, '/'))
		snprintf(output, sizeof output, "tlbscope.tar");
	if (verdict_is_ok(&verdict))
		verdict = draw_and_write(&result, file, o.output ? o.output : output);
	if (verdict_is_ok(&verdict))
		printf("bundle: %s\n", o.output ? o.output : output);
	else
		code = cmd_fail(&verdict);
	result_free(&result);
	return code;
}
