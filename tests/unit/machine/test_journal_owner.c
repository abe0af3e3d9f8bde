/* Whose a journal is, and what is nobody's business. */
#include "unit/machine/journalled.h"

static void a_living_owner_is_left_alone(void **state)
{
	(void)state;
	char said[2048];
	unsigned n;
	int ready[2], go[2];

	assert_int_equal(pipe(ready) | pipe(go), 0);
	pid_t pid = fork();
	if (!pid) {
		char byte = 0;
		struct journal *journal;
		close(go[1]); /* so that a parent that fails lets it end */
		journal_open(&journal);
		journal_change(journal, POOL, "7");
		bool ok = write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 1;
		journal_close(journal);
		_exit(!ok);
	}
	char byte;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	struct verdict v = recover(&n, said, sizeof said);
	assert_true(verdict_is_ok(&v));
	assert_int_equal(n, 0);
	assert_non_null(strstr(said, "still runs"));
	assert_setting(POOL, "7");

	/* Nor may a second run change what the first will put back. */
	struct journal *journal = opened();
	v = journal_change(journal, POOL, "9");
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "held");
	assert_setting(POOL, "7");
	change(journal, NUMA, "0");

	assert_int_equal(write(go[1], &byte, 1), 1);
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_setting(POOL, "3");
	journal_close(journal);
	assert_setting(NUMA, "1");
}

static void a_reused_pid_is_no_owner(void **state)
{
	(void)state;
	char said[2048], text[512], own[64];
	unsigned n;

	snprintf(own, sizeof own, "/proc/%d/stat", (int)getpid());
	make(own, "1 (x) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 4242 23");
	make(POOL, "7");
	snprintf(text, sizeof text, "tlbscope-journal 1 %d 4242\n" POOL "\t3\t7\n", (int)getpid());
	leave_journal(text, strlen(text));
	recover(&n, said, sizeof said);
	assert_int_equal(n, 0); /* ourselves */
	snprintf(text, sizeof text, "tlbscope-journal 1 %d 4241\n" POOL "\t3\t7\n", (int)getpid());
	leave_journal(text, strlen(text));
	recover(&n, said, sizeof said);
	assert_int_equal(n, 1); /* of that pid, but started at another time */
	assert_setting(POOL, "3");
}

static void a_zombie_is_no_owner(void **state)
{
	(void)state;
	char said[2048], text[512], own[64];
	unsigned n;

	snprintf(own, sizeof own, "/proc/%d/stat", (int)getpid());
	make(own, "1 (x) Z 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 4242 23");
	make(POOL, "7");
	snprintf(text, sizeof text, "tlbscope-journal 1 %d 4242\n" POOL "\t3\t7\n", (int)getpid());
	leave_journal(text, strlen(text));
	recover(&n, said, sizeof said);
	assert_int_equal(n, 1);
	assert_setting(POOL, "3");
}

static void assert_left_alone(const char *text)
{
	char said[2048];
	unsigned n;

	make(POOL, "7");
	leave_journal(text, strlen(text));
	struct verdict v = recover(&n, said, sizeof said);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "journal-left");
	assert_int_equal(n, 0);
	assert_non_null(strstr(said, "left.journal is left alone"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one line */
	assert_setting(POOL, "7");
	assert_int_equal(journal_files(NULL), 1);
}

static void what_is_not_understood_is_left_in_place(void **state)
{
	(void)state;
	assert_left_alone("something else\n");
	assert_left_alone("something else");
	assert_left_alone("tlbscope-journal 2 1 1\n" POOL "\t3\t7\n");
	assert_left_alone("tlbscope-journal 1 0 1\n" POOL "\t3\t7\n");
	assert_left_alone("tlbscope-journal 1 4000000 1\n" POOL "\t3\t7\n" POOL " 3 7\n" POOL
			  "\t3\t7\n");
	assert_left_alone("tlbscope-journal 1 4000000 1\n/etc/passwd\tx\t7\n");
	assert_left_alone("tlbscope-journal 1 4000000 1\n/sys/../etc/passwd\tx\t7\n");
	assert_left_alone("tlbscope-journal 1 4000000 1\n" POOL "\t\t7\n");
}

static void other_files_in_the_directory_are_nobodys_business(void **state)
{
	(void)state;
	char path[PATH_MAX], said[2048];
	unsigned n;

	mkdir(journals, 0700);
	snprintf(path, sizeof path, "%s/notes.txt", journals);
	fclose(fopen(path, "w"));
	struct verdict v = recover(&n, said, sizeof said);
	assert_true(verdict_is_ok(&v));
	assert_string_equal(said, "");
	snprintf(path, sizeof path, "%s/pipe.journal", journals);
	assert_int_equal(mkfifo(path, 0600), 0);
	v = recover(&n, said, sizeof said); /* must not wait for a writer */
	assert_string_equal(v.code, "journal-left");
}

static void only_settings_can_be_changed(void **state)
{
	(void)state;
	struct journal *journal = opened();
	struct verdict v = journal_change(journal, "/etc/hostname", "x");

	assert_int_equal(v.outcome, OUTCOME_ERROR);
	v = journal_change(journal, "/sys/a/../../etc/hostname", "x");
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	v = journal_change(journal, POOL, "1\n2");
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	v = journal_change(journal, "/sys/none/such", "1");
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "no-setting");
	assert_int_equal(journal_files(NULL), 0);
	journal_close(journal);
}

