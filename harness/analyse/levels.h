/* Which knees of a page kind's curves are TLB levels: shared by the findings on levels and on
 * walks. */
#ifndef TLBSCOPE_ANALYSE_LEVELS_H
#define TLBSCOPE_ANALYSE_LEVELS_H

#include "analyse/series.h"

/* Lines that fit any L1 data cache of today. Past it, distinct memory, one line to a page, slows
 * down because L1D fills, and a step is no evidence of a TLB. */
#define L1D_LINES 512

enum { DISTINCT, ALIAS, ZERO, TRANSLATION, BASE, CURVES };

struct levels {
	struct page_kind page;
	struct series series[CURVES]; /* TRANSLATION: translation_ns of the distinct cells; BASE:
					 distinct cells of base pages */
	int source[2];		      /* whose knee shows level 1 and 2; -1: none */
	size_t knee[2];
	int doubtful; /* knee of DISTINCT past L1D that nothing else can judge; -1: none */
};

bool levels_find(const struct result *result, struct page_kind page, struct levels *out);
void levels_free(struct levels *levels);
const struct knee *levels_knee(const struct levels *levels, unsigned level); /* 1, 2; NULL: none */
/* A load that hits the L1 TLB, in that unit: of the curve, up to the knee, or of distinct memory,
 * of such or of base pages, where that is less. Addresses of aliases are computed on the way, and
 * where that takes longer than a hit, it is not the hit that a curve of aliases begins with; what
 * misses takes longer than both. */
bool levels_hit(const struct levels *levels, const struct series *series, const struct knee *first,
		const char *unit, struct estimate *out);
/* The curve, its first knee being level 1's, that shows a whole miss without data-cache cost:
 * alias, else zero; -1. */
int levels_clean(const struct levels *levels);

#endif
