/* How much of the run may be believed. */
#include "analyse/analysis.h"

#include "result/phrase.h"

enum { OK, SKIPPED, INVALID, HELD, UNAVAILABLE, FAILED, NOISY, COUNTS };

static const char *const names[COUNTS] = {
    [OK] = "ok",
    [SKIPPED] = "skipped",
    [INVALID] = "invalid",
    [HELD] = "proofs_held",
    [UNAVAILABLE] = "proofs_unavailable",
    [FAILED] = "proofs_failed",
    [NOISY] = "noisy",
};

static const int of_outcome[] = {
    [OUTCOME_OK] = OK,
    [OUTCOME_SKIPPED] = SKIPPED,
    [OUTCOME_INVALID] = INVALID,
    [OUTCOME_ERROR] = INVALID,
};

static const int of_proof[] = {
    [PROOF_HELD] = HELD,
    [PROOF_UNAVAILABLE] = UNAVAILABLE,
    [PROOF_FAILED] = FAILED,
};

static bool is_noisy(const struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nmetrics; i++)
		if (cell->metrics[i].noisy)
			return true;
	return false;
}

static void count(const struct cell_result *cell, unsigned *counts)
{
	counts[of_outcome[cell->outcome.outcome]]++;
	counts[NOISY] += verdict_is_ok(&cell->outcome) && is_noisy(cell);
	for (unsigned i = 0; i < cell->nproofs; i++)
		if (cell->proofs[i].state)
			counts[of_proof[cell->proofs[i].state]]++;
}

bool find_trust(struct result *result)
{
	unsigned counts[COUNTS] = {0};
	struct draft draft = draft_begin(result, "trust", "trust/1");

	for (unsigned i = 0; i < result->ncells; i++)
		count(&result->cells[i], counts);
	unsigned proofs = counts[HELD] + counts[UNAVAILABLE] + counts[FAILED];

	for (unsigned i = 0; i < COUNTS; i++)
		draft_number(&draft, names[i], "", counts[i]);
	return draft_done(&draft, CONFIRMED,
			  "of %u cell%s %u %s ok (%u of them noisy), %u skipped and %u invalid; of "
			  "%u proof%s %u held, %u unavailable and %u failed",
			  result->ncells, plural(result->ncells), counts[OK], is_or_are(counts[OK]),
			  counts[NOISY], counts[SKIPPED], counts[INVALID], proofs, plural(proofs),
			  counts[HELD], counts[UNAVAILABLE], counts[FAILED]);
}
