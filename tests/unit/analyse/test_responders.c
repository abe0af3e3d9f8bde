/* What responders cost, by place, and by what mechanism they are reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"

#include <stdlib.h>

#define SPIN "place=core/state=spin"

static struct cell_result *cell(const char *format, unsigned long npages, unsigned resp,
				const char *rest)
{
	char key[CELL_KEY_MAX];

	snprintf(key, sizeof key, format, npages, resp, rest);
	return sim_cell(&result, key);
}

static void prove(struct cell_result *c, const char *what, enum proof_state state,
		  const char *expected, const char *seen, const char *text)
{
	struct proof *proof = cell_add_proof(c);

	assert_non_null(proof);
	snprintf(proof->what, sizeof proof->what, "%s", what);
	snprintf(proof->expected, sizeof proof->expected, "%s", expected);
	snprintf(proof->seen, sizeof proof->seen, "%s", seen);
	snprintf(proof->text, sizeof proof->text, "%s", text);
	proof->state = state;
}

/* n pages and so many responders: each interrupt 8.8 µs, further ones 1.9; the responder loses 5.2
 * and 39 ns a page up to 33. */
static struct cell_result *storm(const char *bench, unsigned long npages, unsigned resp,
				 const char *rest)
{
	char format[64];
	double pages = (double)npages, partial = npages > 33 ? 0 : pages,
	       alone = 860 + 62 * pages + (npages > 33 ? 270 : 39 * pages),
	       added = resp ? 8800 + 26 * partial + 1900.0 * (resp - 1) : 0;
	struct cell_result *c;

	snprintf(format, sizeof format, "%s/page=4k/npages=%%lu/resp=%%u%s%%s", bench,
		 resp ? "/" : "");
	c = cell(format, npages, resp, rest);
	sim_metric(c, "ns", "ns", alone + added, 3, &r);
	if (!resp)
		return c;
	sim_metric(c, "added_ns", "ns", added, 3, &r);
	sim_metric(c, "stolen_ns", "ns", 5200 + 39 * partial, 3, &r);
	sim_metric(c, "ipis", "1/op", resp, 0, &r);
	prove(c, "ipis", PROOF_HELD, "1", "1", "row TLB");
	prove(c, "gaps", PROOF_HELD, "1", "1", "gaps");
	return c;
}

static void curves(const char *bench, const char *rest)
{
	for (unsigned long n = 1; n <= 512; n *= 2) {
		storm(bench, n, 0, "");
		storm(bench, n, 1, rest);
	}
	storm(bench, 33, 0, "");
	storm(bench, 34, 0, "");
	storm(bench, 48, 0, "");
}

static struct finding *of(const char *kind)
{
	return sim_finding(&result, kind, NULL, NULL);
}

static void interrupts_are_taken_apart(void **state)
{
	(void)state;
	curves("mprotect", SPIN);
	for (unsigned n = 2; n <= 6; n++)
		storm("mprotect", 1, n, SPIN);
	compute();
	struct finding *f = of("shootdown-responders");

	assert_non_null(f);
	assert_subject(f, "op", "mprotect");
	assert_subject(f, "place", "core");
	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "interrupt_ns"), 8800, 8850);
	assert_about(sim_value(f, "wait_page_ns"), 22, 30);
	assert_about(sim_value(f, "further_ns"), 1850, 1950);
	assert_about(sim_value(f, "stolen_ns"), 5200, 5260);
	assert_about(sim_value(f, "stolen_page_ns"), 35, 43);
	assert_about(sim_value(f, "ipis"), 1, 1);
	assert_string_equal(f->text,
			    "mprotect: the first responder (core) adds 8.8 µs; it loses 5.2 µs, of "
			    "which invalidation is 39.0 ns a page; each further one adds 1.9 µs; "
			    "past 33 pages one full flush is cheaper by 1.1 µs");
	assert_null(sim_value(f, "floor_ns"));

	f = of("shootdown-cost"); /* invalidation has its second witness: what responders lose */
	assert_int_equal(f->confidence, CONFIRMED);
	assert_about(sim_value(f, "inv_ns"), 36, 42);
	assert_about(sim_value(f, "work_ns"), 60, 64);
	assert_about(sim_value(f, "ceiling"), 33, 33);
}

