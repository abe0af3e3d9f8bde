#include "measure/metrics.h"

#include <math.h>
#include <string.h>

#define RATE_TOLERANCE 0.05

const char *const disturbance_names[DISTURBANCES] = {
    [DISTURBED_INVOLUNTARY] = "involuntary", [DISTURBED_FAULTS] = "faults",
    [DISTURBED_INTERRUPTS] = "interrupts",   [DISTURBED_STEAL_MS] = "steal_ms",
    [DISTURBED_BATCHES] = "dropped_batches",
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

void record_rate_proof(struct record *record, const char *what, const struct rates *rates,
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
}
