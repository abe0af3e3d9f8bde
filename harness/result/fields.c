#include "result/fields.h"

#include "result/key.h"

#include <stddef.h>
#include <string.h>

#define AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define LIST(type, member, count)                                                                  \
	.offset = offsetof(type, member), .size = sizeof(*((type *)0)->member),                    \
	.noffset = offsetof(type, count)

#define ESTIMATE(type, member)                                                                     \
	{"est", F_REAL, .required = true, AT(type, member.est)},                                   \
	    {"lo", F_REAL, .required = true, AT(type, member.lo)},                                 \
	{                                                                                          \
		"hi", F_REAL, .required = true, AT(type, member.hi)                                \
	}

/* The last of outcomes: a cell that met an error of the harness was tried, so it is invalid. */
static const char *const outcome_words[] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_SKIPPED] = "skipped",
    [OUTCOME_INVALID] = "invalid",
    [OUTCOME_ERROR] = "invalid",
    NULL,
};
static const char *const proof_words[] = {
    "", [PROOF_HELD] = "held", [PROOF_FAILED] = "failed", [PROOF_UNAVAILABLE] = "unavailable", NULL,
};
static const char *const better_words[] = {
    [BETTER_NEITHER] = "neither",
    [BETTER_LESS] = "less",
    [BETTER_MORE] = "more",
    NULL,
};
static const char *const confidence_words[] = {
    [CANNOT_TELL] = "cannot-tell",
    [SEEN] = "seen",
    [CONFIRMED] = "confirmed",
    NULL,
};
static const char *const state_words[] = {"partial", "complete", NULL};

/* name, unit and interval: floor and findings */
static const struct field value_fields[] = {
    {"unit", F_TEXT, AT(struct finding_value, unit)},
    ESTIMATE(struct finding_value, e),
    {0},
};
static const struct shape value_shape = {sizeof(struct finding_value), value_fields, NULL, NULL};

static const struct field tool_fields[] = {
    {"version", F_TEXT, AT(struct result, tool.version)},
    {"git", F_TEXT, AT(struct result, tool.git)},
    {"compiler", F_TEXT, AT(struct result, tool.compiler)},
    {"flags", F_TEXT, AT(struct result, tool.flags)},
    {0},
};
static const struct shape tool_shape = {sizeof(struct result), tool_fields, NULL, NULL};

static struct verdict run_finish(const struct result *result, void *element)
{
	uint64_t bytes = result->run.base_page_bytes;

	(void)element;
	if (bytes < 1024 || (bytes & (bytes - 1)))
		return verdict_invalid("bad-result", NULL, "base_page_bytes is not a page size");
	return verdict_ok();
}

static const struct field run_fields[] = {
    {"id", F_TEXT, AT(struct result, run.id)},
    {"started", F_TEXT, AT(struct result, run.started)},
    {"state", F_WORD, .required = true, AT(struct result, run.complete), .words = state_words},
    {"seed", F_DECIMAL, AT(struct result, run.seed)},
    {"profile", F_TEXT, AT(struct result, run.profile)},
    {"args", F_TEXT, AT(struct result, run.args)},
    {"label", F_TEXT, AT(struct result, run.label)},
    {"turns", F_TEXT, .sparse = true, AT(struct result, run.turns)},
    {"rounds", F_COUNT, AT(struct result, run.rounds)},
    {"budget_s", F_REAL, AT(struct result, run.budget_s)},
    {"elapsed_s", F_REAL, AT(struct result, run.elapsed_s)},
    {"accel", F_TEXT, AT(struct result, run.accel)},
    {"base_page_bytes", F_BIG, .required = true, AT(struct result, run.base_page_bytes)},
    {0},
};
static const struct shape run_shape = {sizeof(struct result), run_fields, NULL, run_finish};

