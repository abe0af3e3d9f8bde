/* The JSON form of a result as data: one table says what is written and what is read, so the two
 * cannot come apart. A field is a member of an object; a shape is an object. Not for other rooms.
 */
#ifndef TLBSCOPE_RESULT_FIELDS_H
#define TLBSCOPE_RESULT_FIELDS_H

#include "result/result.h"

#define SCHEMA_NAME "tlbscope-result"

#define LIST_MAX  200000 /* cells, or elements of any other list of objects */
#define FACTS_MAX 4096

enum field_type {
	F_TEXT = 1, /* char[size]; not written when empty, unless required */
	F_STRING,   /* char *; not written when NULL */
	F_SPLIT,    /* char[size], parts between separators; an array of text */
	F_REAL,	    /* double, finite */
	F_COUNT,    /* unsigned */
	F_BIG,	    /* uint64_t below 2^63 */
	F_DECIMAL,  /* uint64_t as decimal text: JSON readers keep 53 bits only */
	F_BOOL,
	F_WORD,	   /* enum (or bool) by its names */
	F_FACTS,   /* struct facts; an object of text */
	F_PARAMS,  /* struct cell; an object of text that is not read back: the key is */
	F_OBJECT,  /* fields of the same struct in an object of their own */
	F_ARRAY,   /* pointer and count; an array of objects */
	F_MAP,	   /* pointer and count, the element begins with its name; an object of objects */
	F_NUMBERS, /* disturbances; an object of numbers */
	F_TEXTS,   /* pointer to char[size] and count; an array of text */
	F_REALS,   /* double * and count */
	F_COUNTS,  /* unsigned * and the count of an array before it, or NULL */
	F_BIGS,	   /* uint64_t * and count */
	FIELD_TYPES,
};

struct shape;

struct field {
	const char *name;
	enum field_type type;
	bool required; /* its absence is an error on reading */
	bool sparse;   /* 0 stands for "not known" and is not written */
	size_t offset, size;
	size_t noffset;		   /* of the unsigned that counts the elements */
	const struct shape *shape; /* of the object or the elements */
	const char *const *words;  /* F_WORD: by value, NULL at the end */
	const char *separator;	   /* F_SPLIT */
};

struct shape {
	size_t size;		    /* of the struct */
	const struct field *fields; /* {0} at the end */
	/* Before writing: a copy that may differ; false leaves the element out. NULL: as it is. */
	bool (*trim)(const void *element, void *copy);
	/* After reading: ranges, and members that follow from others. */
	struct verdict (*finish)(const struct result *result, void *element);
};

extern const struct shape result_shape, cell_shape;

/* Where in the document: a chain on the stack, printed only in errors. */
struct node {
	const struct node *up;
	const char *name; /* NULL: an element */
	size_t index;
};

/* "cells[3].metrics.ns.est" */
const char *node_path(const struct node *node, char *out, size_t size);

/* A shallow copy of the result in which counters that counted nothing are lists of names; false
 * without memory, with nothing to release. */
bool zeros_pack(const struct result *result, struct result *packed);
void zeros_release(struct result *packed);
/* And back: after reading a cell. */
struct verdict zeros_expand(struct cell_result *cell);
void zeros_free(struct cell_result *cell);

/* The model as a document; NULL and a verdict where it holds what JSON cannot. */
struct json_t;
struct verdict document_write(const struct result *result, struct json_t **out);
/* Fills an initialised result; on error the caller still frees it. */
struct verdict document_read(const struct json_t *document, struct result *result);

#endif
