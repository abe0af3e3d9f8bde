/* The history of a machine for people, for programs, and drawn. */
#ifndef TLBSCOPE_OUTPUT_HISTORY_H
#define TLBSCOPE_OUTPUT_HISTORY_H

#include "output/output.h"
#include "result/history.h"

#include <stdio.h>

void history_text(FILE *to, const struct history *history, double threshold, bool all);
void history_csv(FILE *to, const struct history *history); /* one line to a point */
struct verdict history_json(FILE *to, const struct history *history, double threshold);

/* Figure 10 into dir/figures, as figures_draw_as(). */
struct verdict history_draw(const struct history *history, const char *dir, const char *paper,
			    struct figure *figure);

/* One of eight heights to each value, between the least and the most; n >= 1. */
void sparkline(FILE *to, const double *value, size_t n);

#endif
