#include "measure/session.h"

#include "machine/environment.h"
#include "machine/pools.h"
#include "machine/sysfile.h"
#include "measure/clock.h"
#include "measure/exclusive.h"
#include "measure/loans.h"
#include "measure/offspring.h"
#include "measure/pressure.h"
#include "measure/region_where.h"
#include "measure/stores.h"
#include "measure/thp_sizes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define RECORDS_MAX  256
#define SOUNDNESS_S  10.0
#define VISIT_S	     0.006 /* set-up and batches of an average visit */
#define STORM_PAGE_S 0.4e-6
/* For how long a visit of single operations may wait for cores without company. A budget is for
 * rounds in the first place; where their number is given, time is not what there is too little of.
 */
#define PATIENCE_BUDGET_NS 5000000u
#define PATIENCE_ROUNDS_NS 100000000u

void machine_view(const struct topology *topology, struct machine *out)
{
	uint64_t max_maps = 65530, around = 64 << 10;
	struct sysinfo memory;

	*out = (struct machine){.cpus = topology_cpus(topology),
				.base_page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
				.memory_bytes = memory_usable()};
	topology_capacity(topology, 0, NULL, out->responders);
	sysfile_read_u64("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", &out->thp_bytes);
	sysfile_read_u64("/proc/sys/vm/max_map_count", &max_maps);
	sysfile_read_u64("/sys/kernel/debug/fault_around_bytes", &around);
	out->max_maps = max_maps;
	out->fault_around_bytes = around;
	out->nodes = where_nodes();
	out->high_addresses = where_has_high();
	if (sysinfo(&memory) == 0)
		out->swap_bytes = (uint64_t)memory.freeswap * memory.mem_unit;
}

static void test_soundness(void *argument)
{
	soundness_test(argument);
}

/* In a pinned child, like everything that is timed. What cannot be tested is not sound. */
static void find_soundness(struct session *session)
{
	struct gang_cpus cpus;
	struct verdict unknown = verdict_skipped("layout-untested", "tlbscope doctor",
						 "the self-test of the alias layouts did not end");
	struct soundness *shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct verdict placed = topology_gang(session->topology, 0, &(struct gang_spec){0}, &cpus);
	int signal = 0;

	session->soundness =
	    (struct soundness){.alias = unknown, .zero = unknown, .hugealias = unknown};
	if (shared == MAP_FAILED)
		return;
	*shared = session->soundness;
	if (verdict_is_ok(&placed) && offspring_run(cpus.initiator, test_soundness, shared,
						    SOUNDNESS_S, &signal) == OFFSPRING_DONE)
		session->soundness = *shared;
	if (signal) /* blocked: the supervisor finds it pending and ends the run in order */
		raise(signal);
	munmap(shared, sizeof *shared);
}

static struct verdict not_here(void)
{
	return verdict_error(
	    "not-this-machine",
	    "unset HWLOC_XMLFILE and HWLOC_SYNTHETIC; tlbscope run --dry-run plans on it",
	    "the topology is a described one: runs can be planned on it but nothing can be bound");
}

/* The self-test takes a tenth of a second, which is more than a bare round of some cells. */
static struct verdict make_plan(struct session *session)
{
	const struct session_options *options = &session->options;
	const struct plan_request request = {.profile = options->profile,
					     .only = options->only,
					     .nonly = options->nonly,
					     .no_floor = options->bare};
	struct verdict verdict = verdict_ok();

	if (options->plan_only || options->bare)
		verdict = plan_make(&request, &session->context, &session->plan);
	if (options->plan_only || !verdict_is_ok(&verdict) ||
	    (options->bare && !plan_shares_frames(&session->plan)))
		return verdict;
	plan_free(&session->plan);
	/* An emulator has no cache that aliases could confuse, and no clock that would tell. */
	if (!cpuid_is_emulated(cpuid_native, NULL))
		find_soundness(session);
	session->context.soundness = &session->soundness;
	return plan_make(&request, &session->context, &session->plan);
}

