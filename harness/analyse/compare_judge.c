/* Is a change one? Significant, large, above the noise, and there in both halves. */
#include "analyse/compare_parts.h"
#include "result/conditions.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RUNS_TELL 4 /* degrees of freedom from which runs of both sides say what noise is */
#define HALF_OF	  0.5

double change_of(double new, double old)
{
	if (old != 0)
		return (new - old) / fabs(old);
	return new == 0 ? 0 : copysign(INFINITY, new);
}

static bool fill_side(const struct metric_result *m, struct comparison_side *side,
		      struct spread *spread)
{
	*side = (struct comparison_side){.e = m->e, .samples = m->nsamples};
	if (!metric_spread(m, spread))
		return false;
	side->runs = m->runs ? spread->runs : 1;
	return true;
}

/* Holm over all rows. */
static bool adjust(struct comparison *out)
{
	double *p = calloc(out->nrows + 1, sizeof *p);
	size_t *scratch = calloc(out->nrows + 1, sizeof *scratch);
	bool ok = p && scratch;

	out->family = out->nrows;
	for (unsigned i = 0; ok && i < out->nrows; i++)
		p[i] = out->rows[i].p;
	if (ok)
		stats_holm(p, out->nrows, scratch);
	for (unsigned i = 0; ok && i < out->nrows; i++) {
		struct comparison_row *row = &out->rows[i];

		row->holm = p[i];
		row->least = fmin(1, stats_mann_whitney_floor(row->old_metric->nsamples,
							      row->new_metric->nsamples) *
					 out->nrows);
	}
	free(scratch);
	free(p);
	return ok;
}

/* What an unchanged pair exceeds once in 1/alpha comparisons of this size. */
static double exceeded_by_chance(const struct comparing *c, double sd, double df, double runs_old,
				 double runs_new)
{
	double tail = c->options->alpha / (2 * fmax(c->out->family, 1));

	return expm1(stats_student_quantile(tail, df) * sd * sqrt(1 / runs_old + 1 / runs_new));
}

static void raise_noise(struct comparison_row *row, double noise, enum noise_source source)
{
	if (row->source == NOISE_ASSUMED || noise > row->noise) {
		row->noise = noise;
		row->source = source;
	}
}

/* With each other: sides of two sessions, or blocks of short runs, only look like it. */
static bool took_turns(const struct comparing *c, const struct comparison_row *row)
{
	const char *turns = c->out->old->run.turns;

	return *turns && strcmp(turns, c->out->new->run.turns) == 0 &&
	       metric_is_interleaved(row->old_metric) && metric_is_interleaved(row->new_metric);
}

static void find_noise(struct comparing *c, struct comparison_row *row)
{
	struct spread was, is, known;

	c->no_memory |= !fill_side(row->old_metric, &row->old, &was) ||
			!fill_side(row->new_metric, &row->new, &is);
	row->noise = COMPARE_ASSUMED;
	row->source = NOISE_ASSUMED;
	if (c->no_memory)
		return;
	if (c->options->noise >= 0) {
		row->noise = c->options->noise;
		row->source = NOISE_GIVEN;
		return;
	}
	if (took_turns(c, row)) {
		row->noise = 0;
		row->source = NOISE_INTERLEAVED;
		return;
	}
	if (was.known && is.known && row->old.runs + row->new.runs >= RUNS_TELL + 2) {
		double df = (double)(row->old.runs + row->new.runs - 2);
		double squares =
		    was.sd * was.sd * (row->old.runs - 1) + is.sd * is.sd * (row->new.runs - 1);

		raise_noise(
		    row,
		    exceeded_by_chance(c, sqrt(squares / df), df, row->old.runs, row->new.runs),
		    NOISE_RUNS);
	}
	if (c->noise && noise_table_find(c->noise, row->old_cell->key, row->old_cell->cell.bench,
					 row->old_metric->name, &known))
		raise_noise(
		    row,
		    exceeded_by_chance(c, known.sd, known.runs - 1, row->old.runs, row->new.runs),
		    NOISE_MEASURED);
}

static double median_of(const double *samples, unsigned n, double *scratch)
{
	memcpy(scratch, samples, n * sizeof *scratch);
	stats_sort(scratch, n);
	return stats_median(scratch, n);
}

/* A visitor who stays for a part of one run is not a change. */
static bool is_in_both_halves(const struct comparison_row *row, bool *no_memory)
{
	const struct metric_result *was = row->old_metric, *is = row->new_metric;
	unsigned a = was->nsamples / 2, b = is->nsamples / 2;
	double *scratch = calloc((size_t)was->nsamples + is->nsamples + 1, sizeof *scratch);

	*no_memory |= !scratch;
	if (!scratch || !a || !b) {
		free(scratch);
		return false;
	}
	double first =
	    change_of(median_of(is->samples, b, scratch), median_of(was->samples, a, scratch));
	double second = change_of(median_of(is->samples + b, is->nsamples - b, scratch),
				  median_of(was->samples + a, was->nsamples - a, scratch));

	free(scratch);
	return first * row->change > 0 && second * row->change > 0 &&
	       fmin(fabs(first), fabs(second)) >= HALF_OF * fmin(fabs(row->change), 1e6);
}

/* Conditions that nobody chose. In runs that took turns, the test itself sees them. */
static const char *measured_apart(const struct comparing *c, const struct comparison_row *row)
{
	const struct result *old = c->out->old, *new = c->out->new;
	bool same_cpu = strcmp(old->machine.cpu, new->machine.cpu) == 0;

	if (row->source == NOISE_INTERLEAVED)
		return NULL;
	return conditions_differ(row->old_cell, row->new_cell,
				 same_cpu ? fmax(old->clock.width, new->clock.width) : 0);
}

static void decide(struct comparing *c, struct comparison_row *row)
{
	bool worse = (row->change > 0) == (row->new_metric->better == BETTER_LESS);

	row->state = ROW_SAME;
	if (row->least > c->options->alpha && row->holm > c->options->alpha) {
		row->state = ROW_UNREACHABLE;
		return;
	}
	if (row->holm > c->options->alpha || fabs(row->change) < row->threshold)
		return;
	if (fabs(row->change) <= row->noise) {
		if (row->source != NOISE_ASSUMED)
			return;
		row->state = ROW_UNSURE;
		row->why = "how much runs of this machine differ by themselves is not known";
		return;
	}
	if (row->old.e.est < 0) {
		row->state = ROW_UNSURE;
		row->why = "what is less than zero has no relative change";
		return;
	}
	if (!is_in_both_halves(row, &c->no_memory)) {
		row->state = ROW_UNSURE;
		row->why = "the change is not there in both halves of the measurement";
		return;
	}
	row->why = measured_apart(c, row);
	if (row->why) {
		row->state = ROW_UNSURE;
		return;
	}
	row->state = row->new_metric->better == BETTER_NEITHER ? ROW_UNSURE
		     : worse				       ? ROW_REGRESSION
							       : ROW_IMPROVEMENT;
	row->why = row->state == ROW_UNSURE ? "changed, and neither way is better" : NULL;
}

bool compare_judge(struct comparing *c)
{
	struct comparison *out = c->out;

	if (!adjust(out))
		return false;
	for (unsigned i = 0; i < out->nrows && !c->no_memory; i++) {
		struct comparison_row *row = &out->rows[i];

		find_noise(c, row);
		decide(c, row);
		out->count[row->state]++;
		if (row->state != ROW_SAME && row->state != ROW_UNREACHABLE)
			c->no_memory |= !row_parts(&c->context, row);
	}
	return !c->no_memory;
}
