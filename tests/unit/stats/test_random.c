/* Generators against their authors' reference outputs; draws by their properties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats/stats.h"

#define SIZE(a) (sizeof(a) / sizeof *(a))

/* splitmix64.c by S. Vigna; first outputs for seed 1234567 (Rosetta Code, "Pseudo-random numbers/
 * Splitmix64") and for seed 0. */
static void seeding_is_splitmix64(void **state)
{
	(void)state;
	const uint64_t want[][4] = {
	    {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
	     4593380528125082431u},
	    {16294208416658607535u, 7960286522194355700u, 487617019471545679u,
	     17909611376780542444u},
	};
	const uint64_t seed[] = {1234567, 0};

	for (size_t i = 0; i < SIZE(seed); i++) {
		struct random r;

		random_seed(&r, seed[i]);
		assert_memory_equal(r.s, want[i], sizeof r.s);
	}
}

/* xoshiro256starstar.c by Blackman and Vigna, state {1, 2, 3, 4}: as in the tests of rand_xoshiro.
 */
static void next_is_xoshiro256starstar(void **state)
{
	(void)state;
	struct random r = {{1, 2, 3, 4}};
	const uint64_t want[] = {
	    11520,
	    0,
	    1509978240,
	    1215971899390074240,
	    1216172134540287360,
	    607988272756665600,
	    16172922978634559625u,
	    8476171486693032832,
	    10595114339597558777u,
	    2904607092377533576,
	};

	for (size_t i = 0; i < SIZE(want); i++)
		assert_true(random_next(&r) == want[i]);
}

static void below_stays_below_and_reaches_all(void **state)
{
	(void)state;
	struct random r;
	unsigned seen[7] = {0};

	random_seed(&r, 1);
	for (unsigned i = 0; i < 70000; i++) {
		uint64_t v = random_below(&r, 7);

		assert_true(v < 7);
		seen[v]++;
	}
	for (unsigned i = 0; i < 7; i++) /* six standard deviations */
		assert_true(seen[i] > 9440 && seen[i] < 10560);
	assert_true(random_below(&r, 1) == 0);
	for (unsigned i = 0; i < 100; i++)
		assert_true(random_below(&r, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

static void unit_is_in_the_unit_interval(void **state)
{
	(void)state;
	struct random r;
	double sum = 0;

	random_seed(&r, 2);
	for (unsigned i = 0; i < 40000; i++) {
		double u = random_unit(&r);

		assert_true(u >= 0 && u < 1);
		sum += u;
	}
	assert_true(sum > 19650 && sum < 20350);
}

static void shuffle_permutes_all_ways(void **state)
{
	(void)state;
	struct random r;
	unsigned seen[27] = {0}, ways = 0;

	random_seed(&r, 3);
	for (unsigned i = 0; i < 6000; i++) {
		uint32_t v[] = {0, 1, 2};

		random_shuffle(&r, v, 3);
		assert_true(v[0] + v[1] + v[2] == 3 && v[0] * v[1] * v[2] == 0);
		seen[v[0] * 9 + v[1] * 3 + v[2]]++;
	}
	for (unsigned i = 0; i < SIZE(seen); i++) {
		ways += seen[i] > 0;
		assert_true(!seen[i] || (seen[i] > 820 && seen[i] < 1180));
	}
	assert_int_equal(ways, 6);
}

static void mix_tells_its_arguments_apart(void **state)
{
	(void)state;
	assert_true(random_mix(1, 2) == random_mix(1, 2));
	assert_true(random_mix(1, 2) != random_mix(2, 1));
	assert_true(random_mix(0, 0) != 0);
	assert_true(random_mix(5, 0) != random_mix(5, 1));
	assert_true(random_mix(0, 5) != random_mix(1, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seeding_is_splitmix64),
	    cmocka_unit_test(next_is_xoshiro256starstar),
	    cmocka_unit_test(below_stays_below_and_reaches_all),
	    cmocka_unit_test(unit_is_in_the_unit_interval),
	    cmocka_unit_test(shuffle_permutes_all_ways),
	    cmocka_unit_test(mix_tells_its_arguments_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
