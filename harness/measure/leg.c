#include "measure/clock.h"
#include "measure/visit_internal.h"

#include <math.h>
#include <sys/resource.h>

static void run_ops(struct visit *visit, uint64_t n)
{
	const struct visit_harness *harness = visit->harness;
	void (*const op)(struct visit *, uint64_t) = harness->bench->op;
	uint64_t *stamp = harness->stamp;

	stamp[0] = timer_stamp();
	for (uint64_t i = 0; i < n; i++) {
		op(visit, i);
		stamp[i + 1] = timer_stamp();
	}
}

/* The same, telling responders how far it is: they read what was flushed. One store to a line that
 * they poll, outside of what is timed as far as a store buffer goes. */
static void run_ops_watched(struct visit *visit, uint64_t n)
{
	const struct visit_harness *harness = visit->harness;
	struct gang *gang = harness->bay->gang;
	uint64_t *stamp = harness->stamp;

	stamp[0] = timer_stamp();
	for (uint64_t i = 0; i < n; i++) {
		harness->bench->op(visit, i);
		stamp[i + 1] = timer_stamp();
		gang_progress(gang, i + 1);
	}
}

struct share {
	struct visit *visit;
	uint64_t n;
};

/* Initiator `who`'s share of the operations; its stamps lie behind those of the ones before. */
static void run_share(void *argument, unsigned who)
{
	const struct share *share = argument;
	const struct visit_harness *harness = share->visit->harness;
	unsigned initiators = visit_initiators(harness);
	uint64_t from = share->n * who / initiators, to = share->n * (who + 1) / initiators;
	uint64_t *stamp = harness->stamp + who;

	stamp[from] = timer_stamp();
	for (uint64_t i = from; i < to; i++) {
		harness->bench->op(share->visit, i);
		stamp[i + 1] = timer_stamp();
	}
}

static void run_all_ops(struct visit *visit, uint64_t n)
{
	const struct visit_harness *harness = visit->harness;
	enum responder_state state = harness->bay->gang_spec->state;

	if (state == RESPONDER_FLUSH && harness->bay->gang)
		gang_together(harness->bay->gang, run_share, &(struct share){visit, n});
	else if (state == RESPONDER_TOUCH && harness->bay->gang)
		run_ops_watched(visit, n);
	else
		run_ops(visit, n);
}

static void time_leg(struct visit *visit, uint64_t n, struct counter_set *counters, struct leg *out)
{
	const struct visit_harness *harness = visit->harness;
	/* Twice: arm() may have emptied the caches, of the calibration's own code too. */
	clock_calibrate();
	double width = clock_width(), before = clock_calibrate();

	if (counters)
		counters_start(counters);
	out->from = timer_fenced();
	if (harness->bench->timing == TIME_OP)
		run_all_ops(visit, n);
	else
		harness->bench->leg(visit, n);
	out->to = timer_fenced();
	if (counters)
		counters_stop(counters);
	double after = clock_calibrate();

	width = fmin(width, clock_width());
	out->cycles_per_tick = (before + after) / 2;
	/* An interrupt makes a calibration slower, never faster. */
	leg_narrow(&out->conditions, width / fmax(before, after));
	out->steady =
	    harness->bay->emulated || fabs(before - after) <= CLOCK_DRIFT * out->cycles_per_tick;
}

static void add_counts(struct visit_harness *harness, uint64_t n)
{
	const struct counter_plan *plan = harness->bay->counter_plan;

	for (unsigned i = 0; i < plan->n; i++) {
		struct counter_reading reading = counters_get(harness->counters, i);

		if (!reading.valid)
			continue;
		harness->counted[i] += reading.value;
		harness->counted_ops[i] += n;
	}
}

/* A kernel that tells nothing leaves the proof unavailable; one that tells nonsense is trouble. */
static struct verdict read_interrupts(struct visit_harness *harness, struct interrupts *into)
{
	struct verdict verdict = interrupts_read(into);

	if (verdict.outcome != OUTCOME_SKIPPED)
		return verdict;
	harness->ipis_unknown = "/proc/interrupts cannot be read here";
	return verdict_ok();
}

/* Which machine flushes others without an interrupt is known of Arm only. Others count none, or by
 * another name (RISC-V flushes by IPI, or asks its firmware): there gaps are the witness. */
#ifdef __aarch64__
#define BROADCASTS true
#else
#define BROADCASTS false
#endif

static const char *no_tlb_row(void)
{
	return BROADCASTS
		   ? "this kernel counts no TLB interrupts: the machine broadcasts its flushes"
		   : "this kernel counts no TLB interrupts";
}

static void add_interrupts(struct visit_harness *harness, enum interrupt_row row, struct leg *leg)
{
	const struct bay *bay = harness->bay;
	const bool calls = row == ROW_CALL;
	const uint64_t *before = calls ? bay->before->cal : bay->before->tlb,
		       *after = calls ? bay->after->cal : bay->after->tlb;

	if (harness->ipis_unknown)
		return;
	if (!calls && !bay->after->counts_tlb) {
		harness->ipis_unknown = no_tlb_row();
		harness->broadcast = BROADCASTS;
	}
	for (unsigned i = 0; i < bay->cpus->n; i++) {
		unsigned cpu = bay->cpus->responder[i];

		if (cpu < INTERRUPTS_CPUS_MAX)
			leg->ipis[i] = (double)(after[cpu] - before[cpu]);
		else
			harness->ipis_unknown = "a responder's CPU number is beyond what is read";
	}
}

/* Chance alone puts a gap into an operation now and then: of those without one of their own, that
 * share. */
static double beyond_chance(double hits, double n, double chance)
{
	return chance < 1 ? (hits - n * chance) / (1 - chance) : 0;
}

