/* For people. */
#include "output/compare.h"
#include "output/text.h"
#include "result/phrase.h"

#include <math.h>
#include <string.h>

#define KEY_COLUMN 10
#define OTHERS_MAX 20 /* of a kind, without --all */

static void put_side(FILE *to, const char *label, const char *name, const struct result *r,
		     unsigned runs)
{
	const char *kernel = facts_get(&r->before, "kernel.release");

	fprintf(to, "%-4s ", label);
	text_print(to, name);
	fprintf(to, "  %s%s%s, %u round%s", r->run.started, kernel ? ", " : "",
		kernel ? kernel : "", r->run.rounds, plural(r->run.rounds));
	if (runs > 1)
		fprintf(to, " in %u runs", runs);
	if (strcmp(r->run.accel, "tcg") == 0)
		fputs(", emulated (tcg): times are not hardware's", to);
	if (*r->run.label && strncmp(name, r->run.label, strlen(r->run.label)) != 0) {
		fputs(", ", to);
		text_print(to, r->run.label);
	}
	fputc('\n', to);
}

static unsigned most_runs(const struct comparison *c, bool old)
{
	unsigned runs = 1;

	for (unsigned i = 0; i < c->nrows; i++) {
		unsigned n = old ? c->rows[i].old.runs : c->rows[i].new.runs;

		runs = n > runs ? n : runs;
	}
	return runs;
}

static void put_environment(FILE *to, const struct comparison *c)
{
	if (c->environment.n)
		fputs("\nthe environment differs\n", to);
	for (size_t i = 0; i < c->environment.n; i++) {
		fprintf(to, "  %s: ", c->environment.fact[i].name);
		text_print(to, c->environment.fact[i].text);
		fputc('\n', to);
	}
}

static void put_row(FILE *to, const struct comparison_row *row)
{
	char change[CHANGE_MAX], lo[CHANGE_MAX], hi[CHANGE_MAX], old[96], new[96];
	const char *unit = row->new_metric->unit;

	format_change(change, row->change);
	format_change(lo, row->lo);
	format_change(hi, row->hi);
	format_estimate(old, sizeof old, &row->old.e, unit);
	format_estimate(new, sizeof new, &row->new.e, unit);
	fprintf(to, "  %-8s %8s  %s  %s\n", row_mark(row), change, row->new_cell->key,
		row->new_metric->name);
	if (strcmp(row->old_cell->key, row->new_cell->key) != 0)
		fprintf(to, "%*sagainst %s\n", KEY_COLUMN + 11, "", row->old_cell->key);
	fprintf(to, "%*s%s → %s, change %s to %s, p %s%.2g, Holm %.2g\n", KEY_COLUMN + 11, "", old,
		new, lo, hi, row->approximate ? "about " : "", row->p, row->holm);
	if (row->state != ROW_SAME && row->source != NOISE_INTERLEAVED)
		fprintf(to, "%*snoise %.1f%% (%s)\n", KEY_COLUMN + 11, "", row->noise * 100,
			noise_source_name(row->source));
	if (row->why)
		fprintf(to, "%*s%s\n", KEY_COLUMN + 11, "", row->why);
	if (row->parts && *row->parts->text)
		fprintf(to, "%*ssits in: %s\n", KEY_COLUMN + 11, "", row->parts->text);
}

static void put_rows(FILE *to, const struct comparison *c, enum row_state state, const char *title)
{
	if (c->count[state])
		fprintf(to, "\n%s (%u)\n", title, c->count[state]);
	for (unsigned i = 0; i < c->nrows; i++)
		if (c->rows[i].state == state)
			put_row(to, &c->rows[i]);
}

static void put_same(FILE *to, const struct comparison *c)
{
	const struct comparison_row *most = NULL;
	char change[CHANGE_MAX];

	for (unsigned i = 0; i < c->nrows; i++)
		if (c->rows[i].state == ROW_SAME &&
		    (!most || fabs(c->rows[i].change) > fabs(most->change)))
			most = &c->rows[i];
	if (!most)
		return;
	format_change(change, most->change);
	fprintf(to, "\n~ %u without a change that counts; the largest is %s at %s %s\n",
		c->count[ROW_SAME], change, most->new_cell->key, most->new_metric->name);
}

static void put_findings(FILE *to, const struct comparison *c)
{
	if (c->nfindings)
		fputs("\nfindings that differ\n", to);
	for (unsigned i = 0; i < c->nfindings; i++) {
		const struct comparison_finding *f = &c->findings[i];
		char old[96], new[96];

		format_estimate(old, sizeof old, &f->old_value->e, f->old_value->unit);
		format_estimate(new, sizeof new, &f->new_value->e, f->new_value->unit);
		fprintf(to, "  %s", f->new->kind);
		for (size_t k = 0; k < f->new->subject.n; k++) {
			fputc(' ', to);
			text_print(to, f->new->subject.fact[k].text);
		}
		fprintf(to, ": %s %s → %s\n", f->new_value->name, old, new);
	}
}

static void put_others(FILE *to, const struct comparison *c, enum other_kind kind, bool all)
{
	unsigned put = 0;

	if (c->other_count[kind])
		fprintf(to, "\n%s (%u)\n", other_kind_name(kind), c->other_count[kind]);
	for (unsigned i = 0; i < c->nothers; i++) {
		if (c->others[i].kind != kind)
			continue;
		if (!all && put++ == OTHERS_MAX) {
			fprintf(to, "  ... --all lists them\n");
			break;
		}
		fprintf(to, "  %s: ", c->others[i].key);
		text_print(to, c->others[i].text);
		fputc('\n', to);
	}
}

struct verdict compare_text(FILE *to, const struct comparison *c, const struct compare_output *how)
{
	put_side(to, "old", how->old_name, c->old, most_runs(c, true));
	put_side(to, "new", how->new_name, c->new, most_runs(c, false));
	put_environment(to, c);
	put_rows(to, c, ROW_REGRESSION, "regressions");
	put_rows(to, c, ROW_IMPROVEMENT, "improvements");
	put_rows(to, c, ROW_UNSURE, "changed, but not surely");
	if (how->all)
		put_rows(to, c, ROW_UNREACHABLE, "too few samples to tell");
	if (how->all)
		put_rows(to, c, ROW_SAME, "without a change that counts");
	else
		put_same(to, c);
	put_findings(to, c);
	for (int kind = 0; kind < OTHER_KINDS; kind++)
		put_others(to, c, (enum other_kind)kind, how->all);
	fprintf(to, "\n%s\n", c->conclusion);
	return verdict_ok();
}

/* One line to a test, first what matters most to a grep. */
struct verdict compare_simple(FILE *to, const struct comparison *c,
			      const struct compare_output *how)
{
	(void)how;
	for (unsigned i = 0; i < c->nrows; i++) {
		const struct comparison_row *row = &c->rows[i];
		char change[CHANGE_MAX];

		format_change(change, row->change);
		fprintf(to, "%s %s %s %s %.6g %.6g %s%s%s\n", row_state_name(row->state), change,
			row->new_cell->key, row->new_metric->name, row->old.e.est, row->new.e.est,
			row->new_metric->unit, row->parts && *row->parts->text ? " # " : "",
			row->parts ? row->parts->text : "");
	}
	for (unsigned i = 0; i < c->nothers; i++)
		fprintf(to, "%s - %s\n", other_kind_name(c->others[i].kind), c->others[i].key);
	return verdict_ok();
}
