/* What the gang has to say of a visit: interrupts, gaps, refilling, and by what means others were
 * flushed. */
#include "machine/environment.h"
#include "measure/mechanism.h"
#include "measure/visit_internal.h"
#include "result/chance.h"

#include <math.h>

#define LOST_ENTRY_NS 0.5 /* a page that was forgotten costs more than that to read */
#define AWAY_MAX      0.1 /* share of the legs that a responder may have been away */
#define DROWNED	      0.7 /* gaps by themselves to an operation: chance alone hits half of them */

bool visit_sees_gaps(const struct bay *bay)
{
	return !bay->emulated && gang_sees_gaps(bay->gang_spec);
}

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

	if (!asked) {
		enum pv_flush flush = hypervisor_flushes_tlb(cpuid_native, NULL);

		known = (struct evidence){.invlpgb = cpu_has_invlpgb(),
					  .pv_flush = flush == PV_FLUSH_SKIPS,
					  .hypercall = flush == PV_FLUSH_CALLS};
	}
	asked = true;
	return known;
}

/* A responder that was not there looks like one that was flushed without an interrupt: it must be
 * seen to have run. Where gaps are asked for one by one they are that proof. */
static bool responders_ran(const struct visit_harness *harness, bool gaps_tell)
{
	const struct bay *bay = harness->bay;

	if (bay->gang_spec->state == RESPONDER_TOUCH)
		return harness->refill_legs &&
		       harness->refill_ns / harness->refill_legs > LOST_ENTRY_NS;
	return visit_sees_gaps(bay) &&
	       (gaps_tell || harness->gap_ns / (harness->leg_ns * bay->cpus->n) < AWAY_MAX);
}

static struct evidence evidence_of(const struct visit_harness *harness, struct evidence evidence,
				   double expected)
{
	if (harness->want->expect.row != ROW_TLB) /* calls are interrupts everywhere */
		evidence = (struct evidence){0};
	evidence.expected = expected;
	evidence.reclaims = harness->want->expect.reclaims;
	evidence.seen = sum_of(harness->ipis, harness->bay->cpus->n) / (double)harness->ops;
	evidence.uncounted = harness->ipis_unknown != NULL;
	evidence.broadcast = harness->broadcast;
	evidence.ran = responders_ran(harness, evidence.hypercall);
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

/* What chance put there goes as in a whole cell (result/chance.h), but for what is less than one.
 */
static void sample_stolen(struct record *record)
{
	uint64_t counts[HISTOGRAM_BUCKETS], chance[HISTOGRAM_BUCKETS], left = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		counts[i] = record->stolen_ns.count[i];
		chance[i] = record->quiet_ns.count[i];
	}
	if (record->heard_ns > 0)
		chance_subtract(counts, chance, HISTOGRAM_BUCKETS,
				record->exposed_ns / record->heard_ns);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		left += counts[i];
	if (left)
		record_sample(record, "stolen_ns",
			      histogram_quantile(counts, HISTOGRAM_BUCKETS, HISTOGRAM_LO_NS,
						 HISTOGRAM_RATIO, 0.5));
}

/* The most that is right where anything between is. */
static double most_of(const struct visit_harness *harness, const struct expect *expect)
{
	return fmax(expect->ipis_per_op, expect->ipis_else) +
	       expect->ipis_a_leg * harness->legs / (double)harness->ops;
}

static bool is_between(const struct expect *expect)
{
	return expect->ipis_between || expect->ipis_a_leg > 0;
}

/* Which of the two counts is this one? Where interrupts are not counted, gaps say. */
static double expected_of(const struct visit_harness *harness, const struct expect *expect,
			  bool hypercall)
{
	const unsigned n = harness->bay->cpus->n;
	double counted = sum_of(harness->ipis, n);
	bool gaps = harness->ipis_unknown || (hypercall && counted == 0);
	double seen = (gaps ? sum_of(harness->hits, n) : counted) / (double)harness->ops;

	if (is_between(expect))
		return fmax(expect->ipis_per_op, fmin(seen, most_of(harness, expect)));
	if (expect->ipis_else > 0 &&
	    fabs(seen - expect->ipis_else) < fabs(seen - expect->ipis_per_op))
		return expect->ipis_else;
	return expect->ipis_per_op;
}

static const char *witness_of(const struct expect *expect, double expected)
{
	if (expect->ipis_else > 0 && expected != expect->ipis_per_op)
		return expect->ipis_why;
	return expect->row == ROW_TLB
		   ? "row TLB of /proc/interrupts on the responders' CPUs, over the legs"
		   : "function calls in /proc/interrupts on the responders' CPUs, over the legs";
}

/* By CPU: which one it was changes from machine to machine. */
static void sample_ipis(struct visit_harness *harness)
{
	const double *ipis = harness->ipis, ops = (double)harness->ops;
	const unsigned n = harness->bay->cpus->n;
	double least = ipis[0], most = ipis[0];

	for (unsigned i = 1; i < n; i++) {
		least = fmin(least, ipis[i]);
		most = fmax(most, ipis[i]);
	}
	record_sample(harness->record, "ipis", sum_of(ipis, n) / ops);
	if (n > 1) {
		record_sample(harness->record, "ipis_least", least / ops);
		record_sample(harness->record, "ipis_most", most / ops);
	}
}

