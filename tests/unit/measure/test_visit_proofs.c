/* What a visit proves: faults, and who ran where. */
#include "unit/measure/visited.h"

static const struct proof *proof(const char *what)
{
	for (unsigned i = 0; i < record.nproofs; i++)
		if (strcmp(record.proof[i].what, what) == 0)
			return &record.proof[i];
	return NULL;
}

/* Cores of which nobody knows what they do alone are taken as they are; else there is an end to
 * waiting for one that does so much. */
static void a_visit_waits_a_while_for_its_core(void **state)
{
	const uint64_t from = timer_monotonic();

	(void)state;
	bay.conditions = true;
	bay.patience_ns = 50000000;
	bay.width_most = 1000;
	visit_to(&ops, &(struct want){.max_ops = 16});
	bay.conditions = false;
	bay.width_most = 0;
	bay.patience_ns = 0;
	assert_true(verdict_is_ok(&record.verdict));
	assert_true(timer_monotonic() - from >= 50000000);
	assert_true(*sample("width") < 1000);
}

static void faults_in_a_leg_fail_their_proof(void **state)
{
	struct want want = {.max_ops = 64, .expect = {.faults = true}};

	(void)state;
	call_log.faults = 80;
	visit_to(&ops, &want);
	assert_true(verdict_is_ok(&record.verdict));
	assert_int_equal(proof("faults")->state, PROOF_FAILED);
	assert_true(record.disturbed[DISTURBED_FAULTS] >= 80);
	visit_to(&legs, &want);
	if (measured())
		assert_int_equal(proof("faults")->state, PROOF_FAILED);
}

static void without_faults_the_proof_holds(void **state)
{
	(void)state;
	visit_to(&ops, &(struct want){.max_ops = 512, .expect = {.faults = true}});
	assert_int_equal(proof("faults")->state, PROOF_HELD);
	assert_int_equal(proof("pinned")->state, PROOF_HELD);
}

static void faults_that_are_claimed_have_to_come(void **state)
{
	struct want want = {.max_ops = 64, .expect = {.faults = true, .faults_per_op = 1}};

	(void)state;
	call_log.faults = 64;
	visit_to(&ops, &want);
	assert_int_equal(proof("faults")->state, PROOF_HELD);
	call_log.faults = 0;
	visit_to(&ops, &want);
	assert_int_equal(proof("faults")->state, PROOF_FAILED);
}

static void who_moves_away_is_invalid(void **state)
{
	static const struct bench *const benches[] = {&legs, &ops};

	(void)state;
	for (int b = 0; b < 2; b++) {
		memset(&call_log, 0, sizeof call_log);
		call_log.moves = true;
		visit_to(benches[b], &(struct want){.max_ops = 16});
		assert_int_equal(record.verdict.outcome, OUTCOME_INVALID);
		assert_true(strcmp(record.verdict.code, "moved") == 0 ||
			    strcmp(record.verdict.code, "clock-moved") == 0);
		assert_null(proof("pinned"));
		assert_null(sample("ipis"));
		move_to(0, cpus.initiator);
	}
}

/* 512 operations are one leg and a short one before it: nothing comes after the move. */
static void a_responder_that_was_moved_in_the_last_leg_is_noticed(void **state)
{
	struct gang_spec spec = {.responders = 1, .place = PLACE_CORE, .state = RESPONDER_SPIN};

	(void)state;
	for (int s = RESPONDER_SPIN; s <= RESPONDER_SLEEP; s++) {
		memset(&call_log, 0, sizeof call_log);
		spec.state = (enum responder_state)s;
		cpus.n = 1;
		cpus.responder[0] = 1;
		bay.gang_spec = &spec;
		struct verdict v = gang_start(&spec, &cpus, &the_clock, &bay.gang);
		assert_true(verdict_is_ok(&v));
		other_threads(&call_log.responder);
		visit_to(&ops, &(struct want){.max_ops = 512, .gang = spec});
		assert_int_equal(count(CHECK), 2);
		assert_int_equal(record.verdict.outcome, OUTCOME_INVALID);
		assert_string_equal(record.verdict.code, "moved");
		gang_stop(bay.gang);
		bay.gang = NULL;
		bay.gang_spec = &no_gang;
		cpus.n = 0;
	}
}

/* The responder is at work and the operations flush nothing: a failed proof, were it asked. */
static void an_emulated_machine_has_no_gaps_to_show(void **state)
{
	struct gang_spec spec = {.responders = 1, .place = PLACE_CORE, .state = RESPONDER_SPIN};
	const struct expect expect = {.ipis = true, .ipis_per_op = 1};

	(void)state;
	cpus.n = 1;
	cpus.responder[0] = 1;
	bay.gang_spec = &spec;
	for (int emulated = 0; emulated < 2; emulated++) {
		struct verdict v = gang_start(&spec, &cpus, &the_clock, &bay.gang);

		assert_true(verdict_is_ok(&v));
		bay.emulated = emulated;
		call_log.n = 0;
		visit_to(&ops, &(struct want){.max_ops = 512, .gang = spec, .expect = expect});
		assert_int_equal(call_log.call[1].value, emulated ? 4 : 32); /* to warm */
		assert_int_equal(record.ns.total, emulated ? 128 : 512);
		if (proof("gaps"))
			assert_int_equal(proof("gaps")->state,
					 emulated ? PROOF_UNAVAILABLE : PROOF_FAILED);
		if (proof("ipis"))
			assert_int_not_equal(proof("ipis")->state, PROOF_HELD);
		gang_stop(bay.gang);
	}
	bay.emulated = false;
	bay.gang = NULL;
	bay.gang_spec = &no_gang;
	cpus.n = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_visit_waits_a_while_for_its_core),
	    T(an_emulated_machine_has_no_gaps_to_show),
	    T(faults_in_a_leg_fail_their_proof),
	    T(without_faults_the_proof_holds),
	    T(faults_that_are_claimed_have_to_come),
	    T(who_moves_away_is_invalid),
	    T(a_responder_that_was_moved_in_the_last_leg_is_noticed),
	};

	return on_its_cpu() ? cmocka_run_group_tests(tests, NULL, NULL) : SKIP_TEST;
}
