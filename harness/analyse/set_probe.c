#include "analyse/set_probe.h"
#include "result/key.h"
#include "stats/stats.h"

#include <math.h>
#include <string.h>

#define POINTS_MAX  96
#define SAMPLES_MAX 64
#define ROUNDS_MANY 8
/* Pages of one set all hit as long as a pass costs what its hits cost, to so much. In a set of the
 * L2 TLB most of a pass are fillers, and one miss in it is little. */
#define MISS_PART_L1 0.15
#define MISS_PART_L2 0.022
#define SMALL	     4	  /* ways that any TLB has */
#define HITS_MOVED   0.05 /* from one step of a run to the next */
#define SPREAD_PART  0.6  /* a gap is that much of the spread below it */
#define ANSWERS_MAX  256
#define WHOLE_RISE   1.5 /* a point of the whole TLB's line costs that many times a hit */

struct probed {
	double n, pass; /* victims; time of one pass over all */
	const struct cell_result *cell;
};

struct points {
	size_t n;
	struct probed at[POINTS_MAX];
};

/* Nanoseconds first: a disturbance only ever adds to them, while a calibration that it hits errs
 * both ways. */
static const struct metric_result *time_of(const struct cell_result *cell)
{
	const struct metric_result *m = cell_find_metric(cell, "ns");

	return m ? m : cell_find_metric(cell, "cycles");
}

static bool is_probe(const struct cell_result *cell, struct page_kind page, const char *probe)
{
	struct page_kind own = cell_page(&cell->cell, "page");

	return strcmp(cell->cell.bench, "setprobe") == 0 && verdict_is_ok(&cell->outcome) &&
	       own.how == page.how && own.bytes == page.bytes &&
	       cell_is(&cell->cell, "probe", probe) && time_of(cell);
}

static bool of_level(const struct cell_result *cell, unsigned level)
{
	return (cell_count(&cell->cell, "filler") == 0) == (level == 1);
}

/* A quiet round's. Pages that fit a set all hit unless something else takes a way, and pages that
 * do not fit never all hit: so of many rounds the low ones tell. The lowest of ten may be a slip of
 * the clock. */
static double quiet(const struct metric_result *m)
{
	double sorted[SAMPLES_MAX];
	size_t n = m->nsamples < SAMPLES_MAX ? m->nsamples : SAMPLES_MAX;

	if (n == 0)
		return m->e.est;
	memcpy(sorted, m->samples, n * sizeof *sorted);
	stats_sort(sorted, n);
	return sorted[n >= ROUNDS_MANY ? 1 : 0];
}

static struct probed probed_of(const struct cell_result *cell)
{
	double n = (double)cell_count(&cell->cell, "victims");

	return (struct probed){n, quiet(time_of(cell)) * n, cell};
}

/* In order of n. */
static void gather(const struct result *result, struct page_kind page, const char *probe,
		   unsigned level, struct points *out)
{
	out->n = 0;
	for (unsigned i = 0; i < result->ncells && out->n < POINTS_MAX; i++) {
		const struct cell_result *cell = &result->cells[i];
		size_t k = out->n;

		if (!is_probe(cell, page, probe) || (level && !of_level(cell, level)))
			continue;
		for (; k > 0 && out->at[k - 1].n > (double)cell_count(&cell->cell, "victims"); k--)
			out->at[k] = out->at[k - 1];
		out->at[k] = probed_of(cell);
		out->n++;
	}
}

static double fillers(const struct probed *p)
{
	return (double)cell_count(&p->cell->cell, "filler");
}

/* A load that hits, from sizes that fit any set. The L1 TLB may still hold the smallest. */
static double hit_of(const struct points *base, unsigned level)
{
	double loads[3] = {0};
	size_t n = 0;

	for (size_t i = 0; i < base->n && base->at[i].n <= SMALL; i++)
		if (n < 3 && (level == 1 || base->at[i].n > 2))
			loads[n++] = base->at[i].pass / (base->at[i].n + fillers(&base->at[i]));
	stats_sort(loads, n);
	return n == 0 ? 0 : level == 1 ? loads[0] : loads[n - 1];
}

