#include "result/facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fact *find(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n; i++)
		if (strcmp(facts->fact[i].name, name) == 0)
			return &facts->fact[i];
	return NULL;
}

static bool append(struct facts *facts, const char *name, char *text)
{
	struct fact *grown = realloc(facts->fact, (facts->n + 1) * sizeof *grown);

	if (!grown)
		return false;
	facts->fact = grown;
	grown[facts->n] = (struct fact){strdup(name), text};
	if (!grown[facts->n].name)
		return false;
	facts->n++;
	return true;
}

bool facts_set(struct facts *facts, const char *name, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	int length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return false;
	struct fact *old = find(facts, name);
	if (old) {
		free(old->text);
		old->text = text;
		return true;
	}
	if (append(facts, name, text))
		return true;
	free(text);
	return false;
}

const char *facts_get(const struct facts *facts, const char *name)
{
	const struct fact *fact = find(facts, name);

	return fact ? fact->text : NULL;
}

bool facts_diff(const struct facts *before, const struct facts *after, struct facts *changed)
{
	for (size_t i = 0; i < before->n; i++) {
		const struct fact *old = &before->fact[i];
		const char *now = facts_get(after, old->name);

		if (now && strcmp(now, old->text) == 0)
			continue;
		if (!facts_set(changed, old->name, "%s → %s", old->text, now ? now : "(absent)"))
			return false;
	}
	for (size_t i = 0; i < after->n; i++)
		if (!find(before, after->fact[i].name) &&
		    !facts_set(changed, after->fact[i].name, "(absent) → %s", after->fact[i].text))
			return false;
	return true;
}

void facts_free(struct facts *facts)
{
	for (size_t i = 0; i < facts->n; i++) {
		free(facts->fact[i].name);
		free(facts->fact[i].text);
	}
	free(facts->fact);
	*facts = (struct facts){0};
}
