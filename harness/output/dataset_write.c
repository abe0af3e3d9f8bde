#include "output/dataset.h"
#include "output/text.h"
#include "result/chance.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void data_word(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++)
		out[n++] =
		    isalnum((unsigned char)*text) || strchr(" ._+-/=:,", *text) ? *text : '_';
	out[n] = '\0';
}

static void write_comment(FILE *to, const char *label, const char *text)
{
	fprintf(to, "# %s", label);
	text_print(to, text);
	fputc('\n', to);
}

static void write_header(FILE *to, const struct result *result, const struct dataset *set)
{
	const struct query *query = set->query;

	write_comment(to, "", query->title);
	for (unsigned i = 0; i < (set->runs ? set->nruns : 1); i++) {
		const struct result *r = set->runs ? set->runs[i].result : result;

		write_comment(to, "run: ", r->run.id);
		write_comment(to, "machine: ", r->machine.id);
	}
	for (unsigned i = 0; i < query->nselectors; i++)
		write_comment(to, "select ", query->selector_text[i]);
	fprintf(to, "# cells: %u matched, %u with values, %u invalid, %u skipped\n", set->matched,
		set->values, set->invalid, set->skipped);
	if (*set->fixed)
		fprintf(to, "# everywhere: %s\n", set->fixed);
}

static void write_columns(FILE *to, const struct dataset *set, const struct dataset_block *block)
{
	const struct query *query = set->query;

	fprintf(to, "\n\n\"%s\"", block->name);
	if (query->hist) {
		fprintf(to, " share count\n");
		return;
	}
	for (unsigned i = 0; i < query->ny; i++)
		fprintf(to, " %s %s_lo %s_hi", query->y[i], query->y[i], query->y[i]);
	fprintf(to, " state rounds key\n");
}

static const char *state_of(const struct query *query, const struct cell_result *cell)
{
	if (cell->outcome.outcome != OUTCOME_OK)
		return outcome_name(cell->outcome.outcome);
	for (unsigned i = 0; i < query->ny; i++) {
		const struct metric_result *metric = cell_find_metric(cell, query->y[i]);

		if (metric && metric->noisy)
			return "noisy";
	}
	return "ok";
}

static void write_row(FILE *to, const struct query *query, const struct dataset_row *row)
{
	char key[CELL_KEY_MAX];

	data_word(key, sizeof key, row->cell->key);
	fprintf(to, "%.9g", row->x);
	for (unsigned i = 0; i < query->ny; i++) {
		const struct metric_result *metric = cell_find_metric(row->cell, query->y[i]);

		if (metric && row->cell->outcome.outcome == OUTCOME_OK)
			fprintf(to, " %.9g %.9g %.9g", metric->e.est, metric->e.lo, metric->e.hi);
		else
			fprintf(to, " ? ? ?");
	}
	fprintf(to, " %s %u %s\n", state_of(query, row->cell), row->cell->rounds, key);
}

/* Upper end of each bucket that holds something, the share of operations up to it, and its count.
 */
static void write_hist(FILE *to, const struct cell_result *cell, const struct hist_result *hist)
{
	uint64_t total = 0, sum = 0, *counts = calloc(hist->ncounts + 1, sizeof *counts);
	double upper = hist->lo_ns;

	if (!counts)
		return;
	chance_take_off(cell, hist, counts);
	for (unsigned i = 0; i < hist->ncounts; i++)
		total += counts[i];
	for (unsigned i = 0; i < hist->ncounts; i++) {
		double lower = upper;

		upper *= hist->ratio;
		if (!counts[i])
			continue;
		if (!sum)
			fprintf(to, "%.9g 0 0\n", lower);
		sum += counts[i];
		fprintf(to, "%.9g %.9g %llu\n", upper, (double)sum / (double)total,
			(unsigned long long)counts[i]);
	}
	free(counts);
}

static void write_block(FILE *to, const struct dataset *set, const struct dataset_block *block)
{
	const struct query *query = set->query;

	write_columns(to, set, block);
	for (unsigned i = 0; i < block->nrows; i++) {
		if (!query->hist)
			write_row(to, query, &block->rows[i]);
		else if (i == 0)
			write_hist(to, block->rows[i].cell,
				   cell_find_hist(block->rows[i].cell, query->y[0]));
		else
			write_comment(to, "also matched, not drawn: ", block->rows[i].cell->key);
	}
}

void dataset_write(FILE *to, const struct result *result, const struct dataset *set)
{
	write_header(to, result, set);
	for (unsigned b = 0; b < set->nblocks; b++)
		write_block(to, set, &set->blocks[b]);
}
