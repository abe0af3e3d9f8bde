/* Pools against a kernel that behaves: this file is its own sysfile, with a hugetlb pool behind it.
 */
#include "machine/pools.h"
#include "machine/sysfile.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB    (1024 * 1024ull)
#define PAGE   (2 * MIB)
#define FOLDER "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define NODE_1 "/sys/devices/system/node/node1/hugepages/hugepages-2048kB/"

static struct {
	uint64_t persistent, surplus, used, reserved;
	uint64_t limit; /* the most pages that the kernel finds memory for */
	int write_error;
	unsigned writes;
	bool on_node_1; /* all of it, beside more of other nodes */
} pool;

/* What the whole machine has besides, free and on other nodes. */
#define ELSEWHERE (pool.on_node_1 ? 100 : 0)

static uint64_t pool_total(void)
{
	return pool.persistent + pool.surplus;
}

static bool pool_file(const char *name, uint64_t *out)
{
	const struct {
		const char *name;
		uint64_t value;
	} files[] = {
	    {"nr_hugepages", pool_total()},
	    {"free_hugepages", pool_total() - pool.used},
	    {"resv_hugepages", pool.reserved},
	    {"surplus_hugepages", pool.surplus},
	};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		*out = files[i].value;
		if (!strcmp(name, files[i].name))
			return true;
	}
	return false;
}

/* As the kernel does it: growing turns surplus pages into lasting ones first; shrinking keeps what
 * is in use or promised as surplus. */
static void pool_resize(uint64_t count)
{
	uint64_t total = pool_total(), busy = pool.used + pool.reserved;

	if (count >= total)
		total = count < pool.limit ? count : pool.limit > total ? pool.limit : total;
	else
		total = count > busy ? count : busy;
	pool.persistent = count < total ? count : total;
	pool.surplus = total - pool.persistent;
}

ssize_t sysfile_read(const char *path, char *out, size_t size)
{
	uint64_t value;

	out[0] = 0;
	if (pool.on_node_1 && !strncmp(path, NODE_1, strlen(NODE_1)) &&
	    strcmp(path + strlen(NODE_1), "resv_hugepages") &&
	    pool_file(path + strlen(NODE_1), &value))
		return snprintf(out, size, "%" PRIu64, value);
	if (strncmp(path, FOLDER, strlen(FOLDER)) || !pool_file(path + strlen(FOLDER), &value))
		return -ENOENT;
	if (!strncmp(path + strlen(FOLDER), "nr_", 3) ||
	    !strncmp(path + strlen(FOLDER), "free_", 5))
		value += ELSEWHERE;
	return snprintf(out, size, "%" PRIu64, value);
}

int sysfile_read_u64(const char *path, uint64_t *out)
{
	char text[32];

	if (sysfile_read(path, text, sizeof text) < 0)
		return -ENOENT;
	*out = strtoull(text, NULL, 10);
	return 0;
}

static char directory[64];
static struct journal *journal;

/* Does a journal hold this value, as the old or as the new one? */
static bool is_recorded(const char *value)
{
	char pattern[128], line[256], as_old[64], as_new[64];
	bool found = false;
	glob_t files;

	snprintf(as_old, sizeof as_old, "\t%s\t", value);
	snprintf(as_new, sizeof as_new, "\t%s\n", value);
	snprintf(pattern, sizeof pattern, "%s/*.journal", directory);
	if (glob(pattern, 0, NULL, &files))
		return false;
	FILE *file = fopen(files.gl_pathv[0], "r");
	while (file && fgets(line, sizeof line, file))
		found |= strstr(line, as_old) || strstr(line, as_new);
	if (file)
		fclose(file);
	globfree(&files);
	return found;
}

int sysfile_write(const char *path, const char *text)
{
	assert_string_equal(path, pool.on_node_1 ? NODE_1 "nr_hugepages" : FOLDER "nr_hugepages");
	assert_true(is_recorded(text)); /* before it is written */
	pool.writes++;
	if (pool.write_error)
		return pool.write_error;
	pool_resize(strtoull(text, NULL, 10));
	return 0;
}

bool sysfile_exists(const char *path)
{
	char text[32];

	return sysfile_read(path, text, sizeof text) >= 0;
}

const char *sysfile_path(const char *path, char *out)
{
	return strcpy(out, path);
}

