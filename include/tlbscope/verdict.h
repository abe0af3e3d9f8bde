/* How every part of tlbscope says that something worked, or why it did not.
 *
 * A verdict is a plain value without pointers, so that a worker can leave one in
 * shared memory. `code` is stable and for machines ("no-pool"), `text` names the
 * input or the fact in one line, `remedy` is what the reader can do about it (a
 * command where there is one). No text ends with a full stop or a newline.
 */
#ifndef TLBSCOPE_VERDICT_H
#define TLBSCOPE_VERDICT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

enum outcome {
	OUTCOME_OK,
	OUTCOME_SKIPPED, /* could not be tried here, and nothing is wrong */
	OUTCOME_INVALID, /* was tried; the number must not be used */
	OUTCOME_ERROR,	 /* usage, environment or harness: ends the command with 255 */
};

struct verdict {
	enum outcome outcome;
	char code[24];
	char text[232];
	char remedy[232];
};

static inline struct verdict verdict_ok(void)
{
	return (struct verdict){.outcome = OUTCOME_OK};
}

static inline bool verdict_is_ok(const struct verdict *v)
{
	return v->outcome == OUTCOME_OK;
}

__attribute__((format(printf, 4, 5))) static inline struct verdict
verdict_of(enum outcome outcome, const char *code, const char *remedy, const char *format, ...)
{
	struct verdict v = {.outcome = outcome};
	va_list args;

	snprintf(v.code, sizeof v.code, "%s", code);
	snprintf(v.remedy, sizeof v.remedy, "%s", remedy ? remedy : "");
	va_start(args, format);
	vsnprintf(v.text, sizeof v.text, format, args);
	va_end(args);
	return v;
}

/* (code, remedy or NULL, format, ...) */
#define verdict_skipped(...) verdict_of(OUTCOME_SKIPPED, __VA_ARGS__)
#define verdict_invalid(...) verdict_of(OUTCOME_INVALID, __VA_ARGS__)
#define verdict_error(...)   verdict_of(OUTCOME_ERROR, __VA_ARGS__)

#endif
