/* Counters that counted nothing are most of a result: dozens to a cell. In the file they are lists
 * of names, one list to each set of rounds; in memory they are metrics like any other. */
#include "result/fields.h"

#include <stdlib.h>
#include <string.h>

#define ZERO_NAMES_MAX	1024
#define ZERO_ROUNDS_MAX 65536

/* Does the short form say all there is to say of it? -0 would not come back. */
static bool says_nothing(const struct metric_result *m)
{
	static const struct estimate zero;

	if (!m->nsamples || m->naside || !m->rounds || m->nsamples > ZERO_ROUNDS_MAX ||
	    m->primary || m->noisy || m->better != BETTER_NEITHER || *m->pair ||
	    memcmp(&m->e, &zero, sizeof zero) != 0)
		return false;
	for (unsigned i = 0; i < m->nsamples; i++)
		if (memcmp(&m->samples[i], &zero.est, sizeof zero.est) != 0)
			return false;
	return true;
}

static bool same_rounds(const struct zeros *zeros, const struct metric_result *m)
{
	if (zeros->nrounds != m->nsamples || strcmp(zeros->unit, m->unit) != 0)
		return false;
	for (unsigned i = 0; i < m->nsamples; i++)
		if (zeros->rounds[i] != m->rounds[i])
			return false;
	return true;
}

static bool new_list(struct cell_result *cell, const struct metric_result *m)
{
	struct zeros *grown = reallocarray(cell->zeros, cell->nzeros + 1, sizeof *grown);

	if (!grown)
		return false;
	cell->zeros = grown;
	struct zeros *zeros = &grown[cell->nzeros];
	*zeros = (struct zeros){.nrounds = m->nsamples};
	zeros->rounds = calloc(m->nsamples, sizeof *zeros->rounds);
	if (!zeros->rounds)
		return false;
	memcpy(zeros->unit, m->unit, sizeof zeros->unit);
	for (unsigned i = 0; i < m->nsamples; i++)
		zeros->rounds[i] = m->rounds[i];
	cell->nzeros++;
	return true;
}

static bool add_name(struct cell_result *cell, const struct metric_result *m)
{
	unsigned at = 0;

	while (at < cell->nzeros &&
	       (cell->zeros[at].nnames == ZERO_NAMES_MAX || !same_rounds(&cell->zeros[at], m)))
		at++;
	if (at == cell->nzeros && !new_list(cell, m))
		return false;
	struct zeros *zeros = &cell->zeros[at];
	void *grown = reallocarray(zeros->names, zeros->nnames + 1, sizeof *zeros->names);
	if (!grown)
		return false;
	zeros->names = grown;
	memcpy(zeros->names[zeros->nnames++], m->name, sizeof m->name);
	return true;
}

static bool pack_cell(const struct cell_result *cell, struct cell_result *packed)
{
	*packed = *cell;
	packed->nmetrics = packed->nzeros = 0;
	packed->zeros = NULL;
	packed->metrics = calloc(cell->nmetrics ? cell->nmetrics : 1, sizeof *packed->metrics);
	for (unsigned i = 0; packed->metrics && i < cell->nmetrics; i++) {
		if (!says_nothing(&cell->metrics[i]))
			packed->metrics[packed->nmetrics++] = cell->metrics[i];
		else if (!add_name(packed, &cell->metrics[i]))
			return false;
	}
	return packed->metrics;
}

void zeros_free(struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nzeros; i++) {
		free(cell->zeros[i].rounds);
		free(cell->zeros[i].names);
	}
	free(cell->zeros);
	cell->zeros = NULL;
	cell->nzeros = 0;
}

void zeros_release(struct result *packed)
{
	for (unsigned i = 0; i < packed->ncells; i++) {
		zeros_free(&packed->cells[i]);
		free(packed->cells[i].metrics);
	}
	free(packed->cells);
}

bool zeros_pack(const struct result *result, struct result *packed)
{
	*packed = *result;
	packed->ncells = 0;
	packed->cells = calloc(result->ncells ? result->ncells : 1, sizeof *packed->cells);
	for (unsigned i = 0; packed->cells && i < result->ncells; i++) {
		packed->ncells++;
		if (!pack_cell(&result->cells[i], &packed->cells[i])) {
			zeros_release(packed);
			return false;
		}
	}
	return packed->cells;
}

static bool expand(struct cell_result *cell, const struct zeros *zeros, const char *name)
{
	struct metric_result *m = cell_add_metric(cell);

	if (!m)
		return false;
	memcpy(m->name, name, sizeof m->name);
	memcpy(m->unit, zeros->unit, sizeof m->unit);
	m->better = BETTER_NEITHER;
	m->samples = calloc(zeros->nrounds, sizeof *m->samples);
	m->rounds = calloc(zeros->nrounds, sizeof *m->rounds);
	if (!m->samples || !m->rounds)
		return false;
	m->nsamples = zeros->nrounds;
	for (unsigned i = 0; i < zeros->nrounds; i++)
		m->rounds[i] = (unsigned)zeros->rounds[i];
	return true;
}

struct verdict zeros_expand(struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nzeros; i++) {
		const struct zeros *zeros = &cell->zeros[i];

		if (zeros->nnames > ZERO_NAMES_MAX || zeros->nrounds > ZERO_ROUNDS_MAX ||
		    !zeros->nrounds)
			return verdict_invalid("bad-result", NULL,
					       "zeros[%u]: at most %d names and 1 to %d rounds", i,
					       ZERO_NAMES_MAX, ZERO_ROUNDS_MAX);
		for (unsigned k = 0; k < zeros->nnames; k++) {
			if (!*zeros->names[k] || cell_find_metric(cell, zeros->names[k]))
				return verdict_invalid("bad-result", NULL,
						       "zeros[%u]: '%s' is there twice, or no name",
						       i, zeros->names[k]);
			if (!expand(cell, zeros, zeros->names[k]))
				return verdict_invalid("no-memory", NULL, "not enough memory");
		}
	}
	zeros_free(cell);
	return verdict_ok();
}