static void add_gaps(const struct visit_harness *harness, struct leg *leg)
{
	const struct bay *bay = harness->bay;
	const double n = (double)leg->ops;

	leg->quiet_gaps = bay->quiet_gaps_per_ns * leg->ns / bay->cpus->n;
	leg->gap_ns = gang_gaps(bay->gang, leg->from, leg->to).total_ns;
	if (!leg->stolen_ns)
		return;
	struct gang_gaps gaps = gang_match(bay->gang, harness->stamp, leg->ops, harness->matched);

	leg->exposed_ns = gaps.exposed_ns;
	for (unsigned i = 0; i < bay->cpus->n; i++)
		leg->hits[i] =
		    beyond_chance((double)harness->matched[i], n, 1 - exp(-leg->quiet_gaps / n));
	for (uint64_t i = 0; i < gaps.recorded; i++)
		histogram_add(leg->stolen_ns, gaps.ns[i]);
}

static void add_refill(const struct visit_harness *harness, struct leg *leg)
{
	struct gang_refill refill = gang_refill(harness->bay->gang);

	leg->refilled = refill.n;
	leg->refill_ns = refill.page_ns;
	leg->refill_kept_ns = refill.kept_ns;
}

/* Interrupt counts cost a read of /proc, so only cells that claim some pay for it. */
static bool watches_interrupts(const struct visit *visit)
{
	return visit->want->expect.ipis && visit->want->gang.responders;
}

static void add_times(struct visit_harness *harness, struct leg *leg, const struct rusage *before,
		      const struct rusage *after)
{
	leg->ns = clock_ns(harness->bay->clock, leg->to - leg->from);
	harness->all_ops += leg->ops;
	harness->all_ns += leg->ns;
	harness->faults +=
	    after->ru_minflt - before->ru_minflt + after->ru_majflt - before->ru_majflt;
	harness->involuntary += after->ru_nivcsw - before->ru_nivcsw;
	harness->switches +=
	    after->ru_nivcsw - before->ru_nivcsw + after->ru_nvcsw - before->ru_nvcsw;
	if (visit_sees_gaps(harness->bay))
		add_gaps(harness, leg);
	if (harness->bay->gang && harness->bay->gang_spec->state == RESPONDER_TOUCH)
		add_refill(harness, leg);
}

/* What an earlier leg left in its room. */
static void clear(const struct visit_harness *harness, uint64_t n, struct leg *leg)
{
	*leg = (struct leg){
	    .ops = n, .ipis = leg->ipis, .hits = leg->hits, .stolen_ns = leg->stolen_ns};
	for (unsigned i = 0; i < harness->bay->cpus->n; i++)
		leg->ipis[i] = leg->hits[i] = 0;
	if (leg->stolen_ns)
		*leg->stolen_ns = (struct histogram){0};
}

void leg_count(struct visit_harness *harness, const struct leg *leg)
{
	const struct leg_conditions *seen = &leg->conditions;

	harness->ops += leg->ops;
	harness->leg_ns += leg->ns;
	harness->gap_ns += leg->gap_ns;
	harness->exposed_ns += leg->exposed_ns;
	harness->quiet_gaps += leg->quiet_gaps;
	harness->refill_legs += leg->refilled;
	harness->refill_ns += leg->refill_ns;
	harness->refill_kept_ns += leg->refill_kept_ns;
	harness->width_sum += seen->width;
	harness->legs++;
	harness->handoff_ns = fmax(harness->handoff_ns, seen->handoff_ns);
	for (unsigned i = 0; i < harness->bay->cpus->n; i++) {
		harness->ipis[i] += leg->ipis[i];
		harness->hits[i] += leg->hits[i];
	}
	if (leg->stolen_ns)
		histogram_merge(&harness->record->stolen_ns, leg->stolen_ns);
}

struct verdict leg_run(struct visit *visit, uint64_t n, enum leg_purpose purpose, struct leg *out)
{
	struct visit_harness *harness = visit->harness;
	const struct bay *bay = harness->bay;
	bool timed = purpose == LEG_TIME || purpose == LEG_TIME_COUNTED;
	bool counted = harness->counters && (purpose == LEG_COUNT || purpose == LEG_TIME_COUNTED);
	bool ipis = timed && watches_interrupts(visit);
	struct verdict verdict = verdict_ok();
	struct rusage before, after;

	if (harness->bench->arm)
		verdict = harness->bench->arm(visit, n);
	if (timed)
		clear(harness, n, out);
	if (purpose == LEG_TIME)
		visit_ask_before(harness, out);
	gang_mark(bay->gang,
		  &(struct gang_target){
		      visit->window[0].base, n,
		      visit->want->max_ops ? visit->window[0].bytes / visit->want->max_ops : 0,
		      visit->want->region[0].page.bytes});
	if (verdict_is_ok(&verdict) && ipis)
		verdict = read_interrupts(harness, bay->before);
	if (!verdict_is_ok(&verdict))
		return verdict;
	if (timed)
		expect_before(visit);
	getrusage(RUSAGE_THREAD, &before);
	time_leg(visit, n, counted ? harness->counters : NULL, out);
	getrusage(RUSAGE_THREAD, &after);
	if (ipis)
		verdict = read_interrupts(harness, bay->after);
	if (timed)
		expect_after(visit);
	if (timed)
		add_times(harness, out, &before, &after);
	if (ipis)
		add_interrupts(harness, visit->want->expect.row, out);
	if (purpose == LEG_TIME)
		visit_ask_after(harness, out);
	if (counted)
		add_counts(harness, n);
	if (verdict_is_ok(&verdict) && harness->bench->check)
		verdict = harness->bench->check(visit, n);
	return verdict;
}
