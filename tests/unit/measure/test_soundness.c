/* The decision on scripted numbers; what this machine says is its own business. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "measure/clock.h"
#include "measure/soundness.h"

#include <string.h>

#define SIZES                                                                                      \
	{                                                                                          \
		24, 36, 48, 64, 88                                                                 \
	}
#define FLAT                                                                                       \
	{                                                                                          \
		4.0, 4.0, 4.01, 4.0, 4.02                                                          \
	}

static void expect(const char *code, const struct soundness_numbers *numbers)
{
	struct verdict verdict = soundness_judge("alias", numbers);

	assert_string_equal(verdict.code, code);
	assert_int_equal(verdict.outcome, *code ? OUTCOME_SKIPPED : OUTCOME_OK);
	assert_true(!*code || (strstr(verdict.text, "alias") && *verdict.remedy));
}

static void flat_layouts_are_sound(void **state)
{
	(void)state;
	expect("", &(struct soundness_numbers){5, SIZES, FLAT, FLAT, 4.0, 4.0});
	/* A constant offset is no rise. */
	expect("",
	       &(struct soundness_numbers){5, SIZES, FLAT, {21.0, 21.0, 21.1, 21.0, 21.4}, 0, 0});
}

static void a_rise_rejects(void **state)
{
	(void)state;
	expect("unsound-layout",
	       &(struct soundness_numbers){5, SIZES, FLAT, {4.0, 4.0, 4.0, 4.0, 6.9}, 4.0, 4.0});
	expect("unsound-layout",
	       &(struct soundness_numbers){5, SIZES, FLAT, {4.0, 5.2, 4.0, 4.0, 4.0}, 4.0, 4.0});
}

/* A small TLB: what lies past its reach says nothing of the layout. */
static void only_where_distinct_is_flat(void **state)
{
	(void)state;
	expect("",
	       &(struct soundness_numbers){
		   5, SIZES, {4.0, 4.0, 7.0, 9.0, 10.0}, {4.0, 4.0, 8.0, 10.0, 12.0}, 4.0, 4.0});
	expect("unsound-layout",
	       &(struct soundness_numbers){
		   5, SIZES, {4.0, 4.0, 7.0, 9.0, 10.0}, {4.0, 8.0, 8.0, 10.0, 12.0}, 4.0, 4.0});
}

static void cannot_be_judged(void **state)
{
	(void)state;
	expect("unsound-layout",
	       &(struct soundness_numbers){5, SIZES, {4.0, 9.0, 9.0, 9.0, 9.0}, FLAT, 4.0, 4.0});
}

static void conflicting_aliases_reject(void **state)
{
	(void)state;
	expect("unsound-layout", &(struct soundness_numbers){5, SIZES, FLAT, FLAT, 14.0, 4.0});
	expect("", &(struct soundness_numbers){5, SIZES, FLAT, FLAT, 4.1, 4.0});
}

static void the_test_itself_ends(void **state)
{
	struct soundness soundness;
	struct clock clock;

	(void)state;
	clock_read(&clock);
	memset(&soundness, 0xff, sizeof soundness);
	soundness_test(&soundness);
	const struct verdict *verdicts[] = {&soundness.alias, &soundness.zero,
					    &soundness.hugealias};

	for (unsigned i = 0; i < 3; i++) {
		assert_true(verdicts[i]->outcome == OUTCOME_OK ||
			    verdicts[i]->outcome == OUTCOME_SKIPPED);
		if (verdicts[i]->outcome == OUTCOME_SKIPPED)
			assert_true(*verdicts[i]->text && *verdicts[i]->remedy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flat_layouts_are_sound),	   cmocka_unit_test(a_rise_rejects),
	    cmocka_unit_test(only_where_distinct_is_flat), cmocka_unit_test(cannot_be_judged),
	    cmocka_unit_test(conflicting_aliases_reject),  cmocka_unit_test(the_test_itself_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