/* Nobody waits for another's run to be told that a selector is mistyped. All the memory there is,
 * for what others hold now they may have given back by then. */
static struct verdict check_only(struct session *session)
{
	const struct plan_request request = {.profile = session->options.profile,
					     .only = session->options.only,
					     .nonly = session->options.nonly,
					     .no_floor = true};
	struct plan_context context = {.topology = session->topology};
	struct sysinfo memory;
	struct plan plan;

	machine_view(session->topology, &context.machine);
	if (sysinfo(&memory) == 0)
		context.machine.memory_bytes = (uint64_t)memory.totalram * memory.mem_unit;
	struct verdict verdict = plan_make(&request, &context, &plan);

	plan_free(&plan);
	return verdict;
}

struct verdict session_open(const struct session_options *options, struct session *out)
{
	struct verdict verdict;

	*out = (struct session){.options = *options, .turn = -1};
	verdict = topology_load(options->cpus, &out->topology);
	if (verdict_is_ok(&verdict) && !options->plan_only &&
	    !topology_is_this_machine(out->topology))
		verdict = not_here();
	if (verdict_is_ok(&verdict))
		verdict = counters_check_events(options->events);
	if (verdict_is_ok(&verdict) && !options->plan_only && options->nonly)
		verdict = check_only(out);
	if (!verdict_is_ok(&verdict))
		goto out;
	out->context.topology = out->topology;
	if (options->plan_only) {
		machine_view(out->topology, &out->context.machine);
	} else {
		offspring_block(&out->signals);
		out->blocked = true;
		verdict = exclusive_enter(EXCLUSIVE_WAIT_S, &out->turn);
		if (!verdict_is_ok(&verdict))
			goto out;
		/* What the machine has now, after the runs that were waited for. */
		machine_view(out->topology, &out->context.machine);
		clock_read(&out->clock);
		verdict = counters_resolve_with(&out->counters, options->events, options->bare);
		if (!verdict_is_ok(&verdict))
			goto out;
		if (!options->bare)
			counters_cost(&out->counters, &out->counter_cost);
	}
	verdict = make_plan(out);
out:
	if (!verdict_is_ok(&verdict))
		session_close(out);
	return verdict;
}

static struct verdict skip_page_kind(struct session *session, uint64_t page_bytes,
				     struct verdict why)
{
	struct plan *plan = &session->plan;

	for (unsigned i = 0; i < plan->ncells; i++)
		for (int r = 0; r < 2 && plan->cells[i].group != NO_CELL; r++) {
			const struct page_kind *page = &plan->cells[i].want.region[r].page;

			if (page->how != PAGE_HUGETLB || page->bytes != page_bytes)
				continue;
			plan->cells[i].verdict = why;
			plan->cells[i].group = NO_CELL;
		}
	return verdict_ok();
}

/* Of the node of the CPU that will measure, and touched by it. */
static struct verdict reserve_and_fill(struct session *session, struct pool_need *need,
				       struct hugetlb_store *store)
{
	struct gang_cpus cpus;
	struct verdict verdict = topology_gang(session->topology, 0, &(struct gang_spec){0}, &cpus);
	int signal = 0;

	if (verdict_is_ok(&verdict)) {
		need->on_node = where_nodes() > 1 && where_node_of(cpus.initiator, &need->node);
		verdict = pool_reserve(session->journal, need, session->workshop.memory_bytes);
	}
	if (verdict_is_ok(&verdict) && store->pages)
		verdict = store_fill(store, cpus.initiator, &signal);
	if (signal) /* blocked, see above */
		raise(signal);
	return verdict;
}

static struct verdict take_store(struct session *session, uint64_t page_bytes)
{
	uint64_t pages = plan_huge_pages(&session->plan, page_bytes);
	struct pool_need need = {.page_bytes = page_bytes,
				 .pages = pages + plan_loose_pages(&session->plan, page_bytes)};
	struct hugetlb_store *store = &session->workshop.store[session->workshop.nstores];

