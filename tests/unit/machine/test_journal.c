/* The journal on a fake machine: whatever happens to a run, the settings end as they were. */
#include "machine/journal.h"
#include "machine/sysfile.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define THP  "/sys/kernel/mm/transparent_hugepage/enabled"
#define NUMA "/proc/sys/kernel/numa_balancing"

static char root[64], journals[96];

static void make(const char *path, const char *text)
{
	char real[PATH_MAX];

	sysfile_path(path, real);
	for (char *slash = real + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(real, 0755);
		*slash = '/';
	}
	FILE *file = fopen(real, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

static void assert_setting(const char *path, const char *expected)
{
	char text[128];

	assert_true(sysfile_read(path, text, sizeof text) >= 0);
	assert_string_equal(text, expected);
}

static unsigned journal_files(char *first)
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof pattern, "%s/*", journals);
	unsigned n = glob(pattern, 0, NULL, &found) ? 0 : (unsigned)found.gl_pathc;
	if (n && first)
		snprintf(first, PATH_MAX, "%s", found.gl_pathv[0]);
	if (n)
		globfree(&found);
	return n;
}

/* Writes a journal as a dead or living process would have left it. */
static void leave_journal(const char *text, size_t length)
{
	char path[PATH_MAX];

	mkdir(journals, 0700);
	snprintf(path, sizeof path, "%s/left.journal", journals);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
}

static struct verdict recover(unsigned *n, char *said, size_t size)
{
	FILE *say = fmemopen(said, size, "w");

	assert_non_null(say);
	memset(said, 0, size);
	struct verdict v = journal_recover(say, n);
	fclose(say);
	return v;
}

/* A pid that belongs to no process. */
static pid_t dead_pid(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

static struct journal *opened(void)
{
	struct journal *journal;
	struct verdict v = journal_open(&journal);

	assert_true(verdict_is_ok(&v));
	return journal;
}

static void change(struct journal *journal, const char *path, const char *value)
{
	struct verdict v = journal_change(journal, path, value);

	if (!verdict_is_ok(&v))
		fail_msg("%s", v.text);
}

static int fresh(void **state)
{
	(void)state;
	snprintf(root, sizeof root, "/tmp/journal-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	snprintf(journals, sizeof journals, "%s/run", root);
	setenv("TLBSCOPE_SYSROOT", root, 1);
	setenv("TLBSCOPE_JOURNAL", journals, 1);
	make(POOL, "3");
	make(THP, "always [madvise] never");
	make(NUMA, "1");
	return 0;
}

static int clean(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof line, "rm -rf '%s'", root);
	return system(line);
}

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
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, clean)
	const struct CMUnitTest tests[] = {
	    TEST(nothing_is_created_before_a_change),
	    TEST(restores_in_reverse_and_twice_is_once),
	    TEST(first_line_names_the_owner),
	    TEST(a_killed_run_is_put_back),
	    TEST(a_living_owner_is_left_alone),
	    TEST(a_reused_pid_is_no_owner),
	    TEST(a_zombie_is_no_owner),
	    TEST(any_prefix_of_a_journal_recovers),
	    TEST(what_others_changed_is_left_and_said),
	    TEST(what_is_not_understood_is_left_in_place),
	    TEST(other_files_in_the_directory_are_nobodys_business),
	    TEST(only_settings_can_be_changed),
	    TEST(an_unwritable_setting_is_skipped_and_harmless),
	    TEST(an_ordinary_user_changes_nothing),
	    TEST(what_cannot_be_recorded_is_not_changed),
	    TEST(somebody_elses_journal_is_not_obeyed),
	    TEST(a_forked_worker_restores_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
