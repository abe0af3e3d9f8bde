/* A result that no machine gave: curves and costs of a made-up CPU, the same on every call. */
#ifndef TESTS_OUTPUT_FAKE_RESULT_H
#define TESTS_OUTPUT_FAKE_RESULT_H

#include "result/key.h"
#include "result/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_GHZ 3.7

/* -1 … 1, from the key: noise that is the same each time. */
static inline double fake_noise(const char *key, unsigned salt)
{
	uint64_t h = 1469598103934665603u + salt;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 1099511628211u;
	h ^= h >> 29;
	return (double)(h % 20001) / 10000 - 1;
}

static inline struct cell_result *fake_cell(struct result *result, const char *key)
{
	struct cell_result *cell = result_add_cell(result);
	struct verdict v = key_parse(key, 4096, &cell->cell);

	if (!verdict_is_ok(&v)) {
		fprintf(stderr, "%s: %s\n", key, v.text);
		abort();
	}
	key_format(&cell->cell, cell->key);
	cell->revision = 1;
	cell->wave = 1;
	cell->rounds = 10;
	cell->requested = true;
	return cell;
}

static inline void fake_metric(struct cell_result *cell, const char *name, const char *unit,
			       double value, double spread)
{
	struct metric_result *m = cell_add_metric(cell);

	snprintf(m->name, sizeof m->name, "%s", name);
	snprintf(m->unit, sizeof m->unit, "%s", unit);
	m->better = BETTER_LESS;
	m->primary = true;
	value *= 1 + spread * fake_noise(cell->key, 1) / 2;
	m->e = (struct estimate){value, value * (1 - spread), value * (1 + spread)};
	m->samples = calloc(10, sizeof *m->samples);
	m->rounds = calloc(10, sizeof *m->rounds);
	m->nsamples = 10;
	for (unsigned i = 0; i < 10; i++) {
		m->samples[i] = value * (1 + spread * fake_noise(cell->key, i + 2));
		m->rounds[i] = i;
	}
}

static inline void fake_proof(struct cell_result *cell, const char *what, enum proof_state state,
			      const char *text)
{
	struct proof *p = cell_add_proof(cell);

	snprintf(p->what, sizeof p->what, "%s", what);
	snprintf(p->text, sizeof p->text, "%s", text);
	p->state = state;
}

struct fake_step {
	double pages, cycles;
};

static inline double fake_curve(const struct fake_step *steps, double pages)
{
	double y = steps[0].cycles;

	for (const struct fake_step *s = steps + 1; s->pages; s++) {
		double far = (log2(pages) - log2(s->pages)) / 0.6;
		double share = far <= 0 ? 0 : far >= 1 ? 1 : far;

		y += (s->cycles - (s - 1)->cycles) * share;
	}
	return y;
}

static const struct fake_kind {
	const char *page;
	unsigned long bytes, max_pages;
	struct fake_step distinct[6], alias[6];
} fake_kinds[] = {
    {"4k",
     4096,
     65536,
     {{1, 4}, {72, 11}, {512, 22}, {2800, 60}, {20000, 92}, {0, 0}},
     {{1, 4}, {72, 11}, {2800, 55}, {0, 0}}},
    {"thp", 2 << 20, 512, {{1, 4}, {72, 11}, {0, 0}}, {{1, 4}, {72, 11}, {0, 0}}},
    {"2m",
     2 << 20,
     4096,
     {{1, 4}, {72, 11}, {2800, 48}, {0, 0}},
     {{1, 4}, {72, 11}, {2800, 44}, {0, 0}}},
    {"1g", 1 << 30, 4096, {{1, 4}, {72, 11}, {0, 0}}, {{1, 4}, {72, 11}, {1000, 46}, {0, 0}}},
};

