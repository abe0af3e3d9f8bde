/* What hugealloc plans and borrows; what is left of a setting that was lent; free blocks as
 * counted. */
#include "measure/session.h"
#include "unit/measure/made_up.h"

#include "machine/sysfile.h"
#include "measure/withhold.h"
#include "measure/fragments.h"
#include "measure/loans.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

extern const struct bench bench_hugealloc;
const struct bench *const bench_registry[] = {&bench_hugealloc, NULL};

#define KHUGEPAGED "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"
#define POOL	   "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

static struct plan_context small;
static char root[] = "/tmp/tlbscope-loans-XXXXXX";

static struct verdict planned(const char *key, struct want *want)
{
	struct plan plan = plan_must(&small, "full", ONLY(key));
	const struct plan_cell *cell = cell_at(&plan, key);
	struct verdict verdict = cell->verdict;

	*want = cell->want;
	plan_free(&plan);
	return verdict;
}

static void cells_fit_or_are_skipped(void **state)
{
	struct want want;

	(void)state;
	small.machine.memory_bytes = 200 * MIB;
	struct verdict giant = planned("hugealloc/page=1g/how=pool/memory=whole/pages=1", &want);
	struct verdict twice =
	    planned("hugealloc/page=thp/how=collapse/memory=whole/pages=64", &want);
	struct verdict fits = planned("hugealloc/page=thp/how=fault/memory=whole/pages=64", &want);

	assert_string_equal(giant.code, "no-memory");
	assert_string_equal(twice.code, "no-memory");
	assert_true(verdict_is_ok(&fits));
	small.machine.memory_bytes = 64ull << 30;
	struct verdict no_way = planned("hugealloc/page=thp/how=pool/memory=whole/pages=4", &want);

	assert_string_equal(no_way.code, "no-such-way");
}

static void settings_are_asked_for(void **state)
{
	struct want want;

	(void)state;
	planned("hugealloc/page=2m/how=pool/memory=fragmented/pages=16", &want);
	assert_string_equal(want.loan[0].path, POOL);
	assert_int_equal(want.loan[0].number, 16);
	assert_true(want.loan[0].added);
	assert_true(want.fragmented);
	assert_int_equal(want.extra_bytes, small.machine.memory_bytes); /* in pieces, or held */
	assert_null(want.expect.vmstat[0].line); /* how many come is what is measured */
	planned("hugealloc/page=thp/how=fault/memory=whole/pages=16", &want);
	assert_int_equal(want.loan[0].path[0], 0);
	assert_string_equal(want.expect.vmstat[0].line, "thp_fault_alloc");
}

static void put(const char *path, const char *text)
{
	char real[4096];
	FILE *file = fopen(sysfile_path(path, real), "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static uint64_t pool(void)
{
	uint64_t n = 999;

	sysfile_read_u64(POOL, &n);
	return n;
}

/* A lent setting keeps its value until a worker changes it; one that a dead worker left is put
 * back. */
static void what_a_worker_leaves_is_put_back(void **state)
{
	const char *key = "hugealloc/page=2m/how=pool/memory=whole/pages=16";
	struct plan plan = plan_must(&small, "full", ONLY(key));
	struct journal *journal;

	(void)state;
	put(POOL, "3\n");
	struct verdict opened = journal_open(&journal);

	assert_true(verdict_is_ok(&opened));
	loans_take(journal, &plan);
	assert_int_not_equal(cell_at(&plan, key)->group, NO_CELL);
	assert_int_equal(pool(), 3);
	put(POOL, "11\n"); /* in the middle of its sixteen */
	struct verdict back = journal_restore(journal);

	assert_true(verdict_is_ok(&back));
	assert_int_equal(pool(), 3);
	journal_close(journal);
	plan_free(&plan);
}

static void without_the_setting_the_cell_is_skipped(void **state)
{
	const char *key = "hugealloc/page=2m/how=surplus/memory=whole/pages=16";
	struct plan plan = plan_must(&small, "full", ONLY(key));
	struct journal *journal;
	struct verdict opened = journal_open(&journal);

	(void)state;
	assert_true(verdict_is_ok(&opened));
	loans_take(journal, &plan);
	const struct plan_cell *cell = cell_at(&plan, key);

	assert_int_equal(cell->group, NO_CELL);
	assert_int_equal(cell->verdict.outcome, OUTCOME_SKIPPED);
	assert_string_equal(cell->verdict.code, "no-setting");
	assert_non_null(strstr(cell->verdict.text, "nr_overcommit_hugepages"));
	journal_close(journal);
	plan_free(&plan);
}

static void free_blocks_are_counted_from_an_order_on(void **state)
{
	static const char text[] =
	    "Node 0, zone      DMA      0      0      0      0      0      0      0      0      1 "
	    "     1      3 \n"
	    "Node 0, zone    DMA32     31     35     31     24     21     14      9      6      7 "
	    "     5    748 \n"
	    "Node 1, zone   Normal   1530     20      4      3      2      2      0      1      3 "
	    "     0   3571 \n";

	(void)state;
	assert_int_equal(fragments_whole_blocks(text, 9), 5 + 2 * 748 + 0 + 2 * 3571);
	assert_int_equal(fragments_whole_blocks(text, 10), 748 + 3571);
	assert_int_equal(fragments_whole_blocks("", 9), 0);
	assert_int_equal(fragments_whole_blocks("Node 0, zone   Normal", 9), 0);
}

/* In a child: what is taken ends with the process. */
static int takes(uint64_t bytes, bool ordinary)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (ordinary && (setgid(65534) || setuid(65534)))
			_exit(2);
		_exit(withhold(bytes) ? 1 : 0);
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void memory_is_set_aside_by_root_alone(void **state)
{
	(void)state;
	assert_int_equal(takes(0, false), 0);
	assert_int_equal(takes((uint64_t)1 << 60, false), 0); /* more than there is */
	if (geteuid())
		skip();
	assert_int_equal(takes(4 * MIB, true), 0);
}

static uint64_t huge_kib(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "re");
	unsigned long long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof line, file) &&
	       sscanf(line, "AnonHugePages: %llu", &kib) != 1)
		;
	if (file)
		fclose(file);
	return kib;
}

