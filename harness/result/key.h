/* Cell keys and selectors: the one grammar of --only, sweeps, figures, export and compare.
 *
 *   key      = bench *( "/" name "=" value )
 *   value    = word | count | bytes | page
 *   bytes    = count ( "B" | "KiB" | "MiB" | "GiB" | "TiB" )    largest unit that divides exactly
 *   page     = size | "thp" [ "-" size ]     bare size: base page if it is the base's, else hugetlb
 *            | "native"                      the base page here; read, never written
 *   size     = count ( "k" | "m" | "g" )
 *   selector = [ bench | "*" ] *( ( "/" | SP ) name "=" item *( "," item ) )
 *   item     = value | limit ".." limit [ "*" factor | "+" limit ] | "*"
 *   limit    = value | count "p" | "max" | "half"    72p = 72 pages of the cell's kind
 *
 * A factor may have decimals (1.2); steps of a range are rounded to the unit of the type (count: 1,
 * bytes: the cell's page if it has one, else 1 KiB), strictly rise, and end exactly at the upper
 * limit. Without a step a range doubles; one that begins above this machine's max has no values. A
 * value's type is read from its form, so a word can be neither "thp" nor "max" nor "half". "72p"
 * alone is an item too (a limit that stands by itself). half is the largest power of two within
 * half of max; of bytes 16 GiB at most, because memory is filled anew in every round. To match, a
 * value has to lie between the limits; the step does not count, so refined points match their
 * sweep's range.
 */
#ifndef TLBSCOPE_RESULT_KEY_H
#define TLBSCOPE_RESULT_KEY_H

#include <tlbscope/cell.h>
#include <tlbscope/verdict.h>

#include <stddef.h>

#define SELECTOR_ITEMS_MAX 64

/* The planner's own parameters, last in a key, on machines with several kinds of CPU. Of which kind
 * the initiator is, absent for the first; and of which all responders are, absent where those of
 * the initiator's kind come first and others may follow. */
#define CPUKIND_PARAM  "cpukind"
#define RESPKIND_PARAM "respkind"
/* Neither: what any machine has, and what curves and findings are made of. */
bool cell_leaves_kinds_open(const struct cell *cell);

struct limit {
	enum { LIMIT_VALUE = 1, LIMIT_PAGES, LIMIT_MAX } kind;
	struct value value; /* LIMIT_VALUE */
	uint64_t pages;	    /* LIMIT_PAGES */
	bool half;	    /* LIMIT_MAX: half of it */
};

struct item {
	enum { ITEM_ONE = 1, ITEM_RANGE, ITEM_ANY } kind;
	struct limit low, high; /* ITEM_ONE: low only */
	enum { STEP_DOUBLE, STEP_FACTOR, STEP_ADD } step;
	double factor;
	struct limit add; /* not max */
};

struct term {
	char name[CELL_NAME_MAX];
	unsigned nitems;
	struct item item[SELECTOR_ITEMS_MAX];
};

struct selector {
	char bench[CELL_NAME_MAX]; /* "*" where any will do */
	unsigned nterms;
	struct term term[CELL_PARAMS_MAX];
};

/* Errors name the text, the position's token and what was expected. base_page_bytes decides what a
 * bare page size means ("4k" is the base page of a 4 KiB machine, "64k" of a 64 KiB Arm). */
struct verdict value_parse(const char *text, uint64_t base_page_bytes, struct value *out);
void value_format(const struct value *value, char *out, size_t size);
bool value_equal(const struct value *a, const struct value *b);

struct verdict key_parse(const char *text, uint64_t base_page_bytes, struct cell *out);
void key_format(const struct cell *cell, char out[CELL_KEY_MAX]);

struct verdict selector_parse(const char *text, uint64_t base_page_bytes, struct selector *out);
/* A term on a parameter that the cell lacks does not match, except that `name=*` always does.
 * LIMIT_PAGES is resolved with the cell's parameter "page"; max matches anything. */
bool selector_match(const struct selector *selector, const struct cell *cell);
const struct term *selector_term(const struct selector *selector,
				 const char *name); /* NULL: absent */

/* What an item list means once the cell's page kind and the parameter's ceiling are known. */
struct expansion {
	enum param_type type;
	uint64_t page_bytes;	 /* of the cell, for "72p"; 0: there is none, and it is an error */
	uint64_t max;		 /* for "max" and "half" */
	const struct value *all; /* for "*" */
	size_t nall;
};
/* Fills out[0..*n) in the order written, without repeats. Error when it exceeds size. */
struct verdict term_expand(const struct term *term, const struct expansion *context,
			   struct value *out, size_t size, size_t *n);
/* Does the value lie in the term's items? For `allowed` lists and `when`. */
bool term_contains(const struct term *term, const struct value *value, uint64_t page_bytes);

#endif