static int fresh(void **state)
{
	(void)state;
	memset(&pool, 0, sizeof pool);
	pool.limit = 1000;
	snprintf(directory, sizeof directory, "/tmp/pools-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	setenv("TLBSCOPE_JOURNAL", directory, 1);
	struct verdict v = journal_open(&journal);
	return verdict_is_ok(&v) ? 0 : -1;
}

static int clean(void **state)
{
	(void)state;
	journal_close(journal);
	return rmdir(directory); /* fails where a journal was left */
}

static struct verdict reserve(uint64_t pages, uint64_t memory_bytes)
{
	return pool_reserve(journal, &(struct pool_need){.page_bytes = PAGE, .pages = pages},
			    memory_bytes);
}

static void assert_reserved(uint64_t pages)
{
	uint64_t unused;
	struct verdict v = reserve(pages, 4096 * MIB);

	assert_true(verdict_is_ok(&v));
	assert_true(pool_free(PAGE, &unused));
	assert_true(unused >= pages);
}

static void assert_pool(uint64_t persistent, uint64_t surplus)
{
	assert_int_equal(pool.persistent, persistent);
	assert_int_equal(pool.surplus, surplus);
}

static void free_pages_leave_out_promised_ones(void **state)
{
	(void)state;
	uint64_t pages;

	pool.persistent = 10;
	pool.used = 4;
	pool.reserved = 1;
	assert_true(pool_free(PAGE, &pages));
	assert_int_equal(pages, 5);
	assert_false(pool_free(1024 * MIB, &pages));
}

static void borrows_only_what_is_missing(void **state)
{
	(void)state;
	assert_reserved(4);
	assert_pool(4, 0);
	assert_reserved(3); /* still free */
	assert_int_equal(pool.writes, 1);
	assert_reserved(6); /* grows again */
	assert_pool(6, 0);
	struct verdict v = journal_restore(journal);
	assert_true(verdict_is_ok(&v));
	assert_pool(0, 0);
}

static void respects_what_others_use(void **state)
{
	(void)state;
	pool.persistent = 10;
	pool.used = 8;
	pool.reserved = 1;
	assert_reserved(5);
	assert_pool(14, 0);
	pool.used += 2; /* somebody takes from what we borrowed */
	pool.used += pool.reserved;
	pool.reserved = 0;
	journal_restore(journal);
	assert_pool(10, 1); /* the pool is theirs again, and no page was torn from its user */
}

static void surplus_pages_stay_surplus(void **state)
{
	(void)state;
	pool.persistent = 8;
	pool.surplus = 2;
	pool.used = 10;
	assert_reserved(3);
	assert_pool(13, 0);
	struct verdict v = journal_restore(journal);
	assert_true(verdict_is_ok(&v));
	assert_pool(8, 2);
}

static void enough_is_left_as_it_is(void **state)
{
	(void)state;
	pool.persistent = 4;
	assert_reserved(4);
	assert_int_equal(pool.writes, 0);
}

static void fewer_than_asked_is_said_and_given_back(void **state)
{
	(void)state;
	pool.limit = 3;
	struct verdict v = reserve(8, 4096 * MIB);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "pool-short");
	assert_non_null(strstr(v.text, "3 of 8 pages of 2m"));
	assert_pool(0, 0); /* nobody would use them, and others lack the memory */
	v = journal_restore(journal);
	assert_true(verdict_is_ok(&v));
	assert_pool(0, 0);
}

static void memory_bounds_growth(void **state)
{
	(void)state;
	pool.persistent = 2;
	struct verdict v = reserve(8, 6 * PAGE - 1);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "no-memory");
	assert_int_equal(pool.writes, 0);
	v = reserve(UINT64_MAX, 6 * PAGE);
	assert_string_equal(v.code, "no-memory");
	v = reserve(8, 6 * PAGE);
	assert_true(verdict_is_ok(&v));
	assert_pool(8, 0);
}

static void without_permission_the_command_is_the_remedy(void **state)
{
	(void)state;
	pool.persistent = 10;
	pool.used = 9;
	pool.write_error = -EACCES;
	struct verdict v = reserve(4, 4096 * MIB);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "no-pool");
	assert_string_equal(v.remedy, "echo 13 | sudo tee " FOLDER "nr_hugepages");
	assert_pool(10, 0);
}

static void without_a_pool_it_is_skipped(void **state)
{
	(void)state;
	struct verdict v = pool_reserve(
	    journal, &(struct pool_need){.page_bytes = 1024 * MIB, .pages = 1}, 4096 * MIB);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_non_null(strstr(v.text, "1g"));
}

static void the_command_counts_from_what_is_there(void **state)
{
	(void)state;
	char line[256];

	pool_command(PAGE, 2, line, sizeof line);
	assert_string_equal(line, "echo 2 | sudo tee " FOLDER "nr_hugepages");
	pool.persistent = 5;
	pool.used = 5;
	pool_command(PAGE, 2, line, sizeof line);
	assert_string_equal(line, "echo 7 | sudo tee " FOLDER "nr_hugepages");
}

/* What other nodes have free is of no use. */
static void a_node_has_a_pool_of_its_own(void **state)
{
	(void)state;
	const struct pool_need need = {.page_bytes = PAGE, .pages = 4, .on_node = true, .node = 1};

	pool.on_node_1 = true;
	pool.persistent = 3;
	pool.used = 1;
	pool.reserved = 1; /* by whom, and where, nobody knows */
	struct verdict v = pool_reserve(journal, &need, 4096 * MIB);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(pool.writes, 1);
	assert_pool(6, 0);
	v = journal_restore(journal);
	assert_true(verdict_is_ok(&v));
	assert_pool(3, 0);
	pool.write_error = -EACCES;
	v = pool_reserve(journal, &need, 4096 * MIB);
	assert_string_equal(v.remedy, "echo 6 | sudo tee " NODE_1 "nr_hugepages");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, clean)
	const struct CMUnitTest tests[] = {
	    TEST(free_pages_leave_out_promised_ones),
	    TEST(borrows_only_what_is_missing),
	    TEST(respects_what_others_use),
	    TEST(surplus_pages_stay_surplus),
	    TEST(enough_is_left_as_it_is),
	    TEST(fewer_than_asked_is_said_and_given_back),
	    TEST(memory_bounds_growth),
	    TEST(without_permission_the_command_is_the_remedy),
	    TEST(without_a_pool_it_is_skipped),
	    TEST(the_command_counts_from_what_is_there),
	    TEST(a_node_has_a_pool_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