/* Keys as bench/chase.c makes them: what applies depends on page kind and layout. */
static inline void fake_chase_cell(struct result *result, const struct fake_kind *kind,
				   const char *layout, unsigned pages)
{
	bool alias = strcmp(layout, "distinct") != 0, base = kind->bytes == 4096;
	const char *more = !alias ? (base ? "/frames=shuffled" : "/touch=page")
			   : strcmp(layout, "alias") == 0 && !base ? "/offsets=spread"
								   : "";
	char bytes[32], key[CELL_KEY_MAX];
	struct value span = {.type = P_BYTES, .count = (uint64_t)pages * kind->bytes};

	value_format(&span, bytes, sizeof bytes);
	snprintf(key, sizeof key, "chase/page=%s/layout=%s%s/footprint=%s", kind->page, layout,
		 more, bytes);
	struct cell_result *cell = fake_cell(result, key);
	double cycles = fake_curve(alias ? kind->alias : kind->distinct, pages);
	double spread = pages > 8000 ? 0.08 : 0.01;

	snprintf(cell->sweeps, sizeof cell->sweeps, "reach");
	fake_proof(cell, "page-size", PROOF_HELD, "smaps");
	fake_proof(cell, "pinned", PROOF_HELD, "");
	fake_metric(cell, "ns", "ns", cycles / FAKE_GHZ, spread);
	fake_metric(cell, "cycles", "cycles", cycles, spread);
	if (!alias)
		fake_metric(cell, "translation_ns", "ns",
			    fmax(0.003, (fake_curve(kind->alias, pages) - 4) * 1.02 / FAKE_GHZ),
			    spread * 2);
}

static inline void fake_chase(struct result *result)
{
	for (size_t k = 0; k < sizeof fake_kinds / sizeof *fake_kinds; k++) {
		const struct fake_kind *kind = &fake_kinds[k];

		for (double p = 8; p <= (double)kind->max_pages * 1.01; p *= 1.4142135623731) {
			unsigned pages = (unsigned)(p + 0.5);

			if (strcmp(kind->page, "1g") != 0)
				fake_chase_cell(result, kind, "distinct", pages);
			fake_chase_cell(result, kind,
					strcmp(kind->page, "thp") == 0 ? "zero" : "alias", pages);
		}
	}
	struct cell_result *cell =
	    fake_cell(result, "chase/page=4k/layout=distinct/frames=shuffled/footprint=24MiB");
	cell->outcome = verdict_invalid("moved", "run on an idle machine, or with --cpus",
					"the thread was moved off CPU 1");
	fake_proof(cell, "pinned", PROOF_FAILED, "sched_getcpu");
	cell = fake_cell(result, "chase/page=1g/layout=distinct/touch=page/footprint=8GiB");
	cell->outcome = verdict_skipped("no-pool", "sudo tlbscope run --only 'chase page=1g'",
					"no 1g pages in the pool");
}

static inline void fake_hist(struct cell_result *cell, const char *name, double p50)
{
	struct hist_result *h = cell_add_hist(cell, 1400);

	snprintf(h->name, sizeof h->name, "%s", name);
	h->lo_ns = 1;
	h->ratio = 1.01;
	for (unsigned i = 0; i < 1400; i++) {
		double at = log(pow(1.01, i) / p50) / log(1.01);

		h->counts[i] = (uint64_t)(40000 * exp(-at * at / 60) +
					  900 * exp(-(at - 30) * (at - 30) / 900));
	}
}

