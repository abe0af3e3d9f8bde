#include "machine/environment.h"
#include "machine/steal.h"
#include "measure/clock.h"
#include "measure/visit_internal.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRAY_FAULT_NS 1000		   /* what one costs at least, and ... */
#define STRAY_SHARE    0.001		   /* ... what strays may cost of the legs together */
#define BATCH_OPS_MAX  (UINT64_C(1) << 40) /* TIME_LEG: so that a leg that takes no time ends */
#define EXTRA_BATCHES  3 /* TIME_LEG: times the batches, to make up for dropped ones */

static struct verdict misplaced(const struct visit_harness *harness)
{
	return verdict_invalid(
	    "moved", "keep other tools from changing affinities, or choose CPUs with --cpus",
	    "a thread was not on its CPU (initiator: CPU %u)", harness->bay->cpus->initiator);
}

/* Responders look where they are when they are marked. Legs of single operations ask for company
 * and distance themselves. */
static bool in_place(struct visit_harness *harness)
{
	if (harness->bay->conditions && harness->bench->timing == TIME_LEG)
		visit_ask_gang(harness);
	else
		gang_mark(harness->bay->gang, NULL);
	return cpu_is(harness->bay->cpus->initiator) && gang_in_place(harness->bay->gang);
}

/* Operations of a batch that lasts about batch_ns: whole passes only. */
static struct verdict size_batch(struct visit *visit, uint64_t *n)
{
	const struct visit_harness *harness = visit->harness;
	uint64_t pass = visit->want->pass_ops ? visit->want->pass_ops : 1;
	uint64_t most = visit->want->max_ops ? visit->want->max_ops : BATCH_OPS_MAX;
	struct verdict verdict = verdict_ok();
	struct leg leg;

	most = most > pass ? most - most % pass : pass;

	for (*n = pass; verdict_is_ok(&verdict);) {
		verdict = leg_run(visit, *n, LEG_WARM, &leg);
		double ns = clock_ns(harness->bay->clock, leg.to - leg.from) + 1;
		double wanted = (double)*n * harness->bay->batch_ns / ns;

		if (ns > harness->bay->batch_ns / 8) {
			uint64_t passes = (uint64_t)(wanted / (double)pass + 0.5);

			*n = (passes ? passes : 1) * pass;
			break;
		}
		*n = (uint64_t)ceil(fmin(wanted, (double)*n * 16) / (double)pass) * pass;
		if (*n >= most)
			break;
	}
	*n = *n < most ? *n : most;
	return verdict;
}

static struct verdict visit_legs(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	unsigned batches = harness->bay->batches, kept = 0, tried = 0;
	double *ns = harness->scratch, *cycles = ns + batches, *width = cycles + batches;
	struct verdict verdict;
	uint64_t n;

	verdict = size_batch(visit, &n);
	while (verdict_is_ok(&verdict) && kept < batches && tried < batches * EXTRA_BATCHES) {
		const struct leg *leg = &harness->once;

		verdict = leg_run(visit, n, LEG_TIME_COUNTED, &harness->once);
		leg_count(harness, leg);
		tried++;
		if (!leg->steady) {
			harness->record->disturbed[DISTURBED_BATCHES]++;
			continue;
		}
		ns[kept] = leg->ns / (double)n;
		width[kept] = leg->conditions.width;
		cycles[kept++] = (double)(leg->to - leg->from) * leg->cycles_per_tick / (double)n;
	}
	if (!verdict_is_ok(&verdict))
		return verdict;
	if (!kept)
		return verdict_invalid(
		    "clock-moved",
		    "set a fixed frequency (cpupower frequency-set), or run when the machine is "
		    "quieter",
		    "the core's clock moved by more than %.1f%% in each of %u batches",
		    CLOCK_DRIFT * 100, tried);
	kept = batches_alone(ns, cycles, width, kept);
	harness->legs = kept;
	harness->width_sum = 0;
	for (unsigned i = 0; i < kept; i++)
		harness->width_sum += width[i];
	stats_sort(ns, kept);
	stats_sort(cycles, kept);
	record_sample(harness->record, "ns", stats_median(ns, kept));
	record_sample(harness->record, "cycles", stats_median(cycles, kept));
	record_sample(harness->record, "per_second", 1e9 / stats_median(ns, kept));
	return verdict;
}

/* One leg for the counters alone. */
static struct verdict visit_counts(struct visit *visit)
{
	const struct visit_harness *harness = visit->harness;
	uint64_t n, batches;
	struct verdict verdict;
	struct leg leg;

	if (harness->bench->timing == TIME_OP)
		verdict = visit_warm_ops(visit, &n, &batches);
	else
		verdict = size_batch(visit, &n);
	return verdict_is_ok(&verdict) ? leg_run(visit, n, LEG_COUNT, &leg) : verdict;
}

static void sample_counters(const struct visit_harness *harness)
{
	const struct counter_plan *plan = harness->bay->counter_plan;

	for (unsigned i = 0; i < plan->n; i++) {
		const struct counter *c = &plan->counter[i];

		if (harness->counted_ops[i] && c->perturbs == harness->bay->count_only)
			record_sample(harness->record, c->info.id,
				      harness->counted[i] / (double)harness->counted_ops[i]);
	}
}

