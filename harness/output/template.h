/* A template engine that only substitutes: {{name}} becomes the value of that name, which is not
 * looked at again. */
#ifndef TLBSCOPE_OUTPUT_TEMPLATE_H
#define TLBSCOPE_OUTPUT_TEMPLATE_H

#include <tlbscope/verdict.h>

#include <stdio.h>

struct substitution {
	const char *name, *text;
};

/* `with` ends with {0}. An unknown name is an error that names it and `source`. */
struct verdict template_fill(FILE *to, const char *text, const char *source,
			     const struct substitution *with);

#endif
