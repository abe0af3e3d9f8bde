/* The selectors that stand in benchmarks' tables, parsed. */
#include "measure/plan_internal.h"

#include <stdlib.h>

void texts_begin(struct texts *texts, const struct bench *bench, uint64_t base_page_bytes)
{
	if (texts->bench == bench)
		return;
	texts->bench = bench;
	texts->base_page_bytes = base_page_bytes;
	texts->n = 0; /* their memory is for the next ones */
}

static struct text *add(struct texts *texts)
{
	if (texts->n == texts->room) {
		struct text *grown = realloc(texts->text, (texts->room + 1) * sizeof *grown);

		if (!grown)
			return NULL;
		texts->text = grown;
		grown[texts->room].selector = malloc(sizeof(struct selector));
		if (!grown[texts->room].selector)
			return NULL;
		texts->room++;
	}
	return &texts->text[texts->n++];
}

static struct verdict parse(const char *field, const char *name, uint64_t base_page_bytes,
			    struct selector *out)
{
	char items[512];

	if (!name)
		return selector_parse(field, base_page_bytes, out);
	snprintf(items, sizeof items, "*/%s=%s", name, field);
	return selector_parse(items, base_page_bytes, out);
}

struct verdict texts_read(struct texts *texts, const char *const *field, const char *name,
			  const struct selector **out)
{
	struct text *text = NULL;

	for (unsigned i = 0; i < texts->n && !text; i++)
		if (texts->text[i].where == field)
			text = &texts->text[i];
	if (!text) {
		text = add(texts);
		if (!text)
			return verdict_error("no-memory", "free memory", "no memory for the plan");
		text->where = field;
		text->verdict = parse(*field, name, texts->base_page_bytes, text->selector);
	}
	*out = text->selector;
	return text->verdict;
}

void texts_free(struct texts *texts)
{
	for (unsigned i = 0; i < texts->room; i++)
		free(texts->text[i].selector);
	free(texts->text);
	*texts = (struct texts){0};
}
