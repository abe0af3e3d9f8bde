#include "result/conditions.h"

#include "result/phrase.h"

#include <stdlib.h>
#include <string.h>

struct entry { /* a sample, set aside or not */
	unsigned round, run;
	double sample;
};

static int by_round(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->round > y->round) - (x->round < y->round);
}

static int by_sample(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->sample > y->sample) - (x->sample < y->sample);
}

/* All samples of a metric in order of rounds; the caller frees. NULL: none, or no memory. */
static struct entry *entries_of(const struct metric_result *m, unsigned *n)
{
	*n = m ? m->nsamples + m->naside : 0;
	struct entry *all = *n ? calloc(*n, sizeof *all) : NULL;

	for (unsigned i = 0; all && i < m->nsamples; i++)
		all[i] = (struct entry){m->rounds[i], m->runs ? m->runs[i] : 0, m->samples[i]};
	for (unsigned i = 0; all && i < m->naside; i++)
		all[m->nsamples + i] = (struct entry){
		    m->aside_rounds[i], m->aside_runs ? m->aside_runs[i] : 0, m->aside[i]};
	if (all)
		qsort(all, *n, sizeof *all, by_round);
	else
		*n = 0;
	return all;
}

struct rounds { /* sorted */
	unsigned n;
	struct entry *at;
};

static bool has(const struct rounds *rounds, unsigned round)
{
	const struct entry wanted = {.round = round};

	return rounds->n &&
	       bsearch(&wanted, rounds->at, rounds->n, sizeof wanted, by_round) != NULL;
}

/* Those of `all` that are in `rounds`, or those that are not; in place. */
static unsigned keep(struct entry *all, unsigned n, const struct rounds *rounds, bool in)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (has(rounds, all[i].round) == in)
			all[kept++] = all[i];
	return kept;
}

struct range { /* of sorted distances */
	unsigned from, to;
};

static unsigned length(struct range range)
{
	return range.to - range.from;
}

/* The next distance from `from` on: up to where one is half as far again as the one before. */
static struct range next_distance(const struct entry *sorted, unsigned n, unsigned from)
{
	unsigned to = from + 1;

	while (to < n && sorted[to].sample <= CONDITION_APART * sorted[to - 1].sample)
		to++;
	return (struct range){from, to};
}

/* The nearest that has visits enough, else the most frequent; of two alike, the nearer. */
static struct range usual_distance(const struct entry *sorted, unsigned n)
{
	struct range most = {0};

	for (struct range at = {0}; at.to < n;) {
		at = next_distance(sorted, n, at.to);
		if (length(at) >= CONDITION_VISITS && length(at) * CONDITION_NEAR_ONE_IN >= n)
			return at;
		if (length(at) > length(most))
			most = at;
	}
	return most;
}

bool conditions_alone(double width, double width_most)
{
	return width >= CONDITION_ALONE * width_most && width * CONDITION_ALONE <= width_most;
}

/* Rounds on a core with company. */
static struct rounds find_shared(const struct cell_result *cell, double width_most,
				 struct conditions *out)
{
	struct rounds shared = {0};
	unsigned n;

	shared.at = entries_of(cell_find_metric(cell, CONDITION_WIDTH), &n);
	for (unsigned i = 0; width_most > 0 && i < n; i++)
		if (!conditions_alone(shared.at[i].sample, width_most))
			shared.at[shared.n++] = shared.at[i];
	out->visits = n;
	out->shared = shared.n;
	out->without_shared = shared.n && n - shared.n >= CONDITION_VISITS;
	return shared;
}

/* Rounds at another distance than the usual one of those that are left. */
static struct rounds find_elsewhere(const struct cell_result *cell, const struct rounds *shared,
				    struct conditions *out)
{
	struct rounds elsewhere = {0};
	unsigned n;
	struct entry *all = entries_of(cell_find_metric(cell, CONDITION_HANDOFF), &n);
	struct range usual;

