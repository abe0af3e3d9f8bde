/* Curves for a terminal: a character to each point, low to high on a logarithmic scale that the
 * curves of one question share. */
#include "output/dataset.h"
#include "output/output.h"
#include "output/text.h"

#include <math.h>
#include <string.h>

#define POINTS_MAX 48

static const char *const questions[] = {
    "#@ title Cost of one access against pages touched\n"
    "#@ select chase layout=distinct frames=shuffled\n#@ select chase layout=distinct touch=page\n"
    "#@ select chase layout=alias page=4k,16k,64k\n#@ select chase layout=alias page=2m,1g "
    "offsets=spread\n#@ select chase layout=zero page=thp\n"
    "#@ x pages\n#@ y cycles ns\n#@ series page layout\n",
    "#@ title Page walks side by side, a step of all chains\n#@ select walkers pages=4096\n"
    "#@ x chains\n#@ y cycles\n#@ series layout\n",
    "#@ title Shootdown against pages per call\n#@ select * resp=0 npages=1..max\n"
    "#@ select * resp=1 state=spin npages=1..max\n"
    "#@ x npages\n#@ y ns\n#@ series bench page resp place\n",
};

static const char *const steps[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

static const struct metric_result *at(const struct dataset_row *row, const char *metric)
{
	return row->cell->outcome.outcome == OUTCOME_OK ? cell_find_metric(row->cell, metric)
							: NULL;
}

struct span {
	double low, high;
	unsigned curves; /* with at least two points */
};

static struct span span_of(const struct dataset *set, const char *metric)
{
	struct span span = {INFINITY, 0, 0};

	for (unsigned b = 0; b < set->nblocks; b++) {
		unsigned points = 0;

		for (unsigned r = 0; r < set->blocks[b].nrows; r++) {
			const struct metric_result *m = at(&set->blocks[b].rows[r], metric);

			if (!m || m->e.est <= 0)
				continue;
			points++;
			span.low = fmin(span.low, m->e.est);
			span.high = fmax(span.high, m->e.est);
		}
		span.curves += points > 1;
	}
	return span;
}

static void print_point(FILE *to, const struct metric_result *m, const struct span *span)
{
	if (!m || m->e.est <= 0) {
		fputs("×", to);
		return;
	}
	double height =
	    span->high > span->low ? log(m->e.est / span->low) / log(span->high / span->low) : 0;
	fputs(steps[(unsigned)fmin(7, height * 8)], to);
}

static void print_curve(FILE *to, const struct dataset *set, const struct dataset_block *block,
			const char *metric, const struct span *span)
{
	const struct metric_result *first = NULL, *last = NULL;
	unsigned shown = block->nrows < POINTS_MAX ? block->nrows : POINTS_MAX;
	char a[64], b[64];

	for (unsigned r = 0; r < block->nrows; r++) {
		const struct metric_result *m = at(&block->rows[r], metric);

		first = first ? first : m;
		last = m ? m : last;
	}
	if (!first)
		return;
	fprintf(to, "  %-22s ", block->name);
	for (unsigned i = 0; i < shown; i++)
		print_point(to, at(&block->rows[i * block->nrows / shown], metric), span);
	format_quantity(a, sizeof a, first->e.est, first->unit);
	format_quantity(b, sizeof b, last->e.est, last->unit);
	fprintf(to, "  %s to %s, %s %g to %g\n", a, b, set->query->x, block->rows[0].x,
		block->rows[block->nrows - 1].x);
}

static void print(FILE *to, const struct dataset *set)
{
	for (unsigned i = 0; i < set->query->ny; i++) {
		const char *metric = set->query->y[i];
		struct span span = span_of(set, metric);

		if (!span.curves)
			continue;
		fprintf(to, "\n%s%s%s%s\n", set->query->title, *set->fixed ? " (" : "", set->fixed,
			*set->fixed ? ")" : "");
		for (unsigned b = 0; b < set->nblocks; b++)
			print_curve(to, set, &set->blocks[b], metric, &span);
		return; /* ns only where there are no cycles */
	}
}

void output_curves(FILE *to, const struct result *result)
{
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
		struct query query;
		struct dataset set;
		struct verdict v =
		    query_parse(questions[i], "curves", result->run.base_page_bytes, &query);

		if (!verdict_is_ok(&v))
			continue;
		v = dataset_make(result, &query, &set);
		if (verdict_is_ok(&v)) {
			print(to, &set);
			dataset_free(&set);
		}
		query_free(&query);
	}
}
