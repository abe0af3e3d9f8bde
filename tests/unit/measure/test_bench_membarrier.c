/* The kernel has nothing to do for a process of one thread: no floor is measured there. */
#include "unit/measure/one_worker.h"

#include <dirent.h>

extern const struct bench bench_membarrier;
static struct bench watched;
const struct bench *const bench_registry[] = {&watched, NULL};

static unsigned fewest;

static unsigned threads_here(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned n = 0;

	for (struct dirent *entry; tasks && (entry = readdir(tasks));)
		n += entry->d_name[0] != '.';
	if (tasks)
		closedir(tasks);
	return n;
}

static void op(struct visit *visit, uint64_t i)
{
	unsigned n = i ? fewest : threads_here();

	fewest = n < fewest ? n : fewest;
	bench_membarrier.op(visit, i);
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	if (fewest < 2)
		return verdict_invalid("alone", NULL, "one thread");
	return bench_membarrier.check(visit, n);
}

static void no_call_is_of_a_lone_thread(void **state)
{
	static const char *const keys[] = {"membarrier/resp=0",
					   "membarrier/resp=1/place=core/state=other-mm",
					   "membarrier/resp=1/place=core/state=spin"};

	(void)state;
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
		fewest = 99;
		struct verdict verdict = work_on(keys[i]);

		assert_string_not_equal(verdict.code, "alone");
		assert_string_not_equal(verdict.code, "call-failed");
		assert_string_not_equal(verdict.code, "worker-died");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_call_is_of_a_lone_thread),
	};

	watched = bench_membarrier;
	watched.op = op;
	watched.check = check;
	if (!open_here())
		return SKIP_TEST;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
