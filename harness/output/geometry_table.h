/* The path of a translation as two tables, made from findings: what each TLB holds, and what each
 * step costs. The geometry command, the first screen and the report print the same rows. */
#ifndef TLBSCOPE_OUTPUT_GEOMETRY_TABLE_H
#define TLBSCOPE_OUTPUT_GEOMETRY_TABLE_H

#include "result/result.h"

#include <stdio.h>

#define GEOMETRY_COLUMNS   12
#define GEOMETRY_FIELD_MAX 200

enum geometry_which { GEOMETRY_SIZES, GEOMETRY_COSTS };

/* NULL-terminated. */
const char *const *geometry_headings(enum geometry_which which);

struct geometry_row {
	const struct finding *finding; /* what it was read from */
	char field[GEOMETRY_COLUMNS]
		  [GEOMETRY_FIELD_MAX]; /* in order of the headings; "-": nothing said */
};

/* The i-th row; false: there are no more. */
bool geometry_row(const struct result *result, enum geometry_which which, unsigned i,
		  struct geometry_row *out);

/* As aligned text. `brief`: fewer columns, and of the costs those of base pages only; nothing where
 * there are no rows. `begun`: something stands above, from which an empty line keeps it apart; now
 * something does. */
void geometry_print(FILE *to, const struct result *result, enum geometry_which which, bool brief,
		    bool *begun);

#endif
