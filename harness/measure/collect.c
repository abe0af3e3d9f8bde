#include "measure/collect_internal.h"

#include "result/chance.h"

#include <stdlib.h>
#include <string.h>

#define HOPELESS_AFTER 3

bool collect_append(struct metric_result *metric, double value, unsigned round)
{
	double *samples = realloc(metric->samples, (metric->nsamples + 1) * sizeof *samples);

	if (!samples)
		return false;
	metric->samples = samples;
	unsigned *rounds = realloc(metric->rounds, (metric->nsamples + 1) * sizeof *rounds);

	if (!rounds)
		return false;
	metric->rounds = rounds;
	samples[metric->nsamples] = value;
	rounds[metric->nsamples++] = round;
	return true;
}

static const struct metric *declared(const struct bench *bench, const char *name)
{
	for (const struct metric *m = bench->metrics; m && m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static bool is_engine_metric(const char *name)
{
	static const char *const names[] = {
	    "ns",	  "cycles",  "per_second", "mean_ns",	 "p99_ns",     "stolen_ns",
	    "gaps",	  "ipis",    "ipis_least", "ipis_most",	 "ms_per_gib", "ns_per_fault",
	    "slow_share", "slow_ns", "refill_ns",  "refault_ns", "kept_ns"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

struct metric_result *collect_metric(struct cell_result *cell, const char *name, const char *unit)
{
	struct metric_result *metric = (struct metric_result *)cell_find_metric(cell, name);

	if (metric)
		return metric;
	metric = cell_add_metric(cell);
	if (!metric)
		return NULL;
	snprintf(metric->name, sizeof metric->name, "%s", name);
	snprintf(metric->unit, sizeof metric->unit, "%s", unit);
	return metric;
}

/* Of what no benchmark declares: conditions, else counters. */
static const char *unit_of(const char *name)
{
	return strcmp(name, CONDITION_WIDTH) == 0     ? "adds/cycle"
	       : strcmp(name, CONDITION_HANDOFF) == 0 ? "ns"
						      : "1/op";
}

/* What the benchmark asked for, and every counter; other numbers of the engine are not its metrics.
 */
static bool add_samples(const struct bench *bench, struct cell_result *cell,
			const struct record *record, unsigned round)
{
	for (unsigned i = 0; i < record->nsamples; i++) {
		const char *name = record->sample[i].name;
		const struct metric *m = declared(bench, name);
		struct metric_result *metric;

		if (!m && is_engine_metric(name))
			continue;
		metric = collect_metric(cell, name, m ? m->unit : unit_of(name));
		if (!metric)
			return false;
		metric->better = m ? m->better : BETTER_NEITHER;
		metric->primary = m && m->primary;
		if (!collect_append(metric, record->sample[i].value, round))
			return false;
	}
	return true;
}

static struct hist_result *hist_of(struct cell_result *cell, const char *name)
{
	for (unsigned i = 0; i < cell->nhists; i++)
		if (strcmp(cell->hists[i].name, name) == 0)
			return &cell->hists[i];
	struct hist_result *hist = cell_add_hist(cell, HISTOGRAM_BUCKETS);

	if (!hist)
		return NULL;
	snprintf(hist->name, sizeof hist->name, "%s", name);
	hist->lo_ns = HISTOGRAM_LO_NS;
	hist->ratio = HISTOGRAM_RATIO;
	return hist;
}

static bool add_histogram(struct cell_result *cell, const char *name, const struct histogram *from)
{
	struct hist_result *hist = from->total ? hist_of(cell, name) : NULL;

	for (unsigned i = 0; hist && i < HISTOGRAM_BUCKETS && i < hist->ncounts; i++)
		hist->counts[i] += from->count[i];
	return hist || !from->total;
}

/* How long was listened also where nothing was heard, or stolen. */
static bool add_stolen(struct cell_result *cell, const struct record *record)
{
	struct hist_result *hist = record->heard_ns > 0 ? hist_of(cell, HIST_STOLEN) : NULL;

	if (record->heard_ns > 0 && !hist)
		return false;
	if (hist) {
		hist->exposed_s += record->exposed_ns / 1e9;
		hist->heard_s += record->heard_ns / 1e9;
	}
	return add_histogram(cell, HIST_STOLEN, &record->stolen_ns) &&
	       add_histogram(cell, HIST_QUIET, &record->quiet_ns);
}

bool collect_add_proof(struct cell_result *cell, const struct proof *proof)
{
	struct proof *line = NULL;

	for (unsigned k = 0; k < cell->nproofs; k++)
		if (strcmp(cell->proofs[k].what, proof->what) == 0)
			line = &cell->proofs[k];
	line = line ? line : cell_add_proof(cell);
	if (line)
		*line = *proof;
	return line;
}

/* Of visits that count. A failed one is put in by collect_judge(), and only where it decides. */
static bool add_proofs(struct cell_result *cell, const struct record *record)
{
	for (unsigned i = 0; i < record->nproofs; i++)
		if (record->proof[i].state != PROOF_FAILED &&
		    !collect_add_proof(cell, &record->proof[i]))
			return false;
	return true;
}

static bool add_disturbance(struct cell_result *cell, const char *name, double value)
{
	for (unsigned i = 0; i < cell->ndisturbances; i++)
		if (strcmp(cell->disturbances[i].name, name) == 0) {
			cell->disturbances[i].value += value;
			return true;
		}
	return cell_add_disturbance(cell, name, value);
}

static bool add_disturbances(struct cell_result *cell, const struct record *record)
{
	for (int i = 0; i < DISTURBANCES; i++)
		if (record->disturbed[i] != 0 &&
		    !add_disturbance(cell, disturbance_names[i], record->disturbed[i]))
			return false;
	return true;
}

static const struct proof *failed_proof(const struct record *record)
{
	for (unsigned i = 0; i < record->nproofs; i++)
		if (record->proof[i].state == PROOF_FAILED)
			return &record->proof[i];
	return NULL;
}

static struct verdict failure_of(const struct record *record)
{
	const struct proof *proof = failed_proof(record);

	if (!record->done)
		return verdict_invalid(
		    "worker-died",
		    "see dmesg for the out-of-memory killer; rerun with --only on this cell",
		    record->begun ? "the worker died or hung during this cell"
				  : "the worker died before it came to this cell");
	if (!verdict_is_ok(&record->verdict) || !proof)
		return record->verdict;
	char code[sizeof record->verdict.code];

	snprintf(code, sizeof code, "proof-%.16s", proof->what);
	return verdict_invalid(
	    code, "see what else runs here (tlbscope doctor), or choose CPUs with --cpus",
	    "%s: expected %s, seen %s (%s)", proof->what, proof->expected, proof->seen,
	    proof->text);
}

bool collect_record(const struct plan_cell *plan_cell, struct cell_result *cell,
		    struct tally *tally, const struct record *record, unsigned round)
{
	struct verdict failure = failure_of(record);

	cell->measured_s += record->measured_seconds;
	if (!verdict_is_ok(&failure)) {
		cell->failed_visits++;
		cell->last_failure = failure;
		if (failed_proof(record))
			tally->last_failed = *failed_proof(record);
		/* A cell that was measured before may be measured again: a huge page that
		 * could not be had once is a failed visit like any other. */
		tally->hopeless = !cell->rounds && (failure.outcome == OUTCOME_SKIPPED ||
						    cell->failed_visits >= HOPELESS_AFTER);
		return cell->rounds || add_proofs(cell, record);
	}
	cell->rounds++;
	return add_samples(plan_cell->bench, cell, record, round) &&
	       add_histogram(cell, "ns", &record->ns) && add_stolen(cell, record) &&
	       add_proofs(cell, record) && add_disturbances(cell, record);
}

bool collect_counts(const struct plan_cell *plan_cell, struct cell_result *cell,
		    const struct record *record, unsigned round)
{
	/* Bisection counts its cells before they are timed. */
	const bool fresh = cell->wave > 1 && !cell->failed_visits;

	if (!record->done || !verdict_is_ok(&record->verdict) || (!cell->rounds && !fresh))
		return true;
	return add_samples(plan_cell->bench, cell, record, round);
}

bool collect_estimate(struct cell_result *cell, double width_most)
{
	return conditions_sort(cell, width_most) && cell_estimate(cell);
}

bool collect_within(const struct cell_result *cell, double target)
{
	for (unsigned i = 0; i < cell->nmetrics; i++)
		if (cell->metrics[i].primary && !collect_metric_within(&cell->metrics[i], target))
			return false;
	return cell->rounds > 0;
}

bool collect_visited(const struct cell_result *cell)
{
	return cell->rounds || cell->failed_visits;
}
