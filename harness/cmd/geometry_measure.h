/* The cells that a geometry needs, measured in steps: each step asks what the one before left open.
 */
#ifndef TLBSCOPE_CMD_GEOMETRY_MEASURE_H
#define TLBSCOPE_CMD_GEOMETRY_MEASURE_H

#include "result/result.h"

struct geometry_options {
	bool all; /* page kinds; else the base page */
	const char *cpus;
	const char
	    *output; /* looked at once more when the turn has come: another may have written it */
	bool replace;
};

/* Into an initialised result, with its findings. */
struct verdict geometry_measure(const struct geometry_options *options, struct result *result);

/* A curve of another tool as cells of chase; see docs/geometry.md. Errors name line and column. */
struct verdict cmd_load_csv(const char *path, struct result *result);

#endif
