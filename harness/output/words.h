/* The words of verdicts and tables, made from findings and cells. */
#ifndef TLBSCOPE_OUTPUT_WORDS_H
#define TLBSCOPE_OUTPUT_WORDS_H

#include "result/result.h"

#include <stdio.h>

const struct finding_value *finding_value_of(const struct finding *finding,
					     const char *name); /* NULL: absent */
/* What it is about: a page, a level, an operation. "": it has no subject of that name. */
const char *finding_subject(const struct finding *finding, const char *name);

/* What the run as a whole is worth. */
struct tally {
	unsigned cells, ok, noisy, skipped, invalid;
	unsigned held, unavailable, failed; /* proofs */
};
struct tally result_tally(const struct result *result);

/* A table of one metric: blocks of a query as rows, some of its x as columns. `question` is in the
 * words of query.h. Nothing is printed where nothing matches. */
void pivot_print(FILE *to, const struct result *result, const char *question);

/* A counter that counted nothing in this cell. There are dozens, so tables only say how many: the
 * result has them all. */
bool counter_is_idle(const struct result *result, const struct metric_result *metric);

/* Reasons with the number of cells they befell, most first. Caller frees *out; NULL without any. */
struct reason {
	const struct verdict *verdict;
	unsigned cells;
};
size_t result_reasons(const struct result *result, enum outcome outcome, struct reason **out);

/* How often each kind of proof held, and why one did not first. Returns how many kinds there are.
 */
#define PROOF_KINDS_MAX 32
struct proof_count {
	const char *what, *why;
	unsigned states[PROOF_UNAVAILABLE + 1];
};
size_t proofs_count(const struct result *result, struct proof_count counts[PROOF_KINDS_MAX]);

extern const char *const method_words[]; /* paragraphs, NULL-terminated */

#endif
