/* What was changed is put back: at the end, and after a run that was killed. */
#include "unit/machine/journalled.h"

static void nothing_is_created_before_a_change(void **state)
{
	(void)state;
	struct journal *journal = opened();

	assert_int_equal(access(journals, F_OK), -1);
	struct verdict v = journal_restore(journal);
	assert_true(verdict_is_ok(&v));
	change(journal, POOL, "3"); /* is so already */
	assert_int_equal(journal_files(NULL), 0);
	journal_close(journal);
}

static void restores_in_reverse_and_twice_is_once(void **state)
{
	(void)state;
	struct journal *journal = opened();

	change(journal, POOL, "7");
	change(journal, THP, "never");
	change(journal, POOL, "9");
	change(journal, NUMA, "0");
	change(journal, NUMA, "1"); /* back and forth: only the order tells */
	change(journal, NUMA, "0");
	assert_setting(POOL, "9");
	assert_setting(THP, "never");
	assert_setting(NUMA, "0");
	assert_int_equal(journal_files(NULL), 1);
	for (int i = 0; i < 2; i++) {
		struct verdict v = journal_restore(journal);
		assert_true(verdict_is_ok(&v));
		assert_setting(POOL, "3");
		assert_setting(THP, "madvise"); /* a plain file keeps the word that was written */
		assert_setting(NUMA, "1");
		assert_int_equal(journal_files(NULL), 0);
	}
	change(journal, POOL, "5"); /* usable again */
	journal_close(journal);	    /* and close puts back too */
	assert_setting(POOL, "3");
}

static void first_line_names_the_owner(void **state)
{
	(void)state;
	char path[PATH_MAX], line[256], expected[256], own[64], stat[1024];
	struct journal *journal = opened();

	snprintf(own, sizeof own, "/proc/%d/stat", (int)getpid());
	make(own, "1 (odd) name) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 4242 23");
	sysfile_read(own, stat, sizeof stat);
	change(journal, POOL, "4");
	assert_int_equal(journal_files(path), 1);
	FILE *file = fopen(path, "r");
	assert_non_null(fgets(line, sizeof line, file));
	snprintf(expected, sizeof expected, "tlbscope-journal 1 %d 4242\n", (int)getpid());
	assert_string_equal(line, expected);
	assert_non_null(fgets(line, sizeof line, file));
	assert_string_equal(line, POOL "\t3\t4\n");
	fclose(file);
	journal_close(journal);
}

