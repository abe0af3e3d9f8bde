#include "output/template.h"

#include <string.h>

static const char *find(const struct substitution *with, const char *name, size_t length)
{
	for (; with->name; with++)
		if (strlen(with->name) == length && strncmp(with->name, name, length) == 0)
			return with->text;
	return NULL;
}

struct verdict template_fill(FILE *to, const char *text, const char *source,
			     const struct substitution *with)
{
	const char *open, *close;

	while ((open = strstr(text, "{{")) && (close = strstr(open, "}}"))) {
		const char *value = find(with, open + 2, (size_t)(close - open) - 2);

		if (!value)
			return verdict_error(
			    "template", "remove it from the template", "%s: '%.*s}}' is not known",
			    source, (int)(close - open) > 60 ? 60 : (int)(close - open), open);
		fwrite(text, 1, (size_t)(open - text), to);
		fputs(value, to);
		text = close + 2;
	}
	fputs(text, to);
	return verdict_ok();
}