static inline void fake_storm(struct result *result, const char *bench, double base, double work,
			      unsigned npages, unsigned responders, const char *place)
{
	char key[CELL_KEY_MAX];
	double far = place && strcmp(place, "smt") == 0 ? 6000 : 7900;
	double inv = npages <= 33 ? 110.0 * npages : 2900;
	double ns = base + work * npages + inv + (responders ? far + 1900.0 * (responders - 1) : 0);

	if (responders)
		snprintf(key, sizeof key, "%s/page=4k/npages=%u/resp=%u/place=%s/state=spin", bench,
			 npages, responders, place);
	else
		snprintf(key, sizeof key, "%s/page=4k/npages=%u/resp=0", bench, npages);
	struct cell_result *cell = fake_cell(result, key);
	snprintf(cell->sweeps, sizeof cell->sweeps, "npages");
	fake_metric(cell, "ns", "ns", ns, 0.012);
	fake_metric(cell, "mean_ns", "ns", ns * 1.08, 0.02);
	fake_metric(cell, "p99_ns", "ns", ns * 1.9, 0.05);
	fake_proof(cell, "pinned", PROOF_HELD, "");
	fake_hist(cell, "ns", ns);
	if (!responders)
		return;
	fake_metric(cell, "ipis", "", responders, 0.004);
	fake_metric(cell, "gaps", "", responders, 0.006);
	fake_metric(cell, "stolen_ns", "ns", 5200, 0.01);
	fake_metric(cell, "over_alone_ns", "ns", far, 0.02);
	fake_proof(cell, "ipis", PROOF_HELD, "the TLB row of /proc/interrupts");
	fake_proof(cell, "gaps", PROOF_UNAVAILABLE, "no quiet rate");
}

static inline void fake_storms(struct result *result, unsigned responders)
{
	static const unsigned npages[] = {1, 2, 4, 8, 16, 32, 33, 34, 64, 128, 256, 512, 1024};
	static const struct {
		const char *bench;
		double base, work;
	} ops[] = {{"madvise", 900, 90}, {"mprotect", 700, 35}, {"munmap", 1500, 150}};

	for (size_t o = 0; o < sizeof ops / sizeof *ops; o++) {
		for (size_t i = 0; i < sizeof npages / sizeof *npages; i++)
			for (unsigned r = 0; r <= 1; r++)
				fake_storm(result, ops[o].bench, ops[o].base, ops[o].work,
					   npages[i], r, "core");
		for (unsigned r = 2; r <= responders; r++)
			fake_storm(result, ops[o].bench, ops[o].base, ops[o].work, 1, r, "core");
		if (responders > 1)
			fake_storm(result, ops[o].bench, ops[o].base, ops[o].work, 1, 1, "smt");
	}
}

/* First touch and clearing, by page kind. */
static inline void fake_faults(struct result *result)
{
	static const struct {
		const char *page;
		double kib, fault_ns, clear_ns;
	} kinds[] = {{"4k", 4, 700, 180},
		     {"thp-64k", 64, 5200, 1500},
		     {"thp", 2048, 140000, 50000},
		     {"2m", 2048, 138000, 50000}};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (int clear = 0; clear <= 1; clear++) {
			double ns = clear ? kinds[i].clear_ns : kinds[i].fault_ns;
			char key[CELL_KEY_MAX];

			snprintf(key, sizeof key,
				 clear ? "fault/page=%s/op=memset/span=32MiB"
				       : "fault/page=%s/op=write/memory=resident/span=32MiB/resp=0",
				 kinds[i].page);
			struct cell_result *cell = fake_cell(result, key);

			fake_metric(cell, "mean_ns", "ns", ns, 0.02);
			fake_metric(cell, "ms_per_gib", "ms/GiB", ns * 1048576 / kinds[i].kib / 1e6,
				    0.02);
			fake_proof(cell, "faults", PROOF_HELD, "");
		}
}

static inline struct finding *fake_finding(struct result *result, const char *kind,
					   const char *analysis, enum confidence confidence,
					   const char *text)
{
	struct finding *f = result_add_finding(result);

	snprintf(f->kind, sizeof f->kind, "%s", kind);
	snprintf(f->analysis, sizeof f->analysis, "%s", analysis);
	snprintf(f->text, sizeof f->text, "%s", text);
	f->confidence = confidence;
	return f;
}

static inline void fake_level(struct result *result, const char *page, const char *level,
			      struct estimate entries, struct estimate penalty)
{
	struct finding *f = fake_finding(result, "tlb-level", "knee/1", CONFIRMED, "");

