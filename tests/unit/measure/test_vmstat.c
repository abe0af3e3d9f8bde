/* Lines of /proc/vmstat, and what is made of those that an operation must cause. */
#include "measure/visit_internal.h"
#include "measure/vmstat.h"
#include "unit/measure/made_up.h"

#include <stdio.h>
#include <sys/stat.h>

const struct bench *const bench_registry[] = {NULL};

static char root[] = "/tmp/tlbscope-vmstat-XXXXXX";

static void put(unsigned splits)
{
	char path[96];

	snprintf(path, sizeof path, "%s/proc/vmstat", root);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fprintf(file, "nr_free_pages 7\nthp_split_page 2\nthp_split_page_failed 9\nthp_split %u\n",
		splits);
	fclose(file);
}

static void a_line_is_found_by_its_whole_name(void **state)
{
	uint64_t n = 77;

	(void)state;
	put(1);
	assert_true(vmstat_line("thp_split_page", &n));
	assert_int_equal(n, 2);
	assert_true(vmstat_line("thp_split", &n));
	assert_int_equal(n, 1);
	assert_false(vmstat_line("thp_spli", &n));
	assert_false(vmstat_line("split_page", &n));
}

/* 100 operations after which the line stands `grown` higher. */
static enum proof_state judge(const char *line, double per_op, unsigned grown)
{
	static struct record record;
	struct want want = {.expect = {.vmstat = {{line, per_op}}}};
	struct bay bay = {0};
	struct visit_harness harness = {
	    .bay = &bay, .want = &want, .record = &record, .all_ops = 100};
	struct visit visit = {.want = &want, .harness = &harness};

	memset(&record, 0, sizeof record);
	put(1000);
	expect_before(&visit);
	put(1000 + grown);
	expect_after(&visit);
	expect_prove(&visit);
	assert_int_equal(record.nproofs, 1);
	assert_string_equal(record.proof[0].what, line);
	return record.proof[0].state;
}

static void each_operation_must_move_its_line(void **state)
{
	(void)state;
	assert_int_equal(judge("thp_split", 1, 100), PROOF_HELD);
	assert_int_equal(judge("thp_split", 1, 101), PROOF_HELD); /* somebody else's */
	assert_int_equal(judge("thp_split", 1, 97), PROOF_FAILED);
	assert_int_equal(judge("thp_split", 1, 110), PROOF_FAILED);
	assert_int_equal(judge("thp_split", 0, 0), PROOF_HELD);
	assert_int_equal(judge("thp_split", 0, 50), PROOF_FAILED);
	assert_int_equal(judge("thp_other", 1, 100), PROOF_UNAVAILABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_is_found_by_its_whole_name),
	    cmocka_unit_test(each_operation_must_move_its_line),
	};
	char path[64];

	if (!mkdtemp(root))
		return 1;
	snprintf(path, sizeof path, "%s/proc", root);
	if (mkdir(path, 0755))
		return 1;
	setenv("TLBSCOPE_SYSROOT", root, 1);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	snprintf(path, sizeof path, "rm -r %s", root);
	return failed + (system(path) != 0);
}
