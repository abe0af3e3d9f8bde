/* Alt text: what the figure shows, for those who cannot see it. */
#include "output/dataset.h"
#include "output/text.h"
#include "result/chance.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Is the first word of a text the name of a benchmark or a page kind, which mean themselves? */
static bool starts_with_a_name(const struct result *result, const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz");

	if (!length || (text[length] != ' ' && text[length] != ':') ||
	    (length == 3 && strncmp(text, "thp", 3) == 0))
		return true;
	for (unsigned i = 0; i < result->ncells; i++) {
		const char *bench = result->cells[i].cell.bench;

		if (strlen(bench) == length && strncmp(bench, text, length) == 0)
			return true;
	}
	return false;
}

/* What was concluded from what is drawn, in the words of the report. */
static void state_findings(FILE *to, const struct result *result, const struct query *query)
{
	for (unsigned k = 0; k < query->nstates; k++)
		for (unsigned i = 0; i < result->nfindings; i++) {
			const struct finding *f = &result->findings[i];
			const char *text = f->text;

			if (strcmp(f->kind, query->states[k]) != 0 || f->confidence == CANNOT_TELL)
				continue;
			fputc(' ', to);
			if (!starts_with_a_name(result, text))
				fputc(toupper((unsigned char)*text++), to);
			fprintf(to, "%s.", text);
		}
}

/* How a place on the x axis is said; of other parameters it is "where NAME is VALUE". */
static const struct axis {
	const char *x, *before, *one, *many;
} axes[] = {
    {"pages", "at", "page", "pages"},
    {"npages", "with", "page a call", "pages a call"},
    {"resp", "with", "responder", "responders"},
    {"chains", "with", "chain", "chains"},
};

static void put_place(FILE *to, const struct dataset *set, const struct dataset_row *row, bool unit)
{
	const char *name = set->query->x;
	const struct value *value = cell_value(&row->cell->cell, name);
	char text[64];

	format_count(text, sizeof text, row->x);
	for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
		if (strcmp(axes[i].x, name) != 0)
			continue;
		fprintf(to, " %s %s", axes[i].before, text);
		if (unit)
			fprintf(to, " %s", row->x == 1 ? axes[i].one : axes[i].many);
		return;
	}
	if (value)
		value_format(value, text, sizeof text);
	fprintf(to, " where %s is %s", name, text);
}

/* "4k goes from 4.00 cycles at 8 pages to 154 cycles at 32,768." */
static void describe_block(FILE *to, const struct dataset *set, const struct dataset_block *block)
{
	const char *y = set->query->y[0], *name = set->nblocks > 1 ? block->name : "The curve";
	bool added = strncmp(y, "added_", 6) == 0;
	const struct dataset_row *first = NULL, *last = NULL;
	char a[64], b[64];

	for (unsigned i = 0; i < block->nrows; i++) {
		const struct dataset_row *row = &block->rows[i];

		if (!cell_find_metric(row->cell, y) || row->cell->outcome.outcome != OUTCOME_OK)
			continue;
		first = first ? first : row;
		last = row;
	}
	if (!first)
		return;
	const struct metric_result *from = cell_find_metric(first->cell, y),
				   *till = cell_find_metric(last->cell, y);
	format_quantity(a, sizeof a, from->e.est, from->unit);
	format_quantity(b, sizeof b, till->e.est, till->unit);
	if (last->x > first->x) {
		fprintf(to, " %s %s %s", name, added ? "adds from" : "goes from", a);
		put_place(to, set, first, true);
		fprintf(to, " to %s", b);
		put_place(to, set, last, false);
	} else {
		fprintf(to, " %s %s %s", name, added ? "adds" : "is", a);
		put_place(to, set, first, true);
	}
	fputc('.', to);
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
	fprintf(to, " Of %s, half take at most %s and 99%% at most %s.", block->name, a, b);
}

/* Whole sentences, as many as there is room for. */
static void take_sentences(const char *text, char *out, size_t size)
{
	snprintf(out, size, "%s", text);
	if (strlen(text) < size)
		return;
	char *end = NULL;
	for (char *at = out; (at = strstr(at, ". ")); at++)
		end = at;
	if (end)
		end[1] = '\0';
}

void dataset_describe(const struct dataset *set, const struct result *result, char *out,
		      size_t size)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

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
	if (fclose(to) == 0)
		take_sentences(text, out, size);
	free(text);
}
