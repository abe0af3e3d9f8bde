/* What is proved of a storm from what its witnesses saw, on machines that are not here. */
#include "measure/mechanism.h"
#include "measure/visit_internal.h"
#include "unit/measure/made_up.h"

#include <math.h>

#define OPS 512

const struct bench *const bench_registry[] = {NULL};

static struct record record;

struct seen {
	enum responder_state state;
	double ipis[3], hits[3]; /* per operation, by responder */
	unsigned responders;	 /* 0: one */
	double refill_ns, quiet; /* quiet: gaps by themselves, per operation */
	double usual[3];	 /* hits as in the middle leg */
	double away;		 /* share of the legs that went by in gaps */
	double heard_ns;	 /* how long was listened for quiet gaps */
	double stolen_ns;	 /* by a gap of an operation */
	bool drops;
	unsigned legs;
	struct expect expect;
};

static void judge(struct seen seen, struct evidence machine)
{
	const unsigned n = seen.responders ? seen.responders : 1;
	const struct gang_spec spec = {.responders = n, .place = PLACE_CORE, .state = seen.state};
	const struct gang_cpus cpus = {.n = n};
	const struct bay bay = {.gang_spec = &spec, .cpus = &cpus, .heard_ns = n * seen.heard_ns};
	const struct want want = {.gang = spec, .expect = seen.expect, .drops = seen.drops};
	struct visit_harness harness = {.bay = &bay,
					.want = &want,
					.record = &record,
					.ops = OPS,
					.legs = seen.legs,
					.leg_ns = 1e7,
					.gap_ns = 1e7 * n * seen.away,
					.quiet_gaps = seen.quiet * OPS,
					.refill_ns = seen.refill_ns,
					.refill_legs = seen.state == RESPONDER_TOUCH,
					.ipis = seen.ipis,
					.hits = seen.hits,
					.usual_hits = seen.usual};
	struct visit visit = {.want = &want, .harness = &harness};

	for (unsigned i = 0; i < n; i++) {
		seen.ipis[i] *= OPS;
		seen.hits[i] *= OPS;
		seen.usual[i] *= OPS;
	}
	memset(&record, 0, sizeof record);
	if (seen.stolen_ns > 0)
		histogram_add(&record.stolen_ns, seen.stolen_ns);
	visit_judge_gang(&visit, &machine);
}

static const struct proof *proof(const char *what)
{
	for (unsigned i = 0; i < record.nproofs; i++)
		if (strcmp(record.proof[i].what, what) == 0)
			return &record.proof[i];
	return NULL;
}

static double sample(const char *name)
{
	for (unsigned i = 0; i < record.nsamples; i++)
		if (strcmp(record.sample[i].name, name) == 0)
			return record.sample[i].value;
	return -1;
}

static void assert_proof(const char *what, enum proof_state state)
{
	assert_non_null(proof(what));
	if (proof(what)->state != state)
		print_message("%s: %s %s (%s)\n", what, proof(what)->expected, proof(what)->seen,
			      proof(what)->text);
	assert_int_equal(proof(what)->state, state);
}

static const struct expect one = {.ipis = true, .ipis_per_op = 1};

/* Interrupts stop for a process that got an ASID of its own, and what the responder reads again is
 * gone all the same. */
static void invlpgb_is_seen_by_entries_that_are_lost(void **state)
{
	const struct evidence amd = {.invlpgb = true};

	(void)state;
	judge((struct seen){.state = RESPONDER_TOUCH, .refill_ns = 21, .expect = one}, amd);
	assert_string_equal(proof("mechanism")->seen, "invlpgb");
	assert_proof("ipis", PROOF_UNAVAILABLE);
	assert_true(sample("refill_ns") == 21);
	assert_true(sample("ipis") < 0); /* 0 would be a number of nothing */

	/* Nothing was lost: that storm did not happen. */
	judge((struct seen){.state = RESPONDER_TOUCH, .refill_ns = 0.1, .expect = one}, amd);
	assert_string_equal(proof("mechanism")->seen, "unseen");
	assert_proof("ipis", PROOF_FAILED);

	/* A CPU that has no such instruction. */
	judge((struct seen){.state = RESPONDER_TOUCH, .refill_ns = 21, .expect = one},
	      (struct evidence){0});
	assert_proof("ipis", PROOF_FAILED);
}

