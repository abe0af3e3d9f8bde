/* What a query finds in a result: rows in blocks, one block to each combination of the series'
 * parameters.
 *
 * A cell that lacks one of them (at resp=0 there is no place) belongs to every block that agrees in
 * the others. Blocks and rows have an order of their own, so the same result gives the same bytes.
 */
#ifndef TLBSCOPE_OUTPUT_DATASET_H
#define TLBSCOPE_OUTPUT_DATASET_H

#include "output/query.h"

struct dataset_row {
	double x;
	const struct cell_result
	    *cell; /* ok and with at least one metric of the query, or invalid */
};

struct dataset_block {
	char name[96]; /* values of the series' parameters that differ between blocks */
	char id[128];  /* all of them: "page=4k,layout=alias" */
	unsigned nrows;
	struct dataset_row *rows; /* x rises */
};

struct dataset {
	const struct query *query;
	unsigned nblocks;
	struct dataset_block *blocks;
	char fixed[128]; /* values that all blocks share: "page=4k, place=core" */
	unsigned matched, invalid, skipped, values; /* cells; values: with a number to draw */
	double xmin, xmax;
};

struct verdict dataset_make(const struct result *result, const struct query *query,
			    struct dataset *out);
void dataset_free(struct dataset *set);

/* One sentence, for alt text: where each block begins and ends. */
void dataset_describe(const struct dataset *set, char *out, size_t size);
/* Gnuplot's form: a commented header; blocks separated by two blank lines, each with a line of
 * column names, the first one being the quoted name of the block. '?' is a number that is not
 * there. */
void dataset_write(FILE *to, const struct result *result, const struct dataset *set);

const struct hist_result *cell_find_hist(const struct cell_result *cell, const char *name);
/* For data files and gnuplot: letters, digits and the punctuation of keys; the rest becomes '_'. */
void data_word(char *out, size_t size, const char *text);

#endif
