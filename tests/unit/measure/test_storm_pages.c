/* A storm over huge pages that has none in its legs is no fast storm. */
#include "unit/measure/one_worker.h"

#include <sys/prctl.h>

extern const struct bench bench_madvise, bench_mapfixed, bench_munmap, bench_thpsplit;
static struct bench spoilt[4];
const struct bench *const bench_registry[] = {&spoilt[0], &spoilt[1], &spoilt[2], &spoilt[3], NULL};
static const struct bench *const real[] = {&bench_madvise, &bench_mapfixed, &bench_munmap,
					   &bench_thpsplit};

static bool deny; /* huge pages, once the worker's region is there */

static const struct bench *real_of(const struct visit *visit)
{
	unsigned i = 0;

	while (strcmp(real[i]->name, visit->cell->bench) != 0)
		i++;
	return real[i];
}

static struct verdict prepare_denied(struct visit *visit)
{
	prctl(PR_SET_THP_DISABLE, deny, 0, 0, 0);
	return real_of(visit)->prepare(visit);
}

static void release_allowed(struct visit *visit)
{
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	real_of(visit)->release(visit);
}

static const char *const keys[] = {
    "madvise/advice=dontneed/page=thp/mapping=anon/touched=all/npages=1/resp=0",
    "madvise/advice=dontneed/page=thp/mapping=anon/touched=ends/npages=3/resp=0",
    "mapfixed/page=thp/mapping=anon/npages=1/resp=0",
    "munmap/page=thp/mapping=anon/npages=1/resp=0", "thpsplit/resp=0"};

static void small_pages_in_the_legs_are_not_held_to_be_huge(void **state)
{
	(void)state;
	deny = true;
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct verdict verdict = work_on(keys[i]);

		if (verdict.outcome == OUTCOME_SKIPPED)
			skip(); /* nor had the region any */
		assert_int_equal(verdict.outcome, OUTCOME_INVALID);
		assert_string_equal(verdict.code, "page-size");
		assert_non_null(strstr(verdict.text, "after they were touched"));
	}
}

static void huge_pages_are_found(void **state)
{
	(void)state;
	deny = false;
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct verdict verdict = work_on(keys[i]);

		if (verdict.outcome == OUTCOME_SKIPPED)
			skip();
		if (verdict_is_ok(&verdict))
			assert_int_equal(proof_named("page-size")->state, PROOF_HELD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(small_pages_in_the_legs_are_not_held_to_be_huge),
	    cmocka_unit_test(huge_pages_are_found),
	};

	for (unsigned i = 0; i < sizeof real / sizeof *real; i++) {
		spoilt[i] = *real[i];
		spoilt[i].prepare = prepare_denied;
		spoilt[i].release = release_allowed;
	}
	if (!open_here())
		return SKIP_TEST;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
