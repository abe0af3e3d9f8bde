#include "cmd/compare_options.h"

#include "analyse/analyse.h"
#include "analyse/merge.h"
#include "cmd/cmd.h"
#include "result/key.h"
#include "result/one_line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_WORSE 1

enum {
	OPT_THRESHOLD = 1000,
	OPT_ALPHA,
	OPT_METRICS,
	OPT_ACROSS,
	OPT_NOISE,
	OPT_FORMAT,
	OPT_FORCE,
	OPT_STRICT,
};

static const struct argp_option options[] = {
    {"threshold", OPT_THRESHOLD, "[METRIC=]PERCENT", 0,
     "smaller changes do not count (default 3); may be repeated", 0},
    {"alpha", OPT_ALPHA, "P", 0, "chance of one false alarm in the whole comparison (default 0.05)",
     0},
    {"metrics", OPT_METRICS, "LIST", 0, "test these, not those that are declared primary", 0},
    {"across", OPT_ACROSS, "LIST", 0,
     "match cells without these parameters: resp,place,state compares different responders", 0},
    {"noise", OPT_NOISE, "FILE|PERCENT", 0,
     "what tlbscope noise measured (default: noise.json beside the runs), or a number", 0},
    {"format", OPT_FORMAT, COMPARE_FORMATS, 0, "how to print (default text)", 0},
    {"all", 'a', 0, 0, "also list what did not change", 0},
    {"force", OPT_FORCE, 0, 0, "compare different CPUs", 0},
    {"strict", OPT_STRICT, 0, 0,
     "exit with 125 when a cell is invalid, skipped or gone on one side", 0},
    {0},
};

static void take_percent(struct compare_settings *s, const char *option, const char *text,
			 double *out)
{
	double percent = 0;
	struct verdict verdict = cmd_number(option, text, 0, 1000, &percent);

	if (verdict_is_ok(&verdict))
		*out = percent / 100;
	else
		s->verdict = verdict;
}

static void take_threshold(struct compare_settings *s, const char *arg)
{
	const char *equals = strchr(arg, '=');

	if (!equals) {
		take_percent(s, "--threshold", arg, &s->how.threshold);
		return;
	}
	size_t length = (size_t)(equals - arg);

	if (s->how.nlimits == COMPARE_LIMITS || length >= sizeof s->how.limit[0].metric) {
		s->verdict = verdict_error("bad-option", "see --help",
					   "--threshold: at most %d metrics, with names of at most "
					   "%zu bytes",
					   COMPARE_LIMITS, sizeof s->how.limit[0].metric - 1);
		return;
	}
	memcpy(s->how.limit[s->how.nlimits].metric, arg, length);
	take_percent(s, "--threshold", equals + 1, &s->how.limit[s->how.nlimits].threshold);
	s->how.nlimits++;
}

static void take_noise(struct compare_settings *s, const char *arg)
{
	char *end;

	strtod(arg, &end);
	if (end == arg || *end)
		s->noise_path = arg;
	else
		take_percent(s, "--noise", arg, &s->how.noise);
}

