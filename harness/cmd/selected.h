/* --only of the commands that read results: cells that are there, or an error that says what is
 * wrong. What this program does not know may all the same be in a result of another one. */
#ifndef TLBSCOPE_CMD_SELECTED_H
#define TLBSCOPE_CMD_SELECTED_H

#include "result/key.h"
#include "result/result.h"

/* Has the result a cell that matches? */
bool selected_any(const struct selector *selector, const struct result *result);
/* Why nothing matches: there is no such benchmark or parameter, or no such cell in `what`. */
struct verdict selected_none(const char *only, const struct selector *selector, const char *what);
/* Reads `only` for the result, and refuses what matches no cell of it. */
struct verdict selected_in(const char *only, const struct result *result, struct selector *out);

#endif