static const struct field claim_fields[] = {
    {"level", F_COUNT, .required = true, AT(struct claim, level)},
    {"type", F_TEXT, .required = true, AT(struct claim, type)},
    {"pages", F_TEXT, .required = true, AT(struct claim, pages)},
    {"entries", F_BIG, .required = true, AT(struct claim, entries)},
    {"ways", F_BIG, .sparse = true, AT(struct claim, ways)},
    {"sets", F_BIG, .sparse = true, AT(struct claim, sets)},
    {"source", F_TEXT, AT(struct claim, source)},
    {0},
};
static const struct shape claim_shape = {sizeof(struct claim), claim_fields, NULL, NULL};

static const struct field machine_fields[] = {
    {"id", F_TEXT, AT(struct result, machine.id)},
    {"cpu", F_TEXT, AT(struct result, machine.cpu)},
    {"cpukinds", F_SPLIT, AT(struct result, machine.cpukinds), .separator = "; "},
    {"claims", F_ARRAY, LIST(struct result, machine.claims, machine.nclaims),
     .shape = &claim_shape},
    {"topology_xml", F_STRING, AT(struct result, machine.topology_xml)},
    {0},
};
static const struct shape machine_shape = {sizeof(struct result), machine_fields, NULL, NULL};

static const struct field environment_fields[] = {
    {"before", F_FACTS, AT(struct result, before)},
    {"changed", F_FACTS, AT(struct result, changed)},
    {0},
};
static const struct shape environment_shape = {sizeof(struct result), environment_fields, NULL,
					       NULL};

static const struct field clock_fields[] = {
    {"source", F_TEXT, AT(struct result, clock.source)},
    {"hz", F_REAL, .sparse = true, AT(struct result, clock.hz)},
    {"resolution_ns", F_REAL, .sparse = true, AT(struct result, clock.resolution_ns)},
    {"overhead_ns", F_REAL, .sparse = true, AT(struct result, clock.overhead_ns)},
    {"width", F_REAL, .sparse = true, AT(struct result, clock.width)},
    {0},
};
static const struct shape clock_shape = {sizeof(struct result), clock_fields, NULL, NULL};

static const struct field counter_fields[] = {
    {"id", F_TEXT, .required = true, AT(struct counter_result, id)},
    {"event", F_TEXT, AT(struct counter_result, event)},
    {"raw", F_TEXT, AT(struct counter_result, raw)},
    {"source", F_TEXT, .required = true, AT(struct counter_result, source)},
    {"counts", F_TEXT, AT(struct counter_result, counts)},
    {"with_walks", F_BOOL, .sparse = true, AT(struct counter_result, with_walks)},
    {"reason", F_TEXT, AT(struct counter_result, reason)},
    {0},
};
static const struct shape counter_shape = {sizeof(struct counter_result), counter_fields, NULL,
					   NULL};

static const struct field reason_fields[] = {
    {"code", F_TEXT, AT(struct cell_result, outcome.code)},
    {"text", F_TEXT, AT(struct cell_result, outcome.text)},
    {"remedy", F_TEXT, AT(struct cell_result, outcome.remedy)},
    {0},
};
static const struct shape reason_shape = {sizeof(struct cell_result), reason_fields, NULL, NULL};

/* Kept beside an outcome that may be ok for now: a resumed run judges by all visits. */
static const struct field failure_fields[] = {
    {"outcome", F_WORD, .sparse = true, AT(struct cell_result, last_failure.outcome),
     .words = outcome_words},
    {"code", F_TEXT, AT(struct cell_result, last_failure.code)},
    {"text", F_TEXT, AT(struct cell_result, last_failure.text)},
    {"remedy", F_TEXT, AT(struct cell_result, last_failure.remedy)},
    {0},
};
static const struct shape failure_shape = {sizeof(struct cell_result), failure_fields, NULL, NULL};

static const struct field proof_fields[] = {
    {"what", F_TEXT, .required = true, AT(struct proof, what)},
    {"state", F_WORD, .required = true, AT(struct proof, state), .words = proof_words},
    {"expected", F_TEXT, AT(struct proof, expected)},
    {"seen", F_TEXT, AT(struct proof, seen)},
    {"text", F_TEXT, AT(struct proof, text)},
    {0},
};
static const struct shape proof_shape = {sizeof(struct proof), proof_fields, NULL, NULL};

