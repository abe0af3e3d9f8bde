/* All other findings, and what holds for any result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fixture.h"

static void aliases(const char *page, double equal_factor)
{
	static const char *const offsets[] = {"equal", "fold7", "fold8"};

	for (uint64_t n = 16; n <= 1024; n *= 2) {
		double cycles = sim_cycles(&zen4, (double)n, false);

		alias_point(page, "spread", n, cycles);
		for (unsigned i = 0; i < 3 && n >= 128 && n <= 256; i++)
			alias_point(page, offsets[i], n, cycles * equal_factor);
	}
}

static void aliases_2m(double equal_factor)
{
	aliases("2m", equal_factor);
}

static void splintering_is_said(void **state)
{
	(void)state;
	aliases_2m(3.6);
	compute();
	struct finding *f = sim_finding(&result, "splinter", "2m", NULL);

	assert_non_null(f);
	assert_subject(f, "splinters", "yes");
	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "ratio"), 3.4, 3.8);
	f = sim_finding(&result, "tlb-level", "2m", "1");
	assert_non_null(f);
	assert_subject(f, "entries", "4k");
	assert_true(sim_value(f, "entries")->lo == 64 && sim_value(f, "entries")->hi == 128);
	assert_int_equal(f->confidence, SEEN);
}

static void whole_pages_are_said(void **state)
{
	(void)state;
	aliases_2m(1);
	compute();
	assert_subject(sim_finding(&result, "splinter", "2m", NULL), "splinters", "no");
	assert_null(facts_get(&sim_finding(&result, "tlb-level", "2m", "1")->subject, "entries"));
}

static struct cell_result *chase(const char *key, double ns, double translation_ns)
{
	struct cell_result *c = sim_cell(&result, key);

	sim_metric(c, "ns", "ns", ns, 0.005 * ns, &r);
	if (translation_ns > 0)
		sim_metric(c, "translation_ns", "ns", translation_ns, 0.005 * translation_ns, &r);
	return c;
}

static void huge_gain_is_measured(void **state)
{
	(void)state;
	chase("chase/page=4k/layout=distinct/footprint=64MiB", 30, 0);
	chase("chase/page=4k/layout=distinct/footprint=256MiB", 90, 0);
	chase("chase/page=4k/layout=distinct/footprint=1GiB", 120, 0);
	chase("chase/page=thp/layout=distinct/touch=each-4k/footprint=64MiB", 25, 0);
	chase("chase/page=thp/layout=distinct/touch=each-4k/footprint=256MiB", 30, 0);
	chase("chase/page=thp/layout=distinct/touch=page/footprint=1GiB", 2, 0);
	compute();
	struct finding *f = sim_finding(&result, "huge-gain", "thp", NULL);

	assert_non_null(f);
	assert_about(sim_value(f, "ratio"), 2.9, 3.1);
	assert_subject(f, "footprint", "256MiB");
	assert_subject(f, "method", "measured");
	assert_int_equal(f->confidence, CONFIRMED);
}

/* One line a page in both: the caches differ, and only translation can be compared. */
static void huge_gain_is_estimated_from_translation(void **state)
{
	(void)state;
	chase("chase/page=4k/layout=distinct/footprint=256MiB", 90, 60);
	chase("chase/page=thp/layout=distinct/footprint=256MiB", 3, 0.5);
	compute();
	struct finding *f = sim_finding(&result, "huge-gain", "thp", NULL);

	assert_about(sim_value(f, "ratio"), 2.8, 3.1); /* 90 / 30.5, never 90 / 3 */
	assert_subject(f, "method", "estimated");
	assert_int_equal(f->confidence, SEEN);
}

static void huge_gain_without_translation_cannot_tell(void **state)
{
	(void)state;
	chase("chase/page=4k/layout=distinct/footprint=256MiB", 90, 0);
	chase("chase/page=2m/layout=distinct/footprint=256MiB", 3, 0);
	compute();
	struct finding *f = sim_finding(&result, "huge-gain", "2m", NULL);

	assert_int_equal(f->confidence, CANNOT_TELL);
	assert_null(sim_value(f, "ratio"));
}

static void no_gain_when_the_host_splinters(void **state)
{
	(void)state;
	aliases_2m(3.6);
	chase("chase/page=4k/layout=distinct/footprint=256MiB", 90, 60);
	chase("chase/page=thp/layout=distinct/touch=each-4k/footprint=256MiB", 90, 60);
	chase("chase/page=2m/layout=distinct/footprint=256MiB", 3, 0.5);
	compute();
	struct finding *f = sim_finding(&result, "huge-gain", "thp", NULL);

	assert_about(sim_value(f, "ratio"), 0.98, 1.02);
	assert_non_null(strstr(f->text, "no gain, the host splinters"));
	f = sim_finding(&result, "huge-gain", "2m", NULL);
	assert_int_equal(f->confidence, CANNOT_TELL);
	assert_non_null(strstr(f->text, "the host splinters"));
}

