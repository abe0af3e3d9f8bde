/* What is concluded from interrupts that came, or did not. */
#include "measure/mechanism.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct evidence evidence, const char *name)
{
	assert_string_equal(mechanism_name(mechanism_of(&evidence)), name);
}

static void interrupts_that_came_are_interrupts(void **state)
{
	(void)state;
	expect((struct evidence){.expected = 1, .seen = 0.99, .ran = true}, "ipi");
	expect(
	    (struct evidence){
		.expected = 3, .seen = 3, .ran = true, .invlpgb = true, .pv_flush = true},
	    "ipi");
	expect((struct evidence){.expected = 0, .seen = 0, .ran = true}, "none");
	expect((struct evidence){.expected = 0, .seen = 0, .invlpgb = true, .ran = true}, "none");
}

/* Only a responder that ran proves that there was no interrupt to get. */
static void interrupts_that_did_not_come_need_a_reason(void **state)
{
	(void)state;
	expect((struct evidence){.expected = 1, .seen = 0, .ran = true, .invlpgb = true},
	       "invlpgb");
	/* Reclaim broadcasts; what the next call owes for it is an interrupt still. */
	expect(
	    (struct evidence){
		.expected = 4, .seen = 1, .ran = true, .invlpgb = true, .reclaims = true},
	    "invlpgb");
	expect((struct evidence){.expected = 4, .seen = 1, .ran = true, .reclaims = true}, "ipi");
	expect(
	    (struct evidence){
		.expected = 4, .seen = 4, .ran = true, .invlpgb = true, .reclaims = true},
	    "ipi"); /* before 6.15 */
	expect((struct evidence){.expected = 4, .seen = 1, .ran = true, .invlpgb = true}, "ipi");
	expect((struct evidence){.expected = 1, .seen = 0, .ran = false, .invlpgb = true},
	       "unseen");
	expect((struct evidence){.expected = 1, .seen = 0, .ran = true}, "unseen");
	expect((struct evidence){.expected = 1, .seen = 0.1, .pv_flush = true}, "pv-skipped");
	expect((struct evidence){.expected = 1, .seen = 0.1, .pv_flush = true, .switched = true},
	       "ipi");
	expect((struct evidence){.expected = 1, .seen = 0.1}, "ipi");
}

/* Hyper-V: the guest sends nothing itself. */
static void what_a_hypervisor_does_is_a_call(void **state)
{
	(void)state;
	expect((struct evidence){.expected = 1, .seen = 0, .ran = true, .hypercall = true},
	       "hypercall");
	expect((struct evidence){.expected = 1, .seen = 0, .ran = false, .hypercall = true},
	       "unseen");
	expect((struct evidence){.expected = 1, .seen = 1, .ran = true, .hypercall = true}, "ipi");
	expect((struct evidence){.expected = 0, .seen = 0, .ran = true, .hypercall = true}, "none");
}

static void what_does_not_count_is_said(void **state)
{
	(void)state;
	expect((struct evidence){.expected = 1, .uncounted = true}, "unseen");
	expect((struct evidence){.expected = 1, .uncounted = true, .broadcast = true}, "broadcast");
}

static void each_has_a_name_and_a_sentence(void **state)
{
	(void)state;
	for (int i = 0; i < MECHANISMS; i++) {
		assert_true(*mechanism_name((enum mechanism)i));
		assert_true(strlen(mechanism_text((enum mechanism)i)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(interrupts_that_came_are_interrupts),
	    cmocka_unit_test(interrupts_that_did_not_come_need_a_reason),
	    cmocka_unit_test(what_a_hypervisor_does_is_a_call),
	    cmocka_unit_test(what_does_not_count_is_said),
	    cmocka_unit_test(each_has_a_name_and_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
