#include "output/history.h"

#include "output/json_print.h"
#include "output/text.h"
#include "result/phrase.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct history_run *run_at(const struct history *history,
					const struct history_series *series, unsigned point)
{
	return &history->runs[series->points[point].run];
}

/* What a change means for who pays: "worse", "better", or "" where the metric takes no side. */
static const char *side_of(const struct history_series *series, const struct history_change *change)
{
	if (series->better == BETTER_NEITHER)
		return "";
	return (change->ratio > 1) == (series->better == BETTER_LESS) ? "worse" : "better";
}

static void print_runs(FILE *to, const struct history *history)
{
	fprintf(to, "history of ");
	text_print(to, history->machine);
	fprintf(to, ": %u run%s, by kernel and date\n", history->nruns, plural(history->nruns));
	for (unsigned i = 0; i < history->nruns; i++) {
		const struct history_run *run = &history->runs[i];

		fprintf(to, "  %3u  %-20s  ", i + 1, run->started);
		text_print(to, run->kernel);
		fputs(*run->label ? "  " : "", to);
		text_print(to, run->label);
		fputs(run->complete ? "\n" : "  (partial)\n", to);
	}
}

static void print_line(FILE *to, const struct history_series *series)
{
	double *value = calloc(series->npoints, sizeof *value);

	for (unsigned i = 0; value && i < series->npoints; i++)
		value[i] = series->points[i].e.est;
	if (value)
		sparkline(to, value, series->npoints);
	free(value);
}

static void print_change(FILE *to, const struct history *history,
			 const struct history_series *series, const struct history_change *change)
{
	const struct history_run *before = run_at(history, series, change->at - 1);
	const struct history_run *after = run_at(history, series, change->at);
	const char *side = side_of(series, change);

	fprintf(to, "    %+.1f%% with run %u, ", (change->ratio - 1) * 100,
		series->points[change->at].run + 1);
	text_print(to, before->kernel);
	fputs(" → ", to);
	text_print(to, after->kernel);
	fprintf(to, "%s%s (%s)\n", *side ? ": " : "", side,
		change->confidence == CONFIRMED ? "confirmed"
						: "one run only: repeat it, or compare the two");
}

static void print_series(FILE *to, const struct history *history,
			 const struct history_series *series)
{
	char first[80], last[80];

	format_quantity(first, sizeof first, series->points[0].e.est, series->unit);
	format_quantity(last, sizeof last, series->points[series->npoints - 1].e.est, series->unit);
	fputs("  ", to);
	text_print(to, series->key);
	fputs("  ", to);
	text_print(to, series->metric);
	fputs("  ", to);
	print_line(to, series);
	fprintf(to, "  %s → %s\n", first, last);
	for (unsigned i = 0; i < series->nchanges; i++)
		print_change(to, history, series, &series->changes[i]);
}

void history_text(FILE *to, const struct history *history, double threshold, bool all)
{
	unsigned changed = 0, few = 0;

	for (unsigned i = 0; i < history->nseries; i++) {
		changed += history->series[i].nchanges > 0;
		few += history->series[i].npoints < 3;
	}
	print_runs(to, history);
	fprintf(to, "changed by %g%% or more: %u of %u series", threshold * 100, changed,
		history->nseries);
	if (few)
		fprintf(to, " (%u %s fewer than the 3 runs that it takes)", few,
			few == 1 ? "has" : "have");
	fputc('\n', to);
	for (unsigned i = 0; i < history->nseries; i++)
		if (all || history->series[i].nchanges)
			print_series(to, history, &history->series[i]);
}

/* Keys, names and releases hold no comma or quote; labels might. */
static void csv_text(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++)
		fputs(*text == '"' ? "\"\"" : (char[]){*text, 0}, to);
	fputs("\",", to);
}

void history_csv(FILE *to, const struct history *history)
{
	fputs("run,started,kernel,label,key,metric,unit,est,lo,hi,change\n", to);
	for (unsigned s = 0; s < history->nseries; s++) {
		const struct history_series *series = &history->series[s];

		for (unsigned i = 0, c = 0; i < series->npoints; i++) {
			const struct history_point *point = &series->points[i];
			const struct history_run *run = &history->runs[point->run];
			bool change = c < series->nchanges && series->changes[c].at == i;

			csv_text(to, run->id);
			csv_text(to, run->started);
			csv_text(to, run->kernel);
			csv_text(to, run->label);
			csv_text(to, series->key);
			csv_text(to, series->metric);
			csv_text(to, series->unit);
			fprintf(to, "%.10g,%.10g,%.10g,", point->e.est, point->e.lo, point->e.hi);
			if (change)
				fprintf(to, "%.6g", series->changes[c++].ratio);
			fputc('\n', to);
		}
	}
}

static json_t *runs_json(const struct history *history)
{
	json_t *runs = json_array();

	for (unsigned i = 0; i < history->nruns; i++) {
		const struct history_run *run = &history->runs[i];

		json_array_append_new(runs,
				      json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", run->id,
						"started", run->started, "kernel", run->kernel,
						"label", run->label, "complete", run->complete));
	}
	return runs;
}

static json_t *series_json(const struct history_series *series)
{
	json_t *points = json_array(), *changes = json_array();

	for (unsigned i = 0; i < series->npoints; i++)
		json_array_append_new(
		    points, json_pack("{s:i, s:f, s:f, s:f}", "run", (int)series->points[i].run,
				      "est", series->points[i].e.est, "lo", series->points[i].e.lo,
				      "hi", series->points[i].e.hi));
	for (unsigned i = 0; i < series->nchanges; i++) {
		const struct history_change *change = &series->changes[i];

		json_array_append_new(
		    changes,
		    json_pack("{s:i, s:f, s:s, s:s}", "run", (int)series->points[change->at].run,
			      "ratio", change->ratio, "side", side_of(series, change), "confidence",
			      change->confidence == CONFIRMED ? "confirmed" : "seen"));
	}
	return json_pack("{s:s, s:s, s:s, s:i, s:o, s:o}", "key", series->key, "metric",
			 series->metric, "unit", series->unit, "revision", (int)series->revision,
			 "points", points, "changes", changes);
}

struct verdict history_json(FILE *to, const struct history *history, double threshold)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < history->nseries; i++)
		json_array_append_new(list, series_json(&history->series[i]));
	json_t *document =
	    json_pack("{s:s, s:s, s:f, s:o, s:o}", "machine", history->machine, "cpu", history->cpu,
		      "threshold", threshold, "runs", runs_json(history), "series", list);

	/* An element that memory did not suffice for would be missing without a word. */
	if (document && json_array_size(list) != history->nseries) {
		json_decref(document);
		document = NULL;
	}
	return json_print(to, document, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
}
