#include "analyse/levels.h"

#include "analyse/analysis.h"

#include <math.h>

static const struct {
	const char *layout, *metric;
} curves[CURVES] = {
    [DISTINCT] = {"distinct", NULL}, [ALIAS] = {"alias", NULL},
    [ZERO] = {"zero", NULL},	     [TRANSLATION] = {"distinct", "translation_ns"},
    [BASE] = {"distinct", NULL},
};

/* What a program sees comes first at the base page; huge pages run out of memory before they fill
 * an L1 TLB, so aliases come first there. */
static const int level1_base[] = {DISTINCT, ALIAS, ZERO, TRANSLATION};
static const int level1_huge[] = {ALIAS, DISTINCT, ZERO, TRANSLATION};
static const int level2[] = {ALIAS, ZERO, TRANSLATION};

static bool is_tlb(const struct levels *levels, int curve, const struct knee *knee)
{
	return curve != DISTINCT || knee->high_x <= L1D_LINES ||
	       series_has_knee(&levels->series[ALIAS], knee) ||
	       series_has_knee(&levels->series[ZERO], knee) ||
	       series_has_knee(&levels->series[TRANSLATION], knee);
}

static void find_level1(struct levels *levels)
{
	const int *order = levels->page.how == PAGE_BASE ? level1_base : level1_huge;

	for (unsigned i = 0; i < sizeof level1_base / sizeof *level1_base && levels->source[0] < 0;
	     i++) {
		const struct series *s = &levels->series[order[i]];

		if (s->nknees == 0 || !is_tlb(levels, order[i], s->knee))
			continue;
		levels->source[0] = order[i];
		levels->knee[0] = 0;
	}
}

/* Where level 1 misses always; no further than L1D surely holds the lines. */
static double past_level1(const struct knee *first)
{
	double past = first->high_x * 1.15;

	return first->flat && first->flat_x <= L1D_LINES && first->flat_x > past ? first->flat_x
										 : past;
}

/* The first knee clearly past level 1's, and past its rise. */
static void find_level2(struct levels *levels)
{
	const struct knee *first = levels_knee(levels, 1);

	for (unsigned i = 0; i < sizeof level2 / sizeof *level2 && first; i++) {
		const struct series *s = &levels->series[level2[i]];

		for (size_t k = 0; k < s->nknees; k++) {
			if (s->knee[k].low_x < past_level1(first))
				continue;
			levels->source[1] = level2[i];
			levels->knee[1] = k;
			return;
		}
	}
}

static void find_doubtful(struct levels *levels)
{
	const struct series *s = &levels->series[DISTINCT];

	for (size_t k = 0; k < s->nknees; k++) {
		const struct knee *knee = &s->knee[k];
		bool judged = false;

		for (unsigned i = 0; i < sizeof level2 / sizeof *level2; i++)
			judged |=
			    series_covers(&levels->series[level2[i]], knee->low_x, knee->high_x);
		if (!judged && knee->high_x > L1D_LINES) {
			levels->doubtful = (int)k;
			return;
		}
	}
}

static struct page_kind base_page(const struct result *result, struct page_kind page)
{
	struct page_kind pages[PAGE_KINDS_MAX];
	size_t n = chase_pages(result, pages, PAGE_KINDS_MAX), base = base_kind(pages, n);

	return base < n ? pages[base] : page;
}

bool levels_find(const struct result *result, struct page_kind page, struct levels *out)
{
	struct page_kind base = base_page(result, page);

	*out = (struct levels){.page = page, .source = {-1, -1}, .doubtful = -1};
	for (unsigned i = 0; i < CURVES; i++) {
		if (series_chase(result, i == BASE ? base : page, curves[i].layout,
				 curves[i].metric, &out->series[i]))
			continue;
		levels_free(out);
		return false;
	}
	find_level1(out);
	find_level2(out);
	find_doubtful(out);
	return true;
}

void levels_free(struct levels *levels)
{
	for (unsigned i = 0; i < CURVES; i++)
		series_free(&levels->series[i]);
}

const struct knee *levels_knee(const struct levels *levels, unsigned level)
{
	int source = levels->source[level - 1];

	return source < 0 ? NULL : &levels->series[source].knee[levels->knee[level - 1]];
}

bool levels_hit(const struct levels *levels, const struct series *series, const struct knee *first,
		const char *unit, struct estimate *out)
{
	static const int others[] = {DISTINCT, BASE};
	double high_x = fmin(first->low_x, L1D_LINES);
	struct estimate other;

	if (!series_level(series, unit, 0, first->low_x, out))
		return false;
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		if (series_level(&levels->series[others[i]], unit, 0, high_x, &other) &&
		    other.hi < out->lo)
			*out = other;
	return true;
}

int levels_clean(const struct levels *levels)
{
	const struct knee *first = levels_knee(levels, 1);

	for (int i = ALIAS; i <= ZERO && first; i++)
		if (levels->series[i].nknees && series_has_knee(&levels->series[i], first))
			return i;
	return -1;
}
