#include "result/token.h"

#include <ctype.h>
#include <string.h>

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

#define THP_BARE_BYTES (2 * MIB) /* what "thp" without a size means, on every machine */

/* Largest first: the first that divides a number exactly is its canonical one. */
static const struct unit {
	const char *suffix;
	enum param_type type;
	uint64_t bytes;
} units[] = {
    {"TiB", P_BYTES, TIB}, {"GiB", P_BYTES, GIB}, {"MiB", P_BYTES, MIB}, {"KiB", P_BYTES, KIB},
    {"B", P_BYTES, 1},	   {"g", P_PAGE, GIB},	  {"m", P_PAGE, MIB},	 {"k", P_PAGE, KIB},
};

#define UNITS (sizeof units / sizeof units[0])

const char *token_take(const char *text, const char *stops, char out[TOKEN_MAX])
{
	size_t length = strcspn(text, stops);

	if (length >= TOKEN_MAX)
		return NULL;
	memcpy(out, text, length);
	out[length] = '\0';
	return text + length;
}

bool token_is_name(const char *token)
{
	if (!isalpha((unsigned char)token[0]) || strlen(token) >= CELL_NAME_MAX)
		return false;
	for (const char *c = token; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
			return false;
	return true;
}

const char *token_digits(const char *token, uint64_t *out)
{
	const char *c = token;

	*out = 0;
	for (; isdigit((unsigned char)*c); c++) {
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, (uint64_t)(*c - '0'), out))
			return NULL;
	}
	return c == token ? NULL : c;
}

char *token_put(char *at, const char *end, const char *text)
{
	while (*text && at < end)
		*at++ = *text++;
	return at;
}

char *token_put_number(char *at, const char *end, uint64_t n)
{
	char digits[21];
	char *first = digits + sizeof digits - 1;

	*first = '\0';
	do {
		*--first = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return token_put(at, end, first);
}

/* ".." is the range operator, so no word holds it. */
static bool is_word(const char *token)
{
	if (!isalpha((unsigned char)token[0]) || strlen(token) >= CELL_WORD_MAX ||
	    strstr(token, ".."))
		return false;
	for (const char *c = token; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_+.-", *c))
			return false;
	return true;
}

/* A number with its unit; a bare one is a count. Pages become PAGE_HUGETLB and are refined by the
 * caller. */
static bool parse_number(const char *token, struct value *out)
{
	uint64_t n;
	const char *suffix = token_digits(token, &n);

	if (!suffix)
		return false;
	if (*suffix == '\0') {
		*out = (struct value){.type = P_COUNT, .count = n};
		return true;
	}
	for (size_t i = 0; i < UNITS; i++) {
		if (strcmp(suffix, units[i].suffix) != 0)
			continue;
		*out = (struct value){.type = units[i].type};
		if (__builtin_mul_overflow(n, units[i].bytes, &n))
			return false;
		if (out->type == P_BYTES)
			out->count = n;
		else
			out->page = (struct page_kind){PAGE_HUGETLB, n};
		return out->type == P_BYTES || (n && (n & (n - 1)) == 0);
	}
	return false;
}

static bool parse_thp(const char *token, struct value *out)
{
	if (token[3] == '-') {
		if (!parse_number(token + 4, out) || out->type != P_PAGE)
			return false;
	} else {
		*out = (struct value){.type = P_PAGE, .page.bytes = THP_BARE_BYTES};
	}
	out->page.how = PAGE_THP;
	return true;
}

static bool parse(const char *text, uint64_t base_page_bytes, struct value *out)
{
	if (strcmp(text, "thp") == 0 || strncmp(text, "thp-", 4) == 0)
		return parse_thp(text, out);
	if (strcmp(text, "native") == 0) { /* whatever size it has here */
		*out = (struct value){.type = P_PAGE, .page = {PAGE_BASE, base_page_bytes}};
		return true;
	}
	if (parse_number(text, out)) {
		if (out->type == P_PAGE && out->page.bytes == base_page_bytes)
			out->page.how = PAGE_BASE;
		return true;
	}
	if (!is_word(text))
		return false;
	*out = (struct value){.type = P_WORD};
	strcpy(out->word, text);
	return true;
}

struct verdict value_parse(const char *text, uint64_t base_page_bytes, struct value *out)
{
	if (parse(text, base_page_bytes, out))
		return verdict_ok();
	*out = (struct value){0};
	return one_line(
	    verdict_error("bad-value",
			  "write a count (33), bytes (288KiB), a page (4k, 2m, 1g, thp, "
			  "thp-64k) or a word (spin)",
			  "\"%.60s\" is not a value, or too large", text));
}

static char *put_unit(char *at, const char *end, uint64_t n, enum param_type type)
{
	for (size_t i = 0; i < UNITS; i++) {
		bool smallest = type == P_BYTES && units[i].bytes == 1;

		if (units[i].type != type || (!smallest && (n == 0 || n % units[i].bytes)))
			continue;
		at = token_put_number(at, end, n / units[i].bytes);
		return token_put(at, end, units[i].suffix);
	}
	at = token_put_number(at, end, n);
	return token_put(at, end, "B"); /* no page: parse would refuse it */
}

static char *put_page(char *at, const char *end, const struct page_kind *page)
{
	if (page->how == PAGE_THP && page->bytes == THP_BARE_BYTES)
		return token_put(at, end, "thp");
	if (page->how == PAGE_THP)
		at = token_put(at, end, "thp-");
	return put_unit(at, end, page->bytes, P_PAGE);
}

static char *put_value(char *at, const char *end, const struct value *value)
{
	switch (value->type) {
	case P_WORD:
		return token_put(at, end, value->word);
	case P_COUNT:
		return token_put_number(at, end, value->count);
	case P_BYTES:
		return put_unit(at, end, value->count, P_BYTES);
	case P_PAGE:
		return put_page(at, end, &value->page);
	}
	return token_put(at, end, "?");
}

void value_format(const struct value *value, char *out, size_t size)
{
	if (size)
		*put_value(out, out + size - 1, value) = '\0';
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case P_WORD:
		return strcmp(a->word, b->word) == 0;
	case P_PAGE:
		return a->page.how == b->page.how && a->page.bytes == b->page.bytes;
	default:
		return a->count == b->count;
	}
}

bool value_magnitude(const struct value *value, uint64_t *out)
{
	*out = value->type == P_PAGE ? value->page.bytes : value->count;
	return value->type != P_WORD;
}
