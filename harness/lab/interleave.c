#include "lab/interleave.h"

#include "analyse/merge.h"
#include "measure/exclusive.h"
#include "measure/offspring.h"

#include <inttypes.h>

unsigned interleave_side(unsigned i)
{
	return (i & 1) ^ (i >> 1 & 1);
}

static struct verdict no_memory(void)
{
	return verdict_error("no-memory", "free memory, or select fewer cells with --only",
			     "no memory for the samples");
}

static struct verdict run_one(const struct interleave *how, unsigned i, int turn,
			      struct result *into)
{
	unsigned side = interleave_side(i), pair = i / 2;
	char dir[4096];
	struct result one;
	struct errand errand = {.command = how->side[side].command,
				.ncommand = how->side[side].ncommand,
				.options = how->options,
				.noptions = how->noptions,
				.rounds = 1,
				.seed = how->seed + pair,
				.dir = dir,
				.turn = turn};

	snprintf(dir, sizeof dir, "%s/%c-%u", how->dir, side ? 'B' : 'A', pair);
	struct verdict verdict = errand_run(&errand, &one);

	if (verdict_is_ok(&verdict) && !one.ncells)
		verdict = verdict_error("side-failed", "try it by hand", "side %c measured no cell",
					side ? 'B' : 'A');
	if (verdict_is_ok(&verdict) && pair && !result_merge(into, &one)) /* 0: the rehearsal */
		verdict = no_memory();
	result_free(&one);
	if (!how->keep && verdict_is_ok(&verdict))
		errand_clean(dir);
	return verdict;
}

static struct verdict run_all(const struct interleave *how, int turn, struct result out[2])
{
	const unsigned total = 2 * (how->rounds + 1);
	struct verdict verdict = verdict_ok();

	for (unsigned i = 0; i < total && verdict_is_ok(&verdict); i++) {
		verdict = run_one(how, i, turn, &out[interleave_side(i)]);
		if (how->progress && verdict_is_ok(&verdict))
			how->progress(how->progress_context, i + 1, total);
	}
	if (verdict_is_ok(&verdict) && !result_merged_alike(&out[0], &out[1]))
		verdict = no_memory();
	for (int i = 0; i < 2; i++)
		snprintf(out[i].run.turns, sizeof out[i].run.turns, "%s %" PRIx64, out[0].run.id,
			 how->seed);
	return verdict;
}

struct verdict interleave_run(const struct interleave *how, struct result out[2])
{
	struct verdict verdict = verdict_ok();
	sigset_t signals;
	int turn = -1;

	result_init(&out[0]);
	result_init(&out[1]);
	offspring_block(&signals);
	if (how->alone)
		verdict = exclusive_enter(EXCLUSIVE_WAIT_S, &turn);
	if (verdict_is_ok(&verdict))
		verdict = run_all(how, turn, out);
	exclusive_leave(turn);
	offspring_unblock(&signals);
	if (!verdict_is_ok(&verdict)) {
		result_free(&out[0]);
		result_free(&out[1]);
	}
	return verdict;
}
