/* One measurement by another process: a command line to which `run …` is added, and the result that
 * it leaves. What it prints goes to a file beside the result. */
#ifndef TLBSCOPE_LAB_ERRAND_H
#define TLBSCOPE_LAB_ERRAND_H

#include "result/result.h"

#define ERRAND_WORDS_MAX 400

struct errand {
	const char *const *command; /* of words; how tlbscope is started on that side */
	unsigned ncommand;
	const char *const *options; /* of `run`, after those that the errand adds itself */
	unsigned noptions;
	unsigned rounds; /* 0: looks, as `run` has them */
	uint64_t seed;
	const char *who; /* as messages call it; NULL: by its program */
	const char *dir; /* relative to the working directory where the command is a machine of its
			    own (vm) */
	int turn;	 /* held by us, and lent: see exclusive.h; -1: none */
};

/* Runs it to its end and loads the result. A command that says `run` itself may give options of its
 * own: then only options are added. A result that is there before is removed, so that none but the
 * run's own can be read. Errors: it cannot be started, failed (with its last words), or
 * left no result; "interrupted", after it was told to stop, and then its directory is gone. Stop
 * signals and SIGCHLD must be blocked. */
struct verdict errand_run(const struct errand *errand, struct result *out);
/* Makes a directory and those above it. */
struct verdict errand_directory(const char *dir);
/* Removes what the run left, but for the directory's parents. */
void errand_clean(const char *dir);

#endif
