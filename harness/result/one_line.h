/* Errors are one line, whatever the input was: control characters of a quoted input become '?'. */
#ifndef TLBSCOPE_RESULT_ONE_LINE_H
#define TLBSCOPE_RESULT_ONE_LINE_H

#include <tlbscope/verdict.h>

#include <string.h>

static inline struct verdict one_line(struct verdict v)
{
	for (char *c = v.text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return v;
}

/* The end of a path says more than its beginning, and a verdict is short. */
static inline const char *path_tail(const char *path, size_t keep)
{
	size_t length = strlen(path);

	return length > keep ? path + length - keep : path;
}

#endif
