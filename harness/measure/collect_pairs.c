/* Derived metrics: a cell less its partner, or over it, round by round. */
#include "measure/collect_internal.h"

#include <stdlib.h>

/* Which pairs make a derived metric. The first that gives enough of them: */
enum tier {
	TIER_USUAL, /* of one round, both under their cell's usual conditions, equally far apart */
	TIER_RANKS, /* the first such visit of the one with the first of the other, and so on */
	TIER_FAR,   /* of one round, equally far apart */
	TIER_ALL,   /* of one round */
	TIERS,
};

struct pair {
	unsigned round;
	double value;
	enum tier tier;
};

static double compute(enum derived_how how, double own, double base)
{
	return how == DERIVED_RATIO ? own / base : own - base;
}

static const double *sample_of_round(const struct metric_result *metric, unsigned round,
				     bool *usual)
{
	for (unsigned i = 0; i < metric->nsamples; i++)
		if (metric->rounds[i] == round)
			return &metric->samples[i];
	*usual = false;
	for (unsigned i = 0; i < metric->naside; i++)
		if (metric->aside_rounds[i] == round)
			return &metric->aside[i];
	return NULL;
}

/* An initiator alone has no distance, and is as far as anybody. */
static bool were_as_far(const struct cell_result *a, const struct cell_result *b, unsigned round)
{
	const struct metric_result *x = cell_find_metric(a, CONDITION_HANDOFF),
				   *y = cell_find_metric(b, CONDITION_HANDOFF);
	bool any;
	const double *left = x ? sample_of_round(x, round, &any) : NULL,
		     *right = y ? sample_of_round(y, round, &any) : NULL;

	return !left || !right || conditions_as_far(*left, *right);
}

static int by_round(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->round > y->round) - (x->round < y->round);
}

struct sides {
	const struct derived *how;
	const struct cell_result *cell, *partner;
	const struct metric_result *own, *base;
};

/* Of all common rounds, in their order. */
static unsigned pair_rounds(const struct sides *s, struct pair *pairs)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->own->nsamples + s->own->naside; i++) {
		bool usual = i < s->own->nsamples;
		unsigned at = usual ? i : i - s->own->nsamples,
			 round = usual ? s->own->rounds[at] : s->own->aside_rounds[at];
		double mine = usual ? s->own->samples[at] : s->own->aside[at];
		const double *base = sample_of_round(s->base, round, &usual);
		bool far = were_as_far(s->cell, s->partner, round);

		if (!base || (s->how->how == DERIVED_RATIO && *base == 0))
			continue;
		pairs[n++] = (struct pair){round, compute(s->how->how, mine, *base),
					   usual && far ? TIER_USUAL
					   : far	? TIER_FAR
							: TIER_ALL};
	}
	qsort(pairs, n, sizeof *pairs, by_round);
	return n;
}

static unsigned count(const struct pair *pairs, unsigned n, enum tier tier)
{
	unsigned found = 0;

	for (unsigned i = 0; i < n; i++)
		found += pairs[i].tier <= tier;
	return found;
}

/* Company comes and goes: rounds in which neither had any are much fewer than the visits that had
 * none, and a difference must not be that of company. */
static unsigned pair_ranks(const struct sides *s, struct pair *pairs)
{
	const unsigned own = s->own->nsamples, base = s->base->nsamples,
		       n = own < base ? own : base;

	if (n < CONDITION_VISITS || !(s->own->naside || s->base->naside) ||
	    !conditions_cells_as_far(s->cell, s->partner))
		return 0;
	for (unsigned i = 0; i < n; i++) {
		if (s->how->how == DERIVED_RATIO && s->base->samples[i] == 0)
			return 0;
		pairs[i] = (struct pair){
		    s->own->rounds[i],
		    compute(s->how->how, s->own->samples[i], s->base->samples[i]), TIER_RANKS};
	}
	return n;
}

static bool append(struct metric_result *metric, const struct pair *pairs, unsigned n,
		   enum tier tier)
{
	for (unsigned i = 0; i < n; i++)
		if (pairs[i].tier <= tier &&
		    !collect_append(metric, pairs[i].value, pairs[i].round))
			return false;
	return true;
}

/* The tier that they are of; TIERS: no memory. */
static enum tier append_pairs(struct metric_result *metric, const struct sides *s)
{
	const unsigned most = s->own->nsamples + s->own->naside;
	struct pair *pairs = calloc(most + 1, 2 * sizeof *pairs), *ranks = pairs + most;
	unsigned n = pairs ? pair_rounds(s, pairs) : 0, ranked;
	enum tier tier = TIER_USUAL;
	bool ok;

	if (!pairs)
		return TIERS;
	if (count(pairs, n, TIER_USUAL) >= CONDITION_VISITS)
		ok = append(metric, pairs, n, tier);
	else if ((ranked = pair_ranks(s, ranks)))
		ok = append(metric, ranks, ranked, tier = TIER_RANKS);
	else
		ok = append(metric, pairs, n,
			    tier = count(pairs, n, TIER_FAR) >= CONDITION_VISITS ? TIER_FAR
										 : TIER_ALL);
	free(pairs);
	return ok ? tier : TIERS;
}

static bool derive(const struct derived *d, struct cell_result *cell,
		   const struct cell_result *partner)
{
	const struct metric_result *own = cell_find_metric(cell, d->from),
				   *other = cell_find_metric(partner, d->from);

	if (!own || !other || cell_find_metric(cell, d->name) || !verdict_is_ok(&partner->outcome))
		return true;
	const struct metric_result source = *own; /* adding a metric may move the array */
	struct metric_result *metric =
	    collect_metric(cell, d->name, d->how == DERIVED_RATIO ? "ratio" : source.unit);

	if (!metric)
		return false;
	metric->better = source.better;
	snprintf(metric->pair, sizeof metric->pair, "%s", partner->key);
	const struct sides sides = {d, cell, partner, &source, other};

	enum tier tier = append_pairs(metric, &sides);

	if (tier == TIERS)
		return false;
	if (!metric->nsamples) {
		cell->nmetrics--; /* no common round */
		return true;
	}
	if (!metric_estimate(metric))
		return false;
	if (tier > TIER_RANKS && (source.naside || other->naside))
		cell_add_note(
		    cell,
		    "%s: of pairs under different conditions, since too few visits to both "
		    "cells were under the same",
		    metric->name);
	metric->noisy = collect_is_thin(metric);
	if (metric->noisy && !collect_is_thin(&source))
		collect_note_thin(cell, metric);
	return true;
}

bool collect_derived(const struct plan *plan, struct cell_result *cells)
{
	for (unsigned i = 0; i < plan->ncells; i++)
		for (unsigned k = 0; k < plan->cells[i].nderived; k++)
			if (!derive(plan->cells[i].derived[k].derived, &cells[i],
				    &cells[plan->cells[i].derived[k].partner]))
				return false;
	return true;
}
