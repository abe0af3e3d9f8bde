#include "analyse/merge_parts.h"

#include "analyse/merge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 16

static bool lengthen(void *list, unsigned have, const void *more, unsigned n, size_t size)
{
	void *old, *grown;

	memcpy(&old, list, sizeof old);
	grown = reallocarray(old, (size_t)have + n + 1, size);
	if (!grown)
		return false;
	memcpy((char *)grown + have * size, more, n * size);
	memcpy(list, &grown, sizeof grown);
	return true;
}

static bool merge_metric(struct cell_result *cell, const struct metric_result *from)
{
	struct metric_result *m = (struct metric_result *)cell_find_metric(cell, from->name);

	if (!m) {
		m = cell_add_metric(cell);
		if (!m)
			return false;
		*m = *from; /* its lists stay the other's */
		m->nsamples = m->naside = 0;
		m->samples = m->aside = NULL;
		m->rounds = m->runs = m->aside_rounds = m->aside_runs = NULL;
	}
	if (!lengthen(&m->samples, m->nsamples, from->samples, from->nsamples,
		      sizeof *m->samples) ||
	    !lengthen(&m->rounds, m->nsamples, from->rounds, from->nsamples, sizeof *m->rounds) ||
	    !lengthen(&m->runs, m->nsamples, from->runs, from->nsamples, sizeof *m->runs))
		return false;
	m->nsamples += from->nsamples;
	return true;
}

/* On one grid: written results begin at the first bucket that holds something. */
static bool merge_hist(struct cell_result *cell, const struct hist_result *from)
{
	struct hist_result *hist = NULL;

	for (unsigned i = 0; i < cell->nhists; i++)
		if (strcmp(cell->hists[i].name, from->name) == 0)
			hist = &cell->hists[i];
	if (!hist) {
		hist = cell_add_hist(cell, from->ncounts);
		if (!hist)
			return false;
		memcpy(hist->name, from->name, sizeof hist->name);
		hist->lo_ns = from->lo_ns;
		hist->ratio = from->ratio;
	}
	if (hist->ratio != from->ratio)
		return true;
	hist->exposed_s += from->exposed_s;
	hist->heard_s += from->heard_s;
	long shift = lround(log(from->lo_ns / hist->lo_ns) / log(hist->ratio));
	long low = shift < 0 ? shift : 0;
	long high = shift + (long)from->ncounts > (long)hist->ncounts ? shift + (long)from->ncounts
								      : (long)hist->ncounts;

	if (high - low > 100000)
		return true;
	uint64_t *counts = calloc((size_t)(high - low), sizeof *counts);

	if (!counts)
		return false;
	for (unsigned i = 0; i < hist->ncounts; i++)
		counts[(long)i - low] += hist->counts[i];
	for (unsigned i = 0; i < from->ncounts; i++)
		counts[(long)i + shift - low] += from->counts[i];
	free(hist->counts);
	hist->counts = counts;
	hist->ncounts = (unsigned)(high - low);
	hist->lo_ns *= pow(hist->ratio, (double)low);
	return true;
}

static bool merge_proof(struct cell_result *cell, const struct proof *from)
{
	struct proof *proof = NULL;

	for (unsigned i = 0; i < cell->nproofs; i++)
		if (strcmp(cell->proofs[i].what, from->what) == 0)
			proof = &cell->proofs[i];
	if (!proof)
		proof = cell_add_proof(cell);
	if (!proof)
		return false;
	if (proof->state != PROOF_FAILED)
		*proof = *from;
	return true;
}

static bool merge_note(struct cell_result *cell, const char *note)
{
	for (unsigned i = 0; i < cell->nnotes; i++)
		if (strcmp(cell->notes[i], note) == 0)
			return true;
	return cell->nnotes >= NOTES_MAX || cell_add_note(cell, "%s", note);
}

static bool merge_disturbance(struct cell_result *cell, const struct disturbance *from)
{
	for (unsigned i = 0; i < cell->ndisturbances; i++)
		if (strcmp(cell->disturbances[i].name, from->name) == 0) {
			cell->disturbances[i].value += from->value;
			return true;
		}
	return cell_add_disturbance(cell, from->name, from->value);
}

static bool merge_lists(struct cell_result *cell, const struct cell_result *from)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < from->nmetrics; i++)
		ok = merge_metric(cell, &from->metrics[i]);
	for (unsigned i = 0; ok && i < from->nhists; i++)
		ok = merge_hist(cell, &from->hists[i]);
	for (unsigned i = 0; ok && i < from->nproofs; i++)
		ok = merge_proof(cell, &from->proofs[i]);
	for (unsigned i = 0; ok && i < from->nnotes; i++)
		ok = merge_note(cell, from->notes[i]);
	for (unsigned i = 0; ok && i < from->ndisturbances; i++)
		ok = merge_disturbance(cell, &from->disturbances[i]);
	return ok;
}

bool merge_into_cell(struct cell_result *cell, struct cell_result *from)
{
	if (cell->revision != from->revision)
		cell->revision = REVISION_MIXED;
	if (!merge_lists(cell, from))
		return false;
	cell->rounds += from->rounds;
	cell->failed_visits += from->failed_visits;
	cell->measured_s += from->measured_s;
	cell->requested |= from->requested;
	if (!verdict_is_ok(&from->last_failure))
		cell->last_failure = from->last_failure;
	return true;
}
