#include "measure/loans.h"

#include "machine/sysfile.h"

#include <inttypes.h>

static struct verdict lend(struct journal *journal, const struct loan *loan)
{
	uint64_t now = 0;
	char value[24];

	if (sysfile_read_u64(loan->path, &now))
		return verdict_skipped("no-setting", "a kernel that has it", "%s cannot be read",
				       loan->path);
	snprintf(value, sizeof value, "%" PRIu64, loan->added ? now + loan->number : loan->number);
	struct verdict verdict = journal_lend(journal, loan->path, value);

	if (verdict_is_ok(&verdict) || verdict.outcome == OUTCOME_ERROR)
		return verdict;
	return verdict_skipped(verdict.code, "run as root", "%s", verdict.text);
}

void loans_take(struct journal *journal, struct plan *plan)
{
	for (unsigned i = 0; i < plan->ncells; i++)
		for (unsigned k = 0; k < 2 && plan->cells[i].group != NO_CELL; k++) {
			const struct loan *loan = &plan->cells[i].want.loan[k];

			if (!*loan->path)
				continue;
			struct verdict lent = lend(journal, loan);

			if (verdict_is_ok(&lent))
				continue;
			plan->cells[i].verdict = lent;
			plan->cells[i].group = NO_CELL;
		}
}
