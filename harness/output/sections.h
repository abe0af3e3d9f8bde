/* Sections of the report, as HTML: each prints one placeholder of plots/report.html. */
#ifndef TLBSCOPE_OUTPUT_SECTIONS_H
#define TLBSCOPE_OUTPUT_SECTIONS_H

#include "output/output.h"

struct page {
	const struct result *result;
	const struct figure *figures;
	size_t nfigures;
	const struct result
	    *against; /* a second run, for what differs in its surroundings; or NULL */
};

void section_title(FILE *to, const struct page *page);
void section_summary(FILE *to, const struct page *page); /* one line under the title */
void section_verdict(FILE *to, const struct page *page);
void section_geometry(FILE *to, const struct page *page);
void section_pages(FILE *to, const struct page *page); /* kinds of page, not of paper */
void section_validity(FILE *to, const struct page *page);
void section_machine(FILE *to, const struct page *page);
void section_figures(FILE *to, const struct page *page);
void section_findings(FILE *to, const struct page *page);
void section_cells(FILE *to, const struct page *page);
void section_counters(FILE *to, const struct page *page);
void section_method(FILE *to, const struct page *page);
void section_environment(FILE *to, const struct page *page);
void section_cite(FILE *to, const struct page *page);
void section_rerun(FILE *to, const struct page *page);

#endif