static void membarrier_is_the_floor_at_its_own_place_only(void **state)
{
	(void)state;
	curves("mprotect", SPIN);
	sim_metric(cell("membarrier/resp=1/place=smt/state=spin", 0, 0, ""), "added_ns", "ns", 4000,
		   3, &r);
	compute();
	assert_null(sim_value(of("shootdown-responders"), "floor_ns"));

	sim_metric(cell("membarrier/resp=1/place=core/state=spin", 0, 0, ""), "added_ns", "ns",
		   8000, 3, &r);
	compute();
	assert_about(sim_value(of("shootdown-responders"), "floor_ns"), 7990, 8010);
	assert_non_null(strstr(of("shootdown-responders")->text,
			       " adds 8.8 µs; the interrupt is 8.0 µs of it; it loses 5.2 µs"));
}

/* Alone, other pages of the same call save another amount; only the ceiling is the kernel's. */
static void no_part_is_another_operations(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 512; n *= 2) {
		sim_metric(cell("mprotect/page=thp/npages=%lu/resp=%u%s", n, 0, ""), "ns", "ns",
			   700 + 50 * (double)n + (n > 33 ? 90 : 500 * (double)n), 3, &r);
		storm("mprotect", n, 1, SPIN);
	}
	for (unsigned long n = 33; n <= 48; n += n == 33 ? 1 : 14)
		sim_metric(cell("mprotect/page=thp/npages=%lu/resp=%u%s", n, 0, ""), "ns", "ns",
			   700 + 50 * (double)n + (n > 33 ? 90 : 500 * (double)n), 3, &r);
	compute();
	struct finding *f = of("shootdown-responders");

	assert_subject(of("shootdown-cost"), "page", "thp");
	assert_about(sim_value(of("shootdown-cost"), "ceiling"), 33, 33);
	assert_subject(f, "page", "4k");
	assert_about(sim_value(f, "stolen_page_ns"), 35, 43); /* up to that ceiling */
	assert_null(strstr(f->text, "cheaper"));
	assert_null(strstr(f->text, "500"));
}

/* The floor is one interrupt's, and some calls take several. */
static void each_of_several_interrupts_has_the_floor(void **state)
{
	struct cell_result *c = cell("mprotect/page=2m/npages=%lu/resp=%u/%s", 1, 1, SPIN);

	(void)state;
	sim_metric(c, "ns", "ns", 30000, 3, &r);
	sim_metric(c, "added_ns", "ns", 28000, 3, &r);
	sim_metric(c, "ipis", "1/op", 2, 0, &r);
	sim_metric(cell("membarrier/resp=1/place=core/state=spin", 0, 0, ""), "added_ns", "ns",
		   13000, 3, &r);
	compute();
	assert_non_null(strstr(of("shootdown-responders")->text,
			       " adds 28.0 µs; of 2 interrupts each is 13.0 µs of it"));
}

static void responders_that_follow_no_line_have_no_slope(void **state)
{
	static const double wild[] = {0, 9000, 30000, 11000, 50000, 12000};

	(void)state;
	for (unsigned n = 1; n <= 5; n++) {
		struct cell_result *c = cell("mprotect/page=4k/npages=%lu/resp=%u/%s", 1, n, SPIN);

		sim_metric(c, "ns", "ns", wild[n], 3, &r);
		sim_metric(c, "added_ns", "ns", wild[n], 3, &r);
	}
	compute();
	struct finding *f = of("shootdown-responders");

	assert_null(sim_value(f, "further_ns"));
	assert_non_null(strstr(f->text, "further ones follow no line"));
}

/* Three pages and one responder are no line, and a place without a base is no finding. */
static void little_says_little(void **state)
{
	(void)state;
	storm("mprotect", 1, 1, SPIN);
	compute();
	assert_null(sim_value(of("shootdown-responders"), "stolen_page_ns"));
	assert_null(sim_value(of("shootdown-responders"), "further_ns"));
	assert_null(of("shootdown-cost"));
}

