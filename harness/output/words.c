#include "output/words.h"

#include <stdlib.h>
#include <string.h>

const struct finding_value *finding_value_of(const struct finding *finding, const char *name)
{
	for (unsigned i = 0; i < finding->nvalues; i++)
		if (strcmp(finding->values[i].name, name) == 0)
			return &finding->values[i];
	return NULL;
}

static bool is_noisy(const struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nmetrics; i++)
		if (cell->metrics[i].noisy)
			return true;
	return false;
}

struct tally result_tally(const struct result *result)
{
	struct tally t = {.cells = result->ncells};

	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];
		bool ok = verdict_is_ok(&cell->outcome),
		     skipped = cell->outcome.outcome == OUTCOME_SKIPPED;

		t.ok += ok;
		t.noisy += ok && is_noisy(cell);
		t.skipped += skipped;
		t.invalid += !ok && !skipped;
		for (unsigned k = 0; k < cell->nproofs; k++) {
			t.held += cell->proofs[k].state == PROOF_HELD;
			t.unavailable += cell->proofs[k].state == PROOF_UNAVAILABLE;
			t.failed += cell->proofs[k].state == PROOF_FAILED;
		}
	}
	return t;
}

static int most_first(const void *left, const void *right)
{
	const struct reason *a = left, *b = right;

	if (a->cells != b->cells)
		return a->cells > b->cells ? -1 : 1;
	return strcmp(a->verdict->code, b->verdict->code);
}

/* Texts differ in their numbers: the first one speaks for all. */
static bool same_reason(const struct verdict *a, const struct verdict *b)
{
	return strcmp(a->code, b->code) == 0 && strcmp(a->remedy, b->remedy) == 0;
}

size_t result_reasons(const struct result *result, enum outcome outcome, struct reason **out)
{
	struct reason *reasons = calloc(result->ncells ? result->ncells : 1, sizeof *reasons);
	size_t n = 0;

	*out = reasons;
	for (unsigned i = 0; reasons && i < result->ncells; i++) {
		const struct verdict *v = &result->cells[i].outcome;
		size_t k = 0;

		if (v->outcome != outcome)
			continue;
		while (k < n && !same_reason(reasons[k].verdict, v))
			k++;
		if (k == n)
			reasons[n++].verdict = v;
		reasons[k].cells++;
	}
	if (n)
		qsort(reasons, n, sizeof *reasons, most_first);
	return n;
}

bool counter_is_idle(const struct result *result, const struct metric_result *metric)
{
	if (metric->e.lo != 0 || metric->e.hi != 0)
		return false;
	for (unsigned i = 0; i < result->ncounters; i++)
		if (strcmp(result->counters[i].id, metric->name) == 0)
			return true;
	return false;
}
