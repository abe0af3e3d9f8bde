#include "measure/metrics.h"

#include "stats/stats.h"

#include <math.h>
#include <string.h>

#define RATE_TOLERANCE 0.05
#define SLOW_TIMES     3.0 /* the median */

const char *const disturbance_names[DISTURBANCES] = {
    [DISTURBED_INVOLUNTARY] = "involuntary", [DISTURBED_FAULTS] = "faults",
    [DISTURBED_INTERRUPTS] = "interrupts",   [DISTURBED_STEAL_MS] = "steal_ms",
    [DISTURBED_BATCHES] = "dropped_batches", [DISTURBED_LEGS] = "legs_aside",
};

void record_sample(struct record *record, const char *name, double value)
{
	if (record->nsamples == RECORD_SAMPLES_MAX || !isfinite(value))
		return;
	snprintf(record->sample[record->nsamples].name, RESULT_NAME_MAX, "%s", name);
	record->sample[record->nsamples++].value = value;
}

struct proof *record_proof(struct record *record, const char *what, enum proof_state state)
{
	static struct proof overflow;
	struct proof *proof =
	    record->nproofs < RECORD_PROOFS_MAX ? &record->proof[record->nproofs++] : &overflow;

	*proof = (struct proof){.state = state};
	snprintf(proof->what, sizeof proof->what, "%s", what);
	return proof;
}

static double worst_rate(const struct rates *rates, double expected)
{
	double worst = rates->sums[0] / rates->ops;

	for (unsigned i = 1; i < rates->n; i++)
		if (fabs(rates->sums[i] / rates->ops - expected) > fabs(worst - expected))
			worst = rates->sums[i] / rates->ops;
	return worst;
}

struct proof *record_rate_proof(struct record *record, const char *what, const struct rates *rates,
				double expected, double allowance, const char *witness)
{
	double tolerance = RATE_TOLERANCE * (expected > 1 ? expected : 1) + allowance,
	       seen = worst_rate(rates, expected);
	bool held = fabs(seen - expected) <= tolerance;
	struct proof *proof = record_proof(record, what, held ? PROOF_HELD : PROOF_FAILED);

	snprintf(proof->expected, sizeof proof->expected, "%.3g", expected);
	snprintf(proof->seen, sizeof proof->seen, "%.4g", seen);
	snprintf(proof->text, sizeof proof->text,
		 rates->n > 1 ? "%s; the worst of %u responders" : "%s", witness, rates->n);
	return proof;
}

void record_memory(struct record *record, const struct want *want, double mean_ns)
{
	if (want->op_bytes)
		record_sample(record, "ms_per_gib",
			      mean_ns / 1e6 * (double)(1u << 30) / (double)want->op_bytes);
	if (want->expect.faults && want->expect.faults_per_op > 0)
		record_sample(record, "ns_per_fault", mean_ns / want->expect.faults_per_op);
}

void record_slow(struct record *record, const double *ns, uint64_t n)
{
	double border = SLOW_TIMES * stats_median(ns, n);
	uint64_t fast = n;

	while (fast && ns[fast - 1] > border)
		fast--;
	record_sample(record, "slow_share", (double)(n - fast) / (double)n);
	if (n > fast)
		record_sample(record, "slow_ns", stats_median(ns + fast, n - fast));
}

unsigned batches_alone(double *ns, double *cycles, double *width, unsigned n)
{
	double most = 0;
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		most = fmax(most, width[i]);
	for (unsigned i = 0; i < n; i++) {
		if (width[i] < CONDITION_ALONE * most)
			continue;
		ns[kept] = ns[i];
		cycles[kept] = cycles[i];
		width[kept++] = width[i];
	}
	return kept;
}

static void settled(const struct leg_conditions *legs, unsigned n, bool *counts)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		kept += counts[i] = !legs[i].unsettled;
	for (unsigned i = 0; i < n && !kept; i++)
		counts[i] = true;
}

static void most_alone(const struct leg_conditions *legs, unsigned n, bool *counts)
{
	double most = 0;

	for (unsigned i = 0; i < n; i++)
		if (counts[i])
			most = fmax(most, legs[i].width);
	for (unsigned i = 0; i < n; i++)
		counts[i] = counts[i] && legs[i].width >= LEG_ALONE * most;
}

static unsigned at_distance(const struct leg_conditions *legs, unsigned n, const bool *counts,
			    double handoff_ns)
{
	unsigned there = 0;

	for (unsigned i = 0; i < n; i++)
		there += counts[i] && conditions_as_far(legs[i].handoff_ns, handoff_ns);
	return there;
}

unsigned legs_alike(const struct leg_conditions *legs, unsigned n, bool *counts)
{
	unsigned kept = 0, most = 0;
	double usual = 0;

	settled(legs, n, counts);
	most_alone(legs, n, counts);
	for (unsigned i = 0; i < n; i++) {
		unsigned there = counts[i] ? at_distance(legs, n, counts, legs[i].handoff_ns) : 0;

		if (there > most || (there && there == most && legs[i].handoff_ns < usual)) {
			most = there;
			usual = legs[i].handoff_ns;
		}
	}
	for (unsigned i = 0; i < n; i++)
		kept += counts[i] = counts[i] && conditions_as_far(legs[i].handoff_ns, usual);
	return kept;
}