static bool begin(struct visit *visit)
{
	struct verdict verdict =
	    access(KHUGEPAGED, W_OK)
		? verdict_skipped("refused", NULL, "no khugepaged, or not root")
		: bench_hugealloc.prepare(visit);

	if (verdict_is_ok(&verdict))
		verdict = bench_hugealloc.arm(visit, visit->want->max_ops);
	if (!verdict_is_ok(&verdict))
		print_message("%s\n", verdict.text);
	return verdict_is_ok(&verdict);
}

/* It makes several in one go: what an operation waits for must not have been made while another
 * waited. */
static void khugepaged_makes_one_page_an_operation(void **state)
{
	const char *key = "hugealloc/page=thp/how=khugepaged/memory=whole/pages=4";
	struct plan plan = plan_must(&small, "full", ONLY(key));
	const struct plan_cell *cell = cell_at(&plan, key);
	struct visit visit = {.cell = &cell->cell,
			      .want = &cell->want,
			      .state = calloc(1, bench_hugealloc.state_bytes)};
	const uint64_t before = huge_kib();
	const uint64_t page_kib = cell->want.op_bytes >> 10;
	uint64_t made = 0;

	(void)state;
	assert_non_null(visit.state);
	if (begin(&visit)) {
		bench_hugealloc.op(&visit, 0);
		usleep(100000); /* ten more of its rounds */
		made = huge_kib() - before;
		bench_hugealloc.op(&visit, 1);
		bench_hugealloc.op(&visit, 2);
	}
	uint64_t later = huge_kib() - before;

	bench_hugealloc.release(&visit);
	free(visit.state);
	plan_free(&plan);
	if (!made)
		skip(); /* refused, or it was too busy with others */
	assert_int_equal(made, page_kib);
	assert_in_range(later, page_kib, 3 * page_kib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cells_fit_or_are_skipped),
	    cmocka_unit_test(settings_are_asked_for),
	    cmocka_unit_test(what_a_worker_leaves_is_put_back),
	    cmocka_unit_test(without_the_setting_the_cell_is_skipped),
	    cmocka_unit_test(free_blocks_are_counted_from_an_order_on),
	    cmocka_unit_test(memory_is_set_aside_by_root_alone),
	    cmocka_unit_test(khugepaged_makes_one_page_an_operation),
	};
	char command[256];

	small = described_machine("pack:1 l3:1 core:2 pu:1");
	if (!mkdtemp(root))
		return 1;
	snprintf(command, sizeof command,
		 "mkdir -p %s/sys/kernel/mm/hugepages/hugepages-2048kB %s/journal", root, root);
	if (system(command))
		return 1;
	setenv("TLBSCOPE_SYSROOT", root, 1);
	snprintf(command, sizeof command, "%s/journal", root);
	setenv("TLBSCOPE_JOURNAL", command, 1);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	snprintf(command, sizeof command, "rm -r %s", root);
	return failed + (system(command) != 0);
}