static void prove_legs(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	const struct expect *expect = &visit->want->expect;

	if (expect->faults) {
		double seen = (double)harness->faults,
		       expected = expect->faults_per_op * (double)harness->all_ops;
		double strays = fmax(1, STRAY_SHARE * harness->all_ns / STRAY_FAULT_NS);
		bool held = fabs(seen - expected) <= fmax(strays, 0.01 * expected);
		struct proof *proof =
		    record_proof(harness->record, "faults", held ? PROOF_HELD : PROOF_FAILED);

		snprintf(proof->expected, sizeof proof->expected, "%.0f", expected);
		snprintf(proof->seen, sizeof proof->seen, "%.0f", seen);
		snprintf(proof->text, sizeof proof->text,
			 "page faults of the initiator in the legs (getrusage)");
	}
	if (expect->switches)
		visit_prove_switches(harness, expect->switches_per_op);
	expect_prove(visit);
	record_proof(harness->record, "pinned", PROOF_HELD);
	harness->record->disturbed[DISTURBED_FAULTS] = (double)harness->faults;
	harness->record->disturbed[DISTURBED_INVOLUNTARY] = (double)harness->involuntary;
	harness->record->measured_seconds = harness->all_ns / 1e9;
}

static struct verdict visit_measure(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	const struct bench *bench = harness->bench;
	struct verdict verdict = verdict_ok();

	if (bench->prepare)
		verdict = bench->prepare(visit);
	if (verdict_is_ok(&verdict))
		verdict = visit_begin_partners(visit);
	if (verdict_is_ok(&verdict) && !in_place(harness))
		verdict = misplaced(harness);
	harness->gang_switches = gang_switches(harness->bay->gang);
	if (verdict_is_ok(&verdict))
		verdict = harness->bay->count_only   ? visit_counts(visit)
			  : bench->timing == TIME_OP ? visit_ops(visit)
						     : visit_legs(visit);
	bool placed = visit_end_partners(harness) && in_place(harness);

	if (verdict_is_ok(&verdict) && !placed)
		verdict = misplaced(harness);
	if (verdict_is_ok(&verdict)) {
		if (!harness->bay->count_only) {
			prove_legs(visit);
			visit_sample_conditions(harness);
			visit_sample_gang(visit);
		}
		sample_counters(harness);
	}
	if (bench->release)
		bench->release(visit);
	return verdict;
}

/* Everything that a visit needs for itself, touched before anything is timed. */
static bool visit_set_up(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	const struct bay *bay = harness->bay;

	visit->state = visit_alloc(visit, harness->bench->state_bytes + 1);
	harness->ipis = visit_alloc(visit, 6 * (bay->cpus->n + 1) * sizeof *harness->ipis);
	if (!visit->state || !harness->ipis)
		return false;
	harness->hits = harness->ipis + bay->cpus->n + 1;
	harness->usual_hits = harness->hits + bay->cpus->n + 1;
	harness->once.ipis = harness->usual_hits + bay->cpus->n + 1;
	harness->once.hits = harness->once.ipis + bay->cpus->n + 1;
	harness->matched = (uint64_t *)(harness->once.hits + bay->cpus->n + 1);
	if (harness->bench->timing == TIME_OP)
		return visit->want->max_ops && visit_set_up_ops(visit);
	harness->scratch = visit_alloc(visit, 3 * bay->batches * sizeof *harness->scratch);
	return harness->scratch;
}

static double interrupts_of(const struct interrupts *interrupts, unsigned cpu)
{
	return cpu < INTERRUPTS_CPUS_MAX ? (double)interrupts->all[cpu] : 0;
}

static void disturbances_of_machine(const struct bay *bay, struct record *record, double steal,
				    int sign)
{
	const struct interrupts *now = sign > 0 ? bay->after : bay->before;
	double sum = interrupts_of(now, bay->cpus->initiator);

	for (unsigned i = 0; i < bay->cpus->n; i++)
		sum += interrupts_of(now, bay->cpus->responder[i]);
	record->disturbed[DISTURBED_INTERRUPTS] += sign * sum;
	record->disturbed[DISTURBED_STEAL_MS] += sign * steal;
}

static double gang_steal_ms(const struct gang_cpus *cpus)
{
	return steal_ms(&cpus->initiator, 1) + steal_ms(cpus->responder, cpus->n);
}

void visit_run(const struct bay *bay, const struct bench *bench, const struct cell *cell,
	       const struct want *want, uint64_t seed, struct record *record)
{
	struct visit_harness harness = {
	    .bay = bay, .bench = bench, .want = want, .record = record, .counters = bay->counters};
	struct visit visit = {.cell = cell, .want = want, .seed = seed, .harness = &harness};
	struct verdict seen;

	record->begun = true;
	for (int i = 0; i < 2; i++)
		if (want->region[i].page.how)
			visit.window[i] = region_window(&bay->region[i], want->region[i].bytes,
							random_mix(seed, (uint64_t)i));
	if (bay->counters)
		counters_turn(bay->counters, bay->round);
	seen = interrupts_read(bay->before);
	disturbances_of_machine(bay, record, gang_steal_ms(bay->cpus), -1);
	record->verdict = visit_set_up(&visit) ? visit_measure(&visit) : visit_no_memory(&visit);
	if (verdict_is_ok(&seen))
		seen = interrupts_read(bay->after);
	disturbances_of_machine(bay, record, gang_steal_ms(bay->cpus), +1);
	if (!verdict_is_ok(&seen))
		record->disturbed[DISTURBED_INTERRUPTS] = 0;
	visit_free_all(&harness);
	record->done = true;
}
