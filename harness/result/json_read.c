/* A JSON document as a result, by the tables of fields.c. Nothing in the document is believed:
 * types, ranges, lengths and names are checked, unknown members are skipped. */
#include "result/fields.h"
#include "result/one_line.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct verdict verdict;
	struct result *result;
};

/* Where we are, which row of the table is read, and the struct that it goes to. */
struct spot {
	struct node node;
	const struct field *field;
	void *base;
};

static void *target(const struct spot *spot)
{
	return (char *)spot->base + spot->field->offset;
}

__attribute__((format(printf, 3, 4))) static bool bad(struct reader *r, const struct node *node,
						      const char *format, ...)
{
	char path[96], what[120];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	node_path(node, path, sizeof path);
	r->verdict =
	    one_line(verdict_error("bad-result", "copy the file again from where it was made",
				   "%s: %s", path[0] ? path : "the document", what));
	return false;
}

static const char *const type_names[] = {
    [JSON_OBJECT] = "an object",
    [JSON_ARRAY] = "an array",
    [JSON_STRING] = "text",
    [JSON_REAL] = "a number",
    [JSON_INTEGER] = "a whole number",
    [JSON_TRUE] = "true or false",
    [JSON_FALSE] = "true or false",
    [JSON_NULL] = "null",
};

static bool is(struct reader *r, const struct node *node, const json_t *json, json_type type)
{
	return json_typeof(json) == type || bad(r, node, "expected %s, found %s", type_names[type],
						type_names[json_typeof(json)]);
}

/* Texts go to terminals: a control character in one is not taken over. */
static bool copy_text(struct reader *r, const struct node *node, const char *text, char *out,
		      size_t size)
{
	if (strlen(text) >= size)
		return bad(r, node, "longer than %zu bytes", size - 1);
	for (; *text; text++)
		*out++ = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
	*out = '\0';
	return true;
}

static bool read_text(struct reader *r, const struct spot *spot, const json_t *json)
{
	return is(r, &spot->node, json, JSON_STRING) &&
	       copy_text(r, &spot->node, json_string_value(json), target(spot), spot->field->size);
}

static bool read_string(struct reader *r, const struct spot *spot, const json_t *json)
{
	if (!is(r, &spot->node, json, JSON_STRING))
		return false;
	char *copy = strdup(json_string_value(json));
	*(char **)target(spot) = copy;
	return copy || bad(r, &spot->node, "not enough memory");
}

static bool read_split(struct reader *r, const struct spot *spot, const json_t *json)
{
	const struct field *field = spot->field;
	char *out = target(spot);
	size_t used = 0;

	if (!is(r, &spot->node, json, JSON_ARRAY))
		return false;
	for (size_t i = 0; i < json_array_size(json); i++) {
		const struct node at = {&spot->node, NULL, i};
		const json_t *part = json_array_get(json, i);

		if (!is(r, &at, part, JSON_STRING) ||
		    (i && !copy_text(r, &at, field->separator, out + used, field->size - used)))
			return false;
		used += strlen(out + used);
		if (!copy_text(r, &at, json_string_value(part), out + used, field->size - used))
			return false;
		used += strlen(out + used);
	}
	return true;
}

/* Readers of one value of a kind: into its field, or into its place in a list. */
typedef bool element_reader(struct reader *r, const struct node *node, const json_t *json,
			    void *out);

static bool number(struct reader *r, const struct node *node, const json_t *json, void *out)
{
	*(double *)out = json_number_value(json);
	return json_is_number(json) ||
	       bad(r, node, "expected a number, found %s", type_names[json_typeof(json)]);
}

static bool whole(struct reader *r, const struct node *node, const json_t *json, uint64_t max,
		  uint64_t *out)
{
	if (!is(r, node, json, JSON_INTEGER))
		return false;
	json_int_t n = json_integer_value(json);
	*out = (uint64_t)n;
	return (n >= 0 && *out <= max) ||
	       bad(r, node, "%lld is not from 0 to %llu", (long long)n, (unsigned long long)max);
}

static bool count(struct reader *r, const struct node *node, const json_t *json, void *out)
{
	uint64_t n = 0;
	bool ok = whole(r, node, json, UINT_MAX, &n);

	*(unsigned *)out = (unsigned)n;
	return ok;
}

static bool big(struct reader *r, const struct node *node, const json_t *json, void *out)
{
	return whole(r, node, json, INT64_MAX, out);
}

