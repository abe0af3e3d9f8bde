/* A cell: one benchmark at one value of every parameter that applies.
 *
 * The same struct serves the planner, the benchmarks and every reader of a result:
 * it is self-describing, so a result from another machine or another version needs
 * no benchmark table to be understood. Its text form is the key (see harness/result/key.h).
 */
#ifndef TLBSCOPE_CELL_H
#define TLBSCOPE_CELL_H

#include <stdbool.h>
#include <stdint.h>

enum param_type {
	P_WORD = 1, /* spin */
	P_COUNT,    /* 33 */
	P_BYTES,    /* 288KiB */
	P_PAGE,	    /* 4k, 2m, 1g, thp, thp-64k */
};

enum page_how {
	PAGE_BASE = 1, /* the base page, transparent huge pages kept off */
	PAGE_THP,      /* anonymous transparent huge page of `bytes` */
	PAGE_HUGETLB,  /* from the hugetlb pool of that size */
};

struct page_kind {
	enum page_how how;
	uint64_t bytes;
};

#define CELL_WORD_MAX	24
#define CELL_NAME_MAX	16
#define CELL_PARAMS_MAX 12
#define CELL_KEY_MAX	256

struct value {
	enum param_type type;
	union {
		uint64_t count;		  /* P_COUNT, P_BYTES */
		struct page_kind page;	  /* P_PAGE */
		char word[CELL_WORD_MAX]; /* P_WORD */
	};
};

struct cell_param {
	char name[CELL_NAME_MAX];
	struct value value;
};

struct cell {
	char bench[CELL_NAME_MAX];
	unsigned nparams;
	struct cell_param param[CELL_PARAMS_MAX]; /* in the order of the benchmark's table */
};

/* NULL where the parameter does not apply to this cell. */
const struct value *cell_value(const struct cell *cell, const char *name);
/* 0, a zero page kind, or false where the parameter does not apply. */
uint64_t cell_count(const struct cell *cell, const char *name);
struct page_kind cell_page(const struct cell *cell, const char *name);
bool cell_is(const struct cell *cell, const char *name, const char *word);

#endif
