/* Made-up gaps against made-up operations: which are whose, and when chance could have been. */
#include "measure/gang_internal.h"
#include "unit/measure/made_up.h"

#include <stdlib.h>

const struct bench *const bench_registry[] = {NULL};

#define OPS 3

/* Operations from 100 to 200, 300, 400. */
static const uint64_t stamp[OPS + 1] = {100, 200, 300, 400};
static struct gang gang;

static int set_up(void **state)
{
	(void)state;
	gang = (struct gang){.started = 1, .ns_per_tick = 2};
	gang.shared = aligned_alloc(4096, sizeof *gang.shared +
					      (2 * sizeof(struct responder) / 4096 + 1) * 4096);
	gang.ns = calloc(2 * GAPS_MAX, sizeof *gang.ns);
	assert_true(gang.shared && gang.ns);
	for (unsigned i = 0; i < 2; i++)
		atomic_store(&gang.shared->responder[i].ngaps, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(gang.shared);
	free(gang.ns);
	return 0;
}

static void saw(unsigned who, uint64_t begin, uint64_t end)
{
	struct responder *r = &gang.shared->responder[who];
	uint64_t n = atomic_load(&r->ngaps);

	r->gap[n] = (struct gap){end, end - begin};
	atomic_store(&r->ngaps, n + 1);
}

static void the_first_gap_of_an_operation_is_its_own(void **state)
{
	uint64_t hits[2];

	(void)state;
	saw(0, 50, 90);	  /* before all */
	saw(0, 120, 150); /* own: exposed for 20 */
	saw(0, 170, 180); /* a second one, not looked at */
	saw(0, 260, 330); /* own, and lasts into the third: exposed for 60 */
	saw(0, 390, 450); /* own: exposed from 330 on */
	saw(0, 460, 470); /* after all */
	struct gang_gaps gaps = gang_match(&gang, stamp, OPS, hits);

	assert_int_equal(hits[0], 3);
	assert_int_equal(gaps.recorded, 3);
	assert_true(gaps.ns[0] == 60 && gaps.ns[1] == 120 && gaps.ns[2] == 140);
	assert_true(gaps.exposed_ns == 2 * (20 + 60 + 60));
}

static void without_a_gap_chance_had_all_the_time(void **state)
{
	uint64_t hits[2];

	(void)state;
	assert_true(gang_match(&gang, stamp, OPS, hits).exposed_ns == 2 * 300);
	saw(0, 90, 320); /* swallowed two, and of the third a part */
	struct gang_gaps gaps = gang_match(&gang, stamp, OPS, hits);

	assert_int_equal(gaps.recorded, 0);
	assert_true(gaps.exposed_ns == 2 * 80);
}

static void responders_add_up(void **state)
{
	uint64_t hits[2];

	(void)state;
	gang.started = 2;
	saw(0, 110, 120);
	saw(1, 210, 240);
	struct gang_gaps gaps = gang_match(&gang, stamp, OPS, hits);

	assert_int_equal(hits[0], 1);
	assert_int_equal(hits[1], 1);
	assert_true(gaps.exposed_ns == 2 * (10 + 200 + 100 + 10 + 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_first_gap_of_an_operation_is_its_own, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(without_a_gap_chance_had_all_the_time, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(responders_add_up, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
