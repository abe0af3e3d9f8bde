/* Filling the supervisor's pages: a file of ordinary memory plays the pool, and one that is too
 * short the cgroup that allows less. */
#include "measure/stores.h"

#include "measure/offspring.h"
#include "unit/measure/processes.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE ((uint64_t)2 << 20)

static bool too_short, old_kernel;
static off_t asked;
static unsigned cpu;

int memfd_create(const char *name, unsigned flags)
{
	assert_true(flags & MFD_HUGETLB);
	return (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC);
}

int ftruncate(int fd, off_t bytes)
{
	asked = bytes;
	return (int)syscall(SYS_ftruncate, fd, too_short ? bytes / 2 : bytes);
}

int madvise(void *at, size_t bytes, int advice)
{
	if (!old_kernel)
		return (int)syscall(SYS_madvise, at, bytes, advice);
	errno = EINVAL;
	return -1;
}

static struct verdict fill(struct hugetlb_store *store)
{
	int signal = 0;
	sigset_t old;

	*store = (struct hugetlb_store){PAGE, 4, -1};
	offspring_block(&old);
	struct verdict verdict = store_fill(store, cpu, &signal);

	offspring_unblock(&old);
	assert_int_equal(signal, 0);
	assert_int_equal(asked, 4 * PAGE);
	assert_int_equal(children_of(getpid(), NULL), 0);
	return verdict;
}

static void pages_are_touched(void **state)
{
	struct hugetlb_store store;
	struct stat status;

	(void)state;
	for (int old = 0; old < 2; old++) {
		old_kernel = old;
		struct verdict verdict = fill(&store);

		assert_true(verdict_is_ok(&verdict));
		assert_true(store.fd >= 0);
		assert_int_equal(fstat(store.fd, &status), 0);
		assert_true(status.st_blocks >= 4 * (old ? 8 : (long)PAGE / 512));
		close(store.fd);
	}
	old_kernel = false;
}

static void what_may_not_be_touched_is_skipped(void **state)
{
	struct hugetlb_store store;

	(void)state;
	signal(SIGBUS, SIG_DFL); /* cmocka catches it */
	too_short = true;
	for (int old = 0; old < 2; old++) {
		old_kernel = old;
		struct verdict verdict = fill(&store);

		assert_int_equal(verdict.outcome, OUTCOME_SKIPPED);
		assert_string_equal(verdict.code, "no-huge-pages");
		assert_true(*verdict.text && *verdict.remedy);
		assert_int_equal(store.fd, -1);
	}
	too_short = old_kernel = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_are_touched),
	    cmocka_unit_test(what_may_not_be_touched_is_skipped),
	};

	cpu = (unsigned)sched_getcpu();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