static void take_alpha(struct compare_settings *s, const char *arg)
{
	struct verdict verdict = cmd_number("--alpha", arg, 1e-12, 0.5, &s->how.alpha);

	if (!verdict_is_ok(&verdict))
		s->verdict = verdict;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare_settings *s = state->input;

	switch (key) {
	case OPT_THRESHOLD:
		take_threshold(s, arg);
		break;
	case OPT_ALPHA:
		take_alpha(s, arg);
		break;
	case OPT_METRICS:
		s->how.metrics = arg;
		break;
	case OPT_ACROSS:
		s->how.across = arg;
		break;
	case OPT_NOISE:
		take_noise(s, arg);
		break;
	case OPT_FORMAT:
		s->output.format = arg;
		if (!output_comparison_knows(arg))
			s->verdict = verdict_error("bad-option", "--format " COMPARE_FORMATS,
						   "there is no format %s", arg);
		break;
	case 'a':
		s->output.all = true;
		break;
	case OPT_FORCE:
		s->force = true;
		break;
	case OPT_STRICT:
		s->how.strict = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp compare_argp = {.options = options, .parser = parse};

void compare_settings_init(struct compare_settings *s)
{
	*s = (struct compare_settings){
	    .how = {.alpha = COMPARE_ALPHA, .threshold = COMPARE_THRESHOLD, .noise = -1},
	    .output = {.format = "text"},
	    .verdict = verdict_ok()};
}

void compare_settings_free(struct compare_settings *s)
{
	free(s->selector);
	s->selector = NULL;
}

static struct verdict take_selector(struct compare_settings *s, const struct result *new)
{
	if (!s->only)
		return verdict_ok();
	s->selector = calloc(1, sizeof *s->selector);
	s->how.only = s->selector;
	if (!s->selector)
		return verdict_error("no-memory", "free memory", "no memory for the selector");
	return selector_parse(s->only, new->run.base_page_bytes, s->selector);
}

/* Beside the run's directory, by whichever of the two the run was named: a property of the machine,
 * kept where its runs are. */
static bool noise_beside(const char *near, char *out, size_t size)
{
	char real[4096];

	if (!near || !realpath(near, real))
		return false;
	char *slash = strrchr(real, '/');

	if (slash && strcmp(slash, "/result.json") == 0) {
		*slash = '\0';
		slash = strrchr(real, '/');
	}
	if (!slash ||
	    (size_t)snprintf(out, size, "%.*s/noise.json", (int)(slash - real), real) >= size)
		return false;
	return access(out, R_OK) == 0;
}

static struct verdict load_noise(struct compare_settings *s, const struct result *old,
				 const char *near, struct result *noise)
{
	char beside[4200];
	const char *path = s->noise_path;
	struct verdict verdict = verdict_ok();

	result_init(noise);
	if (!path && s->how.noise < 0 && noise_beside(near, beside, sizeof beside))
		path = beside;
	if (!path)
		return verdict;
	verdict = result_load(path, noise);
	if (verdict_is_ok(&verdict) && result_runs(noise) < NOISE_RUNS_LEAST)
		verdict = verdict_error("bad-noise", "tlbscope noise measures it",
					"%.150s is not the noise of a machine: it holds fewer than "
					"three runs",
					path);
	if (verdict_is_ok(&verdict) && !s->force) {
		verdict = compare_machines(noise, old);
		if (!verdict_is_ok(&verdict) && !s->noise_path) { /* found, not asked for */
			result_free(noise);
			return verdict_ok();
		}
	}
	if (verdict_is_ok(&verdict))
		s->how.noise_result = noise;
	return verdict;
}

static int exit_code(const struct comparison *comparison)
{
	static const int codes[] = {[COMPARISON_SAME] = 0,
				    [COMPARISON_WORSE] = EXIT_WORSE,
				    [COMPARISON_CANNOT_TELL] = EXIT_CANNOT_TELL};

	return codes[comparison->end];
}

int compare_and_print(struct compare_settings *s, const struct result *old,
		      const struct result *new, const char *noise_near)
{
	struct result noise;
	struct comparison comparison = {0};
	struct verdict verdict = s->verdict;

	result_init(&noise);
	if (verdict_is_ok(&verdict) && !s->force)
		verdict = compare_machines(old, new);
	if (verdict_is_ok(&verdict))
		verdict = take_selector(s, new);
	if (verdict_is_ok(&verdict))
		verdict = compare_check_names(&s->how, old, new);
	if (verdict_is_ok(&verdict))
		verdict = load_noise(s, old, noise_near, &noise);
	if (verdict_is_ok(&verdict))
		verdict = compare_results(old, new, &s->how, &comparison);
	if (verdict_is_ok(&verdict))
		verdict = output_comparison(stdout, &comparison, &s->output);
	int code = verdict_is_ok(&verdict) ? exit_code(&comparison) : cmd_fail(&verdict);

	comparison_free(&comparison);
	s->how.noise_result = NULL;
	result_free(&noise);
	return code;
}

/* Which runs a side has so far. */
struct taken {
	struct {
		char id[sizeof((struct result *)0)->run.id];
		uint64_t seed;
	} * run;
	unsigned n;
};

/* The same samples twice are no more evidence than once. */
static struct verdict take_once(struct taken *taken, const char *path, const struct result *one)
{
	for (unsigned i = 0; i < taken->n && *one->run.id; i++)
		if (taken->run[i].seed == one->run.seed &&
		    strcmp(taken->run[i].id, one->run.id) == 0)
			return verdict_error("twice", "leave one of them out",
					     "%.150s is run %s, which is given twice",
					     path_tail(path, 150), one->run.id);
	memcpy(taken->run[taken->n].id, one->run.id, sizeof one->run.id);
	taken->run[taken->n++].seed = one->run.seed;
	return verdict_ok();
}

static struct verdict take_one(const char *path, bool force, struct taken *taken,
			       struct result *out)
{
	struct result one;
	struct verdict verdict = result_load(path, &one);

	if (verdict_is_ok(&verdict))
		verdict = take_once(taken, path, &one);
	if (verdict_is_ok(&verdict) && out->ncells && !force)
		verdict = compare_machines(out, &one);
	if (verdict_is_ok(&verdict) && !result_merge(out, &one))
		verdict = verdict_error("no-memory", "free memory", "no memory for %.150s", path);
	result_free(&one);
	return verdict;
}

struct verdict compare_load(char *const *paths, unsigned n, bool force, struct result *out)
{
	struct taken taken = {.run = calloc(n + 1, sizeof *taken.run)};
	struct verdict verdict =
	    taken.run ? verdict_ok() : verdict_error("no-memory", "free memory", "no memory");

	result_init(out);
	if (n == 1 && verdict_is_ok(&verdict))
		verdict = result_load(paths[0], out);
	for (unsigned i = 0; n > 1 && i < n && verdict_is_ok(&verdict); i++)
		verdict = take_one(paths[i], force, &taken, out);
	free(taken.run);
	if (!verdict_is_ok(&verdict))
		return verdict;
	if ((n > 1 && !result_merged(out)) || !findings_compute(out))
		return verdict_error("no-memory", "free memory", "no memory for the findings");
	return verdict;
}
