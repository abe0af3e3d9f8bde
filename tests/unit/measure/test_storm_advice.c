/* A kernel that lacks an advice is not one that refuses it. */
#include "unit/measure/one_worker.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

extern const struct bench bench_madvise;
static struct bench older;
const struct bench *const bench_registry[] = {&older, NULL};

/* MADV_DONTNEED is unknown from now on. Seen from the low half of its argument (little endian). */
static void forget_advice(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_DONTNEED, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static struct verdict prepare_older(struct visit *visit)
{
	forget_advice();
	if (madvise(visit->window[0].base, 0, MADV_DONTNEED) == 0)
		return verdict_skipped("no-filter", NULL, "no seccomp here");
	return bench_madvise.prepare(visit);
}

static void an_advice_that_is_missing_is_skipped(void **state)
{
	struct verdict verdict =
	    work_on("madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1/resp=0");

	(void)state;
	if (strcmp(verdict.code, "no-filter") == 0)
		skip();
	assert_int_equal(verdict.outcome, OUTCOME_SKIPPED);
	assert_string_equal(verdict.code, "no-advice");
	assert_true(verdict.remedy[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_advice_that_is_missing_is_skipped),
	};

	older = bench_madvise;
	older.prepare = prepare_older;
	if (!open_here())
		return SKIP_TEST;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
