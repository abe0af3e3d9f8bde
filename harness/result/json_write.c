/* A result as a JSON document, by the tables of fields.c. */
#include "result/fields.h"

#include "result/key.h"
#include "result/one_line.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct writer {
	struct verdict verdict;
	const char *key; /* of the cell at hand, for errors */
};

static bool cannot(struct writer *w, const struct node *node, const char *why)
{
	char path[96];

	node_path(node, path, sizeof path);
	w->verdict = one_line(verdict_error(
	    "bad-result", "report this: a run must never produce it", "%s %s%s%.100s%s", path, why,
	    w->key ? " (" : "", w->key ? w->key : "", w->key ? ")" : ""));
	return false;
}

/* json_string() wants UTF-8; a text that was cut inside a character, or comes from /proc, may not
 * be. */
static json_t *text_json(const char *text)
{
	json_t *json = json_string(text);
	char *copy = json ? NULL : strdup(text);

	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	if (copy)
		json = json_string(copy);
	free(copy);
	return json;
}

static bool put(struct writer *w, const struct node *node, json_t *object, json_t *json)
{
	if (json && json_object_get(object, node->name)) {
		json_decref(json);
		return cannot(w, node, "is there twice");
	}
	if (json && json_object_set_new(object, node->name, json) == 0)
		return true;
	return cannot(w, node, "does not fit in memory, or its name is not UTF-8");
}

static bool add(struct writer *w, const struct node *node, json_t *array, json_t *json)
{
	return (json && json_array_append_new(array, json) == 0) ||
	       cannot(w, node, "does not fit in memory");
}

static json_t *real_json(struct writer *w, const struct node *node, double value)
{
	if (isfinite(value))
		return json_real(value);
	cannot(w, node, "is not a finite number");
	return NULL;
}

static json_t *big_json(struct writer *w, const struct node *node, uint64_t value)
{
	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	cannot(w, node, "is 2^63 or more");
	return NULL;
}

static json_t *object_json(struct writer *w, const struct node *node, const struct shape *shape,
			   const void *base);

static const void *list_of(const struct field *field, const void *base, unsigned *n)
{
	const void *list;

	memcpy(n, (const char *)base + field->noffset, sizeof *n);
	memcpy(&list, (const char *)base + field->offset, sizeof list);
	if (!list)
		*n = 0;
	return list;
}

static json_t *split_json(const char *text, const char *separator)
{
	json_t *array = json_array();

	while (array && *text) {
		const char *end = strstr(text, separator);
		size_t length = end ? (size_t)(end - text) : strlen(text);

		if (length && json_array_append_new(array, json_stringn(text, length)) != 0) {
			json_decref(array);
			return NULL;
		}
		text += end ? length + strlen(separator) : length;
	}
	return array;
}