	if (out->without_shared)
		n = keep(all, n, shared, false);
	elsewhere.at = all;
	if (!n)
		return elsewhere;
	qsort(all, n, sizeof *all, by_sample);
	out->near_ns = all[0].sample;
	out->far_ns = all[n - 1].sample;
	usual = usual_distance(all, n);
	memmove(all + usual.from, all + usual.to, (n - usual.to) * sizeof *all);
	elsewhere.n = n - length(usual);
	qsort(all, elsewhere.n, sizeof *all, by_round);
	out->elsewhere = elsewhere.n;
	out->without_elsewhere = elsewhere.n && length(usual) >= CONDITION_VISITS;
	return elsewhere;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static size_t gather_widths(const struct result *result, double *into)
{
	size_t n = 0;

	for (unsigned i = 0; i < result->ncells; i++) {
		const struct metric_result *m =
		    cell_find_metric(&result->cells[i], CONDITION_WIDTH);

		for (unsigned k = 0; m && k < m->nsamples; k++, n++)
			if (into)
				into[n] = m->samples[k];
		for (unsigned k = 0; m && k < m->naside; k++, n++)
			if (into)
				into[n] = m->aside[k];
	}
	return n;
}

/* The greatest that so many saw, to within what a core alone varies by. */
static double agreed(const double *sorted, size_t n, size_t witnesses)
{
	for (size_t i = n; i-- >= witnesses;)
		if (sorted[i + 1 - witnesses] >= CONDITION_AGREED * sorted[i])
			return sorted[i + 1 - witnesses];
	return sorted[n > witnesses ? n - witnesses : 0];
}

double conditions_width(const struct result *result)
{
	size_t n = gather_widths(result, NULL);
	size_t witnesses =
	    n / CONDITION_ONE_IN > CONDITION_WITNESSES ? n / CONDITION_ONE_IN : CONDITION_WITNESSES;
	double *all = n ? calloc(n, sizeof *all) : NULL, most;

	if (!all)
		return 0;
	gather_widths(result, all);
	qsort(all, n, sizeof *all, by_size);
	most = agreed(all, n, witnesses);
	free(all);
	return most;
}

struct aside {
	struct rounds shared, elsewhere;
	struct conditions conditions;
};

static struct aside find_aside(const struct cell_result *cell, double width_most)
{
	struct aside aside = {0};

	aside.shared = find_shared(cell, width_most, &aside.conditions);
	aside.elsewhere = find_elsewhere(cell, &aside.shared, &aside.conditions);
	return aside;
}

static void release(struct aside *aside)
{
	free(aside->shared.at);
	free(aside->elsewhere.at);
}

struct conditions conditions_of(const struct cell_result *cell, double width_most)
{
	struct aside aside = find_aside(cell, width_most);

	release(&aside);
	return aside.conditions;
}

static bool goes(const struct aside *aside, unsigned round)
{
	return (aside->conditions.without_shared && has(&aside->shared, round)) ||
	       (aside->conditions.without_elsewhere && has(&aside->elsewhere, round));
}

/* Room for all in both lists: what goes back and forth later fits. */
static bool make_room(struct metric_result *m, unsigned n)
{
	const struct {
		void **list;
		size_t size;
		bool wanted;
	} lists[] = {
	    {(void **)&m->samples, sizeof *m->samples, true},
	    {(void **)&m->rounds, sizeof *m->rounds, true},
	    {(void **)&m->aside, sizeof *m->aside, true},
	    {(void **)&m->aside_rounds, sizeof *m->aside_rounds, true},
	    {(void **)&m->aside_runs, sizeof *m->aside_runs, m->runs != NULL},
	    {(void **)&m->runs, sizeof *m->runs, m->runs != NULL},
	};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		void *grown = lists[i].wanted ? reallocarray(*lists[i].list, n, lists[i].size)
					      : *lists[i].list;

		if (!grown && lists[i].wanted)
			return false;
		*lists[i].list = grown;
	}
	return true;
}

static void put(const struct entry *entry, double *samples, unsigned *rounds, unsigned *runs,
		unsigned *n)
{
	samples[*n] = entry->sample;
	rounds[*n] = entry->round;
	if (runs)
		runs[*n] = entry->run;
	(*n)++;
}