static double extra(const struct probed *p, double hit)
{
	return p->pass - hit * (p->n + fillers(p));
}

static double limit(const struct probed *p, double hit, unsigned level)
{
	return hit * (p->n + fillers(p)) * (level == 1 ? MISS_PART_L1 : MISS_PART_L2);
}

static bool misses(const struct probed *p, double hit, unsigned level)
{
	return extra(p, hit) > limit(p, hit, level);
}

/* A lone rise is a disturbance: the next size must miss too. */
static void find_fit(const struct points *base, double hit, unsigned level, struct set_probe *out)
{
	for (size_t i = 0; i < base->n; i++) {
		bool last = i + 1 == base->n;

		if (!misses(&base->at[i], hit, level) ||
		    (!last && !misses(&base->at[i + 1], hit, level))) {
			out->fit = (unsigned)base->at[i].n;
			continue;
		}
		out->past = (unsigned)base->at[i].n;
		out->from[out->nfrom++] = base->at[i].cell;
		return;
	}
}

/* Least squares of y over x. */
static bool line(const double *x, const double *y, size_t n, double *slope, double *zero)
{
	double mx = 0, my = 0, sxx = 0, sxy = 0;

	for (size_t i = 0; i < n; i++) {
		mx += x[i] / (double)n;
		my += y[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		sxx += (x[i] - mx) * (x[i] - mx);
		sxy += (x[i] - mx) * (y[i] - my);
	}
	if (n < 3 || sxx <= 0 || sxy <= 0)
		return false;
	*slope = sxy / sxx;
	*zero = mx - my / *slope;
	return true;
}

/* There and back, each page past the ways is one more miss: the line's slope is what one costs. */
static void find_slope(const struct points *ways, const struct points *base, double hit,
		       unsigned level, struct set_probe *out)
{
	double x[POINTS_MAX], y[POINTS_MAX], slope, zero;
	size_t n = 0;

	for (size_t i = 0; i < ways->n; i++) {
		if (!misses(&ways->at[i], hit, level) ||
		    (out->fit && ways->at[i].n > 2.5 * out->fit))
			continue;
		x[n] = ways->at[i].n;
		y[n++] = extra(&ways->at[i], hit);
	}
	if (!line(x, y, n, &slope, &zero))
		return;
	out->slope_at = zero;
	for (size_t i = 0; i < base->n; i++)
		if (base->at[i].n == out->fit)
			out->fit_misses = extra(&base->at[i], hit) / slope;
}

struct judge {
	const struct result *result;
	struct page_kind page;
	unsigned level, victims;
	double hit;	/* a load that hits */
	double parting; /* times above it are of one set still */
};

enum { UNKNOWN, PARTS, KEEPS };

static bool is_asked(const struct judge *judge, const struct cell_result *cell, const char *probe)
{
	return is_probe(cell, judge->page, probe) && of_level(cell, judge->level) &&
	       cell_count(&cell->cell, "victims") == judge->victims;
}

/* Cells of one step were measured in turns, so what moved, moved for all: those whose victims were
 * parted lie close together, where hits lie, and a gap separates the others from them. */
static bool find_parting(struct judge *judge, const char *probe)
{
	double time[ANSWERS_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < judge->result->ncells && n < ANSWERS_MAX; i++)
		if (is_asked(judge, &judge->result->cells[i], probe))
			time[n++] = quiet(time_of(&judge->result->cells[i]));
	if (n < 2)
		return false;
	stats_sort(time, n);
	const struct cell_result *one = NULL;

	for (unsigned i = 0; !one; i++)
		one = is_asked(judge, &judge->result->cells[i], probe) ? &judge->result->cells[i]
								       : NULL;
	struct probed p = probed_of(one);

	if (time[0] * p.n > judge->hit * (p.n + fillers(&p)) * (1 + HITS_MOVED))
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		double spread = time[i] / time[0] - 1;

		if (time[i + 1] < time[i] * (1 + fmax(MISS_PART_L2, spread * SPREAD_PART)))
			continue;
		judge->parting = (time[i] + time[i + 1]) / 2;
		return true;
	}
	return false;
}

