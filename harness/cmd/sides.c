#include "cmd/sides.h"

#include "output/progress.h"

#include <time.h>
#include <unistd.h>

enum { OPT_PROFILE = 2000, OPT_CPUS, OPT_BUDGET };

static const struct argp_option options[] = {
    {"only", 'o', "SELECTOR", 0, "only cells that match; may be repeated", 0},
    {"profile", OPT_PROFILE, "quick|full", 0, "which sweeps (default quick)", 0},
    {"cpus", OPT_CPUS, "LIST", 0, "CPUs to use (default: all that are allowed)", 0},
    {0},
};

void handed_add(struct handed *handed, const char *option, const char *value)
{
	if (handed->n + 2 > HANDED_MAX) {
		handed->verdict = verdict_error("bad-option", "join values with commas",
						"there are too many options");
		return;
	}
	handed->word[handed->n++] = option;
	handed->word[handed->n++] = value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct handed *handed = state->input;

	if (key == 'o')
		handed_add(handed, "--only", arg);
	else if (key == OPT_PROFILE)
		handed_add(handed, "--profile", arg);
	else if (key == OPT_CPUS)
		handed_add(handed, "--cpus", arg);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

const struct argp handed_argp = {.options = options, .parser = parse};

const char *own_program(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n <= 0)
		return "tlbscope";
	path[n] = 0;
	return path;
}

void lab_directory(const char *what, char *out, size_t size)
{
	time_t now = time(NULL);
	struct tm utc;
	char stamp[32];

	gmtime_r(&now, &utc);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
	snprintf(out, size, "results/%s-%s-%d", what, stamp, (int)getpid() % 100000);
}

void lab_progress(void *context, unsigned done, unsigned total)
{
	progress_round(context, done, done, total, -1);
}
