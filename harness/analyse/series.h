/* Cells of one benchmark in order of one parameter, and what can be read off them. */
#ifndef TLBSCOPE_ANALYSE_SERIES_H
#define TLBSCOPE_ANALYSE_SERIES_H

#include "analyse/analyse.h"

#define SERIES_KNEES_MAX 8

struct series {
	const char *x; /* parameter */
	size_t n;
	const struct cell_result **cell; /* ok, x rises */
	struct curve curve; /* of `metric`: cycles where every cell has them, else ns */
	const char *metric;
	size_t nknees;
	struct knee knee[SERIES_KNEES_MAX];
};

/* Every ok load chase of that page kind and layout, frames and offsets as by default; x in pages.
 */
bool series_chase(const struct result *result, struct page_kind page, const char *layout,
		  const char *metric /* NULL: cycles, else ns */, struct series *out);
/* Every ok cell that differs from `like` in the count `x` alone; x as it stands, or in pages where
 * it is bytes. */
bool series_like(const struct result *result, const struct cell *like, const char *x,
		 const char *metric /* NULL: cycles, else ns */, struct series *out);
void series_free(struct series *series);

bool series_covers(const struct series *series, double low_x, double high_x);
/* Has it a knee whose bracket meets that one (within 15%)? */
bool series_has_knee(const struct series *series, const struct knee *knee);
/* Median over the cells from low_x to high_x of estimate and of both ends. False: none has the
 * metric. */
bool series_level(const struct series *series, const char *metric, double low_x, double high_x,
		  struct estimate *out);
/* Levels on both sides of a knee, two octaves each, the upper one no further than `limit_x`. */
bool series_sides(const struct series *series, size_t knee, double limit_x, const char *metric,
		  struct estimate *below, struct estimate *above);
/* Where the curve has done `part` of the knee's rise, interpolated. */
double series_crossing(const struct series *series, const struct knee *knee, double part);
const struct cell_result *series_at(const struct series *series,
				    double x); /* NULL: no such point */

/* Has the cell no parameter that sets it apart from the plain chase: access, frames, offsets? */
bool cell_is_plain(const struct cell *cell);
/* Are they alike but for that parameter, which either may lack? */
bool cell_differs_in(const struct cell *a, const struct cell *b, const char *name);
bool cell_touches_4k(const struct cell *cell); /* whatever its page kind: touch=each-4k */

/* Kinds of page that have cells of that benchmark (of chase), by size; at most max. */
size_t bench_pages(const struct result *result, const char *bench, struct page_kind *out,
		   size_t max);
size_t chase_pages(const struct result *result, struct page_kind *out, size_t max);
size_t base_kind(const struct page_kind *pages, size_t n); /* which is the base page; n: none */

#endif
