/* Alt text: what the figure shows, for those who cannot see it. */
#include "output/dataset.h"
#include "output/text.h"
#include "result/chance.h"

#include <stdlib.h>
#include <string.h>

/* What was concluded from what is drawn, in the words of the report. */
static void state_findings(FILE *to, const struct result *result, const struct query *query)
{
	for (unsigned k = 0; k < query->nstates; k++)
		for (unsigned i = 0; i < result->nfindings; i++) {
			const struct finding *f = &result->findings[i];

			if (strcmp(f->kind, query->states[k]) == 0 && f->confidence != CANNOT_TELL)
				fprintf(to, " %s.", f->text);
		}
}

static void describe_block(FILE *to, const struct dataset *set, const struct dataset_block *block)
{
	const struct metric_result *first = NULL, *last = NULL;
	double from = 0, till = 0;
	char a[64], b[64], x[40];

	for (unsigned i = 0; i < block->nrows; i++) {
		const struct metric_result *m =
		    cell_find_metric(block->rows[i].cell, set->query->y[0]);

		if (!m || block->rows[i].cell->outcome.outcome != OUTCOME_OK)
			continue;
		from = first ? from : block->rows[i].x;
		till = block->rows[i].x;
		first = first ? first : m;
		last = m;
	}
	if (!first)
		return;
	format_quantity(a, sizeof a, first->e.est, first->unit);
	format_quantity(b, sizeof b, last->e.est, last->unit);
	format_count(x, sizeof x, from);
	fprintf(to, " %s: %s at %s %s", block->name, a, set->query->x, x);
	format_count(x, sizeof x, till);
	if (till > from)
		fprintf(to, ", %s at %s", b, x);
	fputc(';', to);
}

/* Where half of the operations are, and all but one in a hundred. */
static void describe_hist(FILE *to, const struct dataset *set, const struct dataset_block *block)
{
	const struct hist_result *h = cell_find_hist(block->rows[0].cell, set->query->y[0]);
	double at = h->lo_ns, half = 0, most = 0;
	uint64_t total = 0, sum = 0, *counts = calloc(h->ncounts + 1, sizeof *counts);
	char a[64], b[64];

	if (!counts)
		return;
	chance_take_off(block->rows[0].cell, h, counts);
	for (unsigned i = 0; i < h->ncounts; i++)
		total += counts[i];
	for (unsigned i = 0; i < h->ncounts; i++) {
		sum += counts[i];
		at *= h->ratio;
		half = !half && 2 * sum >= total ? at : half;
		most = !most && 100 * sum >= 99 * total ? at : most;
	}
	free(counts);
	format_quantity(a, sizeof a, half, "ns");
	format_quantity(b, sizeof b, most, "ns");
	fprintf(to, " %s: half within %s, 99%% within %s;", block->name, a, b);
}

void dataset_describe(const struct dataset *set, const struct result *result, char *out,
		      size_t size)
{
	FILE *to = fmemopen(out, size, "w");

	*out = '\0';
	if (!to)
		return;
	fprintf(to, "%s.", set->query->title);
	if (result)
		state_findings(to, result, set->query);
	for (unsigned b = 0; b < set->nblocks; b++) {
		if (!set->query->hist)
			describe_block(to, set, &set->blocks[b]);
		else if (set->blocks[b].nrows)
			describe_hist(to, set, &set->blocks[b]);
	}
	fclose(to);
	out[size - 1] = '\0';
}
