/* What responders saw between two marks. */
#include "measure/gang_internal.h"

#include "stats/stats.h"

struct gang_gaps gang_gaps(struct gang *gang, uint64_t from, uint64_t to)
{
	struct gang_gaps out = {.ns = gang->ns};

	for (unsigned i = 0; i < gang->started; i++) {
		const struct responder *r = &gang->shared->responder[i];
		uint64_t n = atomic_load_explicit(&r->ngaps, memory_order_acquire);

		out.lost += n > GAPS_MAX ? n - GAPS_MAX : 0;
		for (uint64_t k = 0; k < n && k < GAPS_MAX; k++)
			if (r->gap[k].end > from && r->gap[k].end <= to) {
				double ns = (double)r->gap[k].ticks * gang->ns_per_tick;

				out.ns[out.recorded++] = ns;
				out.total_ns += ns;
			}
	}
	out.n = out.recorded + out.lost;
	stats_sort(out.ns, out.recorded);
	return out;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static double spent(uint64_t from, uint64_t to)
{
	return to > from ? (double)(to - from) : 0;
}

/* The first gap that begins in each operation. */
static uint64_t match_responder(const struct gang *gang, const struct responder *r,
				const uint64_t *stamp, uint64_t n, struct gang_gaps *out)
{
	uint64_t gaps = atomic_load_explicit(&r->ngaps, memory_order_acquire), hits = 0, op = 0,
		 free = 0; /* since the end of the last gap */

	for (uint64_t k = 0; k < gaps && k < GAPS_MAX && op < n; k++) {
		uint64_t begin = r->gap[k].end - r->gap[k].ticks;

		for (; op < n && begin >= stamp[op + 1]; op++)
			out->exposed_ns += spent(max(free, stamp[op]), stamp[op + 1]);
		if (op < n && begin >= stamp[op]) {
			out->exposed_ns += spent(max(free, stamp[op]), begin);
			out->ns[out->recorded++] = (double)r->gap[k].ticks * gang->ns_per_tick;
			hits++;
			op++;
		}
		free = r->gap[k].end;
	}
	for (; op < n; op++)
		out->exposed_ns += spent(max(free, stamp[op]), stamp[op + 1]);
	return hits;
}

struct gang_gaps gang_match(struct gang *gang, const uint64_t *stamp, uint64_t n, uint64_t *hits)
{
	struct gang_gaps out = {.ns = gang->ns};

	for (unsigned i = 0; i < gang->started; i++)
		hits[i] = match_responder(gang, &gang->shared->responder[i], stamp, n, &out);
	for (uint64_t i = 0; i < out.recorded; i++)
		out.total_ns += out.ns[i];
	out.n = out.recorded;
	out.exposed_ns *= gang->ns_per_tick;
	stats_sort(out.ns, out.recorded);
	return out;
}

/* Of one responder; an interrupt within a pass makes that record an outlier, not the median. */
static double median_of(struct gang *gang, const struct responder *r, uint64_t n, bool kept)
{
	for (uint64_t k = 0; k < n; k++) {
		const struct refill *f = &r->refill[k];
		double ticks = kept ? (double)f->kept - f->kept_again
				    : ((double)f->flushed - f->flushed_again) / f->pages;

		gang->ns[k] = ticks * gang->ns_per_tick;
	}
	stats_sort(gang->ns, n);
	return stats_median(gang->ns, n);
}

struct gang_refill gang_refill(struct gang *gang)
{
	struct gang_refill out = {0};
	unsigned responders = 0;

	for (unsigned i = 0; i < gang->started; i++) {
		const struct responder *r = &gang->shared->responder[i];
		uint64_t n = atomic_load_explicit(&r->nrefills, memory_order_acquire);

		if (!n)
			continue;
		out.n += n;
		out.page_ns += median_of(gang, r, n, false);
		out.kept_ns += median_of(gang, r, n, true);
		responders++;
	}
	if (responders) {
		out.page_ns /= responders;
		out.kept_ns /= responders;
	}
	return out;
}
