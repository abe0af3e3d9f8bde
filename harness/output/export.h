/* A result in the formats of other tools. Each exporter is one row of the table in export.c.
 *
 * Values are those of ok cells: estimates where a format holds one value, every round's sample
 * where it holds many. KTAP lists all cells, because a skipped or invalid one is its point.
 */
#ifndef TLBSCOPE_OUTPUT_EXPORT_H
#define TLBSCOPE_OUTPUT_EXPORT_H

#include "result/key.h"
#include "result/result.h"

#include <stdio.h>

struct export_choice {
	const struct selector *only; /* NULL: every cell */
	bool all_metrics;	     /* false: those that compare looks at */
	enum better better;	     /* only metrics of this direction; BETTER_NEITHER: any */
};

struct exporter {
	const char *name, *what;
	const char *reader; /* whose documentation or program the form was checked against */
	enum better better; /* of formats that hold one direction only */
	struct verdict (*write)(FILE *to, const struct result *result,
				const struct export_choice *choice);
};

extern const struct exporter exporters[]; /* ends with {0} */

/* Error with all names when there is no such format. */
struct verdict exporter_find(const char *name, const struct exporter **out);

/* Steps through the chosen metrics of the chosen cells: for (struct export_row row = {0};
 * export_next(…, &row);). */
struct export_row {
	const struct cell_result *cell;
	const struct metric_result *metric;
	unsigned next_cell, next_metric;
};
bool export_next(const struct result *result, const struct export_choice *choice,
		 struct export_row *row);
bool export_wants_cell(const struct export_choice *choice, const struct cell_result *cell);
/* The same for one cell: index `from` and later; NULL: none. */
const struct metric_result *export_metric(const struct export_choice *choice,
					  const struct cell_result *cell, unsigned *from);

/* Characters that some line format gives a meaning of its own become '_': what is left are letters,
 * digits and . _ / = + - */
void export_token(FILE *to, const char *text);

struct verdict export_csv(FILE *, const struct result *, const struct export_choice *);
struct verdict export_benchstat(FILE *, const struct result *, const struct export_choice *);
struct verdict export_lkp(FILE *, const struct result *, const struct export_choice *);
struct verdict export_ktap(FILE *, const struct result *, const struct export_choice *);
struct verdict export_prometheus(FILE *, const struct result *, const struct export_choice *);
struct verdict export_google(FILE *, const struct result *, const struct export_choice *);
struct verdict export_github(FILE *, const struct result *, const struct export_choice *);
struct verdict export_bencher(FILE *, const struct result *, const struct export_choice *);

#endif
