#include "measure/pressure.h"

#include "machine/swap.h"

#define SLACK_BYTES ((uint64_t)16 << 20) /* what else the kernel may find to swap */

static bool wants(const struct plan_cell *cell, enum swap_kind kind)
{
	enum swap_kind own = cell->want.pressure.swap;

	return cell->group != NO_CELL && own != SWAP_NONE && (own == kind || own == SWAP_ANY);
}

/* The first that a cell insists on, else any. */
static enum swap_kind first_kind(const struct plan *plan)
{
	enum swap_kind kind = SWAP_NONE;

	for (unsigned i = 0; i < plan->ncells && (kind == SWAP_NONE || kind == SWAP_ANY); i++)
		if (plan->cells[i].group != NO_CELL &&
		    plan->cells[i].want.pressure.swap != SWAP_NONE)
			kind = plan->cells[i].want.pressure.swap;
	return kind;
}

static bool limited(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->ncells; i++)
		if (plan->cells[i].group != NO_CELL && plan->cells[i].want.pressure.limit_bytes)
			return true;
	return false;
}

static uint64_t swap_need(const struct plan *plan, enum swap_kind kind)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < plan->ncells; i++)
		if (wants(&plan->cells[i], kind) && plan->cells[i].want.pressure.swap_bytes > most)
			most = plan->cells[i].want.pressure.swap_bytes;
	return most + SLACK_BYTES;
}

/* With `others`, those that want swap space of another kind. */
static void skip(struct plan *plan, enum swap_kind kind, bool others, struct verdict why)
{
	for (unsigned i = 0; i < plan->ncells; i++)
		if (plan->cells[i].group != NO_CELL &&
		    plan->cells[i].want.pressure.swap != SWAP_NONE &&
		    wants(&plan->cells[i], kind) != others) {
			plan->cells[i].verdict = why;
			plan->cells[i].group = NO_CELL;
		}
}

struct verdict pressure_take(struct journal *journal, struct plan *plan, struct workshop *workshop)
{
	enum swap_kind kind = first_kind(plan);

	if (kind == SWAP_NONE)
		return verdict_ok();
	skip(plan, kind, true,
	     verdict_skipped("other-swap", "measure these in a run of their own, with --only",
			     "a run has one swap space, and other cells take it"));
	struct verdict verdict = swap_take(journal, kind, swap_need(plan, kind));

	if (verdict_is_ok(&verdict) && limited(plan))
		verdict = cgroup_make(journal, &workshop->cgroup);
	if (verdict.outcome != OUTCOME_SKIPPED)
		return verdict;
	skip(plan, kind, false, verdict);
	return verdict_ok();
}
