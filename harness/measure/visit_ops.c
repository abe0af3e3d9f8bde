/* Single operations: how many, in how many legs, and which legs count. */
#include "measure/clock.h"
#include "measure/visit_internal.h"
#include "stats/stats.h"

#include <math.h>
#include <string.h>

#define WARM_OPS      32  /* of the leg that is not counted */
#define WARM_EMULATED 4	  /* ... where one may take a tenth of a second */
#define OPS_WANTED    512 /* of a visit, as far as arm() and LEGS_MAX allow */
#define OPS_EMULATED  128 /* ... where their times say nothing: enough to count by */
#define LEGS_MAX      4	  /* that are wanted */
#define SHORT_OPS     64  /* of a leg that was cut short */
#define EXTRA_LEGS    2	  /* times as many, to make up for those under other conditions */
#define LEGS_TRIED    (OPS_WANTED / SHORT_OPS * EXTRA_LEGS)
#define OPS_NS	      5e8 /* a visit has fewer operations where they take longer */
#define OPS_LEAST     32  /* but for these */
#define P99_OPS	      100 /* a percentile of fewer operations is their worst one */

/* Company comes and goes within milliseconds: what fits into one leg is cut into several, of which
 * those count that were under the best conditions. Not where several flush at once: they get into
 * step first. */
static bool is_cut(const struct visit *visit)
{
	const struct visit_harness *harness = visit->harness;
	const struct want *want = visit->want;

	return harness->bay->conditions && visit_initiators(harness) == 1 && !want->pass_ops &&
	       want->max_ops > SHORT_OPS && want->max_ops <= OPS_WANTED;
}

static uint64_t ops_of_leg(const struct visit *visit)
{
	const struct visit_harness *harness = visit->harness;
	const uint64_t most = visit->want->max_ops;

	if (harness->bay->emulated && most > OPS_EMULATED)
		return OPS_EMULATED;
	return is_cut(visit) ? SHORT_OPS : most;
}

static uint64_t legs_of(const struct visit *visit)
{
	const struct visit_harness *harness = visit->harness;
	const uint64_t wanted = harness->bay->emulated ? OPS_EMULATED : OPS_WANTED,
		       n = ops_of_leg(visit), legs = (wanted + n - 1) / n;

	return legs < LEGS_MAX || is_cut(visit) ? legs : LEGS_MAX;
}

static uint64_t legs_most(uint64_t wanted)
{
	return wanted > 1 ? wanted * EXTRA_LEGS : 1;
}

bool visit_set_up_ops(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	const size_t gang = harness->bay->cpus->n + 1, ops = visit->want->max_ops,
		     legs = legs_most(legs_of(visit));
	struct histogram *stolen_ns = NULL;
	double *room;

	harness->stamp = visit_alloc(visit, (ops + gang) * sizeof *harness->stamp);
	harness->scratch = visit_alloc(visit, legs * ops_of_leg(visit) * sizeof *harness->scratch);
	harness->leg = visit_alloc(visit, legs * (sizeof *harness->leg + 2 * gang * sizeof *room));
	if (!harness->stamp || !harness->scratch || !harness->leg)
		return false;
	if (visit_sees_gaps(harness->bay) && !visit->want->expect.gaps_blurred) {
		stolen_ns = visit_alloc(visit, legs * sizeof *stolen_ns);
		if (!stolen_ns)
			return false;
	}
	room = (double *)(harness->leg + legs);
	for (size_t i = 0; i < legs; i++)
		harness->leg[i] = (struct leg){.ipis = room + 2 * i * gang,
					       .hits = room + (2 * i + 1) * gang,
					       .stolen_ns = stolen_ns ? stolen_ns + i : NULL};
	return true;
}

/* The core's pace over the legs in which it was steady; 0: in none. */
struct pace {
	double cycles_per_tick;
	unsigned legs;
};

static void add_pace(struct pace *pace, const struct leg *leg)
{
	if (leg->steady)
		pace->cycles_per_tick +=
		    (leg->cycles_per_tick - pace->cycles_per_tick) / ++pace->legs;
}

static void sample_ops(struct visit_harness *harness, double *ns, uint64_t n,
		       const struct pace *pace)
{
	const double mean_ns = harness->leg_ns / (double)harness->ops;

	stats_sort(ns, n);
	record_sample(harness->record, "ns", stats_median(ns, n));
	if (pace->legs)
		record_sample(harness->record, "cycles",
			      stats_median(ns, n) * harness->bay->clock->hz / 1e9 *
				  pace->cycles_per_tick);
	if (n >= P99_OPS)
		record_sample(harness->record, "p99_ns", stats_quantile(ns, n, 0.99));
	record_sample(harness->record, "mean_ns", mean_ns);
	record_sample(harness->record, "per_second", 1e9 / mean_ns);
	record_slow(harness->record, ns, n);
	record_memory(harness->record, harness->want, mean_ns);
}

