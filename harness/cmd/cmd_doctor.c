#include "cmd/cmd.h"

#include "analyse/analyse.h"
#include "machine/environment.h"
#include "machine/pools.h"
#include "measure/session.h"
#include "output/progress.h"
#include "output/self_test.h"
#include "output/text.h"
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
	text_line(
	    stdout, "responders", "%s",
	    *text ? text
		  : "none: with one CPU there is nobody to interrupt; free more with taskset or "
		    "--cpus");
}

static void say_pool(const char *name, uint64_t bytes)
{
	char command[256];
	uint64_t pages;

	if (!pool_free(bytes, &pages)) {
		text_line(stdout, name, "this kernel has no such pool");
		return;
	}
	pool_command(bytes, bytes >> 30 ? 1 : 64, command, sizeof command);
	if (geteuid() == 0)
		text_line(stdout, name,
			  "%llu free now; run borrows what its plan needs and gives it back",
			  (unsigned long long)pages);
	else
		text_line(stdout, name, "%llu free; to have some: %s", (unsigned long long)pages,
			  command);
}

static void say_layout(const char *name, const struct verdict *verdict)
{
	text_line(stdout, name, "%s%s",
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
			text_line(stdout, "  not counted", "%s and %u more: %s", c->id, n - 1,
				  c->reason);
		else
			text_line(stdout, "  not counted", "%s: %s", c->id, c->reason);
	}
}

static void say_counters(const struct session *session)
{
	const struct counter_cost *cost = &session->counter_cost;
	char counters[512];

	counters_describe(&session->counters, counters, sizeof counters);
	text_line(stdout, "counters", "%s", counters);
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
	text_line(stdout, "cpu", "%s", result->machine.cpu);
	text_line(stdout, "topology", "%s", topology);
	text_line(stdout, "kernel", "%s%s%s", fact(result, "kernel.release"),
		  facts_get(&result->before, "hypervisor") ? ", guest of " : "",
		  facts_get(&result->before, "hypervisor") ? fact(result, "hypervisor") : "");
	say_places(session);
	text_line(stdout, "memory", "%llu MiB may be used",
		  (unsigned long long)(session->context.machine.memory_bytes >> 20));
	text_line(stdout, "thp", "%s (defrag %s)", fact(result, "thp.enabled"),
		  fact(result, "thp.defrag"));
	say_pool("2m pages", 2ull << 20);
	say_pool("1g pages", 1ull << 30);
	say_layout("alias 4k", &session->soundness.alias);
	say_layout("alias 2m, 1g", &session->soundness.hugealias);
	say_layout("zero page", &session->soundness.zero);
	say_counters(session);
	text_line(stdout, "clock", "%s, %.3f GHz, steps of %.1f ns, %.1f ns a read",
		  session->clock.source, session->clock.hz / 1e9, session->clock.resolution_ns,
		  session->clock.overhead_ns);
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
		self_test_print(stdout, &result);
	} else {
		code = cmd_fail(&verdict);
	}
	session_close(&session);
	result_free(&result);
	return code;
}
