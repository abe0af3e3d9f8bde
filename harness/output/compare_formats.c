/* For other programs: CSV, Markdown, JUnit XML, KTAP. */
#include "output/compare.h"
#include "output/text.h"
#include "result/phrase.h"

#include <math.h>
#include <string.h>

/* A number where there is one, else nothing: no NaN and no inf in files. */
static void put_number(FILE *to, double value)
{
	if (isfinite(value))
		fprintf(to, "%.10g", value);
}

static const char *part_of(const struct comparison_row *row)
{
	return row->parts ? row->parts->text : "";
}

/* RFC 4180: quotes are doubled inside quotes. */
static void put_quoted(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc((unsigned char)*text < ' ' ? '?' : *text, to);
	}
	fputc('"', to);
}

struct verdict compare_csv(FILE *to, const struct comparison *c, const struct compare_output *how)
{
	(void)how;
	fputs("key,metric,unit,state,change,change_lo,change_hi,old,old_lo,old_hi,new,new_lo,"
	      "new_hi,p,p_holm,threshold,noise,noise_source,old_samples,new_samples,sits_in\n",
	      to);
	for (unsigned i = 0; i < c->nrows; i++) {
		const struct comparison_row *row = &c->rows[i];
		const double numbers[] = {
		    row->change,   row->lo,	   row->hi,	  row->old.e.est, row->old.e.lo,
		    row->old.e.hi, row->new.e.est, row->new.e.lo, row->new.e.hi,  row->p,
		    row->holm,	   row->threshold, row->noise};

		fprintf(to, "%s,%s,%s,%s", row->new_cell->key, row->new_metric->name,
			row->new_metric->unit, row_state_name(row->state));
		for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
			fputc(',', to);
			put_number(to, numbers[k]);
		}
		fprintf(to, ",%s,%u,%u,", noise_source_name(row->source), row->old.samples,
			row->new.samples);
		put_quoted(to, part_of(row));
		fputc('\n', to);
	}
	for (unsigned i = 0; i < c->nothers; i++) {
		fprintf(to, "%s,,,%s,,,,,,,,,,,,,,,,,", c->others[i].key,
			other_kind_name(c->others[i].kind));
		put_quoted(to, c->others[i].text);
		fputc('\n', to);
	}
	return verdict_ok();
}

static void markdown_row(FILE *to, const struct comparison_row *row)
{
	char change[CHANGE_MAX], old[96], new[96];

	format_change(change, row->change);
	format_estimate(old, sizeof old, &row->old.e, row->new_metric->unit);
	format_estimate(new, sizeof new, &row->new.e, row->new_metric->unit);
	fprintf(to, "| %s | `%s` | %s | %s | %s | %s | %.2g | %s |\n", row_mark(row),
		row->new_cell->key, row->new_metric->name, old, new, change, row->holm,
		part_of(row));
}

struct verdict compare_markdown(FILE *to, const struct comparison *c,
				const struct compare_output *how)
{
	fprintf(to, "**%s**\n\n", c->conclusion);
	for (size_t i = 0; i < c->environment.n; i++) {
		fprintf(to, "- `%s`: ", c->environment.fact[i].name);
		html_print(to, c->environment.fact[i].text);
		fputc('\n', to);
	}
	fputs(c->environment.n ? "\n" : "", to);
	fputs("| | cell | metric | old | new | change | p (Holm) | sits in |\n"
	      "|---|---|---|---|---|---|---|---|\n",
	      to);
	for (unsigned i = 0; i < c->nrows; i++)
		if (how->all || (c->rows[i].state != ROW_SAME))
			markdown_row(to, &c->rows[i]);
	if (!how->all && c->count[ROW_SAME])
		fprintf(to, "\n~ %u test%s without a change that counts\n", c->count[ROW_SAME],
			plural(c->count[ROW_SAME]));
	fputs(c->nothers ? "\n" : "", to);
	for (unsigned i = 0; i < c->nothers; i++) {
		fprintf(to, "- %s: `%s` ", other_kind_name(c->others[i].kind), c->others[i].key);
		html_print(to, c->others[i].text);
		fputc('\n', to);
	}
	return verdict_ok();
}

static void say_row(char *out, size_t size, const struct comparison_row *row)
{
	char change[CHANGE_MAX], old[96], new[96];

	format_change(change, row->change);
	format_estimate(old, sizeof old, &row->old.e, row->new_metric->unit);
	format_estimate(new, sizeof new, &row->new.e, row->new_metric->unit);
	snprintf(out, size, "%s, %s to %s, p %.2g after Holm%s%s%s%s", change, old, new, row->holm,
		 row->why ? "; " : "", row->why ? row->why : "", *part_of(row) ? "; sits in " : "",
		 part_of(row));
}

static void junit_row(FILE *to, const struct comparison_row *row)
{
	char text[600];

	say_row(text, sizeof text, row);
	fprintf(to, "    <testcase classname=\"%s\" name=\"%s %s\">", row->new_cell->cell.bench,
		row->new_cell->key, row->new_metric->name);
	if (row->state == ROW_REGRESSION)
		fputs("<failure type=\"regression\" message=\"", to);
	else if (row->state == ROW_UNSURE || row->state == ROW_UNREACHABLE)
		fputs("<skipped message=\"", to);
	else
		fputs("<system-out>", to);
	html_print(to, text);
	fputs(row->state == ROW_REGRESSION || row->state == ROW_UNSURE ||
		      row->state == ROW_UNREACHABLE
		  ? "\"/>"
		  : "</system-out>",
	      to);
	fputs("</testcase>\n", to);
}

struct verdict compare_junit(FILE *to, const struct comparison *c, const struct compare_output *how)
{
	unsigned skipped = c->count[ROW_UNSURE] + c->count[ROW_UNREACHABLE] + c->nothers;

	fprintf(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		    "  <testsuite name=\"tlbscope compare ");
	html_print(to, how->old_name);
	fputc(' ', to);
	html_print(to, how->new_name);
	fprintf(to, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\">\n",
		c->nrows + c->nothers, c->count[ROW_REGRESSION], skipped);
	for (unsigned i = 0; i < c->nrows; i++)
		junit_row(to, &c->rows[i]);
	for (unsigned i = 0; i < c->nothers; i++) {
		fprintf(to, "    <testcase classname=\"%s\" name=\"%s\"><skipped message=\"",
			other_kind_name(c->others[i].kind), c->others[i].key);
		html_print(to, c->others[i].text);
		fputs("\"/></testcase>\n", to);
	}
	fputs("  </testsuite>\n</testsuites>\n", to);
	return verdict_ok();
}

struct verdict compare_ktap(FILE *to, const struct comparison *c, const struct compare_output *how)
{
	unsigned n = 0;

	(void)how;
	fprintf(to, "KTAP version 1\n1..%u\n", c->nrows + c->nothers);
	for (unsigned i = 0; i < c->nrows; i++) {
		const struct comparison_row *row = &c->rows[i];
		char text[600];

		say_row(text, sizeof text, row);
		bool skip = row->state == ROW_UNSURE || row->state == ROW_UNREACHABLE;

		fprintf(to, "%s %u %s:%s%s%s\n", row->state == ROW_REGRESSION ? "not ok" : "ok",
			++n, row->new_cell->key, row->new_metric->name, skip ? " # SKIP " : " # ",
			text);
	}
	for (unsigned i = 0; i < c->nothers; i++) {
		fprintf(to, "ok %u %s # SKIP %s: ", ++n, c->others[i].key,
			other_kind_name(c->others[i].kind));
		text_print(to, c->others[i].text);
		fputc('\n', to);
	}
	return verdict_ok();
}
