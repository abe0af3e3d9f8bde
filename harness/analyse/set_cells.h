/* Between set_probe.c (how many fit) and set_index.c (which bits choose): cells of setprobe as
 * points. */
#ifndef TLBSCOPE_ANALYSE_SET_CELLS_H
#define TLBSCOPE_ANALYSE_SET_CELLS_H

#include "analyse/set_probe.h"

#define POINTS_MAX 96
#define MISS_PART_L2                                                                               \
	0.022 /* of a pass in a set of the L2 TLB, most of which are fillers: one miss is little   \
	       */

struct set_point {
	double n, pass; /* victims; time of one pass over all */
	const struct cell_result *cell;
};

struct set_points {
	size_t n;
	struct set_point at[POINTS_MAX];
};

const struct metric_result *set_time_of(const struct cell_result *cell);
bool set_is_probe(const struct cell_result *cell, struct page_kind page, const char *probe);
bool set_of_level(const struct cell_result *cell, unsigned level);
double set_quiet(const struct metric_result *m);
struct set_point set_probed_of(const struct cell_result *cell);
double set_fillers(const struct set_point *p);
double set_extra(const struct set_point *p, double hit);
bool set_misses(const struct set_point *p, double hit, unsigned level);

void set_find_index(const struct result *result, struct page_kind page, unsigned level, double hit,
		    const struct set_points *base, struct set_probe *out);

#endif