static bool sort_metric(struct metric_result *m, const struct aside *aside)
{
	unsigned n;
	struct entry *all = entries_of(m, &n);
	bool room = all && make_room(m, n);

	for (unsigned i = m->nsamples = m->naside = 0; room && i < n; i++)
		if (goes(aside, all[i].round))
			put(&all[i], m->aside, m->aside_rounds, m->aside_runs, &m->naside);
		else
			put(&all[i], m->samples, m->rounds, m->runs, &m->nsamples);
	free(all);
	return room;
}

bool conditions_sort(struct cell_result *cell, double width_most)
{
	struct aside aside = find_aside(cell, width_most);
	const struct conditions *c = &aside.conditions;
	bool ok = true;

	for (unsigned i = 0; ok && i < cell->nmetrics; i++) {
		struct metric_result *m = &cell->metrics[i];

		if (m->naside || (m->nsamples && (c->without_shared || c->without_elsewhere)))
			ok = sort_metric(m, &aside);
	}
	release(&aside);
	return ok;
}

bool conditions_recall(struct cell_result *cell)
{
	const struct aside nothing = {0};
	bool ok = true;

	for (unsigned i = 0; ok && i < cell->nmetrics; i++)
		if (cell->metrics[i].naside)
			ok = sort_metric(&cell->metrics[i], &nothing);
	return ok;
}

bool conditions_as_far(double a_ns, double b_ns)
{
	return a_ns <= CONDITION_APART * b_ns && b_ns <= CONDITION_APART * a_ns;
}

bool conditions_cells_as_far(const struct cell_result *a, const struct cell_result *b)
{
	const struct metric_result *x = cell_find_metric(a, CONDITION_HANDOFF),
				   *y = cell_find_metric(b, CONDITION_HANDOFF);

	return !x || !y || !x->nsamples || !y->nsamples || conditions_as_far(x->e.est, y->e.est);
}

/* Most of the visits that are left were on a core of their own. */
static bool was_alone(const struct cell_result *cell, double width_most)
{
	const struct metric_result *m = cell_find_metric(cell, CONDITION_WIDTH);

	return m && m->nsamples && (width_most <= 0 || conditions_alone(m->e.est, width_most));
}

const char *conditions_differ(const struct cell_result *a, const struct cell_result *b,
			      double width_most)
{
	if (!conditions_cells_as_far(a, b))
		return "the CPUs were further apart on one side than on the other";
	if (cell_find_metric(a, CONDITION_WIDTH) && cell_find_metric(b, CONDITION_WIDTH) &&
	    was_alone(a, width_most) != was_alone(b, width_most))
		return "another thread had a part of the core on one side only";
	return NULL;
}

#define COMPANY_NOTE  "another thread had a part of the core in"
#define DISTANCE_NOTE "a cache line took"

void conditions_drop_notes(struct cell_result *cell)
{
	cell_drop_notes(cell, COMPANY_NOTE);
	cell_drop_notes(cell, DISTANCE_NOTE);
}

void conditions_note(struct cell_result *cell, double width_most)
{
	const struct metric_result *width = cell_find_metric(cell, CONDITION_WIDTH);
	struct conditions c = conditions_of(cell, width_most);
	bool aside = width && width->naside; /* else they were taken back */

	if (c.shared)
		cell_add_note(cell, COMPANY_NOTE " %u of %u visit%s, %s", c.shared, c.visits,
			      plural(c.visits),
			      !(aside && c.without_shared) ? "too many to do without"
			      : c.shared == 1		   ? "which is set aside"
							   : "which are set aside");
	if (c.elsewhere)
		cell_add_note(
		    cell, DISTANCE_NOTE " %.0f to %.0f ns to the responders and back: %s",
		    c.near_ns, c.far_ns,
		    aside && c.without_elsewhere
			? "the CPUs were moved, and visits at other distances are set aside"
			: "the CPUs were moved between visits");
}
