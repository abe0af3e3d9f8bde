/* What tests of this room share: cmocka, a directory that goes away, a result of a few cells. */
#ifndef TESTS_OUTPUT_SUPPORT_H
#define TESTS_OUTPUT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/output/fake_result.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
	(void)st, (void)flag, (void)walk;
	return remove(path);
}

static inline int make_dir(void **state)
{
	static char path[64];

	strcpy(path, "/tmp/tlbscope-output-XXXXXX");
	*state = path;
	return mkdtemp(path) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
	unsetenv("TLBSCOPE_DATA");
	return nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline char *slurp(const char *path)
{
	FILE *from = fopen(path, "r");
	char *text = calloc(1, 8 << 20);

	if (from) {
		size_t n = fread(text, 1, (8 << 20) - 1, from);
		(void)n;
		fclose(from);
	}
	return text;
}

static inline void spit(const char *path, const char *text)
{
	FILE *to = fopen(path, "w");

	assert_non_null(to);
	fputs(text, to);
	fclose(to);
}

/* One cell with one metric, in round numbers. */
static inline struct cell_result *plain_cell(struct result *result, const char *key,
					     const char *metric, const char *unit, double value)
{
	struct cell_result *cell = fake_cell(result, key);
	struct metric_result *m = cell_add_metric(cell);

	snprintf(m->name, sizeof m->name, "%s", metric);
	snprintf(m->unit, sizeof m->unit, "%s", unit);
	m->e = (struct estimate){value, value - 0.25, value + 0.25};
	return cell;
}

/* Whatever prints into a stream, as text that the caller frees. */
#define PRINTED(call)                                                                              \
	({                                                                                         \
		static char *text_;                                                                \
		static size_t length_;                                                             \
		FILE *to = open_memstream(&text_, &length_);                                       \
		call;                                                                              \
		fclose(to);                                                                        \
		text_;                                                                             \
	})

#define assert_has(text, part)                                                                     \
	do {                                                                                       \
		if (!strstr(text, part))                                                           \
			fail_msg("'%s' is not in:\n%.2000s", part, text);                          \
	} while (0)
#define assert_has_not(text, part)                                                                 \
	do {                                                                                       \
		if (strstr(text, part))                                                            \
			fail_msg("'%s' should not be in:\n%.300s", part, strstr(text, part));      \
	} while (0)

#endif