static struct verdict metric_finish(const struct result *result, void *element)
{
	const struct metric_result *metric = element;

	(void)result;
	if ((!metric->nsamples || metric->rounds) && (!metric->naside || metric->aside_rounds))
		return verdict_ok();
	return verdict_invalid("bad-result", NULL, "samples without their rounds");
}

static const struct field metric_fields[] = {
    {"unit", F_TEXT, AT(struct metric_result, unit)},
    {"better", F_WORD, AT(struct metric_result, better), .words = better_words},
    {"primary", F_BOOL, AT(struct metric_result, primary)},
    {"noisy", F_BOOL, AT(struct metric_result, noisy)},
    ESTIMATE(struct metric_result, e),
    {"samples", F_REALS, LIST(struct metric_result, samples, nsamples)},
    {"rounds", F_COUNTS, LIST(struct metric_result, rounds, nsamples)},
    {"runs", F_COUNTS, LIST(struct metric_result, runs, nsamples)},
    {"aside", F_REALS, LIST(struct metric_result, aside, naside)},
    {"aside_rounds", F_COUNTS, LIST(struct metric_result, aside_rounds, naside)},
    {"aside_runs", F_COUNTS, LIST(struct metric_result, aside_runs, naside)},
    {"pair", F_TEXT, AT(struct metric_result, pair)},
    {0},
};
static const struct shape metric_shape = {sizeof(struct metric_result), metric_fields, NULL,
					  metric_finish};

static const struct field zeros_fields[] = {
    {"unit", F_TEXT, AT(struct zeros, unit)},
    {"rounds", F_BIGS, .required = true, LIST(struct zeros, rounds, nrounds)},
    {"names", F_TEXTS, .required = true, LIST(struct zeros, names, nnames)},
    {0},
};
static const struct shape zeros_shape = {sizeof(struct zeros), zeros_fields, NULL, NULL};

/* Empty buckets at both ends say nothing. */
static bool hist_trim(const void *element, void *copy)
{
	struct hist_result *hist = copy;

	memcpy(copy, element, sizeof *hist);
	for (; hist->ncounts && hist->counts[0] == 0; hist->ncounts--, hist->counts++)
		hist->lo_ns *= hist->ratio;
	while (hist->ncounts && hist->counts[hist->ncounts - 1] == 0)
		hist->ncounts--;
	return hist->ncounts != 0;
}

static struct verdict hist_finish(const struct result *result, void *element)
{
	const struct hist_result *hist = element;

	(void)result;
	if (hist->lo_ns > 0 && hist->ratio > 1)
		return verdict_ok();
	return verdict_invalid("bad-result", NULL, "lo_ns must be above 0 and ratio above 1");
}

static const struct field hist_fields[] = {
    {"lo_ns", F_REAL, .required = true, AT(struct hist_result, lo_ns)},
    {"ratio", F_REAL, .required = true, AT(struct hist_result, ratio)},
    {"counts", F_BIGS, .required = true, LIST(struct hist_result, counts, ncounts)},
    {"exposed_s", F_REAL, .sparse = true, AT(struct hist_result, exposed_s)},
    {"heard_s", F_REAL, .sparse = true, AT(struct hist_result, heard_s)},
    {"p50_ns", F_REAL, .sparse = true, AT(struct hist_result, p50_ns)},
    {"p90_ns", F_REAL, .sparse = true, AT(struct hist_result, p90_ns)},
    {"p99_ns", F_REAL, .sparse = true, AT(struct hist_result, p99_ns)},
    {"p999_ns", F_REAL, .sparse = true, AT(struct hist_result, p999_ns)},
    {0},
};
static const struct shape hist_shape = {sizeof(struct hist_result), hist_fields, hist_trim,
					hist_finish};