/* A page that was dropped is read again by way of a fault, whatever the TLB held. */
static void reading_a_dropped_page_is_no_refill(void **state)
{
	(void)state;
	for (int drops = 0; drops < 2; drops++) {
		judge((struct seen){.state = RESPONDER_TOUCH,
				    .ipis = {1},
				    .refill_ns = 1200,
				    .drops = drops,
				    .expect = one},
		      (struct evidence){0});
		assert_true(sample("refill_ns") == (drops ? -1 : 1200));
		assert_true(sample("refault_ns") == (drops ? 1200 : -1));
	}
}

static void invlpgb_makes_no_gaps(void **state)
{
	const struct evidence amd = {.invlpgb = true};

	(void)state;
	judge((struct seen){.state = RESPONDER_SPIN, .expect = one}, amd);
	assert_string_equal(proof("mechanism")->seen, "invlpgb");
	assert_null(proof("gaps"));

	/* A spinner that was away may have been left out for that. */
	judge((struct seen){.state = RESPONDER_SPIN, .away = 0.5, .expect = one}, amd);
	assert_string_equal(proof("mechanism")->seen, "unseen");
	assert_proof("ipis", PROOF_FAILED);
}

/* Hyper-V interrupts whom it likes: nothing is counted, and each spinner sees its gaps. */
static void a_hypercall_is_proved_by_gaps(void **state)
{
	const struct evidence azure = {.hypercall = true};
	const struct expect older = {.ipis = true, .ipis_else = 1, .ipis_why = "another kernel"};

	(void)state;
	judge((struct seen){.state = RESPONDER_SPIN, .hits = {1}, .away = 0.5, .expect = one},
	      azure);
	assert_string_equal(proof("mechanism")->seen, "hypercall");
	assert_proof("ipis", PROOF_UNAVAILABLE);
	assert_proof("gaps", PROOF_HELD);
	assert_true(sample("ipis") < 0);

	judge((struct seen){.state = RESPONDER_SPIN, .hits = {0.4}, .expect = one}, azure);
	assert_proof("gaps", PROOF_FAILED); /* that storm did not happen as told */

	judge((struct seen){.state = RESPONDER_SPIN, .hits = {1}, .expect = older}, azure);
	assert_proof("gaps", PROOF_HELD);

	judge((struct seen){.state = RESPONDER_SPIN,
			    .hits = {1},
			    .expect = {.ipis = true, .ipis_per_op = 1, .row = ROW_CALL}},
	      azure);
	assert_proof("ipis", PROOF_FAILED); /* a call is an interrupt there, too */

	judge((struct seen){.state = RESPONDER_SYSCALL, .expect = one}, azure);
	assert_proof("ipis", PROOF_FAILED); /* nobody saw anything */
	judge((struct seen){.state = RESPONDER_SLEEP, .expect = {.ipis = true}}, azure);
	assert_proof("ipis", PROOF_HELD);
}

/* One interrupt of four comes still: from the call that follows on reclaim. */
static void reclaim_broadcasts_with_invlpgb(void **state)
{
	const struct expect four = {.ipis = true, .ipis_per_op = 4, .reclaims = true};

	(void)state;
	judge((struct seen){.state = RESPONDER_SPIN, .ipis = {1}, .hits = {1}, .expect = four},
	      (struct evidence){.invlpgb = true});
	assert_string_equal(proof("mechanism")->seen, "invlpgb");
	assert_proof("ipis", PROOF_UNAVAILABLE);
	assert_null(proof("gaps"));
	judge((struct seen){.state = RESPONDER_SPIN, .ipis = {1}, .hits = {1}, .expect = four},
	      (struct evidence){0});
	assert_proof("ipis", PROOF_FAILED);
}

static void what_a_hypervisor_left_out_is_named_and_not_ok(void **state)
{
	(void)state;
	judge((struct seen){.state = RESPONDER_SPIN, .ipis = {0.4}, .hits = {0.4}, .expect = one},
	      (struct evidence){.pv_flush = true});
	assert_string_equal(proof("mechanism")->seen, "pv-skipped");
	assert_proof("ipis", PROOF_FAILED);
	assert_proof("gaps", PROOF_FAILED);
}

