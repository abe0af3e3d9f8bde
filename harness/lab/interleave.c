#include "lab/interleave.h"

#include "analyse/merge.h"
#include "measure/exclusive.h"
#include "measure/offspring.h"

#include <inttypes.h>
#include <string.h>

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
			      struct result *out)
{
	unsigned side = interleave_side(i), pair = i / 2;
	char dir[4096], who[80];
	struct errand errand = {.command = how->side[side].command,
				.ncommand = how->side[side].ncommand,
				.options = how->options,
				.noptions = how->noptions,
				.rounds = 1,
				.seed = how->seed + pair,
				.who = who,
				.dir = dir,
				.turn = turn};

	snprintf(dir, sizeof dir, "%s/%c-%u", how->dir, side ? 'B' : 'A', pair);
	snprintf(who, sizeof who, "side %c (%.60s)", side ? 'B' : 'A', errand.command[0]);
	struct verdict verdict = errand_run(&errand, out);

	if (verdict_is_ok(&verdict) && !out->ncells)
		verdict =
		    verdict_error("side-failed", "try it by hand", "%s measured no cell", who);
	if (!how->keep && verdict_is_ok(&verdict))
		errand_clean(dir);
	return verdict;
}

/* The first of a pair waits for the other: of a whole that is stopped, pairs are kept. */
static struct verdict run_pair(const struct interleave *how, unsigned pair, int turn,
			       struct result out[2])
{
	struct verdict verdict = verdict_ok();
	struct result one[2];

	result_init(&one[0]);
	result_init(&one[1]);
	for (unsigned i = 2 * pair; i < 2 * pair + 2 && verdict_is_ok(&verdict); i++) {
		verdict = run_one(how, i, turn, &one[interleave_side(i)]);
		if (how->progress && verdict_is_ok(&verdict))
			how->progress(how->progress_context, i + 1, 2 * (how->rounds + 1));
	}
	for (int side = 0; side < 2 && pair && verdict_is_ok(&verdict); side++) /* 0: rehearsal */
		if (!result_merge(&out[side], &one[side]))
			verdict = no_memory();
	result_free(&one[1]);
	result_free(&one[0]);
	return verdict;
}

static bool is_interrupted(const struct verdict *verdict)
{
	return strcmp(verdict->code, "interrupted") == 0;
}

static struct verdict run_all(const struct interleave *how, int turn, struct result out[2])
{
	struct verdict verdict = verdict_ok();

	for (unsigned pair = 0; pair <= how->rounds && verdict_is_ok(&verdict); pair++)
		verdict = run_pair(how, pair, turn, out);
	if ((verdict_is_ok(&verdict) || (is_interrupted(&verdict) && out[0].ncells)) &&
	    !result_merged_alike(&out[0], &out[1]))
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
	if (!verdict_is_ok(&verdict) && !is_interrupted(&verdict)) {
		result_free(&out[0]);
		result_free(&out[1]);
	}
	return verdict;
}
