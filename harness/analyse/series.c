#include "analyse/series.h"
#include "result/key.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OCTAVES_TWO 4.0
#define NEAR	    1.15
#define LEVEL_MAX   32

static const struct {
	const char *name, *word;
} plain[] = {
    {"access", "load"},
    {"frames", "shuffled"},
    {"offsets", "spread"},
};

bool cell_is_plain(const struct cell *cell)
{
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (cell_value(cell, plain[i].name) && !cell_is(cell, plain[i].name, plain[i].word))
			return false;
	return cell_leaves_kinds_open(cell); /* another kind of CPU has TLBs of its own */
}

bool cell_touches_4k(const struct cell *cell)
{
	return cell_is(cell, "touch", "each-4k");
}

static bool wanted(const struct cell_result *c, struct page_kind page, const char *layout)
{
	struct page_kind own = cell_page(&c->cell, "page");

	return strcmp(c->cell.bench, "chase") == 0 && verdict_is_ok(&c->outcome) &&
	       own.how == page.how && own.bytes == page.bytes &&
	       cell_is(&c->cell, "layout", layout) && cell_count(&c->cell, "footprint") > 0 &&
	       cell_is_plain(&c->cell) && !cell_touches_4k(&c->cell);
}

static double x_of(const struct series *s, const struct cell_result *c)
{
	const struct value *value = cell_value(&c->cell, s->x);
	uint64_t page = cell_page(&c->cell, "page").bytes;

	if (!value)
		return 0;
	return value->type == P_BYTES && page ? (double)value->count / (double)page
					      : (double)value->count;
}

/* In order of x; of one x the later wave first. */
static void insert(struct series *s, const struct cell_result *c)
{
	size_t k = s->n++;

	for (; k > 0; k--) {
		double before = x_of(s, s->cell[k - 1]), own = x_of(s, c);

		if (before < own || (before == own && s->cell[k - 1]->wave >= c->wave))
			break;
		s->cell[k] = s->cell[k - 1];
	}
	s->cell[k] = c;
}

static const char *pick_metric(const struct series *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!cell_find_metric(s->cell[i], "cycles"))
			return "ns";
	return "cycles";
}

static bool make_room(const struct result *result, struct series *s)
{
	s->cell = calloc(result->ncells + 1, sizeof(const struct cell_result *));
	s->curve.point = calloc(result->ncells + 1, sizeof *s->curve.point);
	if (s->cell && s->curve.point)
		return true;
	series_free(s);
	return false;
}

/* Keeps the cells that have the metric, one to an x. */
static void make_curve(struct series *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct metric_result *m = cell_find_metric(s->cell[i], s->metric);
		double x = x_of(s, s->cell[i]);

		if (!m || (kept && s->curve.point[kept - 1].x == x))
			continue;
		s->cell[kept] = s->cell[i];
		s->curve.point[kept++] = (struct curve_point){x, m->e.est, m->e.lo, m->e.hi};
	}
	s->n = s->curve.n = kept;
}

static void finish(struct series *s, const char *metric)
{
	s->metric = metric ? metric : pick_metric(s);
	make_curve(s);
	s->nknees = knees_find(&s->curve, s->knee, SERIES_KNEES_MAX);
}

bool series_chase(const struct result *result, struct page_kind page, const char *layout,
		  const char *metric, struct series *out)
{
	*out = (struct series){.x = "footprint"};
	if (!make_room(result, out))
		return false;
	for (unsigned i = 0; i < result->ncells; i++)
		if (wanted(&result->cells[i], page, layout))
			insert(out, &result->cells[i]);
	finish(out, metric);
	return true;
}

bool cell_differs_in(const struct cell *a, const struct cell *b, const char *name)
{
	unsigned same = 0;

	if (strcmp(a->bench, b->bench) != 0)
		return false;
	for (unsigned i = 0; i < a->nparams; i++) {
		const struct cell_param *p = &a->param[i];
		const struct value *value = cell_value(b, p->name);

		if (strcmp(p->name, name) == 0)
			continue;
		if (!value || !value_equal(value, &p->value))
			return false;
		same++;
	}
	return same + (cell_value(b, name) != NULL) == b->nparams;
}

bool series_like(const struct result *result, const struct cell *like, const char *x,
		 const char *metric, struct series *out)
{
	*out = (struct series){.x = x};
	if (!make_room(result, out))
		return false;
	for (unsigned i = 0; i < result->ncells; i++)
		if (verdict_is_ok(&result->cells[i].outcome) &&
		    cell_differs_in(like, &result->cells[i].cell, x))
			insert(out, &result->cells[i]);
	finish(out, metric);
	return true;
}