/* The key says it all: bench and params are in the file for readers that have no parser of keys. */
static struct verdict cell_finish(const struct result *result, void *element)
{
	struct cell_result *cell = element;
	struct verdict v = key_parse(cell->key, result->run.base_page_bytes, &cell->cell);

	if (!verdict_is_ok(&v))
		return v;
	key_format(&cell->cell, cell->key);
	return zeros_expand(cell);
}

static const struct field cell_fields[] = {
    {"key", F_TEXT, .required = true, AT(struct cell_result, key)},
    {"bench", F_TEXT, AT(struct cell_result, cell.bench)},
    {"revision", F_COUNT, AT(struct cell_result, revision)},
    {"params", F_PARAMS, AT(struct cell_result, cell)},
    {"sweeps", F_SPLIT, AT(struct cell_result, sweeps), .separator = ","},
    {"wave", F_COUNT, AT(struct cell_result, wave)},
    {"requested", F_BOOL, AT(struct cell_result, requested)},
    {"outcome", F_WORD, .required = true, AT(struct cell_result, outcome.outcome),
     .words = outcome_words},
    {"reason", F_OBJECT, .shape = &reason_shape},
    {"notes", F_TEXTS, LIST(struct cell_result, notes, nnotes)},
    {"proof", F_ARRAY, LIST(struct cell_result, proofs, nproofs), .shape = &proof_shape},
    {"visits", F_COUNT, AT(struct cell_result, rounds)},
    {"failed_visits", F_COUNT, .sparse = true, AT(struct cell_result, failed_visits)},
    {"last_failure", F_OBJECT, .shape = &failure_shape},
    {"measured_s", F_REAL, .sparse = true, AT(struct cell_result, measured_s)},
    {"metrics", F_MAP, LIST(struct cell_result, metrics, nmetrics), .shape = &metric_shape},
    {"zeros", F_ARRAY, LIST(struct cell_result, zeros, nzeros), .shape = &zeros_shape},
    {"hist", F_MAP, LIST(struct cell_result, hists, nhists), .shape = &hist_shape},
    {"disturbance", F_NUMBERS, LIST(struct cell_result, disturbances, ndisturbances)},
    {0},
};
const struct shape cell_shape = {sizeof(struct cell_result), cell_fields, NULL, cell_finish};

static const struct field finding_fields[] = {
    {"kind", F_TEXT, .required = true, AT(struct finding, kind)},
    {"analysis", F_TEXT, AT(struct finding, analysis)},
    {"subject", F_FACTS, AT(struct finding, subject)},
    {"values", F_MAP, LIST(struct finding, values, nvalues), .shape = &value_shape},
    {"confidence", F_WORD, .required = true, AT(struct finding, confidence),
     .words = confidence_words},
    {"from", F_TEXTS, LIST(struct finding, from, nfrom)},
    {"text", F_TEXT, AT(struct finding, text)},
    {0},
};
static const struct shape finding_shape = {sizeof(struct finding), finding_fields, NULL, NULL};

/* run comes before cells: its base page gives their keys a meaning. */
static const struct field result_fields[] = {
    {"tool", F_OBJECT, .shape = &tool_shape},
    {"run", F_OBJECT, .required = true, .shape = &run_shape},
    {"machine", F_OBJECT, .shape = &machine_shape},
    {"environment", F_OBJECT, .shape = &environment_shape},
    {"clock", F_OBJECT, .shape = &clock_shape},
    {"floor", F_MAP, LIST(struct result, floor, nfloor), .shape = &value_shape},
    {"counters", F_ARRAY, LIST(struct result, counters, ncounters), .shape = &counter_shape},
    {"cells", F_ARRAY, .required = true, LIST(struct result, cells, ncells), .shape = &cell_shape},
    {"findings", F_ARRAY, LIST(struct result, findings, nfindings), .shape = &finding_shape},
    {0},
};
const struct shape result_shape = {sizeof(struct result), result_fields, NULL, NULL};
