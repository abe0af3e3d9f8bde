#include "cmd/cmd.h"

#include "analyse/analyse.h"
#include "machine/environment.h"
#include "machine/pools.h"
#include "measure/session.h"
#include "output/progress.h"
#include "result/phrase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Say what can be measured on this machine, how well, and what would enable the rest. Ends with "
    "a measured self-test of about two "
    "seconds."
    "\vExample: tlbscope doctor\n\nExit code 0; 255 when the self-test itself cannot run.";

#define SELF_TEST_ROUNDS 10
#define GRADE_SAMPLES	 6 /* fewer have no 95% interval */

static const char *const self_test_cells[] = {
    "chase/page=4k/layout=distinct/footprint=64p", "madvise/npages=1/resp=0",
    "madvise/npages=1/resp=1/place=*/state=spin", /* the last: a single CPU has no such cell */
};
#define SELF_TEST_CELLS (sizeof self_test_cells / sizeof *self_test_cells)

static unsigned self_test_size(void)
{
	struct topology *topology;
	struct verdict verdict = topology_load(NULL, &topology);
	bool alone = verdict_is_ok(&verdict) && topology_cpus(topology) == 1;

	if (verdict_is_ok(&verdict))
		topology_free(topology);
	return SELF_TEST_CELLS - alone;
}

static void line(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(const char *what, const char *format, ...)
{
	va_list args;

	printf("%-14s ", what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static const char *fact(const struct result *result, const char *name)
{
	const char *text = facts_get(&result->before, name);

	return text ? text : "?";
}

static void say_places(const struct session *session)
{
	const unsigned *n = session->context.machine.responders;
	char text[160] = "";

	for (int place = PLACE_SMT; place < PLACES; place++)
		if (n[place])
			snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u at %s",
				 *text ? ", " : "", n[place], place_name((enum place)place));
	line("responders", "%s",
	     *text ? text
		   : "none: with one CPU there is nobody to interrupt; free more with taskset or "
		     "--cpus");
}

static void say_pool(const char *name, uint64_t bytes)
{
	char command[256];
	uint64_t pages;

	if (!pool_free(bytes, &pages)) {
		line(name, "this kernel has no such pool");
		return;
	}
	pool_command(bytes, bytes >> 30 ? 1 : 64, command, sizeof command);
	if (geteuid() == 0)
		line(name, "%llu free now; run borrows what its plan needs and gives it back",
		     (unsigned long long)pages);
	else
		line(name, "%llu free; to have some: %s", (unsigned long long)pages, command);
}

static void say_layout(const char *name, const struct verdict *verdict)
{
	line(name, "%s%s",
	     verdict_is_ok(verdict) ? "sound by self-test" : "not used: ", verdict->text);
}

static bool said_before(const struct counter_plan *plan, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (strcmp(plan->counter[k].info.reason, plan->counter[i].info.reason) == 0)
			return true;
	return false;
}

/* What is not counted, by reason: each with the first that it hits. */
static void say_uncounted(const struct counter_plan *plan)
{
	for (unsigned i = 0; i < plan->n; i++) {
		const struct counter_result *c = &plan->counter[i].info;
		unsigned n = 0;

		if (!*c->reason || said_before(plan, i))
			continue;
		for (unsigned k = i; k < plan->n; k++)
			n += strcmp(plan->counter[k].info.reason, c->reason) == 0;
		if (n > 1)
			line("  not counted", "%s and %u more: %s", c->id, n - 1, c->reason);
		else
			line("  not counted", "%s: %s", c->id, c->reason);
	}
}

static void say_counters(const struct session *session)
{
	const struct counter_cost *cost = &session->counter_cost;
	char counters[512];

	counters_describe(&session->counters, counters, sizeof counters);
	line("counters", "%s", counters);
	say_uncounted(&session->counters);
	if (cost->leg_ns == 0)
		return;
	printf("%-14s %.1f µs a leg, outside its stamps; one group by read(2) %.2f µs, ", "  cost",
	       cost->leg_ns / 1e3, cost->read_ns / 1e3);
	if (cost->rdpmc_ns > 0)
		printf("by rdpmc %.0f ns\n", cost->rdpmc_ns);
	else
		puts("by rdpmc n/a (no hardware counter that user mode may read)");
}

static void say_machine(const struct session *session, const struct result *result)
{
	char topology[200];

	topology_describe(session->topology, topology, sizeof topology);
	line("cpu", "%s", result->machine.cpu);
	line("topology", "%s", topology);
	line("kernel", "%s%s%s", fact(result, "kernel.release"),
	     facts_get(&result->before, "hypervisor") ? ", guest of " : "",
	     facts_get(&result->before, "hypervisor") ? fact(result, "hypervisor") : "");
	say_places(session);
	line("memory", "%llu MiB may be used",
	     (unsigned long long)(session->context.machine.memory_bytes >> 20));
	line("thp", "%s (defrag %s)", fact(result, "thp.enabled"), fact(result, "thp.defrag"));
	say_pool("2m pages", 2ull << 20);
	say_pool("1g pages", 1ull << 30);
	say_layout("alias 4k", &session->soundness.alias);
	say_layout("alias 2m, 1g", &session->soundness.hugealias);
	say_layout("zero page", &session->soundness.zero);
	say_counters(session);
	line("clock", "%s, %.3f GHz, steps of %.1f ns, %.1f ns a read", session->clock.source,
	     session->clock.hz / 1e9, session->clock.resolution_ns, session->clock.overhead_ns);
}

static double disturbance(const struct result *result, const char *name)
{
	double sum = 0;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0; k < result->cells[i].ndisturbances; k++)
			if (strcmp(result->cells[i].disturbances[k].name, name) == 0)
				sum += result->cells[i].disturbances[k].value;
	return sum;
}

/* Not the floor, which every run measures. */
static bool is_of_self_test(const struct cell_result *cell)
{
	return cell->requested && strcmp(cell->cell.bench, "null") != 0;
}

/* A proof over all cells: failed if it failed anywhere. */
static const struct proof *find_proof(const struct result *result, const char *what)
{
	const struct proof *found = NULL;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0;
		     k < result->cells[i].nproofs && is_of_self_test(&result->cells[i]); k++) {
			const struct proof *proof = &result->cells[i].proofs[k];

			if (strcmp(proof->what, what) == 0 &&
			    (!found || proof->state == PROOF_FAILED || !*found->expected))
				found = proof;
		}
	return found;
}