static void mechanism_is_an_interrupt_where_it_was_counted(void **state)
{
	(void)state;
	storm("mprotect", 1, 1, SPIN);
	compute();
	struct finding *f = of("flush-mechanism");

	assert_subject(f, "mechanism", "ipi");
	assert_int_equal(f->confidence, CONFIRMED);
	assert_null(facts_get(&f->subject, "pv_tlb_flush"));
}

static void a_cell_without_responders_tells_no_mechanism(void **state)
{
	(void)state;
	storm("mprotect", 1, 0, "");
	compute();
	assert_null(of("flush-mechanism"));
}

static void invlpgb_is_named(void **state)
{
	(void)state;
	prove(cell("mprotect/page=4k/npages=%lu/resp=%u/%s", 1, 4, SPIN), "ipis", PROOF_UNAVAILABLE,
	      "", "", "INVLPGB: this CPU flushes others without interrupting");
	compute();
	assert_subject(of("flush-mechanism"), "mechanism", "invlpgb");
}

static void a_hypercall_is_named(void **state)
{
	struct cell_result *c = storm("mprotect", 1, 1, SPIN);

	(void)state;
	facts_set(&result.before, "hypervisor", "hyper-v");
	facts_set(&result.before, "hypervisor.pv_tlb_flush", "yes");
	prove(c, "mechanism", PROOF_HELD, "", "hypercall", "");
	c = storm("mprotect", 2, 1, SPIN);
	c->proofs[0].state = PROOF_FAILED;
	snprintf(c->proofs[0].seen, sizeof c->proofs[0].seen, "0");
	c->outcome = verdict_invalid("proof-gaps", NULL, "expected 1, seen 0");
	compute();
	assert_subject(of("flush-mechanism"), "mechanism", "hypercall");
	assert_null(strstr(of("flush-mechanism")->text, "leaves out"));
}

static void no_count_is_a_broadcast_on_arm_and_nothing_elsewhere(void **state)
{
	(void)state;
	prove(cell("mprotect/page=4k/npages=%lu/resp=%u/%s", 1, 4, SPIN), "ipis", PROOF_UNAVAILABLE,
	      "", "", "this kernel counts no TLB interrupts");
	compute();
	assert_subject(of("flush-mechanism"), "mechanism", "unseen");
	assert_int_equal(of("flush-mechanism")->confidence, CANNOT_TELL);
	facts_set(&result.before, "kernel.arch", "aarch64");
	compute();
	assert_subject(of("flush-mechanism"), "mechanism", "broadcast");
}

/* The cells' own proof comes before what counts say. */
static void the_proof_names_it(void **state)
{
	(void)state;
	prove(storm("mprotect", 1, 1, SPIN), "mechanism", PROOF_HELD, "", "invlpgb", "");
	compute();
	assert_subject(of("flush-mechanism"), "mechanism", "invlpgb");
	assert_int_equal(of("flush-mechanism")->confidence, CONFIRMED);
	prove(storm("mprotect", 2, 1, SPIN), "mechanism", PROOF_HELD, "", "ipi", "");
	compute();
	assert_int_equal(of("flush-mechanism")->confidence, SEEN); /* both */
}

static void refilling_is_the_responders_own(void **state)
{
	struct cell_result *c;

	(void)state;
	curves("mprotect", SPIN);
	c = storm("mprotect", 1, 1, "place=core/state=touch");
	sim_metric(c, "refill_ns", "ns", 21, 0.1, &r);
	compute();
	assert_about(sim_value(of("shootdown-responders"), "refill_ns"), 20, 22);
	assert_non_null(
	    strstr(of("shootdown-responders")->text,
		   "; it loses 5.2 µs, of which invalidation is 39.0 ns a page, and refill takes "
		   "it 2"));
}

