/* Figures of results that were made up, in a directory of the test. */
#ifndef TESTS_DRAWN_H
#define TESTS_DRAWN_H

#include "unit/output/support.h"

#include "output/gnuplot.h"
#include "output/output.h"

static struct figure figures[FIGURES_MAX];
static size_t nfigures;

/* That of many runs is cli/history's. */
static inline void leave_history_out(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < nfigures; i++)
		if (!strstr(figures[i].state, "it takes several runs"))
			figures[kept++] = figures[i];
	nfigures = kept;
}

static inline const struct figure *figure(const char *name)
{
	for (size_t i = 0; i < nfigures; i++)
		if (strcmp(figures[i].name, name) == 0)
			return &figures[i];
	fail_msg("no figure %s", name);
	return &figures[0];
}

static inline bool no_gnuplot(void)
{
	const char *const argv[] = {"gnuplot", "--version", NULL};
	struct verdict v = program_run("/", argv, 10000);

	return v.outcome == OUTCOME_SKIPPED;
}

/* Caller frees. */
static inline char *made(const char *dir, const char *file)
{
	char path[300];

	snprintf(path, sizeof path, "%s/figures/%s", dir, file);
	return slurp(path);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

#endif
