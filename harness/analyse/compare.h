/* Two results against each other: which cells changed, whether that can be believed, and where the
 * change sits. Pure: results in, a comparison out. docs/regressions.md argues every condition.
 */
#ifndef TLBSCOPE_ANALYSE_COMPARE_H
#define TLBSCOPE_ANALYSE_COMPARE_H

#include "result/comparison.h"
#include "result/key.h"

#define COMPARE_ALPHA	  0.05 /* of one false alarm in the whole comparison, by chance alone */
#define COMPARE_THRESHOLD 0.03
#define COMPARE_ASSUMED	  0.10 /* noise of a machine that nobody measured */
#define COMPARE_LIMITS	  16
#define NOISE_RUNS_LEAST  3 /* fewer say nothing of how far runs lie apart */

struct compare_options {
	double alpha, threshold;
	struct { /* thresholds of single metrics */
		char metric[RESULT_NAME_MAX];
		double threshold;
	} limit[COMPARE_LIMITS];
	unsigned nlimits;
	const char *metrics; /* names, comma separated, instead of those declared primary; or NULL
			      */
	const char *across; /* parameters that keys are matched without, comma separated; or NULL */
	const struct selector *only;	   /* NULL: all cells */
	double noise;			   /* relative, given by the user; < 0: not given */
	const struct result *noise_result; /* merged A/A runs; or NULL */
	bool strict; /* cells that stopped being ok make it impossible to tell */
};

/* Findings of both must be computed. Errors: no memory; two cells of one key (across). */
struct verdict compare_results(const struct result *old, const struct result *new,
			       const struct compare_options *options, struct comparison *out);

/* Ok, or an error that names what differs: another CPU model, other hardware behind it. */
struct verdict compare_machines(const struct result *old, const struct result *new);

#endif
