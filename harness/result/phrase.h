/* Words that stand around numbers in sentences, alike in every room: "1 visit is", "2 visits are".
 */
#ifndef TLBSCOPE_RESULT_PHRASE_H
#define TLBSCOPE_RESULT_PHRASE_H

#include "result/result.h"

static inline const char *plural(double n)
{
	return n == 1 ? "" : "s";
}

static inline const char *is_or_are(double n)
{
	return n == 1 ? "is" : "are";
}

static inline const char *was_or_were(double n)
{
	return n == 1 ? "was" : "were";
}

/* A size that is only bracketed: nothing in it is better than another. `est` is then its `lo`. */
#define BRACKET_WIDE 1.2
static inline bool is_bracket(const struct estimate *e)
{
	return e->est == e->lo && e->hi > BRACKET_WIDE * e->lo;
}

/* A part of a cost cannot be negative: one whose interval holds zero, or lies below it, is not told
 * apart from none. The number stays in the result; a sentence says no more than is known. */
static inline bool estimate_is_told(const struct estimate *e)
{
	return e->est > 0 && e->lo > 0;
}

/* In the place of a quantity: "nothing told apart from zero (at most 35.0 ns)". `number` and `most`
 * are est and hi as the room writes them; where hi is no bound either, there is none. */
static inline void phrase_part(char *out, size_t size, const struct estimate *e, const char *number,
			       const char *most)
{
	bool bound = e->hi > 0 && e->hi > e->lo;

	if (estimate_is_told(e))
		snprintf(out, size, "%s", number);
	else
		snprintf(out, size, "nothing told apart from zero%s%s%s", bound ? " (at most " : "",
			 bound ? most : "", bound ? ")" : "");
}

#endif
