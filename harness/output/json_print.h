/* JSON on a stream. */
#ifndef TLBSCOPE_OUTPUT_JSON_PRINT_H
#define TLBSCOPE_OUTPUT_JSON_PRINT_H

#include <tlbscope/verdict.h>

#include <jansson.h>

/* The document (NULL: there was no memory for it), which it takes, and a newline. That the stream
 * takes no more is no error here: whoever owns it asks it at the end. */
struct verdict json_print(FILE *to, json_t *document, size_t flags);

#endif