/* A host that backs all by 2 MiB pages cuts 1g pages to pieces, and none other. */
static void splintering_is_of_each_kind(void **state)
{
	(void)state;
	aliases("2m", 1);
	aliases("1g", 3.6);
	chase("chase/page=4k/layout=distinct/footprint=256MiB", 90, 60);
	chase("chase/page=thp/layout=distinct/touch=each-4k/footprint=256MiB", 90, 60);
	compute();
	struct finding *f = sim_finding(&result, "splinter", "1g", NULL);

	assert_subject(f, "splinters", "yes");
	assert_null(strstr(f->text, "4K TLB"));
	assert_subject(sim_finding(&result, "tlb-level", "1g", "1"), "entries", "smaller");
	assert_null(facts_get(&sim_finding(&result, "tlb-level", "2m", "1")->subject, "entries"));
	f = sim_finding(&result, "huge-gain", "thp", NULL);
	assert_non_null(strstr(f->text, "no gain"));
	assert_null(strstr(f->text, "splinters"));
}

static struct cell_result *storm(const char *key, double ns)
{
	struct cell_result *c = sim_cell(&result, key);

	sim_metric(c, "ns", "ns", ns, 0.004 * ns, &r);
	return c;
}

static void prove(struct cell_result *c, const char *what, enum proof_state state)
{
	struct proof *proof = cell_add_proof(c);

	assert_non_null(proof);
	snprintf(proof->what, sizeof proof->what, "%s", what);
	proof->state = state;
}

static void with_responder(struct cell_result *c, enum proof_state ipis)
{
	sim_metric(c, "added_ns", "ns", 9800, 20, &r);
	sim_metric(c, "stolen_ns", "ns", 5500, 1, &r);
	prove(c, "ipis", ipis);
	prove(c, "gaps", PROOF_HELD);
}

static void shootdown_in_words(void **state)
{
	(void)state;
	storm("madvise/page=4k/npages=1/resp=0", 1200);
	with_responder(storm("madvise/page=4k/npages=1/resp=1/place=core/state=spin", 11000),
		       PROOF_HELD);
	with_responder(storm("madvise/page=4k/npages=1/resp=1/place=smt/state=spin", 12000),
		       PROOF_UNAVAILABLE);
	storm("madvise/page=4k/npages=1/resp=1/place=core/state=sleep", 1200);
	storm("madvise/page=4k/npages=33/resp=1/place=core/state=spin", 17000);
	/* of other kinds of CPU: for figure 8 */
	storm("madvise/page=4k/npages=1/resp=1/place=core/state=spin/respkind=0", 11000);
	storm("madvise/page=4k/npages=1/resp=1/place=core/state=spin/respkind=1", 14000);
	storm("madvise/page=4k/npages=1/resp=1/place=core/state=spin/cpukind=1", 15000);
	storm("munmap/page=4k/npages=1/resp=0", 2000);
	compute();
	struct finding *f = sim_finding(&result, "shootdown", "4k", NULL);

	assert_subject(f, "op", "madvise");
	assert_subject(f, "place", "core");
	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "alone_ns"), 1190, 1210);
	assert_about(sim_value(f, "ns"), 10900, 11100);
	assert_about(sim_value(f, "added_ns"), 9700, 9900);
	assert_string_equal(f->text,
			    "madvise of one page: 1.2 µs alone, 11.0 µs with one responder "
			    "(core), which loses 5.5 µs");
	f++;
	assert_subject(f, "place", "smt");
	assert_int_equal(f->confidence, SEEN);
	f++;
	assert_subject(f, "op", "munmap");
	assert_string_equal(f->text, "munmap of one page: 2.0 µs alone");
	assert_string_not_equal(f[1].kind, "shootdown");
}

static void npages_curve(const char *bench, const char *rest, double saved)
{
	for (uint64_t n = 30; n <= 36; n++) {
		char key[CELL_KEY_MAX];

		snprintf(key, sizeof key, "%s/page=4k/npages=%lu/%s", bench, (unsigned long)n,
			 rest);
		storm(key, 2000 + 180.0 * (double)n - (n > 33 ? saved : 0));
	}
}

static void flush_ceiling_is_found(void **state)
{
	(void)state;
	npages_curve("madvise", "resp=0", 1200);
	compute();
	struct finding *f = sim_finding(&result, "flush-ceiling", NULL, NULL);

	assert_non_null(f);
	assert_true(sim_value(f, "ceiling")->est == 33);
	assert_int_equal(f->confidence, SEEN);
	assert_about(sim_value(f, "saving_ns"), 1100, 1300); /* at the same number of pages */

	npages_curve("madvise", "resp=1/place=core/state=spin", 1200);
	compute();
	f = sim_finding(&result, "flush-ceiling", NULL, NULL);
	assert_int_equal(f->confidence, CONFIRMED);
	assert_int_equal(f->nfrom, 4);
	assert_true(f == &result.findings[result.nfindings - 2]); /* one, then trust */
}

