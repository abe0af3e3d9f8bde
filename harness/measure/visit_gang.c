/* What the gang has to say of a visit: interrupts, gaps, refilling, and by what means others were
 * flushed. */
#include "machine/environment.h"
#include "measure/mechanism.h"
#include "measure/visit_internal.h"

#include <math.h>

#define LOST_ENTRY_NS 0.5 /* a page that was forgotten costs more than that to read */
#define AWAY_MAX      0.1 /* share of the legs that a responder may have been away */

static double sum_of(const double *x, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += x[i];
	return sum;
}

static bool cpu_has_invlpgb(void)
{
	return cpuid_native(0x80000000, 0, NULL).eax >= 0x80000008 &&
	       (cpuid_native(0x80000008, 0, NULL).ebx >> 3 & 1);
}

/* Asked once in a process: in a guest each CPUID is a trip to the host. */
static struct evidence machine_evidence(void)
{
	static struct evidence known;
	static bool asked;

	if (!asked)
		known = (struct evidence){.invlpgb = cpu_has_invlpgb(),
					  .pv_flush = hypervisor_flushes_tlb(cpuid_native, NULL)};
	asked = true;
	return known;
}

/* A responder that was not there looks like one that was flushed without an interrupt: it must be
 * seen to have run. */
static bool responders_ran(const struct visit_harness *harness)
{
	const struct bay *bay = harness->bay;

	if (bay->gang_spec->state == RESPONDER_TOUCH)
		return harness->refill_legs &&
		       harness->refill_ns / harness->refill_legs > LOST_ENTRY_NS;
	return gang_sees_gaps(bay->gang_spec) &&
	       harness->gap_ns / (harness->leg_ns * bay->cpus->n) < AWAY_MAX;
}

static struct evidence evidence_of(const struct visit_harness *harness, double expected)
{
	struct evidence evidence = machine_evidence();

	evidence.expected = expected;
	evidence.seen = sum_of(harness->ipis, harness->bay->cpus->n) / (double)harness->ops;
	evidence.uncounted = harness->ipis_unknown != NULL;
	evidence.broadcast = harness->broadcast;
	evidence.ran = responders_ran(harness);
	evidence.switched = gang_switches(harness->bay->gang) != harness->gang_switches;
	return evidence;
}

static void name_mechanism(struct visit_harness *harness, enum mechanism mechanism)
{
	struct proof *proof =
	    record_proof(harness->record, "mechanism",
			 mechanism == MECHANISM_UNSEEN ? PROOF_UNAVAILABLE : PROOF_HELD);

	snprintf(proof->seen, sizeof proof->seen, "%s", mechanism_name(mechanism));
	snprintf(proof->text, sizeof proof->text, "%s", mechanism_text(mechanism));
}

static void sample_stolen(struct record *record)
{
	uint64_t counts[HISTOGRAM_BUCKETS];

	if (!record->stolen_ns.total)
		return;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		counts[i] = record->stolen_ns.count[i];
	record_sample(
	    record, "stolen_ns",
	    histogram_quantile(counts, HISTOGRAM_BUCKETS, HISTOGRAM_LO_NS, HISTOGRAM_RATIO, 0.5));
}

static void prove_ipis(struct visit_harness *harness, enum interrupt_row row, double each)
{
	if (harness->ipis_unknown) {
		struct proof *proof = record_proof(harness->record, "ipis", PROOF_UNAVAILABLE);

		snprintf(proof->text, sizeof proof->text, "%s", harness->ipis_unknown);
		return;
	}
	record_sample(harness->record, "ipis",
		      sum_of(harness->ipis, harness->bay->cpus->n) / (double)harness->ops);
	record_rate_proof(
	    harness->record, "ipis",
	    &(struct rates){harness->ipis, harness->bay->cpus->n, (double)harness->ops}, each, 0,
	    row == ROW_TLB
		? "row TLB of /proc/interrupts on the responders' CPUs, over the legs"
		: "function calls in /proc/interrupts on the responders' CPUs, over the legs");
}

/* Where nothing is expected, long and few operations catch strays by chance: three sigma of their
 * count. */
static void prove_gaps(struct visit_harness *harness, double each, bool blurred)
{
	double allowance = each > 0 ? 0 : 3 * sqrt(harness->quiet_gaps) / (double)harness->ops;

	record_sample(harness->record, "gaps",
		      sum_of(harness->hits, harness->bay->cpus->n) / (double)harness->ops);
	if (harness->bay->emulated) {
		struct proof *proof = record_proof(harness->record, "gaps", PROOF_UNAVAILABLE);

		snprintf(proof->text, sizeof proof->text,
			 "in an emulated machine the host makes gaps, too");
		return;
	}
	if (!harness->broadcast && !blurred)
		record_rate_proof(
		    harness->record, "gaps",
		    &(struct rates){harness->hits, harness->bay->cpus->n, (double)harness->ops},
		    each, allowance,
		    "operations in which a spinning responder saw a gap, chance taken off");
}

static void sample_refill(const struct visit_harness *harness)
{
	if (!harness->refill_legs)
		return;
	record_sample(harness->record, "refill_ns", harness->refill_ns / harness->refill_legs);
	record_sample(harness->record, "kept_ns", harness->refill_kept_ns / harness->refill_legs);
}

void visit_sample_gang(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	const struct expect *expect = &visit->want->expect;
	unsigned responders = visit->want->gang.responders;

	if (!expect->ipis || !responders)
		return;
	const double each = expect->ipis_per_op / responders;

	const struct evidence evidence = evidence_of(harness, expect->ipis_per_op);
	const enum mechanism mechanism = mechanism_of(&evidence);

	if (mechanism == MECHANISM_INVLPGB) {
		harness->ipis_unknown = mechanism_text(mechanism);
		harness->broadcast = true;
	}
	if (expect->row == ROW_TLB)
		name_mechanism(harness, mechanism);
	prove_ipis(harness, expect->row, each);
	sample_refill(harness);
	if (!gang_sees_gaps(harness->bay->gang_spec))
		return;
	prove_gaps(harness, fmin(each, 1), expect->gaps_blurred); /* an operation has one or none */
	if (expect->ipis_per_op > 0)
		sample_stolen(harness->record);
}
