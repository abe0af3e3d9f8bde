/* The options of `tlbscope run`, and where a run goes. */
#ifndef TLBSCOPE_CMD_RUN_OPTIONS_H
#define TLBSCOPE_CMD_RUN_OPTIONS_H

#include "measure/session.h"

#define ONLY_MAX 64

struct run_options {
	struct session_options session;
	char *only[ONLY_MAX]; /* blanks turned into slashes, so that they can be joined by blanks */
	char events[256];     /* without blanks; "": none */
	const char *label, *resume, *output;
	bool dry_run, strict, replace;
	bool seeded, budgeted;	/* given, not filled in */
	char begun_with[128];	/* options that were given and are a resumed run's own; "": none */
	struct verdict verdict; /* of parsing */
};

void run_options_parse(struct run_options *options, int argc, char **argv);
/* Everything that decides the plan, as text for result.run.args, and back: a resumed run repeats
 * the first one's options, its budget as well, unless it is given another. */
struct verdict run_options_format(const struct run_options *options, char *out, size_t size);
struct verdict run_options_restore(struct run_options *options, const struct result *result);

/* results/<machine>/<run id>, or --output; made. */
struct verdict run_directory(const struct run_options *options, const struct result *result,
			     char *out, size_t size);

/* Takes over what a partial result holds: cells move into the plan's order, cells of its refinement
 * join the plan. */
struct verdict run_resume(struct session *session, const struct result *partial,
			  struct result *result);

#endif