void series_free(struct series *series)
{
	free(series->cell);
	free(series->curve.point);
	*series = (struct series){0};
}

bool series_covers(const struct series *series, double low_x, double high_x)
{
	return series->n > 1 && series->curve.point[0].x <= low_x &&
	       series->curve.point[series->n - 1].x >= high_x;
}

bool series_has_knee(const struct series *series, const struct knee *knee)
{
	for (size_t i = 0; i < series->nknees; i++)
		if (series->knee[i].low_x <= knee->high_x * NEAR &&
		    series->knee[i].high_x * NEAR >= knee->low_x)
			return true;
	return false;
}

static double median_of(double *v, size_t n)
{
	stats_sort(v, n);
	return stats_median(v, n);
}

/* The first point from x on. */
static size_t first_from(const struct series *series, double x)
{
	size_t low = 0, high = series->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (series->curve.point[middle].x < x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool series_level(const struct series *series, const char *metric, double low_x, double high_x,
		  struct estimate *out)
{
	double est[LEVEL_MAX], lo[LEVEL_MAX], hi[LEVEL_MAX];
	size_t n = 0;

	for (size_t i = first_from(series, low_x); i < series->n && n < LEVEL_MAX; i++) {
		if (series->curve.point[i].x > high_x)
			break;
		const struct metric_result *m = cell_find_metric(series->cell[i], metric);

		if (!m)
			continue;
		est[n] = m->e.est;
		lo[n] = m->e.lo;
		hi[n++] = m->e.hi;
	}
	if (n == 0)
		return false;
	*out = (struct estimate){median_of(est, n), median_of(lo, n), median_of(hi, n)};
	return true;
}

bool series_sides(const struct series *series, size_t knee, double limit_x, const char *metric,
		  struct estimate *below, struct estimate *above)
{
	const struct knee *k = &series->knee[knee];
	double from = k->low_x / OCTAVES_TWO, to = k->flat_x * OCTAVES_TWO;

	if (knee > 0)
		from = fmax(from, k[-1].flat_x);
	if (knee + 1 < series->nknees)
		to = fmin(to, k[1].low_x);
	return series_level(series, metric, from, k->low_x, below) &&
	       series_level(series, metric, k->flat_x, fmin(to, limit_x), above);
}

double series_crossing(const struct series *series, const struct knee *knee, double part)
{
	double level = knee->before + part * (knee->after - knee->before);
	const struct curve_point *p = series->curve.point;

	for (size_t i = 1; i < series->n; i++) {
		if (p[i].x < knee->high_x || p[i].y < level)
			continue;
		if (p[i - 1].x < knee->low_x)
			return p[i].x;
		if (p[i - 1].y >= level)
			return p[i - 1].x; /* crossed by then */
		return p[i - 1].x +
		       (p[i].x - p[i - 1].x) * (level - p[i - 1].y) / (p[i].y - p[i - 1].y);
	}
	return knee->flat_x;
}

const struct cell_result *series_at(const struct series *series, double x)
{
	for (size_t i = 0; i < series->n; i++)
		if (series->curve.point[i].x == x)
			return series->cell[i];
	return NULL;
}

static bool already(const struct page_kind *pages, size_t n, struct page_kind page)
{
	for (size_t i = 0; i < n; i++)
		if (pages[i].how == page.how && pages[i].bytes == page.bytes)
			return true;
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	const struct page_kind *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? -1 : 1;
	return (x->how > y->how) - (x->how < y->how);
}

size_t bench_pages(const struct result *result, const char *bench, struct page_kind *out,
		   size_t max)
{
	size_t n = 0;

	for (unsigned i = 0; i < result->ncells && n < max; i++) {
		const struct cell *cell = &result->cells[i].cell;
		struct page_kind page = cell_page(cell, "page");

		if (strcmp(cell->bench, bench) == 0 && page.bytes && !already(out, n, page))
			out[n++] = page;
	}
	qsort(out, n, sizeof *out, by_bytes);
	return n;
}

size_t chase_pages(const struct result *result, struct page_kind *out, size_t max)
{
	return bench_pages(result, "chase", out, max);
}

size_t base_kind(const struct page_kind *pages, size_t n)
{
	size_t at = 0;

	while (at < n && pages[at].how != PAGE_BASE)
		at++;
	return at;
}
