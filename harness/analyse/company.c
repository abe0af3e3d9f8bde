/* Who else was there, and where: what the visits saw of other threads on their cores, and how far
 * apart CPUs really were (result/conditions.h). */
#include "analyse/analysis.h"
#include "result/conditions.h"
#include "result/key.h"
#include "result/phrase.h"

#include <math.h>
#include <string.h>

struct sums {
	unsigned visits, shared, aside, moved; /* moved: cells whose CPUs were at two distances */
	double near_ns, far_ns;		       /* of those */
};

static void add(struct sums *sums, const struct result *result, const struct cell_result *cell)
{
	const struct metric_result *width = cell_find_metric(cell, CONDITION_WIDTH);
	struct conditions c = conditions_of(cell, result->clock.width);

	sums->visits += c.visits;
	sums->shared += c.shared;
	sums->aside += width ? width->naside : 0;
	if (!c.elsewhere)
		return;
	sums->near_ns = sums->moved ? fmin(sums->near_ns, c.near_ns) : c.near_ns;
	sums->far_ns = fmax(sums->far_ns, c.far_ns);
	sums->moved++;
}

static bool say_company(struct result *result)
{
	struct sums sums = {0};
	char moved[96] = "";

	for (unsigned i = 0; i < result->ncells; i++)
		add(&sums, result, &result->cells[i]);
	if (!sums.visits)
		return true;
	double shared = 100.0 * sums.shared / sums.visits;
	struct draft draft = draft_begin(result, "company", "company/1");

	draft_number(&draft, "visits", "", sums.visits);
	draft_number(&draft, "shared_percent", "%", shared);
	draft_number(&draft, "set_aside", "", sums.aside);
	draft_number(&draft, "width", "adds/cycle", result->clock.width);
	if (sums.moved) {
		draft_number(&draft, "near_ns", "ns", sums.near_ns);
		draft_number(&draft, "far_ns", "ns", sums.far_ns);
		snprintf(moved, sizeof moved,
			 "; CPUs were moved: a cache line took %.0f to %.0f ns there and back",
			 sums.near_ns, sums.far_ns);
	}
	return draft_done(&draft, CONFIRMED,
			  "another thread had a part of a core in %.0f%% of the visits%s; %u "
			  "visit%s %s set aside",
			  shared, moved, sums.aside, plural(sums.aside), is_or_are(sums.aside));
}

/* As the cell with most visits has it, within the range of all: they should agree. */
static bool say_distance(struct result *result, const char *place)
{
	struct estimate e = {0};
	const struct cell_result *best = NULL;

	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];
		const struct metric_result *handoff = cell_find_metric(cell, CONDITION_HANDOFF);

		if (!verdict_is_ok(&cell->outcome) || !handoff || !handoff->nsamples ||
		    !cell_is(&cell->cell, "place", place) || !cell_leaves_kinds_open(&cell->cell))
			continue;
		e.lo = best ? fmin(e.lo, handoff->e.lo) : handoff->e.lo;
		e.hi = fmax(e.hi, handoff->e.hi);
		if (best && cell->rounds <= best->rounds)
			continue;
		best = cell;
		e.est = handoff->e.est;
	}
	if (!best)
		return true;
	struct draft draft = draft_begin(result, "distance", "distance/1");

	draft_subject(&draft, "place", "%s", place);
	draft_value(&draft, CONDITION_HANDOFF, "ns", e);
	draft_from(&draft, best);
	return draft_done(&draft, e.hi < CONDITION_APART * e.lo ? CONFIRMED : SEEN,
			  "%s: a cache line takes %.0f ns to a responder and back [%.0f, %.0f]",
			  place, e.est, e.lo, e.hi);
}

bool find_company(struct result *result)
{
	static const char *const places[] = {"smt", "core", "llc", "package"};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (!say_distance(result, places[i]))
			return false;
	return say_company(result);
}
