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

/* A text that filled its buffer may have been cut within a character, and then it is no UTF-8. */
static inline void cut_whole(char *text, size_t size)
{
	size_t n = strlen(text);

	if (n + 1 < size)
		return;
	while (n && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	if (n && (unsigned char)text[n - 1] >= 0xc0)
		text[n - 1] = '\0';
}

/* The end of a path says more than its beginning, and a verdict is short. */
static inline const char *path_tail(const char *path, size_t keep)
{
	size_t length = strlen(path);

	return length > keep ? path + length - keep : path;
}

#endif
