/* One figure on its way through the driver. Not for other rooms. */
#ifndef TLBSCOPE_OUTPUT_FIGURE_JOB_H
#define TLBSCOPE_OUTPUT_FIGURE_JOB_H

#include "output/dataset.h"
#include "output/output.h"
#include "output/paper.h"

#include <limits.h>

struct driver {
	struct dataset_run runs[FIGURE_RESULTS_MAX];
	unsigned nruns;
	const struct paper *paper; /* NULL: for the screen */
	unsigned formats;	   /* a bit for each row of the table in figure_render.c */
	char data[PATH_MAX];	   /* of style.gp and the figures; absolute, because gnuplot runs
				      elsewhere */
	char into[PATH_MAX];	   /* DIR/figures */
	struct verdict gnuplot;	   /* why it cannot be had, once known */
};

struct job {
	struct driver *driver;
	struct figure *figure;
	struct query query;
	struct dataset set;
	size_t nmarks, nvalues;
};

void figure_path(char *out, size_t size, const struct driver *driver, const char *name,
		 const char *suffix);
/* Every format that was ordered; what goes wrong stands in the figure's state. */
void figure_render(struct job *job);
/* "svg,pdf"; NULL: what suits screen or paper. Errors name the word. */
struct verdict formats_parse(const char *text, const struct paper *paper, unsigned *formats);

#endif