/* As older results have it. */
static void a_page_fault_is_no_refill(void **state)
{
	static const char *const advices[] = {"dontneed", "pageout", "cold"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		char op[64];
		struct cell_result *c;

		setup(NULL);
		snprintf(op, sizeof op, "madvise/advice=%s", advices[i]);
		storm(op, 1, 1, SPIN);
		c = storm(op, 1, 1, "place=core/state=touch");
		sim_metric(c, "refill_ns", "ns", 1200, 1, &r);
		compute();
		assert_int_equal(sim_value(of("shootdown-responders"), "refill_ns") != NULL,
				 i == 2);
		teardown(NULL);
	}
	setup(NULL);
}

static void assert_says(const struct finding *f, const char *text)
{
	if (!strstr(f->text, text))
		fail_msg("'%s' is not in: %s", text, f->text);
}

/* Responders that cost no more than the scatter: numbers stay, sentences say no negative cost. */
static void parts_that_may_be_nothing_are_said_so(void **state)
{
	struct cell_result *c;

	(void)state;
	curves("mprotect", SPIN);
	c = cell("membarrier/resp=1/place=core/state=spin", 0, 0, "");
	sim_metric(c, "added_ns", "ns", -40, 80, &r);
	c->metrics[0].e = (struct estimate){-40, -90, 10};
	c = storm("mprotect", 1, 1, "place=core/state=touch");
	sim_metric(c, "refill_ns", "ns", -20, 0.1, &r);
	compute();
	struct finding *f = of("shootdown-responders");

	assert_about(sim_value(f, "floor_ns"), -40, -40);
	assert_about(sim_value(f, "refill_ns"), -22, -18);
	assert_says(f,
		    "; the interrupt is nothing told apart from zero (at most 10.0 ns) of it; it "
		    "loses 5.2 µs, of which invalidation is 39.0 ns a page, and refill takes it "
		    "nothing told apart from zero a page;");
}

/* No invalidation to be seen below the ceiling, and pages that cost nothing past it. */
static void a_call_of_one_part_has_no_negative_others(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 512; n *= 2)
		sim_metric(cell("mprotect/page=4k/npages=%lu/resp=%u%s", n, 0, ""), "ns", "ns",
			   2000 - 0.4 * (double)n, 60, &r);
	compute();
	struct finding *f = of("shootdown-cost");

	assert_non_null(f);
	assert_int_equal(f->confidence, SEEN);
	assert_true(sim_value(f, "page_ns")->lo <= 0);
	assert_says(f, " a call and nothing told apart from zero");
	assert_null(strstr(f->text, "-"));
}

static void storms_that_a_hypervisor_skipped_are_counted(void **state)
{
	struct cell_result *c;

	(void)state;
	facts_set(&result.before, "hypervisor.pv_tlb_flush", "yes");
	storm("mprotect", 1, 1, SPIN);
	c = storm("mprotect", 2, 1, SPIN);
	c->proofs[0].state = PROOF_FAILED;
	snprintf(c->proofs[0].seen, sizeof c->proofs[0].seen, "0.1");
	c->outcome = verdict_invalid("proof-ipis", NULL, "expected 1, seen 0.1");
	compute();
	struct finding *f = of("flush-mechanism");

	assert_subject(f, "mechanism", "ipi");
	assert_subject(f, "pv_tlb_flush", "yes");
	assert_about(sim_value(f, "short_cells"), 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(interrupts_are_taken_apart),
	    TEST(membarrier_is_the_floor_at_its_own_place_only),
	    TEST(no_part_is_another_operations),
	    TEST(each_of_several_interrupts_has_the_floor),
	    TEST(responders_that_follow_no_line_have_no_slope),
	    TEST(little_says_little),
	    TEST(mechanism_is_an_interrupt_where_it_was_counted),
	    TEST(a_cell_without_responders_tells_no_mechanism),
	    TEST(invlpgb_is_named),
	    TEST(a_hypercall_is_named),
	    TEST(no_count_is_a_broadcast_on_arm_and_nothing_elsewhere),
	    TEST(the_proof_names_it),
	    TEST(refilling_is_the_responders_own),
	    TEST(a_page_fault_is_no_refill),
	    TEST(parts_that_may_be_nothing_are_said_so),
	    TEST(a_call_of_one_part_has_no_negative_others),
	    TEST(storms_that_a_hypervisor_skipped_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
