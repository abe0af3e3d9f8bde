/* The result behind tests/fixtures/result/v1.2.json: one of everything that version 1.2 can hold.
 */
#ifndef TESTS_UNIT_RESULT_FIXTURE_H
#define TESTS_UNIT_RESULT_FIXTURE_H

#include "unit/result_builder.h"

#define FIXTURE_FILE FIXTURES "/result/v1.2.json"

static inline void fixture_chase(struct result *result)
{
	static const struct {
		const char *key;
		double cycles;
	} cells[] = {
	    {"chase/page=4k/layout=distinct/footprint=256KiB", 4.01},
	    {"chase/page=4k/layout=distinct/footprint=512KiB", 13.9},
	    {"chase/page=4k/layout=alias/footprint=256KiB", 4.0},
	    {"chase/page=4k/layout=alias/footprint=512KiB", 11.0},
	    {"chase/page=2m/layout=distinct/footprint=128MiB", 14.25},
	    {"chase/page=2m/layout=distinct/footprint=256MiB", 21.5},
	    {"chase/page=2m/layout=alias/footprint=128MiB", 4.0},
	    {"chase/page=2m/layout=alias/footprint=256MiB", 11.0},
	};

	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
		struct cell_result *cell = build_cell(result, cells[i].key);
		struct proof *proof = build_proof(cell, "page-size", PROOF_HELD);

		BUILD_TEXT(cell->sweeps, "footprint");
		BUILD_TEXT(proof->expected, "%s", i < 4 ? "4 KiB" : "2 MiB");
		BUILD_TEXT(proof->seen, "%s", proof->expected);
		BUILD_TEXT(proof->text, "smaps, PAGEMAP_SCAN");
		build_metric(cell, "cycles", "cycles", cells[i].cycles, 0.004);
		build_metric(cell, "ns", "ns", cells[i].cycles / 2.6, 0.004)->primary = false;
	}
	result->cells[7].wave = 2;
	result->cells[7].metrics[0].noisy = true;
}

/* A counter that counted nothing. */
static inline void build_zero(struct cell_result *cell, const char *name, unsigned n)
{
	static const double samples[16];
	struct metric_result *metric = build_metric_of(cell, name, "1/op", samples, n);

	metric->better = BETTER_NEITHER;
	metric->primary = false;
}

/* Visits on a core with company. */
static inline void build_aside(struct metric_result *metric)
{
	metric->naside = 2;
	metric->aside = build_must(calloc(2, sizeof *metric->aside), "no memory");
	metric->aside_rounds = build_must(calloc(2, sizeof *metric->aside_rounds), "no memory");
	metric->aside[0] = metric->aside[1] = 1.5 * metric->e.est;
	metric->aside_rounds[0] = 10;
	metric->aside_rounds[1] = 11;
}

static inline void fixture_madvise(struct result *result)
{
	static const uint64_t counts[] = {0, 0, 3, 0, 190, 7, 0};
	struct cell_result *alone = build_cell(result, "madvise/page=4k/npages=1/resp=0");

	BUILD_TEXT(alone->sweeps, "responders,npages");
	build_aside(build_metric(alone, "ns", "ns", 412.5, 0.01));
	build_proof(alone, "ipis", PROOF_HELD);
	struct hist_result *hist = build_must(cell_add_hist(alone, 7), "no memory");
	BUILD_TEXT(hist->name, "ns");
	hist->lo_ns = 400;
	hist->ratio = 1.01;
	memcpy(hist->counts, counts, sizeof counts);
	struct hist_result *stolen = build_must(cell_add_hist(alone, 1), "no memory");
	BUILD_TEXT(stolen->name, "stolen_ns");
	stolen->lo_ns = 6800;
	stolen->ratio = 1.01;
	stolen->counts[0] = 512;
	stolen->exposed_s = 0.002;
	stolen->heard_s = 0.01;

	struct cell_result *cell =
	    build_cell(result, "madvise/page=4k/npages=1/resp=1/place=core/state=spin");
	BUILD_TEXT(cell->sweeps, "responders");
	build_metric(cell, "ns", "ns", 3105.0, 0.02);
	struct metric_result *over = build_metric(cell, "over_alone_ns", "ns", 2692.5, 0.03);
	BUILD_TEXT(over->pair, "%s", "madvise/page=4k/npages=1/resp=0");
	build_metric(cell, "ipis", "per op", 1.0, 0.001)->better = BETTER_NEITHER;
	struct proof *proof = build_proof(cell, "ipis", PROOF_HELD);
	BUILD_TEXT(proof->expected, "1.000");
	BUILD_TEXT(proof->seen, "1.000");
	BUILD_TEXT(proof->text, "TLB row of /proc/interrupts");
	build_proof(cell, "gaps", PROOF_UNAVAILABLE);
	build_zero(cell, "page_faults", 10);
	build_zero(cell, "tlb_flush", 1);
	build_zero(cell, "migrations", 10);
	cell_add_disturbance(cell, "involuntary", 2);
	cell_add_disturbance(cell, "steal_ms", 0.25);
	cell_add_note(cell, "noisy: 2.1%% after 10 rounds, the target was 1%%");
}