/* Do these address bits, toggled together, part the victims into two sets? */
static int ask(const struct judge *judge, const char *probe, unsigned bit, unsigned bit2)
{
	for (unsigned i = 0; i < judge->result->ncells; i++) {
		const struct cell_result *cell = &judge->result->cells[i];

		if (is_asked(judge, cell, probe) && cell_count(&cell->cell, "bit") == bit &&
		    cell_count(&cell->cell, "bit2") == bit2)
			return quiet(time_of(cell)) < judge->parting ? PARTS : KEEPS;
	}
	return UNKNOWN;
}

static bool find_bits(struct judge *judge, struct set_probe *out)
{
	out->nbits = out->nothers = out->doubtful = 0;
	if (!find_parting(judge, "bit"))
		return false;
	for (unsigned b = 0; b <= SET_PROBE_TOP_BIT; b++) {
		int answer = ask(judge, "bit", b, 0);

		if (answer == PARTS)
			out->bit[out->nbits++] = b;
		else if (answer == KEEPS)
			out->other[out->nothers++] = b;
		else
			out->doubtful++;
	}
	return out->nbits > 0;
}

/* Two bits that together leave the set as it is are folded onto one index bit. */
static void find_folds(struct judge *judge, struct set_probe *out)
{
	unsigned unknown = !find_parting(judge, "pair"), wrong = 0;

	out->ngroups = 0;
	for (unsigned i = 0; i < out->nbits; i++) {
		out->group[i] = out->ngroups;
		for (unsigned k = 0; k < i && !unknown; k++) {
			int answer = ask(judge, "pair", out->bit[k], out->bit[i]);

			unknown += answer == UNKNOWN;
			if (answer == KEEPS && out->group[i] == out->ngroups)
				out->group[i] = out->group[k];
			wrong += answer == KEEPS && out->group[i] != out->group[k];
			wrong += answer == PARTS && out->group[i] == out->group[k];
		}
		out->ngroups += out->group[i] == out->ngroups;
	}
	/* Bits that choose no set choose none together: else the gap was no parting. */
	for (unsigned i = 0; i + 1 < out->nothers && !unknown; i++)
		wrong += ask(judge, "pair", out->other[i], out->other[i + 1]) == PARTS;
	out->folds_known = unknown == 0 && wrong == 0;
}

/* Victims must overfill one set and fit two: then a bit of the index ends their misses. */
static void find_index(struct judge *judge, const struct points *base, struct set_probe *out)
{
	for (size_t i = 0; i < base->n; i++) {
		struct set_probe found = *out;

		judge->victims = (unsigned)base->at[i].n;
		if (judge->victims <= out->fit)
			continue;
		if (!misses(&base->at[i], judge->hit, judge->level) || !find_bits(judge, &found) ||
		    found.doubtful)
			continue;
		find_folds(judge, &found);
		if (out->index_known && (out->folds_known || !found.folds_known))
			continue;
		*out = found;
		out->index_known = true;
		out->index_victims = judge->victims;
		if (out->nfrom < 8)
			out->from[out->nfrom++] = base->at[i].cell;
	}
}

