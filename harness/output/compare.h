/* A comparison in words and in the forms that other programs read. */
#ifndef TLBSCOPE_OUTPUT_COMPARE_H
#define TLBSCOPE_OUTPUT_COMPARE_H

#include "result/comparison.h"

#include <stdio.h>

#define COMPARE_FORMATS "text|simple|json|csv|markdown|junit|ktap"

struct compare_output {
	const char *format;		 /* of COMPARE_FORMATS */
	const char *old_name, *new_name; /* as the user named them */
	bool all;			 /* text, markdown: also rows without a change */
};

bool output_comparison_knows(const char *format);
struct verdict output_comparison(FILE *to, const struct comparison *comparison,
				 const struct compare_output *how);

/* For the files that print one format each. */
typedef struct verdict compare_printer(FILE *to, const struct comparison *comparison,
				       const struct compare_output *how);
compare_printer compare_text, compare_simple, compare_json, compare_csv, compare_markdown,
    compare_junit, compare_ktap;

/* "+12.3%" */
#define CHANGE_MAX 32
void format_change(char out[CHANGE_MAX], double change);
/* "~", "+", "-" … a mark of one or two columns for tables. */
const char *row_mark(const struct comparison_row *row);

#endif
