/* What ab, noise and bisect share: options of `run` that they hand on, and how tlbscope starts
 * itself. */
#ifndef TLBSCOPE_CMD_SIDES_H
#define TLBSCOPE_CMD_SIDES_H

#include "lab/interleave.h"

#include <argp.h>

#define HANDED_MAX 160

struct handed { /* options of run, as words */
	const char *word[HANDED_MAX];
	unsigned n;
	struct verdict verdict;
};

extern const struct argp handed_argp; /* a child; its input is a struct handed */
void handed_add(struct handed *handed, const char *option, const char *value);

/* The path of this very program; words[0] of a side that does not name another. */
const char *own_program(void);
/* results/WHAT-<time>-<pid>, not made yet; relative, so that machines of their own can write there.
 */
void lab_directory(const char *what, char *out, size_t size);
/* For interleave.progress; context: a struct progress. */
void lab_progress(void *context, unsigned done, unsigned total);

#endif