/* Line through the points past the rise; its two halves give the interval. */
static void find_whole(const struct points *whole, struct set_probe *out)
{
	double x[POINTS_MAX], y[POINTS_MAX], hit = INFINITY, slope, zero[3];
	size_t n = 0;

	for (size_t i = 0; i < whole->n; i++)
		if (i + 2 < whole->n && whole->at[i].n >= 200 && i > 0)
			hit = fmin(hit, (whole->at[i].pass - whole->at[0].pass) /
					    (whole->at[i].n - whole->at[0].n));
	for (size_t i = 0; i < whole->n && isfinite(hit); i++) {
		double more =
		    whole->at[i].pass - whole->at[0].pass - hit * (whole->at[i].n - whole->at[0].n);

		if (more < (WHOLE_RISE - 1) * hit * whole->at[i].n)
			continue;
		x[n] = whole->at[i].n;
		y[n++] = more;
	}
	if (n < 4 || !line(x, y, n, &slope, &zero[0]) || !line(x, y, n / 2 + 1, &slope, &zero[1]) ||
	    !line(x + n / 2 - 1, y + n / 2 - 1, n - n / 2 + 1, &slope, &zero[2]))
		return;
	stats_sort(zero, 3);
	out->whole.known = zero[0] > 0;
	out->whole.lo = zero[0];
	out->whole.entries = zero[1];
	out->whole.hi = zero[2];
	if (out->nfrom < 8)
		out->from[out->nfrom++] = whole->at[whole->n - 1].cell;
}

struct set_probe set_probe_read(const struct result *result, struct page_kind page, unsigned level)
{
	struct judge judge = {.result = result, .page = page, .level = level};
	struct set_probe out = {0};
	struct points points, ways;

	if (level == 2) {
		gather(result, page, "whole", 0, &points);
		find_whole(&points, &out);
	}
	gather(result, page, "base", level, &points);
	judge.hit = hit_of(&points, level);
	out.probed = points.n > 3 && judge.hit > 0;
	if (!out.probed)
		return out;
	out.filler = (unsigned)fillers(&points.at[0]);
	for (size_t i = 0; i < points.n; i++)
		out.filler = fillers(&points.at[i]) < out.filler ? (unsigned)fillers(&points.at[i])
								 : out.filler;
	find_fit(&points, judge.hit, level, &out);
	find_index(&judge, &points, &out);
	gather(result, page, "ways", level, &ways);
	find_slope(&ways, &points, judge.hit, level, &out);
	return out;
}

unsigned set_probe_victims(const struct set_probe *probe, unsigned attempt)
{
	static const unsigned others[] = {12, 18, 7, 28};
	unsigned least = probe->past, most = 2 * probe->fit;

	if (attempt)
		return attempt <= sizeof others / sizeof *others ? others[attempt - 1] : 0;
	if (!probe->fit || !probe->past)
		return others[0];
	return least >= most ? least : least + (most - least) / 2;
}

static size_t put(char *out, size_t size, size_t at, const char *format, unsigned a, unsigned b)
{
	int n = at < size ? snprintf(out + at, size - at, format, a, b) : 0;

	return at + (n > 0 ? (size_t)n : 0);
}

void set_probe_index(const struct set_probe *probe, char *out, size_t size)
{
	size_t at = 0;

	*out = 0;
	for (unsigned i = 0; i < probe->nbits; i++) {
		unsigned members = 0, end = i;

		for (unsigned k = 0; k < i; k++)
			members += probe->folds_known && probe->group[k] == probe->group[i];
		if (members) /* named with the first of its group */
			continue;
		at = put(out, size, at, at ? ",%u" : "%u", probe->bit[i], 0);
		for (unsigned k = i + 1; k < probe->nbits; k++)
			if (probe->folds_known && probe->group[k] == probe->group[i]) {
				at = put(out, size, at, "^%u", probe->bit[k], 0);
				members++;
			}
		while (probe->ngroups == probe->nbits && end + 1 < probe->nbits &&
		       probe->bit[end + 1] == probe->bit[end] + 1)
			end++;
		if (!members && end > i + 1) {
			at = put(out, size, at, "-%u", probe->bit[end], 0);
			i = end;
		}
	}
}
