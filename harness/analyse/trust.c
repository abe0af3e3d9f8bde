/* How much of the run may be believed. */
#include "analyse/analysis.h"

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
	for (unsigned i = 0; i < COUNTS; i++)
		draft_number(&draft, names[i], "", counts[i]);
	return draft_done(&draft, CONFIRMED,
			  "of %u cells %u are ok (%u of them noisy), %u were skipped and %u are "
			  "invalid; of %u proofs %u held, %u were unavailable and %u failed",
			  result->ncells, counts[OK], counts[NOISY], counts[SKIPPED],
			  counts[INVALID], counts[HELD] + counts[UNAVAILABLE] + counts[FAILED],
			  counts[HELD], counts[UNAVAILABLE], counts[FAILED]);
}
