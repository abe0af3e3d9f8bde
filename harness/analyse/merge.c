#include "analyse/merge.h"

#include "analyse/merge_parts.h"
#include "result/conditions.h"
#include "result/phrase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOISY "noisy:" /* such notes are about one run */

unsigned result_runs(const struct result *result)
{
	unsigned runs = 1;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0; k < result->cells[i].nmetrics; k++) {
			const struct metric_result *m = &result->cells[i].metrics[k];

			for (unsigned s = 0; m->runs && s < m->nsamples; s++)
				runs = m->runs[s] + 1 > runs ? m->runs[s] + 1 : runs;
		}
	return runs;
}

static void drop_samples(struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nmetrics; i++)
		metric_clear(&cell->metrics[i]);
	free(cell->metrics);
	cell->metrics = NULL;
	cell->nmetrics = 0;
	cell->rounds = 0;
}

/* Past all rounds that there are. */
static unsigned next_round(const struct result *result)
{
	unsigned next = 0;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0; k < result->cells[i].nmetrics; k++) {
			const struct metric_result *m = &result->cells[i].metrics[k];

			for (unsigned s = 0; s < m->nsamples; s++)
				next = m->rounds[s] + 1 > next ? m->rounds[s] + 1 : next;
		}
	return next;
}

/* Every sample says its run; rounds go on counting, alike in all metrics of a cell. */
static bool number_runs(struct metric_result *m, unsigned first, unsigned first_round)
{
	if (!m->runs)
		m->runs = calloc(m->nsamples ? m->nsamples : 1, sizeof *m->runs);
	if (!m->rounds)
		m->rounds = calloc(m->nsamples ? m->nsamples : 1, sizeof *m->rounds);
	for (unsigned i = 0; m->runs && m->rounds && i < m->nsamples; i++) {
		m->runs[i] += first;
		m->rounds[i] += first_round;
	}
	m->noisy = false;
	return m->runs && m->rounds;
}

/* A cell before it is merged: what was not ok is a failed visit. */
static bool prepare_cell(struct cell_result *cell, unsigned first_run, unsigned first_round)
{
	if (!conditions_recall(cell))
		return false;
	cell_drop_notes(cell, NOISY);
	conditions_drop_notes(cell);
	if (!verdict_is_ok(&cell->outcome)) {
		cell->last_failure = cell->outcome;
		cell->failed_visits += cell->rounds;
		cell->failed_visits += !cell->failed_visits;
		drop_samples(cell);
	}
	for (unsigned i = 0; i < cell->nmetrics; i++)
		if (!number_runs(&cell->metrics[i], first_run, first_round))
			return false;
	return true;
}

static bool merge_cell(struct result *into, unsigned guess, struct cell_result *from)
{
	struct cell_result *cell = guess < into->ncells ? &into->cells[guess] : NULL;

	if (!cell || strcmp(cell->key, from->key) != 0)
		cell = result_find_cell(into, from->key);
	if (cell)
		return merge_into_cell(cell, from);
	cell = result_add_cell(into);
	if (!cell)
		return false;
	*cell = *from;
	*from = (struct cell_result){0};
	return true;
}

static void merge_run(struct result *into, const struct result *from)
{
	into->run.rounds += from->run.rounds;
	into->run.elapsed_s += from->run.elapsed_s;
	into->run.budget_s += from->run.budget_s;
	into->run.complete &= from->run.complete;
	if (strcmp(into->run.turns, from->run.turns) != 0)
		*into->run.turns = '\0';
}

bool result_merge(struct result *into, struct result *from)
{
	bool first = into->ncells == 0;
	unsigned first_run = first ? 0 : result_runs(into);
	unsigned first_round = first ? 0 : next_round(into);

	result_clear_findings(from);
	for (unsigned i = 0; i < from->ncells; i++)
		if (!prepare_cell(&from->cells[i], first_run, first_round))
			return false;
	if (first) {
		*into = *from;
		result_init(from);
		return true;
	}
	for (unsigned i = 0; i < from->ncells; i++)
		if (!merge_cell(into, i, &from->cells[i]))
			return false;
	merge_run(into, from);
	return true;
}

static void judge(struct cell_result *cell, double width_most)
{
	unsigned visits = cell->rounds + cell->failed_visits;

	cell->outcome = verdict_ok();
	if (!cell->rounds || cell->failed_visits > MERGE_FAILED_MAX * visits)
		cell->outcome = cell->last_failure;
	else if (cell->failed_visits)
		cell_add_note(cell, "%u of %u visit%s left out: %s", cell->failed_visits, visits,
			      plural(visits), cell->last_failure.text);
	conditions_note(cell, width_most);
}

static bool sort_conditions(struct result *into)
{
	for (unsigned i = 0; i < into->ncells; i++)
		if (!conditions_sort(&into->cells[i], into->clock.width))
			return false;
	return true;
}

static bool finish(struct result *into)
{
	for (unsigned i = 0; i < into->ncells; i++) {
		if (!cell_estimate(&into->cells[i]))
			return false;
		judge(&into->cells[i], into->clock.width);
	}
	return true;
}

bool result_merged(struct result *into)
{
	into->clock.width = conditions_width(into);
	return sort_conditions(into) && finish(into);
}

/* How wide the intervals of the primary metrics are, as parts of their estimates. */
static double vagueness(const struct cell_result *cell)
{
	double sum = 0;

	for (unsigned i = 0; i < cell->nmetrics; i++) {
		const struct metric_result *m = &cell->metrics[i];

		if (m->primary && m->nsamples && m->e.est > 0)
			sum += (m->e.hi - m->e.lo) / m->e.est;
	}
	return sum;
}

static bool recall_both(struct cell_result *a, struct cell_result *b)
{
	return conditions_recall(a) && conditions_recall(b) && cell_estimate(a) && cell_estimate(b);
}

/* Of a pair, either both do without the visits under other conditions, or neither does: sides that
 * took turns had the same company, and all that setting visits aside is for is precision. */
static bool make_alike(struct cell_result *a, struct cell_result *b, double width_most)
{
	if (!cell_estimate(a) || !cell_estimate(b))
		return false;
	const char *differ = conditions_differ(a, b, width_most);
	double without = vagueness(a) + vagueness(b);

	if (!recall_both(a, b))
		return false;
	return differ || vagueness(a) + vagueness(b) <= without ||
	       (conditions_sort(a, width_most) && conditions_sort(b, width_most));
}

bool result_merged_alike(struct result *a, struct result *b)
{
	a->clock.width = b->clock.width = fmax(conditions_width(a), conditions_width(b));
	if (!sort_conditions(a) || !sort_conditions(b))
		return false;
	for (unsigned i = 0; i < a->ncells; i++) {
		struct cell_result *other = result_find_cell(b, a->cells[i].key);

		if (other && !make_alike(&a->cells[i], other, a->clock.width))
			return false;
	}
	return finish(a) && finish(b);
}
