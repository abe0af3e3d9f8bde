#include "measure/session.h"

#include "machine/environment.h"
#include "measure/clock.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "AMD EPYC 9B14" and 2 CPUs under KVM: amd-epyc-9b14-2cpu-kvm. */
static void machine_name(const struct facts *facts, unsigned cpus, char *out, size_t size)
{
	const char *model = facts_get(facts, "cpu.model"),
		   *hypervisor = facts_get(facts, "hypervisor");
	char text[96];
	size_t n = 0;

	snprintf(text, sizeof text, "%s-%ucpu%s%s", model ? model : "cpu", cpus,
		 hypervisor ? "-" : "", hypervisor ? hypervisor : "");
	for (const char *c = text; *c && n + 1 < size; c++)
		if (isalnum((unsigned char)*c))
			out[n++] = (char)tolower((unsigned char)*c);
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	out[n] = 0;
}

/* Emulated time is no hardware's time; all other hypervisors run guests on the processor itself. */
static const char *accel_name(const struct facts *facts)
{
	const char *hypervisor = facts_get(facts, "hypervisor");

	if (!hypervisor || (strcmp(hypervisor, "tcg") != 0 && strcmp(hypervisor, "kvm") != 0))
		return "hardware";
	return hypervisor;
}

static bool describe_counters(const struct counter_plan *plan, struct result *result)
{
	for (unsigned i = 0; i < plan->n; i++) {
		struct counter_result *counter = result_add_counter(result);

		if (!counter)
			return false;
		*counter = plan->counter[i].info;
	}
	return true;
}

static bool add_floor(struct result *result, const char *name, const char *unit, struct estimate e)
{
	struct finding_value *floor = realloc(result->floor, (result->nfloor + 1) * sizeof *floor);

	if (!floor)
		return false;
	result->floor = floor;
	floor[result->nfloor] = (struct finding_value){.e = e};
	snprintf(floor[result->nfloor].name, sizeof floor->name, "%s", name);
	snprintf(floor[result->nfloor++].unit, sizeof floor->unit, "%s", unit);
	return true;
}

/* What counting costs beside a leg; absent where nothing is counted, or not so. */
static bool describe_cost(const struct counter_cost *cost, struct result *result)
{
	const struct {
		const char *name;
		double ns;
	} values[] = {
	    {"counters_leg_ns", cost->leg_ns},
	    {"counters_read_ns", cost->read_ns},
	    {"counters_rdpmc_ns", cost->rdpmc_ns},
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		double ns = values[i].ns;

		if (ns > 0 &&
		    !add_floor(result, values[i].name, "ns", (struct estimate){ns, ns, ns}))
			return false;
	}
	return true;
}

struct verdict session_describe(const struct session *session, struct result *result)
{
	struct verdict no_memory =
	    verdict_error("no-memory", "free memory", "no memory for the result");
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	if (!environment_read(&result->before))
		return no_memory;
	const char *kernel = facts_get(&result->before, "kernel.release"),
		   *model = facts_get(&result->before, "cpu.model");

	strftime(result->run.started, sizeof result->run.started, "%Y-%m-%dT%H:%M:%SZ", &utc);
	size_t length = strftime(result->run.id, sizeof result->run.id, "%Y%m%dT%H%M%SZ", &utc);
	snprintf(result->run.id + length, sizeof result->run.id - length, "-%.20s-%.8s",
		 kernel ? kernel : "linux", session->options.profile);
	snprintf(result->run.profile, sizeof result->run.profile, "%s", session->options.profile);
	snprintf(result->run.accel, sizeof result->run.accel, "%s", accel_name(&result->before));
	result->run.seed = session->options.seed;
	result->run.budget_s = session->options.budget_s;
	result->run.base_page_bytes = session->context.machine.base_page_bytes;
	machine_name(&result->before, session->context.machine.cpus, result->machine.id,
		     sizeof result->machine.id);
	snprintf(result->machine.cpu, sizeof result->machine.cpu, "%s", model ? model : "unknown");
	topology_describe_cpukinds(session->topology, result->machine.cpukinds,
				   sizeof result->machine.cpukinds);
	result->machine.topology_xml = topology_xml(session->topology);
	result->clock = session->clock;
	if (!claims_read(cpuid_native, NULL, &result->machine.claims, &result->machine.nclaims) ||
	    !describe_counters(&session->counters, result) ||
	    !describe_cost(&session->counter_cost, result))
		return no_memory;
	return verdict_ok();
}

static void copy_floor(const struct cell_result *cell, struct result *result)
{
	static const char *const wanted[] = {"ns", "mean_ns", "p99_ns"};

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		const struct metric_result *metric = cell_find_metric(cell, wanted[i]);

		if (metric)
			add_floor(result, metric->name, metric->unit, metric->e);
	}
}

void session_finish(struct result *result)
{
	struct facts after = {0};
	const struct cell_result *null = result_find_cell(result, "null/resp=0");

	if (environment_read(&after))
		facts_diff(&result->before, &after, &result->changed);
	facts_free(&after);
	if (null && null->rounds)
		copy_floor(null, result);
}