/* The row stands still while the responder sees its gaps, and the other way round. */
static void each_witness_is_asked(void **state)
{
	(void)state;
	judge((struct seen){.state = RESPONDER_SPIN, .hits = {1}, .expect = one},
	      (struct evidence){0});
	assert_proof("ipis", PROOF_FAILED);
	assert_proof("gaps", PROOF_HELD);
	judge((struct seen){.state = RESPONDER_SPIN, .ipis = {1}, .expect = one},
	      (struct evidence){0});
	assert_proof("ipis", PROOF_HELD);
	assert_proof("gaps", PROOF_FAILED);
}

static void kernels_may_differ_but_not_by_halves(void **state)
{
	const struct expect either = {
	    .ipis = true, .ipis_per_op = 1, .ipis_else = 2, .ipis_why = "another kernel"};
	static const struct {
		double ipis;
		enum proof_state state;
		const char *expected;
	} cases[] = {{1, PROOF_HELD, "1"},     {2, PROOF_HELD, "2"},   {1.4, PROOF_FAILED, "1"},
		     {1.6, PROOF_FAILED, "2"}, {0, PROOF_FAILED, "1"}, {3, PROOF_FAILED, "2"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		judge((struct seen){.state = RESPONDER_SPIN,
				    .ipis = {cases[i].ipis},
				    .hits = {1},
				    .expect = either},
		      (struct evidence){0});
		assert_proof("ipis", cases[i].state);
		assert_string_equal(proof("ipis")->expected, cases[i].expected);
		assert_int_equal(strcmp(proof("ipis")->text, "another kernel") == 0,
				 cases[i].expected[0] == '2');
	}
}

/* A flush that only older kernels need is one all the same. */
static void none_may_be_one_elsewhere(void **state)
{
	const struct expect either = {.ipis = true, .ipis_else = 1, .ipis_why = "another kernel"};

	(void)state;
	for (int flushed = 0; flushed < 2; flushed++) {
		judge((struct seen){.state = RESPONDER_SPIN,
				    .ipis = {flushed},
				    .hits = {flushed},
				    .usual = {flushed},
				    .heard_ns = 1e7,
				    .expect = either},
		      (struct evidence){0});
		assert_proof("ipis", PROOF_HELD);
		assert_proof("gaps", PROOF_HELD);
		assert_string_equal(proof("ipis")->expected, flushed ? "1" : "0");
	}
}

static void where_calls_overlap_anything_between_is_right(void **state)
{
	const struct expect between = {.ipis = true,
				       .ipis_per_op = 0.5,
				       .ipis_else = 1,
				       .ipis_between = true,
				       .ipis_why = "overlap"};
	static const double held[] = {0.5, 0.59, 0.97, 1}, failed[] = {0, 0.2, 1.7};

	(void)state;
	for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
		judge((struct seen){.state = RESPONDER_FLUSH, .ipis = {held[i]}, .expect = between},
		      (struct evidence){0});
		assert_proof("ipis", PROOF_HELD);
		assert_string_equal(proof("ipis")->expected, "0.5 to 1");
	}
	for (size_t i = 0; i < sizeof failed / sizeof *failed; i++) {
		judge(
		    (struct seen){.state = RESPONDER_FLUSH, .ipis = {failed[i]}, .expect = between},
		    (struct evidence){0});
		assert_proof("ipis", PROOF_FAILED);
	}
}

/* However short the legs were: it is one to each, and never more. */
static void a_leg_may_add_its_own(void **state)
{
	const struct expect told = {.ipis = true, .ipis_a_leg = 1, .ipis_why = "tables go"};
	const unsigned legs = OPS / 4;

	(void)state;
	for (double seen = 0; seen <= 0.75; seen += 0.125) {
		judge(
		    (struct seen){
			.state = RESPONDER_SLEEP, .ipis = {seen}, .legs = legs, .expect = told},
		    (struct evidence){0});
		assert_proof("ipis", seen <= 0.25 ? PROOF_HELD : PROOF_FAILED);
		assert_string_equal(proof("ipis")->expected, "0 to 0.25");
	}
}

/* What every CPU is interrupted for is no flush. */
static void blurred_gaps_prove_and_cost_nothing(void **state)
{
	(void)state;
	for (int blurred = 0; blurred < 2; blurred++) {
		judge(
		    (struct seen){
			.state = RESPONDER_SPIN,
			.ipis = {1},
			.hits = {1},
			.stolen_ns = 5000,
			.expect = {.ipis = true, .ipis_per_op = 1, .gaps_blurred = blurred}},
		    (struct evidence){0});
		assert_proof("ipis", PROOF_HELD);
		assert_int_equal(proof("gaps") != NULL, !blurred);
		assert_int_equal(sample("stolen_ns") > 0, !blurred);
		assert_int_equal(sample("gaps") >= 0, !blurred);
	}
	judge((struct seen){.state = RESPONDER_OTHER_MM,
			    .hits = {1},
			    .usual = {1},
			    .expect = {.ipis = true, .gaps_blurred = true}},
	      (struct evidence){0});
	assert_proof("ipis", PROOF_HELD);
	assert_null(proof("gaps"));
}