static element_reader *const elements[FIELD_TYPES] = {
    [F_REAL] = number,	[F_COUNT] = count,  [F_BIG] = big,
    [F_REALS] = number, [F_COUNTS] = count, [F_BIGS] = big,
};

static bool read_value(struct reader *r, const struct spot *spot, const json_t *json)
{
	return elements[spot->field->type](r, &spot->node, json, target(spot));
}

static bool read_decimal(struct reader *r, const struct spot *spot, const json_t *json)
{
	char *end;

	if (!is(r, &spot->node, json, JSON_STRING))
		return false;
	const char *text = json_string_value(json);
	errno = 0;
	*(uint64_t *)target(spot) = strtoull(text, &end, 10);
	return (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0) ||
	       bad(r, &spot->node, "\"%.30s\" is not a decimal number of 64 bits", text);
}

static bool read_bool(struct reader *r, const struct spot *spot, const json_t *json)
{
	*(bool *)target(spot) = json_is_true(json);
	return json_is_boolean(json) || is(r, &spot->node, json, JSON_TRUE);
}

static bool read_word(struct reader *r, const struct spot *spot, const json_t *json)
{
	const struct field *field = spot->field;

	if (!is(r, &spot->node, json, JSON_STRING))
		return false;
	for (unsigned i = 0; field->words[i]; i++) {
		if (!field->words[i][0] || strcmp(field->words[i], json_string_value(json)) != 0)
			continue;
		if (field->size == sizeof(bool))
			*(bool *)target(spot) = i;
		else
			*(unsigned *)target(spot) = i;
		return true;
	}
	return bad(r, &spot->node, "\"%.30s\" is none of the words known here",
		   json_string_value(json));
}

static bool fits(struct reader *r, const struct node *node, size_t n, size_t max)
{
	return n <= max || bad(r, node, "%zu elements, more than %zu", n, max);
}

static bool read_fact(struct reader *r, const struct node *node, const char *name,
		      const json_t *json, struct facts *facts)
{
	char clean_name[128];

	if (!is(r, node, json, JSON_STRING) ||
	    !copy_text(r, node, name, clean_name, sizeof clean_name))
		return false;
	const char *text = json_string_value(json);
	char *clean = malloc(strlen(text) + 1);
	bool ok = clean && copy_text(r, node, text, clean, strlen(text) + 1) &&
		  facts_set(facts, clean_name, "%s", clean);
	free(clean);
	return ok || bad(r, node, "not enough memory");
}

static bool read_facts(struct reader *r, const struct spot *spot, const json_t *json)
{
	const char *name;
	json_t *value;

	if (!is(r, &spot->node, json, JSON_OBJECT) ||
	    !fits(r, &spot->node, json_object_size(json), FACTS_MAX))
		return false;
	json_object_foreach((json_t *)json, name, value)
	{
		const struct node at = {&spot->node, name, 0};

		if (!read_fact(r, &at, name, value, target(spot)))
			return false;
	}
	return true;
}

/* A zeroed list of n elements in the struct; NULL where n is 0 or memory is short. */
static char *new_list(struct reader *r, const struct spot *spot, size_t n, bool *ok)
{
	void *list = n ? calloc(n, spot->field->size) : NULL;
	unsigned count = (unsigned)n;

	*ok = (list || !n) || bad(r, &spot->node, "%zu elements do not fit in memory", n);
	if (*ok) {
		memcpy(target(spot), &list, sizeof list);
		memcpy((char *)spot->base + spot->field->noffset, &count, sizeof count);
	}
	return list;
}

static bool read_shape(struct reader *r, const struct node *node, const struct shape *shape,
		       const json_t *json, void *base);

static bool read_object(struct reader *r, const struct spot *spot, const json_t *json)
{
	return read_shape(r, &spot->node, spot->field->shape, json, spot->base);
}

static bool read_array(struct reader *r, const struct spot *spot, const json_t *json)
{
	size_t n = json_array_size(json);
	bool ok;

	if (!is(r, &spot->node, json, JSON_ARRAY) || !fits(r, &spot->node, n, LIST_MAX))
		return false;
	char *list = new_list(r, spot, n, &ok);
	for (size_t i = 0; ok && i < n; i++) {
		const struct node at = {&spot->node, NULL, i};

		ok = read_shape(r, &at, spot->field->shape, json_array_get(json, i),
				list + i * spot->field->size);
	}
	return ok;
}

