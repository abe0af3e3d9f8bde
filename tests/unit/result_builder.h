/* Results made in memory, for the tests of every room that reads results.
 *
 * A wrong key or no memory ends the test program: these are for known good input. Numbers are exact
 * and the same on every call, so outputs can be compared with golden ones. Memory is the result's:
 * result_free().
 */
#ifndef TESTS_UNIT_RESULT_BUILDER_H
#define TESTS_UNIT_RESULT_BUILDER_H

#include "result/key.h"
#include "result/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILD_TEXT(field, ...) snprintf(field, sizeof(field), __VA_ARGS__)

static inline void *build_must(void *pointer, const char *what)
{
	if (pointer)
		return pointer;
	fprintf(stderr, "result_builder: %s\n", what);
	_Exit(99);
}

/* A complete run of tool, machine and clock, without cells. */
static inline void build_result(struct result *result)
{
	result_init(result);
	BUILD_TEXT(result->tool.version, "0.1.0");
	BUILD_TEXT(result->tool.git, "0123456789ab");
	BUILD_TEXT(result->tool.compiler, "GNU 12.2.0");
	BUILD_TEXT(result->tool.flags, "-O2 -g");
	BUILD_TEXT(result->run.id, "20250102T030405Z-6.12.1-quick");
	BUILD_TEXT(result->run.started, "2025-01-02T03:04:05Z");
	BUILD_TEXT(result->run.profile, "quick");
	BUILD_TEXT(result->run.args, "run --profile quick --seed 42");
	BUILD_TEXT(result->run.accel, "kvm");
	result->run.complete = true;
	result->run.seed = 42;
	result->run.rounds = 10;
	result->run.budget_s = 60;
	result->run.elapsed_s = 41.5;
	result->run.base_page_bytes = 4096;
	BUILD_TEXT(result->machine.id, "example-cpu-1x2x1");
	BUILD_TEXT(result->machine.cpu, "Example CPU 1000");
	BUILD_TEXT(result->machine.cpukinds, "all: 2 cores, 2 threads");
	result->machine.topology_xml = build_must(strdup("<topology/>\n"), "no memory");
	facts_set(&result->before, "kernel", "6.12.1");
	facts_set(&result->before, "thp", "madvise");
	BUILD_TEXT(result->clock.source, "tsc");
	result->clock.hz = 2.6e9;
	result->clock.resolution_ns = 10;
	result->clock.overhead_ns = 9.75;
}

/* An ok cell of the sweep, without metrics. Earlier cells of the result may move. */
static inline struct cell_result *build_cell(struct result *result, const char *key)
{
	struct cell_result *cell = build_must(result_add_cell(result), "no memory");
	struct verdict v = key_parse(key, 4096, &cell->cell);

	build_must(verdict_is_ok(&v) ? cell : NULL, v.text);
	key_format(&cell->cell, cell->key);
	cell->revision = 1;
	cell->wave = 1;
	cell->requested = true;
	return cell;
}

/* build_cell() with a key as in printf: curves are loops over it. */
__attribute__((format(printf, 2, 3))) static inline struct cell_result *
build_cellf(struct result *result, const char *format, ...)
{
	char key[CELL_KEY_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(key, sizeof key, format, args);
	va_end(args);
	return build_cell(result, key);
}

static inline int build_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median, and the 95% order-statistic interval for the two sizes that tests use (10: ranks 2 and 9;
 * 20: ranks 6 and 15); for other sizes the extremes. */
static inline struct estimate build_estimate(const double *samples, unsigned n)
{
	double *sorted = build_must(calloc(n, sizeof *sorted), "no samples");
	unsigned low = n == 10 ? 1 : n == 20 ? 5 : 0;

	memcpy(sorted, samples, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, build_compare);
	struct estimate e = {(sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[low],
			     sorted[n - 1 - low]};
	free(sorted);
	return e;
}

/* A primary metric, less is better, with these samples, one a round. */
static inline struct metric_result *build_metric_of(struct cell_result *cell, const char *name,
						    const char *unit, const double *samples,
						    unsigned n)
{
	struct metric_result *metric = build_must(cell_add_metric(cell), "no memory");

	BUILD_TEXT(metric->name, "%s", name);
	BUILD_TEXT(metric->unit, "%s", unit);
	metric->better = BETTER_LESS;
	metric->primary = true;
	metric->e = build_estimate(samples, n);
	metric->nsamples = n;
	metric->samples = build_must(calloc(n, sizeof *metric->samples), "no memory");
	metric->rounds = build_must(calloc(n, sizeof *metric->rounds), "no memory");
	memcpy(metric->samples, samples, n * sizeof *samples);
	for (unsigned i = 0; i < n; i++)
		metric->rounds[i] = i;
	cell->rounds = n > cell->rounds ? n : cell->rounds;
	return metric;
}

/* The same with ten samples, evenly spread over middle ± spread (relative: 0.01 is 1%), out of
 * order. */
static inline struct metric_result *build_metric(struct cell_result *cell, const char *name,
						 const char *unit, double middle, double spread)
{
	double samples[10];

	for (int i = 0; i < 10; i++)
		samples[i] = middle * (1 + spread * ((i * 7 % 10) - 4.5) / 4.5);
	return build_metric_of(cell, name, unit, samples, 10);
}

static inline struct proof *build_proof(struct cell_result *cell, const char *what,
					enum proof_state state)
{
	struct proof *proof = build_must(cell_add_proof(cell), "no memory");

	BUILD_TEXT(proof->what, "%s", what);
	proof->state = state;
	return proof;
}

static inline struct counter_result *build_counter(struct result *result, const char *id,
						   const char *source)
{
	struct counter_result *counter = build_must(result_add_counter(result), "no memory");

	BUILD_TEXT(counter->id, "%s", id);
	BUILD_TEXT(counter->source, "%s", source);
	return counter;
}

static inline struct finding *build_finding(struct result *result, const char *kind,
					    enum confidence confidence, const char *text)
{
	struct finding *finding = build_must(result_add_finding(result), "no memory");

	BUILD_TEXT(finding->kind, "%s", kind);
	BUILD_TEXT(finding->analysis, "%s/1", kind);
	BUILD_TEXT(finding->text, "%s", text);
	finding->confidence = confidence;
	return finding;
}

#endif
