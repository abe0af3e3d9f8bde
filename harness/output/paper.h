/* What a paper's template wants of a figure, and the words that go with one. */
#ifndef TLBSCOPE_OUTPUT_PAPER_H
#define TLBSCOPE_OUTPUT_PAPER_H

#include "output/dataset.h"
#include "output/output.h"

struct paper {
	const char *name, *what;
	double column_pt;      /* TeX points, 72.27 to the inch: the columnwidth that the template
				  reports */
	double font_pt;	       /* of labels; the smallest text of a figure is 0.8 of it */
	double line_pt;	       /* of curves; axes have half of it */
	const char *described; /* the class's macro for a text alternative; NULL: it has none */
};

/* An unknown name is an error that lists the known ones. */
struct verdict paper_find(const char *name, const struct paper **out);
const char *paper_names(void); /* "acm, ieee, usenix" */

/* A figure environment to copy into the paper: the drawing, a caption stub, a label. */
void paper_caption(FILE *to, const struct paper *paper, const struct figure *figure,
		   const struct dataset_run *runs, unsigned nruns);
/* A BibTeX entry of the run: program, version, machine, seed. */
void cite_bibtex(FILE *to, const struct result *result);

/* Text for TeX: what TeX reads as commands is escaped. */
void tex_print(FILE *to, const char *text);

#endif
