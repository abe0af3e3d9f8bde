/* A figure's own question, in the `#@` comments of its .gp file; short tables ask in the same
 * words.
 *
 *   #@ title TEXT
 *   #@ read TEXT               how to read the figure; lines are joined
 *   #@ without TEXT            what to say where no cell matches
 *   #@ select SELECTOR         cells that any of these lines matches
 *   #@ except SELECTOR         but not those that any of these matches
 *   #@ x NAME [UNIT]           a parameter; `pages` is footprint / page size. UNIT: B KiB MiB GiB
 *   #@ y METRIC...             columns of each: est lo hi
 *   #@ series PARAMETER...     one block to each combination; `bench` is one, too, and `kind`:
 *                              base, thp or hugetlb, whatever the size
 *   #@ kind hist               y is a histogram: columns are value and cumulated share
 *   #@ kind matrix             a combination whose cells are all invalid is a block as well
 *   #@ marks knees             verticals where TLB levels end, as measured (same as: marks
 * tlb-level entries)
 *   #@ marks claims            and as CPUID has it
 *   #@ marks caches            faint ones where data of one line to a page fills a cache
 *   #@ marks FINDING VALUE     and any other finding's value
 *   #@ values FINDING VALUE... what a finding says of each block, to be drawn over it
 */
#ifndef TLBSCOPE_OUTPUT_QUERY_H
#define TLBSCOPE_OUTPUT_QUERY_H

#include "result/key.h"
#include "result/result.h"

#define QUERY_SELECTORS_MAX 8
#define QUERY_NAMES_MAX	    12
#define QUERY_MARKS_MAX	    4
#define QUERY_VALUES_MAX    8

struct query_mark {
	char finding[RESULT_NAME_MAX], value[RESULT_NAME_MAX];
};

struct query_values { /* n 0: none */
	char finding[RESULT_NAME_MAX];
	unsigned n;
	char value[QUERY_VALUES_MAX][RESULT_NAME_MAX];
};

struct query {
	char title[120], read[1000], without[120];
	unsigned nselectors, nexcept;
	struct selector *selector, *except;
	char selector_text[QUERY_SELECTORS_MAX][160];
	char x[CELL_NAME_MAX];
	double x_scale; /* what one unit of the axis is */
	unsigned ny, nseries, nmarks;
	char y[QUERY_NAMES_MAX][RESULT_NAME_MAX];
	char series[QUERY_NAMES_MAX][CELL_NAME_MAX];
	struct query_mark mark[QUERY_MARKS_MAX];
	struct query_values values;
	unsigned nstates;
	char states[QUERY_NAMES_MAX][RESULT_NAME_MAX]; /* kinds of findings that the figure shows */
	bool hist, matrix, claims, caches;
};

/* Lines that do not start with "#@" are none of its business. Errors name `source`, line and word.
 */
struct verdict query_parse(const char *text, const char *source, uint64_t base_page_bytes,
			   struct query *out);
void query_free(struct query *query);
bool query_match(const struct query *query, const struct cell *cell);

#endif
