#include "result/comparison.h"

#include <stdlib.h>

void comparison_free(struct comparison *comparison)
{
	for (unsigned i = 0; i < comparison->nrows; i++)
		free(comparison->rows[i].parts);
	free(comparison->rows);
	free(comparison->others);
	free(comparison->findings);
	facts_free(&comparison->environment);
	*comparison = (struct comparison){0};
}

const char *row_state_name(enum row_state state)
{
	static const char *const names[] = {
	    [ROW_SAME] = "same",
	    [ROW_REGRESSION] = "regression",
	    [ROW_IMPROVEMENT] = "improvement",
	    [ROW_UNSURE] = "unsure",
	    [ROW_UNREACHABLE] = "too-few-samples",
	};

	return names[state];
}

const char *other_kind_name(enum other_kind kind)
{
	static const char *const names[] = {
	    [OTHER_NEW] = "new",	 [OTHER_GONE] = "gone",	      [OTHER_REVISED] = "revised",
	    [OTHER_INVALID] = "invalid", [OTHER_SKIPPED] = "skipped",
	};

	return names[kind];
}

const char *noise_source_name(enum noise_source source)
{
	static const char *const names[] = {
	    [NOISE_ASSUMED] = "assumed",
	    [NOISE_GIVEN] = "given",
	    [NOISE_RUNS] = "runs",
	    [NOISE_MEASURED] = "measured",
	    [NOISE_INTERLEAVED] = "interleaved",
	};

	return names[source];
}
