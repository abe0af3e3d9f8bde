/* The geometry of one TLB while it is inferred: tlb_ways.c finds its numbers, tlb_geometry.c says
 * them. */
#ifndef TLBSCOPE_ANALYSE_TLB_GEOMETRY_H
#define TLBSCOPE_ANALYSE_TLB_GEOMETRY_H

#include "analyse/analysis.h"
#include "analyse/set_probe.h"

struct geometry {
	struct result *result;
	struct page_kind page;
	char name[PAGE_NAME_MAX];
	unsigned level;
	const struct finding *curve, *walk; /* earlier findings; stale once one is added */
	struct estimate entries, sets, ways;
	bool has_entries, has_sets, has_ways, full;
	bool cross_checked, contradicted;
	bool hashed;	  /* level 1: one set holds all, and yet pages anywhere do not fit */
	bool full_proved; /* one set as large as all, and pages anywhere fit as well */
	struct set_probe probe;
};

/* An earlier finding on that kind of page; NULL: none. */
const struct finding *geometry_find(const struct geometry *g, const char *kind, bool by_level);
/* Of `curve` and `probe`, which may be empty. */
void geometry_take_l1(struct geometry *g);
void geometry_take_l2(struct geometry *g);

#endif
