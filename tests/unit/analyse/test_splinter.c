/* What the TLB holds of a huge page, where pairs of cells disagree or are missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fixture.h"

/* At offsets that conflict in some indexes only, nothing is proved whole. */
static void whole_pages_need_every_kind_of_offsets(void **state)
{
	(void)state;
	for (uint64_t n = 128; n <= 256; n *= 2) {
		alias_point("2m", "spread", n, 11);
		alias_point("2m", "equal", n, 11);
		alias_point("2m", "fold7", n, 11);
	}
	compute();
	assert_subject(sim_finding(&result, "splinter", "2m", NULL), "splinters", "unknown");
	alias_point("2m", "fold8", 128, 40);
	alias_point("2m", "fold8", 256, 40);
	compute();
	assert_subject(sim_finding(&result, "splinter", "2m", NULL), "splinters", "yes");
	assert_int_equal(sim_finding(&result, "splinter", "2m", NULL)->confidence, CONFIRMED);
}

static void mixed_pairs_cannot_tell(void **state)
{
	(void)state;
	alias_point("2m", "spread", 128, 11);
	alias_point("2m", "equal", 128, 11);
	alias_point("2m", "spread", 256, 11);
	alias_point("2m", "equal", 256, 40);
	compute();
	struct finding *f = sim_finding(&result, "splinter", "2m", NULL);

	assert_subject(f, "splinters", "unknown");
	assert_int_equal(f->confidence, CANNOT_TELL);
}

static void no_pairs_no_splinter_finding(void **state)
{
	(void)state;
	alias_point("2m", "equal", 256, 40);
	alias_point("2m", "equal", 64, 40);
	alias_point("2m", "spread", 64, 11);
	compute();
	assert_null(sim_finding(&result, "splinter", NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(whole_pages_need_every_kind_of_offsets),
	    TEST(mixed_pairs_cannot_tell),
	    TEST(no_pairs_no_splinter_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
