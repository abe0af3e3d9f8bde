/* Pieces of keys and selectors. Not for other rooms. */
#ifndef TLBSCOPE_RESULT_TOKEN_H
#define TLBSCOPE_RESULT_TOKEN_H

#include "result/key.h"
#include "result/one_line.h"

#define TOKEN_MAX 96

/* Copies text up to any of `stops` (or the end) and returns where it ended; NULL: too long for a
 * token. */
const char *token_take(const char *text, const char *stops, char out[TOKEN_MAX]);
/* Names of benchmarks and parameters: a letter, then letters, digits, "_" and "-"; below
 * CELL_NAME_MAX. */
bool token_is_name(const char *token);
/* Leading decimal digits. Returns what follows them; NULL: none, or more than 64 bits hold. */
const char *token_digits(const char *token, uint64_t *out);

/* Appends at `at` what fits before `end`, without a terminator; where it ended. Plans write
 * thousands of keys, and printf was a third of their time. */
char *token_put(char *at, const char *end, const char *text);
char *token_put_number(char *at, const char *end, uint64_t n);

/* The magnitude of a count, of bytes or of a page; false for words. */
bool value_magnitude(const struct value *value, uint64_t *out);

#endif
