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

/* A result and what its blocks are called beside those of others; "" where there is one alone. */
struct dataset_run {
	const struct result *result;
	char label[96];
};

struct dataset_block {
	char name[96]; /* label of the run, and values of the series' parameters that differ
			  between blocks */
	char id[128];  /* all of them: "run=0,page=4k,layout=alias"; run only where there are
			  several */
	unsigned run;  /* which result it comes from */
	unsigned nrows;
	struct dataset_row *rows; /* x rises */
};

struct dataset {
	const struct query *query;
	const struct dataset_run *runs; /* the caller's; NULL: one result */
	unsigned nruns, nblocks;
	struct dataset_block *blocks;
	char fixed[128]; /* values that all blocks share: "page=4k, place=core" */
	unsigned matched, invalid, skipped, values; /* cells; values: with a number to draw */
	double xmin, xmax;
};

struct verdict dataset_make(const struct result *result, const struct query *query,
			    struct dataset *out);
/* Several results over each other: no block has cells of two of them. */
struct verdict dataset_make_runs(const struct dataset_run *runs, unsigned nruns,
				 const struct query *query, struct dataset *out);
/* Labels: what people gave with --label, else what differs: CPU, kernel, both, else when it was. */
void dataset_label_runs(struct dataset_run *runs, unsigned nruns);
void dataset_free(struct dataset *set);

/* Alt text, in whole sentences: the findings that the query names, and where each block begins and
 * ends. `result`: whose findings; NULL where there are several. */
void dataset_describe(const struct dataset *set, const struct result *result, char *out,
		      size_t size);
/* Gnuplot's form: a commented header; blocks separated by two blank lines, each with a line of
 * column names, the first one being the quoted name of the block. '?' is a number that is not
 * there. */
void dataset_write(FILE *to, const struct result *result, const struct dataset *set);

const struct hist_result *cell_find_hist(const struct cell_result *cell, const char *name);
/* For data files and gnuplot: letters, digits and the punctuation of keys; the rest becomes '_'. */
void data_word(char *out, size_t size, const char *text);

#endif