static json_t *facts_json(struct writer *w, const struct node *node, const struct facts *facts)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < facts->n; i++) {
		const struct node at = {node, facts->fact[i].name, 0};

		if (!put(w, &at, object, text_json(facts->fact[i].text))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *params_json(struct writer *w, const struct node *node, const struct cell *cell)
{
	json_t *object = json_object();
	char text[CELL_KEY_MAX];

	for (unsigned i = 0; object && i < cell->nparams; i++) {
		const struct node at = {node, cell->param[i].name, 0};

		value_format(&cell->param[i].value, text, sizeof text);
		if (!put(w, &at, object, text_json(text))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/* One element of an array or a map; *out stays NULL where the shape leaves it out. */
static bool element_json(struct writer *w, const struct node *node, const struct field *field,
			 const void *element, json_t **out)
{
	struct hist_result copy; /* the only shape that is trimmed */

	*out = NULL;
	if (field->shape->trim) {
		if (!field->shape->trim(element, &copy))
			return true;
		element = &copy;
	}
	*out = object_json(w, node, field->shape, element);
	return *out != NULL;
}

static json_t *array_json(struct writer *w, const struct node *node, const struct field *field,
			  const void *base)
{
	unsigned n;
	const char *list = list_of(field, base, &n);
	json_t *array = json_array(), *json;

	for (unsigned i = 0; array && i < n; i++) {
		const struct node at = {node, NULL, i};

		if (!element_json(w, &at, field, list + i * field->size, &json) ||
		    (json && !add(w, &at, array, json))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *map_json(struct writer *w, const struct node *node, const struct field *field,
			const void *base)
{
	unsigned n;
	const char *list = list_of(field, base, &n);
	json_t *object = json_object(), *json;

	for (unsigned i = 0; object && i < n; i++) {
		const char *element = list + i * field->size;
		const struct node at = {node, element, 0}; /* it begins with its name */

		if (!element_json(w, &at, field, element, &json) ||
		    (json && !put(w, &at, object, json))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *numbers_json(struct writer *w, const struct node *node, const struct field *field,
			    const void *base)
{
	unsigned n;
	const struct disturbance *list = list_of(field, base, &n);
	json_t *object = json_object();

	for (unsigned i = 0; object && i < n; i++) {
		const struct node at = {node, list[i].name, 0};
		json_t *json = real_json(w, &at, list[i].value);

		if (!json || !put(w, &at, object, json)) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *scalar_json(struct writer *w, const struct node *node, enum field_type type,
			   const void *at)
{
	switch (type) {
	case F_TEXT:
	case F_TEXTS:
		return text_json(at);
	case F_REAL:
	case F_REALS:
		return real_json(w, node, *(const double *)at);
	case F_COUNT:
	case F_COUNTS:
		return json_integer(*(const unsigned *)at);
	case F_BIG:
	case F_BIGS:
		return big_json(w, node, *(const uint64_t *)at);
	case F_BOOL:
		return json_boolean(*(const bool *)at);
	case F_DECIMAL:
		return json_sprintf("%llu", (unsigned long long)*(const uint64_t *)at);
	default:
		return NULL;
	}
}

static json_t *scalars_json(struct writer *w, const struct node *node, const struct field *field,
			    const void *base)
{
	unsigned n;
	const char *list = list_of(field, base, &n);
	json_t *array = json_array();

	for (unsigned i = 0; array && i < n; i++) {
		const struct node at = {node, NULL, i};
		json_t *json = scalar_json(w, &at, field->type, list + i * field->size);

		if (!json || !add(w, &at, array, json)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *word_json(struct writer *w, const struct node *node, const struct field *field,
			 const void *at)
{
	unsigned value = field->size == 1 ? *(const bool *)at : *(const unsigned *)at, n = 0;

	while (field->words[n])
		n++;
	if (value < n && field->words[value][0])
		return json_string(field->words[value]);
	cannot(w, node, "has no name");
	return NULL;
}

static bool is_zero(const void *at, size_t size)
{
	static const char zero[16];

	return memcmp(at, zero, size) == 0;
}

/* Is there anything to write? */
static bool is_absent(const struct field *field, const void *base)
{
	const void *at = (const char *)base + field->offset;
	unsigned n;

	if (field->required)
		return false;
	switch (field->type) {
	case F_TEXT:
	case F_SPLIT:
		return !*(const char *)at;
	case F_STRING:
		return !*(char *const *)at;
	case F_FACTS:
		return ((const struct facts *)at)->n == 0;
	case F_PARAMS:
		return ((const struct cell *)at)->nparams == 0;
	case F_ARRAY:
	case F_MAP:
	case F_NUMBERS:
	case F_TEXTS:
	case F_REALS:
	case F_COUNTS:
	case F_BIGS:
		list_of(field, base, &n);
		return n == 0;
	default:
		return field->sparse && is_zero(at, field->size);
	}
}

static json_t *field_json(struct writer *w, const struct node *node, const struct field *field,
			  const void *base)
{
	const void *at = (const char *)base + field->offset;

	switch (field->type) {
	case F_STRING:
		return text_json(*(char *const *)at);
	case F_SPLIT:
		return split_json(at, field->separator);
	case F_WORD:
		return word_json(w, node, field, at);
	case F_FACTS:
		return facts_json(w, node, at);
	case F_PARAMS:
		return params_json(w, node, at);
	case F_OBJECT:
		return object_json(w, node, field->shape, base);
	case F_ARRAY:
		return array_json(w, node, field, base);
	case F_MAP:
		return map_json(w, node, field, base);
	case F_NUMBERS:
		return numbers_json(w, node, field, base);
	case F_TEXTS:
	case F_REALS:
	case F_COUNTS:
	case F_BIGS:
		return scalars_json(w, node, field, base);
	default:
		return scalar_json(w, node, field->type, at);
	}
}

static json_t *object_json(struct writer *w, const struct node *node, const struct shape *shape,
			   const void *base)
{
	json_t *object = json_object();

	if (shape == &cell_shape)
		w->key = ((const struct cell_result *)base)->key;
	for (const struct field *field = shape->fields; object && field->name; field++) {
		const struct node at = {node, field->name, 0};

		if (is_absent(field, base))
			continue;
		json_t *json = field_json(w, &at, field, base);
		if (json && field->type == F_OBJECT && json_object_size(json) == 0) {
			json_decref(json); /* nothing in it was measured */
			continue;
		}
		if (!json || !put(w, &at, object, json)) {
			json_decref(object);
			return NULL;
		}
	}
	if (shape == &cell_shape)
		w->key = NULL;
	return object;
}

static bool put_schema(struct writer *w, const struct node *node, json_t *document)
{
	json_t *schema = json_pack("{s:s, s:i, s:i}", "name", SCHEMA_NAME, "major", RESULT_MAJOR,
				   "minor", RESULT_MINOR);
	const struct node at = {node, "schema", 0};

	return put(w, &at, document, schema);
}

struct verdict document_write(const struct result *result, json_t **out)
{
	struct writer w = {.verdict = verdict_ok()};
	const struct node root = {0};
	json_t *body = object_json(&w, &root, &result_shape, result);

	*out = body ? json_object() : NULL;
	if (*out && put_schema(&w, &root, *out) && json_object_update(*out, body) == 0) {
		json_decref(body);
		return verdict_ok();
	}
	json_decref(body);
	json_decref(*out);
	*out = NULL;
	if (verdict_is_ok(&w.verdict))
		w.verdict = verdict_error("no-memory", "free memory and try again",
					  "the result does not fit in memory");
	return w.verdict;
}