static void operations_that_last_long_have_no_gaps_to_show(void **state)
{
	(void)state;
	judge((struct seen){.state = RESPONDER_SPIN,
			    .ipis = {1},
			    .hits = {-100000},
			    .quiet = 12,
			    .expect = one},
	      (struct evidence){0});
	assert_proof("gaps", PROOF_UNAVAILABLE);
	assert_true(sample("gaps") == -1);
	assert_proof("ipis", PROOF_HELD);
	judge(
	    (struct seen){
		.state = RESPONDER_SPIN, .ipis = {1}, .hits = {0.5}, .quiet = 0.01, .expect = one},
	    (struct evidence){0});
	assert_proof("gaps", PROOF_FAILED);
}

/* Nothing is expected of a responder of another process. */
static void strays_are_chance_as_far_as_was_listened(void **state)
{
	static const struct {
		double usual, quiet, heard_ns;
		enum proof_state state;
	} cases[] = {
	    {0, 0, 1e7, PROOF_HELD},	    {0.055, 0, 1e7, PROOF_HELD},
	    {0.08, 0, 1e7, PROOF_FAILED},  /* 1 + 1 times as much as was heard: 4.2 of 512 */
	    {0.08, 0, 2e6, PROOF_HELD},	   /* legs five times as long: 16 of 512 */
	    {0.08, 0.03, 1e7, PROOF_HELD}, /* 15 were heard: as many again and 17 */
	    {0.5, 0.03, 1e6, PROOF_FAILED}, {1, 0, 1e6, PROOF_FAILED},
	    {-0.2, 0, 1e7, PROOF_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		judge((struct seen){.state = RESPONDER_SPIN,
				    .hits = {0.4}, /* in a burst */
				    .usual = {cases[i].usual},
				    .quiet = cases[i].quiet,
				    .heard_ns = cases[i].heard_ns,
				    .expect = {.ipis = true}},
		      (struct evidence){0});
		assert_proof("gaps", cases[i].state);
		assert_true(fabs(sample("gaps") - 0.4) < 1e-9);
	}
}

static void each_cpu_has_its_count(void **state)
{
	(void)state;
	judge((struct seen){.state = RESPONDER_SPIN,
			    .responders = 3,
			    .ipis = {1, 0.98, 1.02},
			    .hits = {1, 1, 1},
			    .expect = {.ipis = true, .ipis_per_op = 3}},
	      (struct evidence){0});
	assert_true(sample("ipis") > 2.99 && sample("ipis") < 3.01);
	assert_true(sample("ipis_least") > 0.97 && sample("ipis_least") < 0.99);
	assert_true(sample("ipis_most") > 1.01 && sample("ipis_most") < 1.03);
	assert_proof("ipis", PROOF_HELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(invlpgb_is_seen_by_entries_that_are_lost),
	    cmocka_unit_test(reading_a_dropped_page_is_no_refill),
	    cmocka_unit_test(invlpgb_makes_no_gaps),
	    cmocka_unit_test(a_hypercall_is_proved_by_gaps),
	    cmocka_unit_test(reclaim_broadcasts_with_invlpgb),
	    cmocka_unit_test(what_a_hypervisor_left_out_is_named_and_not_ok),
	    cmocka_unit_test(each_witness_is_asked),
	    cmocka_unit_test(kernels_may_differ_but_not_by_halves),
	    cmocka_unit_test(none_may_be_one_elsewhere),
	    cmocka_unit_test(a_leg_may_add_its_own),
	    cmocka_unit_test(where_calls_overlap_anything_between_is_right),
	    cmocka_unit_test(blurred_gaps_prove_and_cost_nothing),
	    cmocka_unit_test(operations_that_last_long_have_no_gaps_to_show),
	    cmocka_unit_test(strays_are_chance_as_far_as_was_listened),
	    cmocka_unit_test(each_cpu_has_its_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
