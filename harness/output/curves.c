/* Curves for a terminal: a character to each point, low to high on a logarithmic scale that the
 * curves of one question share. */
#include "output/dataset.h"
#include "output/output.h"
#include "output/text.h"

#include <math.h>
#include <string.h>

#define POINTS_MAX 48
#define POINTS_MIN 12
#define NAME_WIDTH 22

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

/* "4.00 to 57.4 cycles, pages 8 to 16,384" */
static void print_ends(char *out, size_t size, const struct dataset *set,
		       const struct dataset_block *block, const struct metric_result *first,
		       const struct metric_result *last)
{
	char a[64], b[64], from[40], till[40];

	format_quantity(a, sizeof a, first->e.est, first->unit);
	format_quantity(b, sizeof b, last->e.est, last->unit);
	char *unit = strchr(a, ' '), *other = strchr(b, ' ');
	if (unit && other && strcmp(unit, other) == 0)
		*unit = '\0';
	format_count(from, sizeof from, block->rows[0].x);
	format_count(till, sizeof till, block->rows[block->nrows - 1].x);
	snprintf(out, size, "%s to %s, %s %s to %s", a, b, set->query->x, from, till);
}

static unsigned points_that_fit(FILE *to, const struct dataset_block *block, const char *tail)
{
	unsigned width = text_width(to),
		 taken = 2 + NAME_WIDTH + 1 + 2 + (unsigned)text_columns(tail);
	unsigned room = width > taken + POINTS_MIN ? width - taken : POINTS_MIN;

	room = room < POINTS_MAX ? room : POINTS_MAX;
	return block->nrows < room ? block->nrows : room;
}

static void print_curve(FILE *to, const struct dataset *set, const struct dataset_block *block,
			const char *metric, const struct span *span)
{
	const struct metric_result *first = NULL, *last = NULL;
	char tail[320];

	for (unsigned r = 0; r < block->nrows; r++) {
		const struct metric_result *m = at(&block->rows[r], metric);

		first = first ? first : m;
		last = m ? m : last;
	}
	if (!first)
		return;
	print_ends(tail, sizeof tail, set, block, first, last);
	unsigned points = points_that_fit(to, block, tail);
	fprintf(to, "  %-*s ", NAME_WIDTH, block->name);
	for (unsigned i = 0; i < points; i++)
		print_point(to,
			    at(&block->rows[points > 1 ? i * (block->nrows - 1) / (points - 1) : 0],
			       metric),
			    span);
	fprintf(to, "  %s\n", tail);
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
