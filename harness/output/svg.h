/* A drawing of gnuplot's made part of a page. */
#ifndef TLBSCOPE_OUTPUT_SVG_H
#define TLBSCOPE_OUTPUT_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* Prints the svg element with `prefix` before each id and each reference to one, because ids are
 * the page's, not the drawing's; without prolog, namespaces and its own title; with role and label
 * for screen readers. False when it is not an SVG. */
bool svg_inline(FILE *to, const char *svg, const char *prefix, const char *label);

#endif