static void no_drop_no_ceiling(void **state)
{
	(void)state;
	npages_curve("madvise", "resp=0", 0);
	npages_curve("mprotect", "resp=0", 150); /* still rises */
	compute();
	assert_null(sim_finding(&result, "flush-ceiling", NULL, NULL));
}

static void only_invalid_cells_leave_trust(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 16384, BOTH);
	sweep(&zen4, "alias", 16384, BOTH);
	npages_curve("madvise", "resp=0", 1200);
	aliases_2m(3.6);
	for (unsigned i = 0; i < result.ncells; i++)
		result.cells[i].outcome = verdict_invalid("worker-died", NULL, "the worker died");
	compute();
	assert_int_equal(result.nfindings, 1);
	assert_string_equal(result.findings[0].kind, "trust");
	assert_true(sim_value(&result.findings[0], "invalid")->est == result.ncells);
	assert_true(sim_value(&result.findings[0], "ok")->est == 0);
}

static void trust_counts(void **state)
{
	(void)state;
	struct cell_result *c = storm("madvise/page=4k/npages=1/resp=0", 1200);

	prove(c, "pinned", PROOF_HELD);
	prove(c, "ipis", PROOF_UNAVAILABLE);
	c->metrics[0].noisy = true;
	c = storm("madvise/page=4k/npages=2/resp=0", 1200);
	c->outcome = verdict_invalid("proof-failed", NULL, "IPIs missing");
	prove(c, "ipis", PROOF_FAILED);
	c->metrics[0].noisy = true;
	sim_cell(&result, "madvise/page=2m/npages=2/resp=0")->outcome =
	    verdict_skipped("no-pool", NULL, "no pages");
	compute();
	struct finding *f = sim_finding(&result, "trust", NULL, NULL);

	assert_string_equal(f->text,
			    "of 3 cells 1 is ok (1 of them noisy), 1 skipped and 1 invalid; of 3 "
			    "proofs 1 held, 1 unavailable and 1 failed");
}

static void nothing_at_all_is_fine(void **state)
{
	(void)state;
	compute();
	assert_int_equal(result.nfindings, 1);
}

static void cells_without_metrics_or_params_are_fine(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 2; i++) {
		sim_cell(&result, "chase");
		sim_cell(&result, "chase/page=4k/layout=distinct/footprint=4KiB");
		sim_cell(&result, "chase/page=2m/layout=alias/offsets=equal/footprint=512MiB");
		sim_cell(&result, "chase/page=2m/layout=alias/offsets=spread/footprint=512MiB");
		sim_cell(&result, "chase/page=thp/layout=distinct/footprint=4KiB");
		sim_cell(&result, "madvise");
		sim_cell(&result, "madvise/npages=1/resp=1/place=core/state=spin");
	}
	compute();
	assert_int_equal(result.nfindings, 1);
}

static void computing_twice_gives_the_same(void **state)
{
	(void)state;
	sweep(&zen4, "distinct", 400, BOTH);
	compute();
	unsigned before = result.nfindings;

	compute();
	assert_int_equal(result.nfindings, before);
}

/* Other frames, stores and touches are other curves. */
static void variants_do_not_mix(void **state)
{
	(void)state;
	char key[CELL_KEY_MAX];

	sweep(&zen4, "distinct", 400, BOTH);
	for (uint64_t pages = 16; pages < 400; pages += 8) {
		snprintf(key, sizeof key,
			 "chase/page=4k/layout=distinct/frames=adjacent/footprint=%luKiB",
			 (unsigned long)pages * 4);
		chase(key, pages > 280 ? 11 : 4, 0);
		snprintf(key, sizeof key,
			 "chase/page=4k/layout=distinct/access=store/footprint=%luKiB",
			 (unsigned long)pages * 4);
		chase(key, pages > 40 ? 11 : 4, 0);
	}
	compute();
	assert_true(sim_value(sim_finding(&result, "tlb-level", "4k", "1"), "entries")->est == 72);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(splintering_is_said),
	    TEST(whole_pages_are_said),
	    TEST(huge_gain_is_measured),
	    TEST(huge_gain_is_estimated_from_translation),
	    TEST(huge_gain_without_translation_cannot_tell),
	    TEST(no_gain_when_the_host_splinters),
	    TEST(splintering_is_of_each_kind),
	    TEST(shootdown_in_words),
	    TEST(flush_ceiling_is_found),
	    TEST(no_drop_no_ceiling),
	    TEST(only_invalid_cells_leave_trust),
	    TEST(trust_counts),
	    TEST(nothing_at_all_is_fine),
	    TEST(cells_without_metrics_or_params_are_fine),
	    TEST(computing_twice_gives_the_same),
	    TEST(variants_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