/* Objects by name, and for F_NUMBERS plain numbers; the element's struct begins with the name. */
static bool read_map(struct reader *r, const struct spot *spot, const json_t *json)
{
	size_t n = json_object_size(json), i = 0;
	const char *name;
	json_t *value;
	bool ok;

	if (!is(r, &spot->node, json, JSON_OBJECT) || !fits(r, &spot->node, n, LIST_MAX))
		return false;
	char *list = new_list(r, spot, n, &ok);
	if (!ok)
		return false;
	json_object_foreach((json_t *)json, name, value)
	{
		const struct node at = {&spot->node, name, 0};
		char *element = list + i++ * spot->field->size;

		if (!copy_text(r, &at, name, element, RESULT_NAME_MAX))
			return false;
		if (spot->field->type == F_NUMBERS
			? !number(r, &at, value, &((struct disturbance *)(void *)element)->value)
			: !read_shape(r, &at, spot->field->shape, value, element))
			return false;
	}
	return true;
}

static bool read_texts(struct reader *r, const struct spot *spot, const json_t *json)
{
	size_t n = json_array_size(json), size = spot->field->size;
	bool ok;

	if (!is(r, &spot->node, json, JSON_ARRAY) || !fits(r, &spot->node, n, LIST_MAX))
		return false;
	char *list = new_list(r, spot, n, &ok);
	for (size_t i = 0; ok && i < n; i++) {
		const struct node at = {&spot->node, NULL, i};
		const json_t *text = json_array_get(json, i);

		ok = is(r, &at, text, JSON_STRING) &&
		     copy_text(r, &at, json_string_value(text), list + i * size, size);
	}
	return ok;
}

static bool read_values(struct reader *r, const struct spot *spot, const json_t *json)
{
	size_t n = json_array_size(json);
	bool ok;

	if (!is(r, &spot->node, json, JSON_ARRAY) || !fits(r, &spot->node, n, UINT_MAX))
		return false;
	char *list = new_list(r, spot, n, &ok);
	for (size_t i = 0; ok && i < n; i++) {
		const struct node at = {&spot->node, NULL, i};

		ok = elements[spot->field->type](r, &at, json_array_get(json, i),
						 list + i * spot->field->size);
	}
	return ok;
}

/* They share the count of the array that they describe. */
static bool read_counts(struct reader *r, const struct spot *spot, const json_t *json)
{
	unsigned expected;

	memcpy(&expected, (char *)spot->base + spot->field->noffset, sizeof expected);
	if (json_is_array(json) && json_array_size(json) != expected)
		return bad(r, &spot->node, "%zu elements beside %u samples", json_array_size(json),
			   expected);
	return read_values(r, spot, json);
}

static bool read_nothing(struct reader *r, const struct spot *spot, const json_t *json)
{
	(void)r, (void)spot, (void)json;
	return true;
}

static bool (*const read_field[FIELD_TYPES])(struct reader *, const struct spot *,
					     const json_t *) = {
    [F_TEXT] = read_text,	[F_STRING] = read_string,  [F_SPLIT] = read_split,
    [F_REAL] = read_value,	[F_COUNT] = read_value,	   [F_BIG] = read_value,
    [F_DECIMAL] = read_decimal, [F_BOOL] = read_bool,	   [F_WORD] = read_word,
    [F_FACTS] = read_facts,	[F_PARAMS] = read_nothing, [F_OBJECT] = read_object,
    [F_ARRAY] = read_array,	[F_MAP] = read_map,	   [F_NUMBERS] = read_map,
    [F_TEXTS] = read_texts,	[F_REALS] = read_values,   [F_COUNTS] = read_counts,
    [F_BIGS] = read_values,
};

static bool read_shape(struct reader *r, const struct node *node, const struct shape *shape,
		       const json_t *json, void *base)
{
	if (!is(r, node, json, JSON_OBJECT))
		return false;
	for (const struct field *field = shape->fields; field->name; field++) {
		const struct spot spot = {{node, field->name, 0}, field, base};
		const json_t *member = json_object_get(json, field->name);

		if (!member && field->required)
			return bad(r, &spot.node, "is missing");
		if (member && !read_field[field->type](r, &spot, member))
			return false;
	}
	struct verdict v = shape->finish ? shape->finish(r->result, base) : verdict_ok();
	return verdict_is_ok(&v) || bad(r, node, "%s", v.text);
}

struct verdict document_read(const json_t *document, struct result *result)
{
	struct reader r = {verdict_ok(), result};
	const struct node root = {0};

	read_shape(&r, &root, &result_shape, document, result);
	return r.verdict;
}
