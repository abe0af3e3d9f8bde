/* What people see of a result: first screen, tables, figures, report. Reads a struct result, knows
 * no benchmark. */
#ifndef TLBSCOPE_OUTPUT_OUTPUT_H
#define TLBSCOPE_OUTPUT_OUTPUT_H

#include "result/result.h"

#include <stdio.h>

/* Directory that holds plots/ data: TLBSCOPE_DATA, else beside the installed binary
 * (../share/tlbscope), else the source tree's plots/ next to the build. */
struct verdict data_dir(char *out, size_t size);

/* The verdict in words, at most seven lines: headline numbers, each with its interval, and trust.
 * Plain text; each line starts with a short label ("geometry", "miss penalty", "huge pages",
 * "first touch", "shootdown", "trust"). Used by the screen and by the report. */
struct verdict_line {
	char label[16];
	char text[600];
};
#define VERDICT_LINES_MAX 8
size_t output_verdict(const struct result *result, struct verdict_line out[VERDICT_LINES_MAX]);

void output_first_screen(FILE *to, const struct result *result); /* verdict lines, short tables */
/* Curves as lines of block characters: the report's figures for those who come by ssh. */
void output_curves(FILE *to, const struct result *result);
/* What was invalid or skipped, why, and what changed on the machine meanwhile. */
void output_validity(FILE *to, const struct result *result);
/* The rest of the report in text: proofs, machine, findings, counters, method, environment, how to
 * cite and to run again. */
void output_details(FILE *to, const struct result *result);
void output_table(FILE *to, const struct result *result,
		  const char *selector); /* every cell, or those that match */
void output_next(FILE *to, const struct result *result,
		 const char *run_dir); /* "next:" with commands to copy */

/* Draws every fig_*.gp whose query matches something into dir/figures as .dat, .svg, .pdf. Skipped
 * (not an error) without gnuplot; data files are written all the same. *drawn: names of figures,
 * for the report. `only`: a figure's name or number, or NULL. */
struct figure {
	char name[48];	 /* fig_1_cliff */
	char title[120]; /* from "#@ title" */
	char read[1000]; /* from "#@ read": how to read this */
	char alt[2400];	 /* for those who cannot see it: findings, and where each curve begins and
			    ends */
	char svg[512];	 /* path, "" when not drawn */
	char dat[512];
	char state[RESULT_TEXT_MAX]; /* "" or why it was not drawn */
};
#define FIGURES_MAX	   32
#define FIGURE_RESULTS_MAX 8
/* `paper` also asks for NAME.caption.tex beside each drawing and tlbscope.bib for all. */
struct figure_order {
	const struct result *const *results; /* several are drawn over each other */
	unsigned nresults;
	const char *dir, *only;
	const char *paper;   /* acm, ieee, usenix; NULL: for the screen */
	const char *formats; /* of svg, pdf, tikz, by commas; NULL: svg,pdf, and for a
				paper pdf,tikz */
};
struct verdict figures_draw_as(const struct figure_order *order, struct figure *out, size_t *n);
/* One result, for the screen. */
struct verdict figures_draw(const struct result *result, const char *dir, const char *only,
			    struct figure *out, size_t *n);

/* One self-contained file: inline SVG, nothing remote. against: a second result whose surroundings
 * are compared, or NULL. */
struct verdict report_write(const struct result *result, const struct figure *figures, size_t n,
			    const struct result *against, const char *path);

#endif
