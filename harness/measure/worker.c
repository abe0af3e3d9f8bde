#include "measure/worker.h"

#include "machine/environment.h"
#include "measure/clock.h"
#include "measure/fragments.h"
#include "measure/proofs.h"
#include "measure/region_where.h"
#include "measure/relax.h"
#include "measure/relief.h"
#include "measure/visit.h"
#include "stats/stats.h"

#include <string.h>
#include <sys/sysinfo.h>

#define QUIET_NS    10000000u
#define BATCH_NS    400000
#define BATCHES	    5
#define SLACK_LEAST (4u << 20)

int workshop_fd(const struct workshop *workshop, const struct region_spec *spec)
{
	for (unsigned i = 0; spec->page.how == PAGE_HUGETLB && i < workshop->nstores; i++)
		if (workshop->store[i].page_bytes == spec->page.bytes)
			return workshop->store[i].fd;
	return -1;
}

/* What this round's cells need, and an arena's slack so that windows can lie elsewhere each round.
 */
static struct region_spec arena_spec(const struct workshop *workshop, const struct job *job,
				     int which)
{
	struct region_spec spec = job->plan->groups[job->group].region[which];

	spec.bytes = 0;
	for (unsigned i = 0; i < job->n; i++) {
		uint64_t bytes = job->plan->cells[job->cells[i]].want.region[which].bytes;

		spec.bytes = bytes > spec.bytes ? bytes : spec.bytes;
	}
	uint64_t slack = spec.bytes / 4 > SLACK_LEAST ? spec.bytes / 4 : SLACK_LEAST;

	slack -= slack % (spec.slot_bytes > spec.page.bytes ? spec.slot_bytes : spec.page.bytes);
	if (spec.layout == LAYOUT_DISTINCT && spec.page.how == PAGE_BASE && !spec.remapped &&
	    !spec.untouched && !spec.sparse && spec.bytes + slack <= workshop->memory_bytes)
		spec.bytes += slack;
	return spec;
}

static void fail_all(const struct workshop *workshop, const struct job *job, struct verdict verdict)
{
	for (unsigned i = 0; i < job->n; i++) {
		workshop->records[i].verdict = verdict;
		workshop->records[i].begun = workshop->records[i].done = true;
	}
}

/* The second page-size proof of a visit takes the place of the first. */
static struct proof *page_proof_of(struct record *record, const struct proof *proof)
{
	for (unsigned i = 0; i < record->nproofs; i++)
		if (strcmp(record->proof[i].what, proof->what) == 0)
			return &record->proof[i];
	return record_proof(record, proof->what, proof->state);
}

static struct verdict leave_proof(const struct workshop *workshop, const struct job *job,
				  const struct proof *proof)
{
	for (unsigned i = 0; i < job->n; i++)
		*page_proof_of(&workshop->records[i], proof) = *proof;
	if (proof->state != PROOF_FAILED)
		return verdict_ok();
	return verdict_invalid("page-size", "see the proof, and tlbscope doctor",
			       "expected %s, seen %s (%s)", proof->expected, proof->seen,
			       proof->text);
}

static struct verdict take_region(const struct workshop *workshop, const struct job *job, int which,
				  struct region *region)
{
	struct region_spec spec = arena_spec(workshop, job, which);
	struct verdict verdict = region_map(region, &spec, workshop_fd(workshop, &spec),
					    random_mix(job->seed, (uint64_t)which));

	if (!verdict_is_ok(&verdict) || spec.untouched)
		return verdict;
	struct proof proof = proof_page_kind(region);

	return leave_proof(workshop, job, &proof);
}

/* Huge pages that a benchmark drops or the kernel splits may come back small, and would look fast:
 * what was measured before such an end cannot be told from it. */
static void prove_again(const struct workshop *workshop, const struct job *job,
			const struct region *region)
{
	if (!region->reserved || (region->spec.page.how != PAGE_THP && !region->spec.untouched))
		return;
	struct proof proof = proof_page_kind_again(region);

	if (proof.state != PROOF_FAILED && !region->spec.untouched)
		return;
	struct verdict verdict = leave_proof(workshop, job, &proof);

	for (unsigned i = 0; i < job->n && !verdict_is_ok(&verdict); i++)
		if (verdict_is_ok(&workshop->records[i].verdict))
			workshop->records[i].verdict = verdict;
}

/* How often and how long responders are interrupted when nobody flushes. */
static void listen(struct bay *bay)
{
	static struct histogram quiet_ns;

	if (!visit_sees_gaps(bay))
		return;
	gang_mark(bay->gang, NULL);
	uint64_t from = timer_stamp(), until = timer_monotonic() + QUIET_NS;

	while (timer_monotonic() < until)
		relax();
	uint64_t to = timer_stamp();
	struct gang_gaps gaps = gang_gaps(bay->gang, from, to);

	bay->quiet_gaps_per_ns = (double)gaps.n / clock_ns(bay->clock, to - from);
	quiet_ns = (struct histogram){0};
	bay->heard_ns = clock_ns(bay->clock, to - from) * bay->cpus->n;
	for (uint64_t i = 0; i < gaps.recorded; i++)
		histogram_add(&quiet_ns, gaps.ns[i]);
	bay->quiet_ns = &quiet_ns;
}

