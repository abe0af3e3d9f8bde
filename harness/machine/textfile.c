#include "machine/textfile.h"

#include "machine/sysfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *textfile_read(const char *path, size_t max)
{
	char *text = malloc(max + 1);

	if (!text)
		return NULL;
	ssize_t length = sysfile_read(path, text, max + 1);
	if (length < 0) {
		free(text);
		return NULL;
	}
	char *shrunk = realloc(text, (size_t)length + 1);
	return shrunk ? shrunk : text;
}

static bool number_at(const char *text, uint64_t *out)
{
	char *end;

	text += strspn(text, " \t");
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (errno)
		return false;
	*out = number;
	return true;
}

const char *text_after(const char *text, const char *end)
{
	const char *found = strstr(text, end);

	return found ? found + strlen(end) : NULL;
}

bool text_number(const char *text, const char *label, uint64_t *out)
{
	size_t length = strlen(label);

	for (; text; text = text_after(text, "\n"))
		if (strncmp(text, label, length) == 0)
			return number_at(text + length, out);
	return false;
}
