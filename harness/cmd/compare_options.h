/* Options that every command with a comparison has: compare, ab. */
#ifndef TLBSCOPE_CMD_COMPARE_OPTIONS_H
#define TLBSCOPE_CMD_COMPARE_OPTIONS_H

#include "analyse/compare.h"
#include "output/compare.h"

#include <argp.h>

struct compare_settings {
	struct compare_options how;
	struct compare_output output;
	const char *noise_path, *only;
	struct selector *selector; /* of only; owned */
	bool force;
	struct verdict verdict; /* of parsing */
};

extern const struct argp compare_argp; /* a child; its input is a struct compare_settings */
void compare_settings_init(struct compare_settings *settings);
void compare_settings_free(struct compare_settings *settings);

/* Compares, prints, and gives the exit code: 0, 1, 125 or 255. `noise_near`: a run directory beside
 * which noise.json may lie, or NULL. Findings must be computed. */
int compare_and_print(struct compare_settings *settings, const struct result *old,
		      const struct result *new, const char *noise_near);

/* Every metric and parameter that the options name is one: of a benchmark, or of a cell at hand. */
struct verdict compare_check_names(const struct compare_options *how, const struct result *old,
				   const struct result *new);

/* Loads one result, or several as one. Names are of one machine, and no run is there
 * twice. */
struct verdict compare_load(char *const *paths, unsigned n, bool force, struct result *out);

#endif
