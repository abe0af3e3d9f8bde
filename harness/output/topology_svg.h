/* A drawing of the machine: a row to each kind of part, each part as wide as the CPUs below it. */
#ifndef TLBSCOPE_OUTPUT_TOPOLOGY_SVG_H
#define TLBSCOPE_OUTPUT_TOPOLOGY_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* Prints an svg element for a page that has the class names of plots/report.html. False where the
 * XML has no CPU. */
bool topology_svg(FILE *to, const char *xml);

#endif
