/* Text for people: numbers with their intervals, and strings from elsewhere made harmless. */
#ifndef TLBSCOPE_OUTPUT_TEXT_H
#define TLBSCOPE_OUTPUT_TEXT_H

#include "result/result.h"

#include <stdio.h>

/* "11.0 ns", "8.03 µs": three significant digits; ns grow to µs, ms and s. */
void format_quantity(char *out, size_t size, double value, const char *unit);
/* "11.0 ns [10.9, 11.2]": value and ends in one unit and to the same decimals; no brackets where
 * there is no interval. */
void format_estimate(char *out, size_t size, const struct estimate *e, const char *unit);
/* Of what a cost consists of, without its interval: "11.0 ns", or that it is not told apart from
 * zero (phrase.h). */
void format_part(char *out, size_t size, const struct estimate *e, const char *unit);
/* 3072 → "3,072" */
void format_count(char *out, size_t size, double value);

/* A result may come from anybody: control characters (terminal escapes) become '?'. */
void text_print(FILE *to, const char *text);
/* Escaped for HTML, attributes included. */
void html_print(FILE *to, const char *text);

/* Words wrapped at `width` columns; lines after the first are indented by `indent`, where the first
 * one is taken to start. */
void text_wrap(FILE *to, const char *text, unsigned indent, unsigned width);
/* The same where the first line has begun with `taken` columns. */
void text_wrap_at(FILE *to, const char *text, unsigned indent, unsigned taken, unsigned width);
size_t text_columns(const char *utf8); /* columns on a terminal */

/* Columns that lines may have: those of the terminal or of COLUMNS, at least 60, at most 96. */
unsigned text_width(FILE *to);

/* Is `to` a terminal that wants colour? NO_COLOR and TERM=dumb say no. */
bool terminal_has_colour(FILE *to);

/* A name, and beside it what is said of it. */
void text_line(FILE *to, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

const char *outcome_name(enum outcome outcome);
const char *proof_state_name(enum proof_state state);
const char *confidence_name(enum confidence confidence);

#endif