static void say_proof(const struct result *result, const char *name, const char *what)
{
	static const char *const states[] = {
	    [PROOF_HELD] = "held", [PROOF_FAILED] = "FAILED", [PROOF_UNAVAILABLE] = "unavailable"};
	const struct proof *proof = find_proof(result, what);

	if (!proof)
		line(name, "not tried: no cell that could");
	else
		line(name, "%s%s%s%s%s%s%s", states[proof->state],
		     *proof->expected ? ", expected " : "", proof->expected,
		     *proof->seen ? ", seen " : "", proof->seen, *proof->text ? ": " : "",
		     proof->text);
}

/* How far the same cell moves between rounds: half of the 95% interval of the median, worst primary
 * metric. */
static double spread(const struct result *result)
{
	double worst = 0;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0; k < result->cells[i].nmetrics; k++) {
			const struct metric_result *m = &result->cells[i].metrics[k];

			if (m->primary && m->e.est > 0)
				worst = fmax(worst, (m->e.hi - m->e.lo) / 2 / m->e.est);
		}
	return worst;
}

static void say_cells(const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];
		const struct metric_result *ns = cell_find_metric(cell, "ns");

		if (!is_of_self_test(cell))
			continue;
		if (verdict_is_ok(&cell->outcome) && ns)
			printf("  %-64s %9.1f ns [%.1f, %.1f]\n", cell->key, ns->e.est, ns->e.lo,
			       ns->e.hi);
		else
			printf("  %-64s %s\n", cell->key, cell->outcome.text);
	}
}

/* The first cell that says nothing of how well this machine can be measured. NULL: they all do. */
static const struct cell_result *unmeasured(const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];

		if (is_of_self_test(cell) &&
		    (!verdict_is_ok(&cell->outcome) || cell->rounds < GRADE_SAMPLES))
			return cell;
	}
	return NULL;
}

static void say_finding(const struct result *result, const char *name, const char *kind)
{
	const struct finding *finding = result_find_finding(result, kind, NULL, NULL, NULL);

	if (finding)
		line(name, "%s", finding->text);
}

static void say_grade(const struct result *result)
{
	const struct cell_result *missing = unmeasured(result);
	double worst = spread(result);
	bool failed = false;

	for (unsigned i = 0; i < result->ncells; i++)
		failed |= result->cells[i].outcome.outcome == OUTCOME_INVALID;
	line("steal", "%.0f ms in the self-test", disturbance(result, "steal_ms"));
	if (!missing)
		line("spread", "±%.1f%% between rounds, worst of these cells", worst * 100);
	if (failed)
		printf("\nA proof failed just now: good for nothing here until that is mended\n");
	else if (missing && verdict_is_ok(&missing->outcome))
		printf("\nnot graded: %s gave %u sample%s, and it takes %d; try again when less "
		       "runs here\n",
		       missing->key, missing->rounds, plural(missing->rounds), GRADE_SAMPLES);
	else if (missing)
		printf("\nnot graded: %s was not measured: %s\n", missing->key,
		       missing->outcome.text);
	else
		printf("\ngood for %s here\n", worst <= 0.01   ? "1%"
					       : worst <= 0.05 ? "5%"
							       : "nothing finer than 5%");
}

static struct verdict self_test(struct session *session, struct result *result)
{
	struct supervise how = {0};
	int interrupted = 0;
	struct verdict verdict = session_take(session);

	if (verdict_is_ok(&verdict))
		verdict = session_run(session, &how, result, &interrupted);
	if (interrupted)
		verdict = verdict_error("interrupted", NULL, "interrupted");
	if (verdict_is_ok(&verdict) && !findings_compute(result))
		verdict = verdict_error("no-memory", "free memory", "no memory for the findings");
	return verdict;
}

int cmd_doctor(int argc, char **argv)
{
	const struct argp argp = {.parser = cmd_no_more, .doc = doc};
	const struct session_options options = {.profile = "quick",
						.only = self_test_cells,
						.nonly = self_test_size(),
						.rounds = SELF_TEST_ROUNDS,
						.budget_s = 10,
						.target = 0.01,
						.seed = 1};
	struct session session;
	struct result result;
	int code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	result_init(&result);
	struct verdict verdict = session_open(&options, &session);

	if (verdict_is_ok(&verdict))
		verdict = session_describe(&session, &result);
	if (verdict_is_ok(&verdict)) {
		say_machine(&session, &result);
		puts("\nself-test");
		fflush(stdout);
		verdict = self_test(&session, &result);
	}
	if (verdict_is_ok(&verdict)) {
		say_cells(&result);
		say_proof(&result, "pinned", "pinned");
		say_proof(&result, "page size", "page-size");
		say_proof(&result, "interrupts", "ipis");
		say_proof(&result, "gaps", "gaps");
		say_finding(&result, "distance", "distance");
		say_finding(&result, "company", "company");
		say_grade(&result);
	} else {
		code = cmd_fail(&verdict);
	}
	session_close(&session);
	result_free(&result);
	return code;
}