	snprintf(f->text, sizeof f->text, "The level %s TLB holds %.0f translations of %s", level,
		 entries.est, page);
	facts_set(&f->subject, "page", "%s", page);
	facts_set(&f->subject, "level", "%s", level);
	finding_add_value(f, "entries", "", entries);
	finding_add_value(f, "penalty_cycles", "cycles", penalty);
	finding_add_value(f, "penalty_ns", "ns",
			  (struct estimate){penalty.est / FAKE_GHZ, penalty.lo / FAKE_GHZ,
					    penalty.hi / FAKE_GHZ});
	finding_add_from(f, "chase/page=4k/layout=alias/footprint=288KiB");
}

static inline void fake_findings(struct result *result)
{
	struct finding *f;

	fake_level(result, "4k", "1", (struct estimate){72, 72, 76},
		   (struct estimate){7.0, 6.97, 7.04});
	fake_level(result, "4k", "2", (struct estimate){2820, 2600, 3010},
		   (struct estimate){44, 42.8, 45.1});
	fake_level(result, "2m", "1", (struct estimate){72, 70, 76},
		   (struct estimate){7.0, 6.95, 7.06});
	f = fake_finding(result, "walk-cost", "walk/1", SEEN, "A walk costs 44 cycles over a hit");
	facts_set(&f->subject, "page", "4k");
	finding_add_value(f, "walk_cycles", "cycles", (struct estimate){44, 42.8, 45.1});
	f = fake_finding(result, "huge-gain", "gain/1", CONFIRMED,
			 "Huge pages make random access to 64 MiB 4.1 times as fast");
	facts_set(&f->subject, "page", "2m");
	finding_add_value(f, "ratio", "", (struct estimate){4.1, 4.0, 4.25});
	f = fake_finding(result, "shootdown", "shootdown/1", CONFIRMED,
			 "One responder makes madvise 8.1 times as dear");
	facts_set(&f->subject, "op", "madvise");
	facts_set(&f->subject, "place", "core");
	finding_add_value(f, "alone_ns", "ns", (struct estimate){1100, 1093, 1111});
	finding_add_value(f, "ns", "ns", (struct estimate){9010, 8930, 9080});
	finding_add_value(f, "stolen_ns", "ns", (struct estimate){5200, 5160, 5230});
	f = fake_finding(result, "flush-ceiling", "ceiling/1", SEEN,
			 "From 34 pages on, one full flush takes the place of one to a page");
	facts_set(&f->subject, "bench", "madvise");
	finding_add_value(f, "ceiling", "pages", (struct estimate){33, 33, 33});
}

static inline void fake_claim(struct claim *claim, unsigned level, const char *pages,
			      uint64_t entries, uint64_t ways, const char *source)
{
	*claim = (struct claim){.level = level, .entries = entries, .ways = ways};
	snprintf(claim->type, sizeof claim->type, "data");
	snprintf(claim->pages, sizeof claim->pages, "%s", pages);
	snprintf(claim->source, sizeof claim->source, "%s", source);
}

