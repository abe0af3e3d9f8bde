#include "result/fields.h"

#include <stdlib.h>
#include <string.h>

void result_init(struct result *result)
{
	*result = (struct result){0};
}

void metric_clear(struct metric_result *metric)
{
	free(metric->samples);
	free(metric->rounds);
	free(metric->runs);
	free(metric->aside);
	free(metric->aside_rounds);
	free(metric->aside_runs);
	metric->samples = metric->aside = NULL;
	metric->rounds = metric->runs = metric->aside_rounds = metric->aside_runs = NULL;
	metric->nsamples = metric->naside = 0;
}

static void cell_free(struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nmetrics; i++)
		metric_clear(&cell->metrics[i]);
	for (unsigned i = 0; i < cell->nhists; i++)
		free(cell->hists[i].counts);
	zeros_free(cell); /* of a file that was refused halfway */
	free(cell->notes);
	free(cell->proofs);
	free(cell->metrics);
	free(cell->hists);
	free(cell->disturbances);
}

void result_clear_findings(struct result *result)
{
	for (unsigned i = 0; i < result->nfindings; i++) {
		facts_free(&result->findings[i].subject);
		free(result->findings[i].values);
		free(result->findings[i].from);
	}
	free(result->findings);
	result->findings = NULL;
	result->nfindings = 0;
}

void result_free(struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++)
		cell_free(&result->cells[i]);
	free(result->cells);
	result_clear_findings(result);
	free(result->counters);
	free(result->floor);
	free(result->machine.claims);
	free(result->machine.topology_xml);
	facts_free(&result->before);
	facts_free(&result->changed);
	*result = (struct result){0};
}

/* One element more at the end, zeroed; returns it, and the array may have moved. */
static void *append(void *array, unsigned *n, size_t size)
{
	void *old, *grown;

	memcpy(&old, array, sizeof old); /* a pointer to any type, read without aliasing it */
	grown = reallocarray(old, (size_t)*n + 1, size);
	if (!grown)
		return NULL;
	memcpy(array, &grown, sizeof grown);
	return memset((char *)grown + size * (*n)++, 0, size);
}

#define APPEND(array, n) append(&(array), &(n), sizeof *(array))

struct cell_result *result_add_cell(struct result *result)
{
	return APPEND(result->cells, result->ncells);
}

struct finding *result_add_finding(struct result *result)
{
	return APPEND(result->findings, result->nfindings);
}

struct counter_result *result_add_counter(struct result *result)
{
	return APPEND(result->counters, result->ncounters);
}

struct metric_result *cell_add_metric(struct cell_result *cell)
{
	return APPEND(cell->metrics, cell->nmetrics);
}

struct proof *cell_add_proof(struct cell_result *cell)
{
	return APPEND(cell->proofs, cell->nproofs);
}

struct hist_result *cell_add_hist(struct cell_result *cell, unsigned ncounts)
{
	uint64_t *counts = calloc(ncounts ? ncounts : 1, sizeof *counts);
	struct hist_result *hist = counts ? APPEND(cell->hists, cell->nhists) : NULL;

	if (!hist) {
		free(counts);
		return NULL;
	}
	hist->ncounts = ncounts;
	hist->counts = counts;
	return hist;
}

bool cell_add_disturbance(struct cell_result *cell, const char *name, double value)
{
	struct disturbance *disturbance = APPEND(cell->disturbances, cell->ndisturbances);

	if (!disturbance)
		return false;
	snprintf(disturbance->name, sizeof disturbance->name, "%s", name);
	disturbance->value = value;
	return true;
}

bool cell_add_note(struct cell_result *cell, const char *format, ...)
{
	char *note = APPEND(cell->notes, cell->nnotes);
	va_list args;

	if (!note)
		return false;
	va_start(args, format);
	vsnprintf(note, RESULT_TEXT_MAX, format, args);
	va_end(args);
	return true;
}

void cell_drop_notes(struct cell_result *cell, const char *beginning)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < cell->nnotes; i++)
		if (strncmp(cell->notes[i], beginning, strlen(beginning)) != 0)
			memmove(cell->notes[kept++], cell->notes[i], sizeof *cell->notes);
	cell->nnotes = kept;
}

bool finding_add_value(struct finding *finding, const char *name, const char *unit,
		       struct estimate e)
{
	struct finding_value *value = APPEND(finding->values, finding->nvalues);

	if (!value)
		return false;
	snprintf(value->name, sizeof value->name, "%s", name);
	snprintf(value->unit, sizeof value->unit, "%s", unit);
	value->e = e;
	return true;
}

bool finding_add_from(struct finding *finding, const char *key)
{
	char *from = APPEND(finding->from, finding->nfrom);

	if (!from)
		return false;
	snprintf(from, CELL_KEY_MAX, "%s", key);
	return true;
}

struct cell_result *result_find_cell(const struct result *result, const char *key)
{
	for (unsigned i = 0; i < result->ncells; i++)
		if (strcmp(result->cells[i].key, key) == 0)
			return &result->cells[i];
	return NULL;
}

const struct metric_result *cell_find_metric(const struct cell_result *cell, const char *name)
{
	for (unsigned i = 0; i < cell->nmetrics; i++)
		if (strcmp(cell->metrics[i].name, name) == 0)
			return &cell->metrics[i];
	return NULL;
}

static bool subject_is(const struct finding *finding, const char *name, const char *value)
{
	const char *text = name ? facts_get(&finding->subject, name) : NULL;

	return !name || (text && strcmp(text, value) == 0);
}

const struct finding *result_find_finding(const struct result *result, const char *kind,
					  const char *subject_name, const char *subject_value,
					  const struct finding *after)
{
	unsigned first = after ? (unsigned)(after - result->findings) + 1 : 0;

	for (unsigned i = first; i < result->nfindings; i++) {
		const struct finding *finding = &result->findings[i];

		if (strcmp(finding->kind, kind) == 0 &&
		    subject_is(finding, subject_name, subject_value))
			return finding;
	}
	return NULL;
}
