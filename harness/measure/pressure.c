#include "measure/pressure.h"

#include "machine/swap.h"

#define SLACK_BYTES ((uint64_t)16 << 20) /* what else the kernel may find to swap */

static bool wants(const struct plan_cell *cell, enum swap_kind kind)
{
	return cell->group != NO_CELL && cell->want.pressure.swap == kind;
}

static enum swap_kind first_kind(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->ncells; i++)
		if (plan->cells[i].group != NO_CELL &&
		    plan->cells[i].want.pressure.swap != SWAP_NONE)
			return plan->cells[i].want.pressure.swap;
	return SWAP_NONE;
}

static uint64_t swap_need(const struct plan *plan, enum swap_kind kind)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < plan->ncells; i++)
		if (wants(&plan->cells[i], kind) && plan->cells[i].want.pressure.swap_bytes > most)
			most = plan->cells[i].want.pressure.swap_bytes;
	return most + SLACK_BYTES;
}

static void skip(struct plan *plan, enum swap_kind kind, struct verdict why)
{
	for (unsigned i = 0; i < plan->ncells; i++)
		if (wants(&plan->cells[i], kind)) {
			plan->cells[i].verdict = why;
			plan->cells[i].group = NO_CELL;
		}
}

struct verdict pressure_take(struct journal *journal, struct plan *plan, struct workshop *workshop)
{
	enum swap_kind kind = first_kind(plan);

	if (kind == SWAP_NONE)
		return verdict_ok();
	skip(plan, kind == SWAP_ZRAM ? SWAP_FILE : SWAP_ZRAM,
	     verdict_skipped("other-swap", "measure these in a run of their own, with --only",
			     "a run has one swap space, and other cells take it"));
	struct verdict verdict = swap_take(journal, kind, swap_need(plan, kind));

	if (verdict_is_ok(&verdict))
		verdict = cgroup_make(journal, &workshop->cgroup);
	if (verdict.outcome != OUTCOME_SKIPPED)
		return verdict;
	skip(plan, kind, verdict);
	return verdict_ok();
}
