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

const char *finding_subject(const struct finding *finding, const char *name)
{
	const char *text = facts_get(&finding->subject, name);

	return text ? text : "";
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

size_t proofs_count(const struct result *result, struct proof_count counts[PROOF_KINDS_MAX])
{
	size_t n = 0;

	memset(counts, 0, PROOF_KINDS_MAX * sizeof *counts);
	for (unsigned i = 0; i < result->ncells; i++) {
		for (unsigned k = 0; k < result->cells[i].nproofs; k++) {
			const struct proof *proof = &result->cells[i].proofs[k];
			size_t at = 0;

			while (at < n && strcmp(counts[at].what, proof->what) != 0)
				at++;
			if (at == PROOF_KINDS_MAX || !proof->state)
				continue;
			n += at == n;
			counts[at].what = proof->what;
			counts[at].states[proof->state]++;
			if (proof->state != PROOF_HELD && !counts[at].why)
				counts[at].why = proof->text;
		}
	}
	return n;
}

const char *const method_words[] = {
    "Every cell is visited once in each round, all cells in a fresh random order. A round runs "
    "each "
    "group of cells in a new process with new mappings, pinned to its CPUs, so that the spread "
    "between processes, mappings and page frames is in the interval. An estimate is the median "
    "over "
    "rounds; brackets are its 95% order-statistic interval. Differences between two cells are "
    "taken "
    "within a round.",
    "Before a number counts, it is proved: the thread ran where it was pinned; the pages had the "
    "size that is claimed; no page fault fell into the timed part; a shootdown's interrupts were "
    "sent and seen. A proof that fails makes the cell invalid, and its number is shown nowhere. "
    "One "
    "that this machine cannot give is unavailable, and says so. Translation is told apart from "
    "data "
    "caches by mapping many pages to few frames (alias, zero), and by reading the same lines in "
    "few "
    "pages (reference).",
    NULL,
};
