#include "result/token.h"

#include <string.h>

const struct value *cell_value(const struct cell *cell, const char *name)
{
	for (unsigned i = 0; i < cell->nparams; i++)
		if (strcmp(cell->param[i].name, name) == 0)
			return &cell->param[i].value;
	return NULL;
}

uint64_t cell_count(const struct cell *cell, const char *name)
{
	const struct value *value = cell_value(cell, name);

	return value && (value->type == P_COUNT || value->type == P_BYTES) ? value->count : 0;
}

struct page_kind cell_page(const struct cell *cell, const char *name)
{
	const struct value *value = cell_value(cell, name);

	return value && value->type == P_PAGE ? value->page : (struct page_kind){0};
}

bool cell_is(const struct cell *cell, const char *name, const char *word)
{
	const struct value *value = cell_value(cell, name);

	return value && value->type == P_WORD && strcmp(value->word, word) == 0;
}

bool cell_leaves_kinds_open(const struct cell *cell)
{
	return !cell_value(cell, CPUKIND_PARAM) && !cell_value(cell, RESPKIND_PARAM);
}

__attribute__((format(printf, 2, 3))) static struct verdict bad_key(const char *text,
								    const char *format, ...)
{
	char what[128];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return one_line(verdict_error("bad-key",
				      "write it as bench/name=value/name=value, for example "
				      "chase/page=4k/footprint=288KiB",
				      "key \"%.90s\": %s", text, what));
}

/* One "name=value" into the cell's next parameter. */
static struct verdict parse_param(const char *text, const char *token, uint64_t base_page_bytes,
				  struct cell *out)
{
	struct cell_param *param = &out->param[out->nparams];
	char name[TOKEN_MAX];
	const char *equals = token_take(token, "=", name);

	if (*equals != '=' || !token_is_name(name))
		return bad_key(text, "expected name=value, not \"%.40s\"", token);
	if (cell_value(out, name))
		return bad_key(text, "\"%s\" is there twice", name);
	if (out->nparams == CELL_PARAMS_MAX)
		return bad_key(text, "more than %d parameters", CELL_PARAMS_MAX);
	struct verdict v = value_parse(equals + 1, base_page_bytes, &param->value);
	if (!verdict_is_ok(&v))
		return bad_key(text, "%s: %s", name, v.text);
	strcpy(param->name, name);
	out->nparams++;
	return v;
}

struct verdict key_parse(const char *text, uint64_t base_page_bytes, struct cell *out)
{
	char token[TOKEN_MAX];
	const char *at = token_take(text, "/", token);

	*out = (struct cell){0};
	if (strlen(text) >= CELL_KEY_MAX)
		return bad_key(text, "%d characters or more", CELL_KEY_MAX);
	if (!at || !token_is_name(token))
		return bad_key(text, "it does not begin with a benchmark's name");
	strcpy(out->bench, token);
	while (*at == '/') {
		const char *param = at + 1;

		at = token_take(param, "/", token);
		if (!at)
			return bad_key(text, "expected name=value, not \"%.40s\"", param);
		struct verdict v = parse_param(text, token, base_page_bytes, out);
		if (!verdict_is_ok(&v))
			return v;
	}
	return verdict_ok();
}

void key_format(const struct cell *cell, char out[CELL_KEY_MAX])
{
	const char *end = out + CELL_KEY_MAX - 1;
	char *at = token_put(out, end, cell->bench);

	for (unsigned i = 0; i < cell->nparams; i++) {
		char value[TOKEN_MAX];

		value_format(&cell->param[i].value, value, sizeof value);
		at = token_put(at, end, "/");
		at = token_put(at, end, cell->param[i].name);
		at = token_put(at, end, "=");
		at = token_put(at, end, value);
	}
	*at = '\0';
}