static inline void fixture_not_ok(struct result *result)
{
	struct cell_result *skipped =
	    build_cell(result, "chase/page=1g/layout=alias/footprint=4GiB");

	skipped->outcome = verdict_skipped(
	    "no-pool", "run as root, or: echo 1 | sudo tee /proc/sys/vm/nr_hugepages",
	    "no 1g page is free");
	struct cell_result *invalid =
	    build_cell(result, "madvise/page=4k/npages=1/resp=1/place=core/state=sleep");
	struct proof *proof = build_proof(invalid, "ipis", PROOF_FAILED);

	BUILD_TEXT(proof->expected, "0.000");
	BUILD_TEXT(proof->seen, "0.970");
	invalid->requested = false;
	invalid->outcome =
	    verdict_invalid("proof-failed", "keep the responder's CPU free of other work",
			    "ipis: 0.970 per op, expected 0.000");
}

static inline void fixture_findings(struct result *result)
{
	struct finding *level =
	    build_finding(result, "tlb-level", CONFIRMED, "L1 dTLB holds 64 translations of 4k");

	facts_set(&level->subject, "page", "4k");
	facts_set(&level->subject, "level", "1");
	finding_add_value(level, "entries", "", (struct estimate){64, 64, 72});
	finding_add_value(level, "penalty", "cycles", (struct estimate){7, 6.9, 7.1});
	finding_add_from(level, "chase/page=4k/layout=alias/footprint=256KiB");
	finding_add_from(level, "chase/page=4k/layout=alias/footprint=512KiB");
	build_finding(result, "splinter", CANNOT_TELL,
		      "cannot tell whether the host splinters 2m pages");
}

static inline void fixture_build(struct result *result)
{
	build_result(result);
	facts_set(&result->changed, "thp", "madvise → always");
	BUILD_TEXT(result->machine.cpukinds,
		   "performance: 1 core, 1 thread; efficiency: 1 core, 1 thread");
	result->machine.nclaims = 2;
	result->machine.claims = build_must(calloc(2, sizeof *result->machine.claims), "no memory");
	result->machine.claims[0] =
	    (struct claim){1, "data", "4k", 64, 64, 1, "cpuid 0x80000005 ebx"};
	result->machine.claims[1] =
	    (struct claim){.level = 2, .type = "data", .pages = "2m,4m", .entries = 3072};
	result->clock.width = 3.75;
	result->nfloor = 1;
	result->floor = build_must(calloc(1, sizeof *result->floor), "no memory");
	result->floor[0] = (struct finding_value){"op_ns", "ns", {9.5, 9.25, 10}};
	struct counter_result *none = build_counter(result, "dtlb_load_walk", "none");
	BUILD_TEXT(none->reason, "this guest has no PMU");
	struct counter_result *faults = build_counter(result, "page_faults", "kernel");
	BUILD_TEXT(faults->event, "PERF_COUNT_SW_PAGE_FAULTS");
	BUILD_TEXT(faults->raw, "1:0x2");
	BUILD_TEXT(faults->counts, "page faults of the thread");
	fixture_chase(result);
	fixture_madvise(result);
	fixture_not_ok(result);
	fixture_findings(result);
}

#endif
