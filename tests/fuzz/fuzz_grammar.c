/* Any text as a key, a selector, a value and a figure's question. What is read can be written, and
 * is then read as the same. */
#include "fuzz/fuzz.h"

#include "output/query.h"
#include "result/key.h"

#include <stdlib.h>
#include <string.h>

static void try_key(const char *text)
{
	static struct selector selector;
	char once[CELL_KEY_MAX], twice[CELL_KEY_MAX];
	struct cell cell;
	struct verdict verdict = key_parse(text, 4096, &cell);

	if (!verdict_is_ok(&verdict))
		return;
	key_format(&cell, once);
	verdict = key_parse(once, 4096, &cell);
	FUZZ_MUST(verdict_is_ok(&verdict));
	key_format(&cell, twice);
	FUZZ_MUST(strcmp(once, twice) == 0);
	/* A key is a selector of itself. */
	verdict = selector_parse(once, 4096, &selector);
	FUZZ_MUST(!verdict_is_ok(&verdict) || selector_match(&selector, &cell));
}

static void try_query(const char *text)
{
	static struct query query;
	struct verdict verdict = query_parse(text, "fuzz", 4096, &query);

	if (verdict_is_ok(&verdict))
		query_free(&query);
	else
		FUZZ_MUST(!strchr(verdict.text, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct selector selector;
	char *text = malloc(size + 1);
	struct value value;

	FUZZ_MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	try_key(text);
	try_query(text);
	selector_parse(text, 65536, &selector);
	value_parse(text, 4096, &value);
	free(text);
	return 0;
}