	if (!need.pages)
		return verdict_ok();
	*store = (struct hugetlb_store){page_bytes, pages, -1};
	struct verdict verdict = reserve_and_fill(session, &need, store);

	session->workshop.nstores += verdict_is_ok(&verdict) && store->fd >= 0;
	/* What is left is for the next pool, and for arenas. */
	if (verdict_is_ok(&verdict) || strcmp(verdict.code, "no-huge-pages") == 0)
		session->workshop.memory_bytes -= need.pages * page_bytes;
	return verdict.outcome == OUTCOME_SKIPPED ? skip_page_kind(session, page_bytes, verdict)
						  : verdict;
}

struct verdict session_take(struct session *session)
{
	static const uint64_t sizes[] = {64ull << 10, 512ull << 10, 1ull << 20,	  2ull << 20,
					 16ull << 20, 32ull << 20,  512ull << 20, 1ull << 30};
	struct workshop *workshop = &session->workshop;
	struct verdict verdict;

	*workshop = (struct workshop){.clock = &session->clock,
				      .counters = &session->counters,
				      .nrecords = RECORDS_MAX,
				      .memory_bytes = session->context.machine.memory_bytes,
				      .conditions = !cpuid_is_emulated(cpuid_native, NULL)};
	workshop->records = mmap(NULL, RECORDS_MAX * sizeof *workshop->records,
				 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (workshop->records == MAP_FAILED) {
		workshop->records = NULL;
		return verdict_error("no-memory", "free memory",
				     "no memory for the records of a worker");
	}
	verdict = journal_open(&session->journal);
	if (verdict_is_ok(&verdict))
		thp_sizes_allow(session->journal, &session->plan);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes && verdict_is_ok(&verdict); i++)
		verdict = take_store(session, sizes[i]);
	if (verdict_is_ok(&verdict))
		loans_take(session->journal, &session->plan);
	if (verdict_is_ok(&verdict))
		verdict = pressure_take(session->journal, &session->plan, workshop);
	return verdict;
}

struct verdict session_run(struct session *session, struct supervise *how, struct result *result,
			   int *interrupted)
{
	how->plan = &session->plan;
	how->context = &session->context;
	how->workshop = &session->workshop;
	how->result = result;
	how->seed = session->options.seed;
	how->rounds = session->options.rounds;
	how->target = session->options.target;
	how->budget_s = session->options.budget_s;
	session->workshop.patience_ns =
	    session->options.rounds ? PATIENCE_ROUNDS_NS : PATIENCE_BUDGET_NS;
	return supervise_run(how, interrupted);
}

struct verdict session_close(struct session *session)
{
	struct workshop *workshop = &session->workshop;
	struct verdict verdict = verdict_ok();

	while (workshop->nstores)
		close(workshop->store[--workshop->nstores].fd);
	if (workshop->records)
		munmap(workshop->records, RECORDS_MAX * sizeof *workshop->records);
	workshop->records = NULL;
	if (session->journal) {
		verdict = journal_restore(session->journal);
		journal_close(session->journal);
	}
	session->journal = NULL;
	exclusive_leave(session->turn);
	session->turn = -1;
	if (session->blocked)
		offspring_unblock(&session->signals);
	session->blocked = false;
	plan_free(&session->plan);
	topology_free(session->topology);
	session->topology = NULL;
	return verdict;
}

double plan_seconds(const struct plan *plan, unsigned rounds)
{
	double seconds = 0;

	for (unsigned i = 0; i < plan->ncells; i++)
		if (plan->cells[i].group != NO_CELL)
			seconds +=
			    VISIT_S +
			    STORM_PAGE_S *
				(double)(region_frames(&plan->cells[i].want.region[0]) >> 12) *
				(plan->cells[i].want.region[0].remapped ? 4 : 0.1);
	return seconds * rounds;
}
