/* Facts: an ordered list of name = text, for environments and the subjects of findings. Text only,
 * so that any two can be compared and printed without knowing what they mean. */
#ifndef TLBSCOPE_RESULT_FACTS_H
#define TLBSCOPE_RESULT_FACTS_H

#include <stdbool.h>
#include <stddef.h>

struct fact {
	char *name, *text;
};

struct facts {
	size_t n;
	struct fact *fact;
};

/* Replaces an earlier fact of that name. False without memory. */
__attribute__((format(printf, 3, 4))) bool facts_set(struct facts *facts, const char *name,
						     const char *format, ...);
const char *facts_get(const struct facts *facts, const char *name); /* NULL: absent */
/* Every name whose text differs, as "old → new"; "(absent)" stands for a missing side. */
bool facts_diff(const struct facts *before, const struct facts *after, struct facts *changed);
void facts_free(struct facts *facts);

#endif
