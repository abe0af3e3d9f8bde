#include "unit/output/support.h"
#include "unit/result_builder.h"

#include "output/self_test.h"

static const char *last_line(const struct result *result)
{
	static char text[8192];
	FILE *to = fmemopen(text, sizeof text, "w");

	assert_non_null(to);
	self_test_print(to, result);
	fclose(to);
	text[strlen(text) - 1] = '\0'; /* its last newline */
	return strrchr(text, '\n') + 1;
}

/* Two cells of ten visits within 1%, and the floor, which moves as it likes. */
static void begin(struct result *result)
{
	static const char *const keys[] = {
	    "chase/page=4k/layout=distinct/frames=shuffled/footprint=256KiB", "null/resp=0"};

	build_result(result);
	for (unsigned i = 0; i < 2; i++) {
		struct cell_result *cell = build_cell(result, keys[i]);
		double samples[10];

		for (unsigned k = 0; k < 10; k++)
			samples[k] = 10 * (1 + (i ? 0.2 : 0.001) * k);
		build_metric_of(cell, "ns", "ns", samples, 10);
		cell->rounds = 10;
		fake_proof(cell, "pinned", PROOF_HELD, "");
	}
}

static void a_quiet_machine_is_good_for_1_percent(void **state)
{
	struct result r;

	(void)state;
	begin(&r);
	assert_string_equal(last_line(&r), "good for 1% here");
	result_free(&r);
}

/* A clock that moves spoils a cell without disproving anything. */
static void an_invalid_cell_is_not_a_failed_proof(void **state)
{
	struct result r;

	(void)state;
	begin(&r);
	r.cells[0].outcome = verdict_invalid("clock-moved", "", "the core's clock moved");
	assert_string_equal(last_line(&r),
			    "not graded: chase/page=4k/layout=distinct/frames=shuffled/"
			    "footprint=256KiB was not measured: the core's clock moved");
	r.cells[0].outcome = verdict_ok();
	r.cells[1].outcome = verdict_invalid("clock-moved", "", "the core's clock moved");
	assert_string_equal(last_line(&r), "good for 1% here");
	result_free(&r);
}

static void a_failed_proof_is_the_last_word(void **state)
{
	struct result r;

	(void)state;
	begin(&r);
	fake_proof(&r.cells[1], "ipis", PROOF_FAILED, "");
	assert_string_equal(last_line(&r),
			    "A proof failed just now: good for nothing here until that is mended");
	result_free(&r);
}

static void too_few_visits_are_not_graded(void **state)
{
	struct result r;

	(void)state;
	begin(&r);
	r.cells[0].rounds = 5;
	assert_has(last_line(&r), "gave 5 samples, and it takes 6");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_quiet_machine_is_good_for_1_percent),
	    cmocka_unit_test(an_invalid_cell_is_not_a_failed_proof),
	    cmocka_unit_test(a_failed_proof_is_the_last_word),
	    cmocka_unit_test(too_few_visits_are_not_graded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
