#include "output/dataset.h"
#include "output/text.h"
#include "output/words.h"

#include <math.h>
#include <string.h>

#define COLUMNS_MAX   8
#define NAME_WIDTH    22
#define NUMBER_WIDTH  9 /* without its interval, which up to INTERVALS_MAX columns have */
#define INTERVALS_MAX 3

struct pivot {
	const struct dataset *set;
	const char *metric;
	double scale;
	const char *unit;
	unsigned n;
	double x[COLUMNS_MAX];
	unsigned fit; /* how many numbers the line has room for */
};

static const struct metric_result *number_at(const struct pivot *p, const struct dataset_row *row)
{
	return verdict_is_ok(&row->cell->outcome) ? cell_find_metric(row->cell, p->metric) : NULL;
}

/* The first metric of the query that any cell has, and a unit in which its numbers are short. */
static bool choose_metric(struct pivot *p)
{
	double most = 0;

	for (unsigned i = 0; i < p->set->query->ny && !p->unit; i++) {
		p->metric = p->set->query->y[i];
		for (unsigned b = 0; b < p->set->nblocks; b++) {
			for (unsigned r = 0; r < p->set->blocks[b].nrows; r++) {
				const struct metric_result *m =
				    number_at(p, &p->set->blocks[b].rows[r]);

				most = m && m->e.est > most ? m->e.est : most;
				p->unit = m ? m->unit : p->unit;
			}
		}
	}
	p->scale = 1;
	if (p->unit && strcmp(p->unit, "ns") == 0 && most >= 1000) {
		p->scale = 1000;
		p->unit = "µs";
	}
	return p->unit;
}

static bool is_power_of_two(double x)
{
	int exponent;

	return x > 0 && frexp(x, &exponent) == 0.5;
}

/* The next larger x of any block. */
static bool next_x(const struct pivot *p, double after, bool powers, double *x)
{
	bool found = false;

	for (unsigned b = 0; b < p->set->nblocks; b++) {
		for (unsigned r = 0; r < p->set->blocks[b].nrows; r++) {
			const struct dataset_row *row = &p->set->blocks[b].rows[r];

			if (row->x <= after || (found && row->x >= *x) ||
			    (powers && !is_power_of_two(row->x)) || !number_at(p, row))
				continue;
			*x = row->x;
			found = true;
		}
	}
	return found;
}

static unsigned count_x(const struct pivot *p, bool powers)
{
	unsigned n = 0;

	for (double x = -1; next_x(p, x, powers, &x);)
		n++;
	return n;
}

/* As many as fit, evenly spread from the first to the last; powers of two where there are
 * enough of them. */
static void choose_columns(struct pivot *p)
{
	bool powers = count_x(p, false) > p->fit && count_x(p, true) >= 4;
	unsigned total = count_x(p, powers), i = 0;
	unsigned wanted = total < p->fit ? total : p->fit;

	for (double x = -1; next_x(p, x, powers, &x); i++) {
		unsigned due =
		    wanted > 1 ? (p->n * (total - 1) + (wanted - 1) / 2) / (wanted - 1) : 0;

		if (i == due && p->n < wanted)
			p->x[p->n++] = x;
	}
}

static void pad(FILE *to, const char *text, unsigned width)
{
	size_t columns = text_columns(text);

	fprintf(to, "%*s", (int)(columns < width ? width - columns : 1), "");
	fputs(text, to);
}

static void print_entry(FILE *to, const struct pivot *p, const struct dataset_block *block,
			double x, unsigned width)
{
	char text[96] = "-";

	for (unsigned r = 0; r < block->nrows; r++) {
		const struct metric_result *m = number_at(p, &block->rows[r]);

		if (block->rows[r].x != x)
			continue;
		if (!m) {
			snprintf(text, sizeof text, "invalid");
			continue;
		}
		struct estimate e = {m->e.est / p->scale, m->e.lo / p->scale, m->e.hi / p->scale};
		if (p->n > INTERVALS_MAX)
			e.lo = e.hi = e.est;
		format_estimate(text, sizeof text - 1, &e, "");
		if (m->noisy)
			strcat(text, "~");
		break;
	}
	pad(to, text, width);
}

static void print_rows(FILE *to, const struct pivot *p)
{
	unsigned room = (text_width(to) - 2 - NAME_WIDTH) / (p->n ? p->n : 1);
	unsigned width = p->n > INTERVALS_MAX ? NUMBER_WIDTH : room < 22 ? room : 22;
	char text[64];

	fprintf(to, "  %-*s", NAME_WIDTH, p->set->query->x);
	for (unsigned i = 0; i < p->n; i++) {
		format_count(text, sizeof text, p->x[i]);
		pad(to, text, width);
	}
	fputc('\n', to);
	for (unsigned b = 0; b < p->set->nblocks; b++) {
		fprintf(to, "  %-*s", NAME_WIDTH, p->set->blocks[b].name);
		for (unsigned i = 0; i < p->n; i++)
			print_entry(to, p, &p->set->blocks[b], p->x[i], width);
		fputc('\n', to);
	}
}

static void print(FILE *to, const struct dataset *set)
{
	struct pivot p = {.set = set};

	if (!choose_metric(&p))
		return;
	unsigned fit = (text_width(to) - 2 - NAME_WIDTH) / NUMBER_WIDTH;
	p.fit = fit < COLUMNS_MAX ? fit : COLUMNS_MAX;
	choose_columns(&p);
	fprintf(to, "\n%s", set->query->title);
	if (*p.unit)
		fprintf(to, ", %s", p.unit);
	if (*set->fixed)
		fprintf(to, " (%s)", set->fixed);
	fputc('\n', to);
	print_rows(to, &p);
}

void pivot_print(FILE *to, const struct result *result, const char *question)
{
	struct query query;
	struct dataset set;
	struct verdict v = query_parse(question, "table", result->run.base_page_bytes, &query);

	if (!verdict_is_ok(&v))
		return;
	v = dataset_make(result, &query, &set);
	if (verdict_is_ok(&v)) {
		print(to, &set);
		dataset_free(&set);
	}
	query_free(&query);
}