/* Each initiator's stamps follow those of the one before. */
static void take_ops(const struct visit_harness *harness, uint64_t n, double *into)
{
	unsigned initiators = visit_initiators(harness), who = 0;

	for (uint64_t i = 0; i < n; i++) {
		while (i >= n * (who + 1) / initiators)
			who++;
		into[i] = clock_ns(harness->bay->clock,
				   harness->stamp[i + who + 1] - harness->stamp[i + who]);
	}
}

/* Some operations take milliseconds: a responder whose CPU is away, many pages that are copied.
 * Then there are fewer of them. */
static void fit_in_time(double each_ns, uint64_t *n, uint64_t *legs)
{
	double most = fmax(OPS_NS / (each_ns + 1), OPS_LEAST);

	if (most < (double)*n) {
		*n = (uint64_t)most;
		*legs = 1;
	} else if (most < (double)(*n * *legs)) {
		*legs = (uint64_t)(most / (double)*n);
	}
}

struct verdict visit_warm_ops(struct visit *visit, uint64_t *n, uint64_t *legs)
{
	const struct visit_harness *harness = visit->harness;
	uint64_t most = harness->bay->emulated ? WARM_EMULATED : WARM_OPS;
	uint64_t warm = visit->want->max_ops < most ? visit->want->max_ops : most;
	struct leg leg = {0};
	struct verdict verdict = leg_run(visit, warm, LEG_WARM, &leg);

	*n = ops_of_leg(visit);
	*legs = legs_of(visit);
	if (verdict_is_ok(&verdict))
		fit_in_time(clock_ns(harness->bay->clock, leg.to - leg.from) / (double)warm, n,
			    legs);
	return verdict;
}

/* Puts the operations of the legs that count one behind the other, without the `lead` first of
 * each. */
static uint64_t count_legs(struct visit_harness *harness, uint64_t n, uint64_t lead, unsigned tried,
			   const bool *counts, struct pace *pace)
{
	double *ns = harness->scratch;
	uint64_t kept = 0;

	for (unsigned l = 0; l < tried; l++) {
		if (!counts[l]) {
			harness->record->disturbed[DISTURBED_LEGS]++;
			continue;
		}
		leg_count(harness, &harness->leg[l]);
		add_pace(pace, &harness->leg[l]);
		memmove(ns + kept, ns + l * n + lead, (n - lead) * sizeof *ns);
		kept += n - lead;
	}
	for (uint64_t i = 0; i < kept; i++)
		histogram_add(&harness->record->ns, ns[i]);
	return kept;
}

/* What operations cause comes with every leg; what the host does in a burst, with some. */
static void usual_hits(struct visit_harness *harness, unsigned tried, const bool *counts)
{
	double rate[LEGS_TRIED];

	for (unsigned i = 0; i < harness->bay->cpus->n; i++) {
		unsigned n = 0;

		for (unsigned l = 0; l < tried; l++)
			if (counts[l])
				rate[n++] = harness->leg[l].hits[i] / (double)harness->leg[l].ops;
		stats_sort(rate, n);
		harness->usual_hits[i] = stats_median(rate, n) * (double)harness->ops;
	}
}

/* Until as many as are wanted were under conditions that are alike. */
static struct verdict run_legs(struct visit *visit, uint64_t n, uint64_t wanted, bool *counts,
			       unsigned *tried)
{
	struct visit_harness *harness = visit->harness;
	struct leg_conditions seen[LEGS_TRIED];
	struct verdict verdict = verdict_ok();
	unsigned alike = 0;

	while (verdict_is_ok(&verdict) && alike < wanted && *tried < legs_most(wanted) &&
	       (*tried < wanted || harness->all_ns < OPS_NS)) {
		verdict = leg_run(visit, n, LEG_TIME, &harness->leg[*tried]);
		take_ops(harness, n, harness->scratch + *tried * n);
		seen[*tried] = harness->bay->conditions ? harness->leg[*tried].conditions
							: (struct leg_conditions){0};
		alike = legs_alike(seen, ++*tried, counts);
	}
	return verdict;
}

struct verdict visit_ops(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	bool counts[LEGS_TRIED];
	struct pace pace = {0};
	unsigned tried = 0;
	uint64_t n, wanted;

	if (harness->counters)
		counters_rest(harness->counters);
	struct verdict verdict = visit_warm_ops(visit, &n, &wanted);

	if (verdict_is_ok(&verdict))
		verdict = run_legs(visit, n, wanted, counts, &tried);
	if (!verdict_is_ok(&verdict))
		return verdict;
	/* The first one finds caches as something else left them: of 512 that is one in a hundred
	 * only where they come in eight legs. */
	const uint64_t kept = count_legs(harness, n, is_cut(visit), tried, counts, &pace);

	usual_hits(harness, tried, counts);
	sample_ops(harness, harness->scratch, kept, &pace);
	if (harness->counters)
		verdict = leg_run(visit, n, LEG_COUNT, &(struct leg){0});
	return verdict;
}