static void a_killed_run_is_put_back(void **state)
{
	(void)state;
	char said[2048];
	unsigned n;
	pid_t pid = fork();

	if (!pid) {
		struct journal *journal;
		journal_open(&journal);
		journal_change(journal, POOL, "7");
		journal_change(journal, THP, "always");
		raise(SIGKILL);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_setting(POOL, "7");
	struct verdict v = recover(&n, said, sizeof said);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(n, 2);
	assert_non_null(strstr(said, POOL " is put back: 7 -> 3"));
	assert_setting(POOL, "3");
	assert_setting(THP, "madvise");
	assert_int_equal(journal_files(NULL), 0);
	v = recover(&n, said, sizeof said);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(n, 0);
	assert_string_equal(said, "");
}

/* Cut the file at every byte: complete lines are changes that were made, or were just about to be.
 */
static void any_prefix_of_a_journal_recovers(void **state)
{
	(void)state;
	static const char *const lines[] = {POOL "\t3\t7\n", NUMA "\t1\t0\n", POOL "\t7\t9\n"};
	static const char *const pool[] = {"3", "7", "7", "9"}, *const numa[] = {"1", "1", "0",
										 "0"};
	char text[1024], said[2048];
	unsigned n;
	size_t end[4];

	end[0] = (size_t)snprintf(text, sizeof text, "tlbscope-journal 1 %d 1\n", (int)dead_pid());
	for (int i = 0; i < 3; i++)
		end[i + 1] =
		    end[i] + (size_t)snprintf(text + end[i], sizeof text - end[i], "%s", lines[i]);
	for (size_t cut = 0; cut <= end[3]; cut++) {
		int whole = 0;
		while (whole < 3 && end[whole + 1] <= cut)
			whole++;
		for (int made = whole ? whole - 1 : 0; made <= whole; made++) {
			make(POOL, pool[made]);
			make(NUMA, numa[made]);
			leave_journal(text, cut);
			struct verdict v = recover(&n, said, sizeof said);
			assert_true(verdict_is_ok(&v));
			assert_setting(POOL, "3");
			assert_setting(NUMA, "1");
			assert_int_equal(journal_files(NULL), 0);
		}
	}
}

static void what_others_changed_is_left_and_said(void **state)
{
	(void)state;
	char said[2048];
	unsigned n;
	struct journal *journal = opened();

	change(journal, POOL, "7");
	change(journal, NUMA, "0");
	make(NUMA, "2");
	make(POOL, "5"); /* a pool may lie between: the kernel gave fewer, or took some away */
	struct verdict v = journal_restore(journal);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "changed-since");
	assert_non_null(strstr(v.text, NUMA " is left at 2"));
	assert_setting(NUMA, "2");
	assert_setting(POOL, "3");
	assert_int_equal(journal_files(NULL), 0);
	journal_close(journal);

	char text[256];
	int length = snprintf(text, sizeof text, "tlbscope-journal 1 %d 1\n" POOL "\t3\t7\n",
			      (int)dead_pid());
	make(POOL, "8");
	leave_journal(text, (size_t)length);
	v = recover(&n, said, sizeof said);
	assert_int_equal(n, 0);
	assert_non_null(strstr(said, "left at 8"));
	assert_setting(POOL, "8");
}

/* A directory where the file should be: opening it for writing fails even for root. */
static void an_unwritable_setting_is_skipped_and_harmless(void **state)
{
	(void)state;
	char real[PATH_MAX], said[2048];
	unsigned n;
	struct journal *journal = opened();

	change(journal, POOL, "7");
	unlink(sysfile_path(POOL, real));
	mkdir(real, 0755);
	struct verdict v = journal_change(journal, POOL, "9");
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	v = journal_restore(journal);
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_string_equal(v.code, "not-put-back");
	assert_string_equal(v.remedy, "echo 3 | sudo tee " POOL);
	assert_int_equal(journal_files(NULL), 1); /* kept: it is not all back */
	rmdir(real);
	make(POOL, "7");
	v = journal_restore(journal);
	assert_true(verdict_is_ok(&v));
	assert_setting(POOL, "3");
	journal_close(journal);
	recover(&n, said, sizeof said);
	assert_int_equal(n, 0);
}

/* Files may not grow past `bytes`: a full disk. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_cannot_be_recorded_is_not_changed(void **state)
{
	(void)state;
	struct journal *journal = opened();

	limit_files(50);
	struct verdict v = journal_change(journal, POOL, "7");
	limit_files(0);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "not-changed");
	assert_setting(POOL, "3");
	assert_int_equal(journal_files(NULL), 0);

	change(journal, POOL, "7");
	limit_files(110); /* half of the second line */
	v = journal_change(journal, NUMA, "0");
	limit_files(0);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_setting(NUMA, "1");
	change(journal, THP, "never"); /* goes where the half line was */
	v = journal_restore(journal);
	assert_true(verdict_is_ok(&v));
	assert_setting(POOL, "3");
	assert_setting(THP, "madvise");
	journal_close(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(nothing_is_created_before_a_change),
	    TEST(restores_in_reverse_and_twice_is_once),
	    TEST(first_line_names_the_owner),
	    TEST(a_killed_run_is_put_back),
	    TEST(any_prefix_of_a_journal_recovers),
	    TEST(what_others_changed_is_left_and_said),
	    TEST(an_unwritable_setting_is_skipped_and_harmless),
	    TEST(what_cannot_be_recorded_is_not_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