static void an_ordinary_user_changes_nothing(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(chmod(root, 0755), 0);
	pid_t pid = fork();
	if (!pid) {
		struct journal *journal;
		unsigned n;
		if (setresuid(65534, 65534, 65534))
			_exit(9);
		journal_open(&journal);
		struct verdict v =
		    journal_change(journal, POOL, "9"); /* may not even make the directory */
		bool ok = v.outcome == OUTCOME_SKIPPED && !strcmp(v.code, "no-permission") &&
			  !strcmp(v.remedy, "echo 9 | sudo tee " POOL);
		journal_close(journal);
		v = journal_recover(NULL, &n);
		ok = ok && verdict_is_ok(&v);
		setenv("TLBSCOPE_JOURNAL", "/tmp", 1); /* a journal, but not the setting */
		journal_open(&journal);
		v = journal_change(journal, POOL, "9");
		ok = ok && v.outcome == OUTCOME_SKIPPED && !strcmp(v.code, "no-permission");
		v = journal_restore(journal);
		ok = ok && verdict_is_ok(&v);
		journal_close(journal);
		_exit(ok ? 0 : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_setting(POOL, "3");

	/* And what root left is not seen, which is said. */
	mkdir(journals, 0700);
	pid = fork();
	if (!pid) {
		unsigned n;
		if (setresuid(65534, 65534, 65534))
			_exit(9);
		struct verdict v = journal_recover(NULL, &n);
		_exit(v.outcome == OUTCOME_SKIPPED && !strcmp(v.remedy, "sudo tlbscope restore")
			  ? 0
			  : 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void somebody_elses_journal_is_not_obeyed(void **state)
{
	(void)state;
	char path[PATH_MAX], text[256], said[2048];
	unsigned n;

	if (geteuid())
		skip();
	int length = snprintf(text, sizeof text, "tlbscope-journal 1 %d 1\n" POOL "\t3\t7\n",
			      (int)dead_pid());
	make(POOL, "7");
	leave_journal(text, (size_t)length);
	snprintf(path, sizeof path, "%s/left.journal", journals);
	assert_int_equal(chown(path, 65534, 65534), 0);
	struct verdict v = recover(&n, said, sizeof said);
	assert_string_equal(v.code, "journal-left");
	assert_setting(POOL, "7");
}

static void a_forked_worker_restores_nothing(void **state)
{
	(void)state;
	struct journal *journal = opened();

	change(journal, POOL, "7");
	pid_t pid = fork();
	if (!pid) {
		journal_restore(journal);
		journal_close(journal);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	assert_setting(POOL, "7");
	journal_close(journal);
	assert_setting(POOL, "3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_living_owner_is_left_alone),
	    TEST(a_reused_pid_is_no_owner),
	    TEST(a_zombie_is_no_owner),
	    TEST(what_is_not_understood_is_left_in_place),
	    TEST(other_files_in_the_directory_are_nobodys_business),
	    TEST(only_settings_can_be_changed),
	    TEST(an_ordinary_user_changes_nothing),
	    TEST(somebody_elses_journal_is_not_obeyed),
	    TEST(a_forked_worker_restores_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
