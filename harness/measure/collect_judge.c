/* Is what was collected of a cell good enough, and did it hold? */
#include "measure/collect_internal.h"

#include "result/chance.h"
#include "result/phrase.h"
#include "stats/histogram.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

double collect_coverage(unsigned n)
{
	return 1 - ldexp(1, 1 - (int)n);
}

bool collect_is_thin(const struct metric_result *metric)
{
	return collect_coverage(metric->nsamples) < ESTIMATE_CONFIDENCE;
}

void collect_note_thin(struct cell_result *cell, const struct metric_result *metric)
{
	cell_add_note(
	    cell,
	    "noisy: %s rests on %u round%s, and their range holds the median with %.1f%%, "
	    "not %.0f%%",
	    metric->name, metric->nsamples, plural(metric->nsamples),
	    collect_coverage(metric->nsamples) * 100, ESTIMATE_CONFIDENCE * 100);
}

bool collect_metric_within(const struct metric_result *metric, double target)
{
	return !collect_is_thin(metric) &&
	       (metric->e.hi - metric->e.lo) / 2 <= target * fabs(metric->e.est);
}

static void mark_noise(struct cell_result *cell, double target)
{
	for (unsigned i = 0; i < cell->nmetrics; i++) {
		struct metric_result *metric = &cell->metrics[i];
		const struct estimate *e = &metric->e;

		metric->noisy = metric->primary && !collect_metric_within(metric, target);
		if (metric->noisy && collect_is_thin(metric))
			collect_note_thin(cell, metric);
		else if (metric->noisy && e->est != 0)
			cell_add_note(cell, "noisy: %s is known to ±%.1f%%, not to ±%.0f%%",
				      metric->name, 50 * (e->hi - e->lo) / fabs(e->est),
				      target * 100);
		else if (metric->noisy)
			cell_add_note(cell, "noisy: %s lies between %.3g and %.3g %s", metric->name,
				      e->lo, e->hi, metric->unit);
	}
}

/* Of the samples before or since that round. False: too few to tell. */
static bool part_interval(const struct metric_result *metric, unsigned round, bool since,
			  struct stats_interval *out)
{
	double *part = malloc(metric->nsamples * sizeof *part);
	unsigned n = 0;

	for (unsigned i = 0; part && i < metric->nsamples; i++)
		if ((metric->rounds[i] >= round) == since)
			part[n++] = metric->samples[i];
	bool enough = collect_coverage(n) >= ESTIMATE_CONFIDENCE;

	if (enough) {
		stats_sort(part, n);
		*out = stats_median_interval(part, n, ESTIMATE_CONFIDENCE);
	}
	free(part);
	return enough;
}

static void mark_unrepeated(struct cell_result *cell, unsigned last_look, double target)
{
	for (unsigned i = 0; i < cell->nmetrics; i++) {
		struct metric_result *metric = &cell->metrics[i];
		struct stats_interval was, is;

		if (!metric->primary || !part_interval(metric, last_look, false, &was) ||
		    !part_interval(metric, last_look, true, &is))
			continue;
		if (fmax(is.lo - was.hi, was.lo - is.hi) <= target * fabs(metric->e.est))
			continue;
		metric->noisy = true;
		cell_add_note(cell, "did not repeat: %s was %.4g to %.4g %s, then %.4g to %.4g",
			      metric->name, was.lo, was.hi, metric->unit, is.lo, is.hi);
	}
}

/* What an earlier judgement has left, maybe that of the run that is resumed. */
static void forget_judgement(struct cell_result *cell, struct tally *tally)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < cell->nproofs; i++)
		if (cell->proofs[i].state != PROOF_FAILED)
			cell->proofs[kept++] = cell->proofs[i];
		else if (!tally->last_failed.state)
			tally->last_failed = cell->proofs[i];
	cell->nproofs = kept;
	cell->nnotes = 0;
}

/* Of all rounds together: what is told of a tail takes more operations than one visit has. */
static double quantile_of(const struct hist_result *hist, const uint64_t *counts, double q)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < hist->ncounts; i++)
		total += counts[i];
	if ((double)total * (1 - q) < 1)
		return 0;
	return histogram_quantile(counts, hist->ncounts, hist->lo_ns, hist->ratio, q);
}

static void estimate_hist(const struct cell_result *cell, struct hist_result *hist)
{
	uint64_t *own = calloc(hist->ncounts + 1, sizeof *own);

	if (!own)
		return;
	chance_take_off(cell, hist, own);
	hist->p50_ns = quantile_of(hist, own, 0.5);
	hist->p90_ns = quantile_of(hist, own, 0.9);
	hist->p99_ns = quantile_of(hist, own, 0.99);
	hist->p999_ns = quantile_of(hist, own, 0.999);
	free(own);
}

void collect_judge(struct cell_result *cell, struct tally *tally, double target, double width_most)
{
	double visits = (double)cell->rounds + cell->failed_visits;

	forget_judgement(cell, tally);
	for (unsigned i = 0; i < cell->nhists; i++)
		estimate_hist(cell, &cell->hists[i]);
	if (!cell->rounds || cell->failed_visits > COLLECT_FAILED_MAX * visits) {
		cell->outcome = cell->last_failure;
		if (tally->last_failed.state && cell->outcome.outcome == OUTCOME_INVALID)
			collect_add_proof(cell, &tally->last_failed);
	} else {
		cell->outcome = verdict_ok();
		if (cell->failed_visits)
			cell_add_note(cell, "%u of %.0f visit%s left out: %s", cell->failed_visits,
				      visits, plural(visits), cell->last_failure.text);
		conditions_note(cell, width_most);
		mark_noise(cell, target);
		if (tally->last_look)
			mark_unrepeated(cell, tally->last_look, target);
	}
}