static struct verdict start_gang(struct bay *bay)
{
	struct verdict verdict = cpu_pin(bay->cpus->initiator);

	if (verdict_is_ok(&verdict) && bay->gang_spec->responders &&
	    bay->gang_spec->state != RESPONDER_NONE)
		verdict = gang_start(bay->gang_spec, bay->cpus, bay->clock, &bay->gang);
	return verdict;
}

/* What others' pages have filled is no swap space of ours. */
static struct verdict check_swap(const struct plan_cell *cell)
{
	struct sysinfo memory;

	if (!cell->want.pressure.swap_bytes || sysinfo(&memory) != 0)
		return verdict_ok();
	uint64_t unused = (uint64_t)memory.freeswap * memory.mem_unit;

	if (unused >= cell->want.pressure.swap_bytes)
		return verdict_ok();
	return verdict_skipped("swap-full", "free memory: the pages of others went to swap",
			       "may come to swap %llu MiB, and %llu MiB of the swap space are free",
			       (unsigned long long)(cell->want.pressure.swap_bytes >> 20),
			       (unsigned long long)(unused >> 20));
}

/* What took a helper's hand is no measurement. */
static void mark_relieved(const struct relief *relief, unsigned before, struct record *record)
{
	unsigned after = relief_steps(relief);

	if ((after != before || after % 2) && verdict_is_ok(&record->verdict))
		record->verdict = verdict_invalid(
		    "no-reclaim", "repeat the run; see docs/benchmarks.md, replace",
		    "the kernel found nothing to reclaim under a limit of %llu MiB, where it "
		    "would have killed",
		    (unsigned long long)(relief->limit_bytes >> 20));
}

static void visit_all(const struct workshop *workshop, const struct job *job, const struct bay *bay,
		      const struct relief *relief)
{
	for (unsigned i = 0; i < job->n; i++) {
		const struct plan_cell *cell = &job->plan->cells[job->cells[i]];
		const unsigned before = relief_steps(relief);
		struct record *record = &workshop->records[i];
		struct verdict swap = check_swap(cell);

		if (verdict_is_ok(&swap)) {
			visit_run(bay, cell->bench, &cell->cell, &cell->want,
				  random_mix(job->seed, 1000 + job->cells[i]), record);
			mark_relieved(relief, before, record);
		} else {
			record->verdict = swap;
			record->begun = record->done = true;
		}
	}
}

static struct verdict open_counters(const struct workshop *workshop, const struct job *job,
				    struct counter_set **out)
{
	const struct gang_cpus *cpus = &job->plan->groups[job->group].cpus;

	if (job->count_only)
		return counters_open_gang(workshop->counters, cpus->responder, cpus->n, out);
	return counters_open(workshop->counters, out);
}

void worker_run(const struct workshop *workshop, const struct job *job)
{
	static struct interrupts before, after;
	const struct plan_group *group = &job->plan->groups[job->group];
	struct region region[2] = {0};
	struct bay bay = {.clock = workshop->clock,
			  .region = region,
			  .gang_spec = &group->gang,
			  .cpus = &group->cpus,
			  .counter_plan = workshop->counters,
			  .round = job->round,
			  .count_only = job->count_only,
			  .conditions = workshop->conditions,
			  .width_most = workshop->width_most,
			  .patience_ns = workshop->patience_ns,
			  .emulated = cpuid_is_emulated(cpuid_native, NULL),
			  .before = &before,
			  .after = &after,
			  .batch_ns = BATCH_NS,
			  .batches = BATCHES};
	struct relief relief = {0};
	struct verdict verdict = verdict_ok();

	where_unsampled();
	if (group->pressure.limit_bytes)
		verdict = relief_start(&relief, &workshop->cgroup, group->pressure.limit_bytes);
	/* The gang first: forked responders must not share the region's pages copy-on-write. */
	if (verdict_is_ok(&verdict))
		verdict = start_gang(&bay);
	if (verdict_is_ok(&verdict) && group->pressure.limit_bytes)
		verdict = cgroup_enter(&workshop->cgroup, group->pressure.limit_bytes);
	if (verdict_is_ok(&verdict) && group->fragmented)
		verdict = fragments_make(); /* they end with this process */
	for (int i = 0; i < 2 && verdict_is_ok(&verdict); i++)
		if (group->region[i].page.how)
			verdict = take_region(workshop, job, i, &region[i]);
	if (verdict_is_ok(&verdict)) {
		struct verdict counters = open_counters(workshop, job, &bay.counters);

		if (!verdict_is_ok(&counters))
			bay.counters = NULL; /* their absence from the samples says it */
		if (!job->count_only)
			listen(&bay);
		visit_all(workshop, job, &bay, &relief);
		prove_again(workshop, job, &region[0]);
		prove_again(workshop, job, &region[1]);
	} else {
		fail_all(workshop, job, verdict);
	}
	gang_stop(bay.gang);
	counters_close(bay.counters);
	region_unmap(&region[1]);
	region_unmap(&region[0]);
}
