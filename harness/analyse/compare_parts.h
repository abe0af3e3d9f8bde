/* What the files compare*.c share. */
#ifndef TLBSCOPE_ANALYSE_COMPARE_PARTS_H
#define TLBSCOPE_ANALYSE_COMPARE_PARTS_H

#include "analyse/compare.h"

/* Cells by key, or by key without some parameters. */
struct key_entry {
	char *key;
	const struct cell_result *cell;
	uint64_t size; /* its footprint, for series */
};

struct key_index {
	size_t n;
	struct key_entry *entry; /* in order of key, then size, then place in the result */
};

/* drop: names, comma separated, or NULL. False without memory. */
bool key_index_build(const struct result *result, const char *drop, struct key_index *out);
void key_index_free(struct key_index *index);
const struct key_entry *key_index_find(const struct key_index *index, const char *key); /* first */
const struct cell_result *key_index_cell(const struct key_index *index, const char *key);
bool names_hold(const char *names, const char *name); /* "a,b" holds "b" */
void key_without(const struct cell *cell, const char *drop, char out[CELL_KEY_MAX]);

/* How far runs of unchanged machines lie apart: standard deviation of the logarithm of run medians,
 * and from how many runs. */
struct spread {
	double sd;
	unsigned runs;
	bool known; /* else medians are zero or less, and nothing is told of how far they lie apart
		     */
};
bool metric_spread(const struct metric_result *metric, struct spread *out); /* false: no memory */
bool metric_is_interleaved(const struct metric_result *metric); /* each sample its own run */

struct noise_table;
struct noise_table *noise_table_make(const struct result *noise); /* NULL: no memory */
void noise_table_free(struct noise_table *table);
/* Own spread of the cell or the median of its benchmark, whichever is more; for an unknown cell the
 * most of its benchmark. False: nothing is known. */
bool noise_table_find(const struct noise_table *table, const char *key, const char *bench,
		      const char *metric, struct spread *out);

/* Where the change of a row sits. */
struct part_context {
	const struct result *old, *new;
	struct key_index old_keys, new_keys;	 /* full keys */
	struct key_index old_series, new_series; /* without footprint */
};
bool part_context_make(const struct result *old, const struct result *new,
		       struct part_context *out);
void part_context_free(struct part_context *context);
bool row_parts(const struct part_context *context, struct comparison_row *row); /* false: memory */

struct comparing {
	const struct compare_options *options;
	struct comparison *out;
	struct noise_table *noise; /* NULL: not measured */
	struct part_context context;
	unsigned capacity; /* of out->rows */
	bool no_memory;
};
double change_of(double new, double old); /* relative to what |old| is; from 0: infinite */
/* Holm, noise and state of each row. False without memory. */
bool compare_judge(struct comparing *comparing);
bool compare_findings(struct comparison *comparison); /* false: memory */
/* Environments that differ. False without memory. */
bool compare_environment(struct comparison *comparison);
void compare_conclude(struct comparison *comparison, bool strict);

#endif
