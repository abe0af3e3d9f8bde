#include "result/token.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What every function below needs for its errors. */
struct reader {
	const char *text; /* the whole selector */
	uint64_t base_page_bytes;
};

__attribute__((format(printf, 2, 3))) static struct verdict bad(const struct reader *reader,
								const char *format, ...)
{
	char what[128];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return one_line(verdict_error("bad-selector",
				      "write bench/name=item,item with items such as 4k, 1..64, "
				      "4KiB..max*1.2, 72p or *",
				      "selector \"%.90s\": %s", reader->text, what));
}

static struct verdict parse_limit(const struct reader *reader, const char *token, struct limit *out)
{
	uint64_t pages;
	const char *suffix = token_digits(token, &pages);

	*out = (struct limit){.kind = LIMIT_VALUE};
	if (strcmp(token, "max") == 0 || strcmp(token, "half") == 0) {
		*out = (struct limit){.kind = LIMIT_MAX, .half = *token == 'h'};
		return verdict_ok();
	}
	if (suffix && strcmp(suffix, "p") == 0) {
		*out = (struct limit){.kind = LIMIT_PAGES, .pages = pages};
		return verdict_ok();
	}
	struct verdict v = value_parse(token, reader->base_page_bytes, &out->value);
	return verdict_is_ok(&v) ? v : bad(reader, "%s", v.text);
}

/* "1.2": digits with at most one point, above 1. strtod alone would take inf, nan and hex. */
static bool parse_factor(const char *token, double *out)
{
	if (strspn(token, "0123456789.") != strlen(token) || !isdigit((unsigned char)token[0]) ||
	    strchr(token, '.') != strrchr(token, '.'))
		return false;
	*out = strtod(token, NULL);
	return *out > 1.0 && *out <= 1e18;
}

static struct verdict parse_step(const struct reader *reader, const char *token, struct item *out)
{
	uint64_t add;

	if (*token == '\0')
		return verdict_ok();
	if (*token == '*') {
		out->step = STEP_FACTOR;
		return parse_factor(token + 1, &out->factor)
			   ? verdict_ok()
			   : bad(reader, "\"%s\" is not a factor above 1", token + 1);
	}
	out->step = STEP_ADD;
	struct verdict v = parse_limit(reader, token + 1, &out->add);
	if (verdict_is_ok(&v) && out->add.kind == LIMIT_PAGES && out->add.pages)
		return v;
	if (!verdict_is_ok(&v) || out->add.kind != LIMIT_VALUE ||
	    !value_magnitude(&out->add.value, &add) || add == 0 || out->add.value.type == P_PAGE)
		return bad(reader, "\"%s\" is not a step above 0", token + 1);
	return v;
}

/* Both ends are known: they must be numbers of one type that rise. */
static bool range_makes_sense(const struct item *item)
{
	const struct limit *low = &item->low, *high = &item->high;
	uint64_t from, to;

	if (low->kind == LIMIT_MAX)
		return false;
	if (low->kind == LIMIT_VALUE && !value_magnitude(&low->value, &from))
		return false;
	if (high->kind == LIMIT_VALUE && !value_magnitude(&high->value, &to))
		return false;
	if (low->kind == LIMIT_PAGES && high->kind == LIMIT_PAGES)
		return low->pages <= high->pages;
	if (low->kind != LIMIT_VALUE || high->kind != LIMIT_VALUE)
		return true;
	if (low->value.type != high->value.type ||
	    (low->value.type == P_PAGE && low->value.page.how != high->value.page.how))
		return false;
	return from <= to;
}

static struct verdict parse_range(const struct reader *reader, const char *token, const char *dots,
				  struct item *out)
{
	char low[TOKEN_MAX] = "", high[TOKEN_MAX];

	memcpy(low, token, (size_t)(dots - token));
	const char *step = token_take(dots + 2, "*+", high);
	out->kind = ITEM_RANGE;
	struct verdict v = parse_limit(reader, low, &out->low);
	if (verdict_is_ok(&v))
		v = parse_limit(reader, high, &out->high);
	if (verdict_is_ok(&v))
		v = parse_step(reader, step, out);
	if (verdict_is_ok(&v) && !range_makes_sense(out))
		return bad(reader,
			   "\"%s\" is not a range: two numbers of one unit, the lower first",
			   token);
	return v;
}

static struct verdict parse_item(const struct reader *reader, const char *token, struct item *out)
{
	const char *dots = strstr(token, "..");

	*out = (struct item){0};
	if (strcmp(token, "*") == 0) {
		out->kind = ITEM_ANY;
		return verdict_ok();
	}
	if (dots)
		return parse_range(reader, token, dots, out);
	out->kind = ITEM_ONE;
	return parse_limit(reader, token, &out->low);
}

static struct verdict parse_items(const struct reader *reader, const char *at, const char *end,
				  struct term *term)
{
	char token[TOKEN_MAX];

	for (;; at++) {
		if (term->nitems == SELECTOR_ITEMS_MAX)
			return bad(reader, "%s has more than %d items", term->name,
				   SELECTOR_ITEMS_MAX);
		const char *from = at;
		at = token_take(at, ",/ ", token);
		if (!at)
			return bad(reader, "\"%.60s\" is too long for an item", from);
		struct verdict v = parse_item(reader, token, &term->item[term->nitems]);
		if (!verdict_is_ok(&v))
			return v;
		term->nitems++;
		if (at == end)
			return verdict_ok();
	}
}

static struct verdict parse_term(const struct reader *reader, const char *at, const char *end,
				 struct selector *out)
{
	char name[TOKEN_MAX];
	const char *equals = token_take(at, "=/ ", name);

	if (!equals || *equals != '=' || !token_is_name(name))
		return bad(reader, "expected name=item, not \"%.60s\"", at);
	if (selector_term(out, name))
		return bad(reader, "\"%s\" is there twice", name);
	if (out->nterms == CELL_PARAMS_MAX)
		return bad(reader, "more than %d terms", CELL_PARAMS_MAX);
	struct term *term = &out->term[out->nterms++];
	term->nitems = 0;
	strcpy(term->name, name);
	return parse_items(reader, equals + 1, end, term);
}

struct verdict selector_parse(const char *text, uint64_t base_page_bytes, struct selector *out)
{
	const struct reader reader = {text, base_page_bytes};
	const char *at = text + strspn(text, " ");
	char token[TOKEN_MAX];
	const char *end = token_take(at, "/ =,", token);

	out->nterms = 0; /* a plan parses tens of thousands: 100 KiB are not cleared for each */
	strcpy(out->bench, "*");
	if (!end)
		return bad(&reader, "\"%.60s\" is too long for a name", at);
	if (*end != '=' && end != at) {
		if (strcmp(token, "*") != 0 && !token_is_name(token))
			return bad(&reader, "\"%s\" is not a benchmark's name", token);
		strcpy(out->bench, token);
		at = end;
	}
	if (*end == ',')
		return bad(&reader, "one benchmark to a selector, or *");
	for (at += strspn(at, "/ "); *at; at = end + strspn(end, "/ ")) {
		end = at + strcspn(at, "/ ");
		struct verdict v = parse_term(&reader, at, end, out);
		if (!verdict_is_ok(&v))
			return v;
	}
	return verdict_ok();
}

const struct term *selector_term(const struct selector *selector, const char *name)
{
	for (unsigned i = 0; i < selector->nterms; i++)
		if (strcmp(selector->term[i].name, name) == 0)
			return &selector->term[i];
	return NULL;
}