static inline void fake_machine(struct result *result)
{
	snprintf(result->tool.version, sizeof result->tool.version, "0.1.0");
	snprintf(result->tool.compiler, sizeof result->tool.compiler, "GNU 12.2.0");
	snprintf(result->run.id, sizeof result->run.id, "20260102T030405Z-6.18-quick");
	snprintf(result->run.started, sizeof result->run.started, "2026-01-02T03:04:05Z");
	snprintf(result->run.profile, sizeof result->run.profile, "quick");
	snprintf(result->run.args, sizeof result->run.args, "run --profile quick --seed 42");
	snprintf(result->run.accel, sizeof result->run.accel, "kvm");
	result->run.complete = true;
	result->run.seed = 42;
	result->run.rounds = 10;
	result->run.elapsed_s = 48.3;
	result->run.base_page_bytes = 4096;
	snprintf(result->machine.id, sizeof result->machine.id, "model-cpu-2c");
	snprintf(result->machine.cpu, sizeof result->machine.cpu, "Model CPU 9000 (made up)");
	facts_set(&result->before, "kernel.release", "6.18.0");
	facts_set(&result->before, "thp.enabled", "madvise");
	facts_set(&result->before, "pool.2048kB.nr", "512");
	facts_set(&result->before, "hypervisor", "kvm");
	facts_set(&result->changed, "loadavg", "0.10 → 1.95");
	result->clock =
	    (struct clock){.source = "tsc", .hz = 2.6e9, .resolution_ns = 10, .overhead_ns = 8.1};
	result->machine.claims = calloc(5, sizeof *result->machine.claims);
	result->machine.nclaims = 5;
	fake_claim(&result->machine.claims[0], 1, "4k", 72, 72, "cpuid 0x80000005 ebx");
	fake_claim(&result->machine.claims[1], 1, "2m,4m", 72, 72, "cpuid 0x80000005 eax");
	fake_claim(&result->machine.claims[2], 2, "4k", 3072, 0, "cpuid 0x80000006 ebx");
	fake_claim(&result->machine.claims[3], 2, "2m,4m", 3072, 0, "cpuid 0x80000006 eax");
	fake_claim(&result->machine.claims[4], 2, "1g", 64, 64, "cpuid 0x80000019 ebx");
	struct counter_result *c = result_add_counter(result);
	snprintf(c->id, sizeof c->id, "dtlb_load_walk");
	snprintf(c->source, sizeof c->source, "none");
	snprintf(c->reason, sizeof c->reason, "the hypervisor exposes no PMU");
	c = result_add_counter(result);
	snprintf(c->id, sizeof c->id, "page_faults");
	snprintf(c->event, sizeof c->event, "PERF_COUNT_SW_PAGE_FAULTS");
	snprintf(c->source, sizeof c->source, "kernel");
	snprintf(c->counts, sizeof c->counts, "page faults of the thread");
}

static inline void fake_walk_cell(struct result *result, const char *key, double cycles,
				  double translation)
{
	struct cell_result *cell = fake_cell(result, key);

	snprintf(cell->sweeps, sizeof cell->sweeps, "walks");
	fake_proof(cell, "page-size", PROOF_HELD, "smaps");
	fake_metric(cell, "cycles", "cycles", cycles, 0.01);
	if (translation > 0)
		fake_metric(cell, "translation_cycles", "cycles", translation, 0.01);
}

/* 16 ways of 256 sets behind 96 entries; 8 walkers. */
static inline void fake_walks(struct result *result)
{
	char key[CELL_KEY_MAX];

	for (unsigned shift = 12; shift <= 24; shift += 2)
		for (unsigned pages = 32; pages <= 8192; pages *= 2) {
			unsigned sets = shift < 20 ? 1u << (20 - shift) : 1;
			double cost = pages <= 96 ? 0 : pages <= sets * 16 ? 7 : 70;

			snprintf(key, sizeof key,
				 "assoc/page=4k/layout=distinct/stride=%uKiB/pages=%u",
				 1u << (shift - 10), pages);
			fake_walk_cell(result, key, 4 + cost, cost + 0.1);
		}
	for (unsigned pages = 64; pages <= 2048; pages *= 2)
		for (unsigned k = 0; k < 3; k++) {
			static const char *const stride[] = {"128KiB", "2MiB", "1GiB"};

			snprintf(key, sizeof key,
				 "walkcache/page=4k/layout=distinct/stride=%s/pages=%u", stride[k],
				 pages);
			fake_walk_cell(result, key, 4 + 60.0 * (k + 1), 60.0 * (k + 1));
		}
	for (unsigned chains = 1; chains <= 12; chains++) {
		snprintf(key, sizeof key,
			 "walkers/page=4k/layout=distinct/stride=512KiB/pages=4096/chains=%u",
			 chains);
		fake_walk_cell(result, key, chains <= 8 ? 140 : 17.5 * chains, 0);
	}
}

static inline void fake_result(struct result *result, unsigned responders)
{
	result_init(result);
	fake_machine(result);
	fake_chase(result);
	fake_storms(result, responders);
	fake_walks(result);
	fake_faults(result);
	fake_findings(result);
}

#endif