static void prove_ipis(struct visit_harness *harness, const struct expect *expect, double expected)
{
	const unsigned n = harness->bay->cpus->n;

	if (harness->ipis_unknown) {
		struct proof *proof = record_proof(harness->record, "ipis", PROOF_UNAVAILABLE);

		snprintf(proof->text, sizeof proof->text, "%s", harness->ipis_unknown);
		return;
	}
	sample_ipis(harness);
	const struct rates rates = {harness->ipis, n, (double)harness->ops};
	const double low = expect->ipis_per_op / n, high = most_of(harness, expect) / n;

	if (!is_between(expect)) {
		record_rate_proof(harness->record, "ipis", &rates, expected / n, 0,
				  witness_of(expect, expected));
		return;
	}
	struct proof *proof = record_rate_proof(harness->record, "ipis", &rates, (low + high) / 2,
						(high - low) / 2, expect->ipis_why);

	snprintf(proof->expected, sizeof proof->expected, "%.3g to %.3g", low, high);
}

static void no_gaps(struct visit_harness *harness, const char *why)
{
	struct proof *proof = record_proof(harness->record, "gaps", PROOF_UNAVAILABLE);

	snprintf(proof->text, sizeof proof->text, "%s", why);
}

/* Where nothing is expected, long and few operations catch strays by chance, and how many these are
 * is known from a short while of listening: three sigma of their count and of their rate. Nothing
 * heard is not never, so one more than was heard. A host's bursts keep to no rate, so that the
 * middle one of the legs is asked: a flush that nobody expected would be in all of them. */
static double strays(const struct visit_harness *harness)
{
	double heard_ns = harness->bay->heard_ns / harness->bay->cpus->n,
	       times = heard_ns > 0 ? harness->leg_ns / heard_ns : 0;

	return 3 * sqrt((harness->quiet_gaps + times) * (1 + times));
}

static void prove_gaps(struct visit_harness *harness, double each)
{
	double allowance = each > 0 ? 0 : strays(harness) / (double)harness->ops;
	bool drowned = harness->quiet_gaps > DROWNED * (double)harness->ops;

	if (!drowned)
		record_sample(harness->record, "gaps",
			      sum_of(harness->hits, harness->bay->cpus->n) / (double)harness->ops);
	if (harness->broadcast)
		return;
	if (drowned)
		no_gaps(harness, "operations take so long here that most have a gap by chance");
	else
		record_rate_proof(
		    harness->record, "gaps",
		    &(struct rates){each > 0 ? harness->hits : harness->usual_hits,
				    harness->bay->cpus->n, (double)harness->ops},
		    each, allowance,
		    "operations in which a spinning responder saw a gap, chance taken off");
}

static void sample_refill(const struct visit_harness *harness)
{
	if (!harness->refill_legs)
		return;
	record_sample(harness->record, harness->want->drops ? "refault_ns" : "refill_ns",
		      harness->refill_ns / harness->refill_legs);
	record_sample(harness->record, "kept_ns", harness->refill_kept_ns / harness->refill_legs);
}

void visit_judge_gang(struct visit *visit, const struct evidence *machine)
{
	struct visit_harness *harness = visit->harness;
	const struct expect *expect = &visit->want->expect;
	unsigned responders = visit->want->gang.responders;

	if (!expect->ipis || !responders)
		return;
	const double expected = expected_of(harness, expect, machine->hypercall),
		     each = expected / responders;
	const struct evidence evidence = evidence_of(harness, *machine, expected);
	const enum mechanism mechanism = mechanism_of(&evidence);

	if (mechanism == MECHANISM_INVLPGB || mechanism == MECHANISM_HYPERCALL)
		harness->ipis_unknown = mechanism_text(mechanism);
	harness->broadcast |= mechanism == MECHANISM_INVLPGB;
	if (expect->row == ROW_TLB)
		name_mechanism(harness, mechanism);
	prove_ipis(harness, expect, expected);
	sample_refill(harness);
	if (!gang_sees_gaps(harness->bay->gang_spec) || expect->gaps_blurred)
		return;
	if (!visit_sees_gaps(harness->bay)) {
		no_gaps(harness, "in an emulated machine the emulator makes gaps, too");
		return;
	}
	prove_gaps(harness, fmin(each, 1)); /* an operation has one or none */
	if (expected > 0)
		sample_stolen(harness->record);
}

static void keep_quiet(struct visit_harness *harness)
{
	struct record *record = harness->record;

	if (!visit_sees_gaps(harness->bay) || !harness->bay->quiet_ns || !harness->stamp ||
	    harness->want->expect.gaps_blurred)
		return;
	record->quiet_ns = *harness->bay->quiet_ns;
	record->heard_ns = harness->bay->heard_ns;
	record->exposed_ns = harness->exposed_ns;
}

void visit_sample_gang(struct visit *visit)
{
	const struct evidence machine = machine_evidence();

	keep_quiet(visit->harness);
	visit_judge_gang(visit, &machine);
}
