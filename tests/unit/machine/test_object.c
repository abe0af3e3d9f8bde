/* Control groups, swap and files that a run makes, on a fake machine: the journal unmakes them. */
#include "machine/cgroup.h"
#include "machine/journal.h"
#include "machine/object.h"
#include "machine/swap.h"
#include "machine/sysfile.h"
#include "unit/machine/fake_tree.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define GROUP "/sys/fs/cgroup/tlbscope-7"

static char root[64], journals[96];

static int setup(void **state)
{
	(void)state;
	if (fake_make(root))
		return -1;
	snprintf(journals, sizeof journals, "%s/journals", root);
	setenv("TLBSCOPE_JOURNAL", journals, 1);
	fake_put(root, "/sys/fs/cgroup/memory.max", "max\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unsetenv("TLBSCOPE_JOURNAL");
	fake_remove(root);
	return 0;
}

static struct journal *begin(void)
{
	struct journal *journal;

	assert_int_equal(journal_open(&journal).outcome, OUTCOME_OK);
	return journal;
}

static void change(struct journal *journal, const char *path, const char *value)
{
	struct verdict v = journal_change(journal, path, value);

	if (!verdict_is_ok(&v))
		print_message("%s\n", v.text);
	assert_true(verdict_is_ok(&v));
}

static void assert_text(const char *path, const char *expected)
{
	char text[128];

	assert_true(sysfile_read(path, text, sizeof text) >= 0);
	assert_string_equal(text, expected);
}

static void what_was_made_is_gone_at_the_end(void **state)
{
	struct journal *journal = begin();

	(void)state;
	fake_put(root, "/var/tmp/other", "");
	change(journal, "cgroup:" GROUP, "present");
	change(journal, "file:/var/tmp/tlbscope-7.swap", "present");
	assert_true(sysfile_exists(GROUP) && sysfile_exists("/var/tmp/tlbscope-7.swap"));
	journal_close(journal);
	assert_false(sysfile_exists(GROUP));
	assert_false(sysfile_exists("/var/tmp/tlbscope-7.swap"));
	assert_true(sysfile_exists("/var/tmp/other"));
}

static void what_a_killed_run_made_is_gone_after_recovery(void **state)
{
	unsigned n;

	(void)state;
	pid_t child = fork();
	if (child == 0) {
		struct journal *journal = begin();

		change(journal, "cgroup:" GROUP, "present");
		kill(getpid(), SIGKILL);
	}
	waitpid(child, NULL, 0);
	assert_true(sysfile_exists(GROUP));
	assert_int_equal(journal_recover(NULL, &n).outcome, OUTCOME_OK);
	assert_int_equal(n, 1);
	assert_false(sysfile_exists(GROUP));
}

static void what_is_there_already_is_not_ours(void **state)
{
	char real[PATH_MAX];
	struct journal *journal = begin();

	(void)state;
	mkdir(sysfile_path(GROUP, real), 0755);
	change(journal, "cgroup:" GROUP, "present");
	journal_close(journal);
	assert_true(sysfile_exists(GROUP));
}

/* Somebody is in it: it stays, and the remedy is a command. */
static void a_group_that_cannot_be_removed_is_said(void **state)
{
	struct journal *journal = begin();

	(void)state;
	change(journal, "cgroup:" GROUP, "present");
	fake_put(root, GROUP "/task", "");
	struct verdict v = journal_restore(journal);

	assert_int_equal(v.outcome, OUTCOME_ERROR);
	assert_string_equal(v.remedy, "sudo rmdir " GROUP);
	char real[PATH_MAX];
	unlink(sysfile_path(GROUP "/task", real));
	journal_close(journal);
	assert_false(sysfile_exists(GROUP));
}

static void names_that_no_run_makes_are_refused(void **state)
{
	static const char *const paths[] = {"cgroup:/sys/fs/cgroup/system.slice",
					    "cgroup:/etc/tlbscope-7",
					    "cgroup:/sys/fs/cgroup/../tlbscope-7",
					    "file:/etc/passwd",
					    "file:tlbscope-7",
					    "file:/tmp/tlbscope-7/../x",
					    "swap:/dev/sda2",
					    "swap:/dev/zram",
					    "swap:/dev/zram0x",
					    "loop:/dev/loop0",
					    "cgroup:",
					    "swap:"};
	struct journal *journal = begin();

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		assert_false(object_is(paths[i]));
		assert_int_equal(journal_change(journal, paths[i], "present").outcome,
				 OUTCOME_ERROR);
	}
	journal_close(journal);
}

static void a_value_that_a_kind_has_not_is_refused(void **state)
{
	struct journal *journal = begin();

	(void)state;
	assert_int_not_equal(journal_change(journal, "cgroup:" GROUP, "on").outcome, OUTCOME_OK);
	assert_false(sysfile_exists(GROUP));
	journal_close(journal);
}

static void swap_is_what_the_kernel_lists(void **state)
{
	(void)state;
	assert_int_equal(swap_is_on("/dev/zram0"), 0);
	fake_put(root, "/proc/swaps",
		 "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		 "/dev/zram12                             partition\t262140\t\t0\t\t100\n");
	assert_int_equal(swap_is_on("/dev/zram12"), 1);
	assert_int_equal(swap_is_on("/dev/zram1"), 0);
	assert_int_equal(swap_is_on("/dev/zram120"), 0);
	assert_int_equal(swap_set("/dev/zram12", false), -EPERM); /* not the machine below */
}

/* The kernel refuses to write 0 as a size. */
static void a_device_is_given_back_by_a_reset(void **state)
{
	struct journal *journal = begin();

	(void)state;
	fake_put(root, "/sys/block/zram0/disksize", "0\n");
	fake_put(root, "/sys/block/zram0/reset", "");
	change(journal, "/sys/block/zram0/disksize", "1048576");
	assert_text("/sys/block/zram0/disksize", "1048576");
	assert_int_equal(journal_restore(journal).outcome, OUTCOME_ERROR); /* a fake one stays */
	assert_text("/sys/block/zram0/reset", "1");
	assert_text("/sys/block/zram0/disksize", "1048576");
	fake_put(root, "/sys/block/zram0/disksize", "0\n");
	journal_close(journal);
}

static void without_a_free_device_there_is_no_swap(void **state)
{
	struct journal *journal = begin();

	(void)state;
	if (geteuid() == 0) {
		fake_put(root, "/sys/block/zram0/disksize", "4096\n");
		struct verdict v = swap_take(journal, SWAP_ZRAM, 1 << 20);

		assert_string_equal(v.code, "no-zram");
		assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	} else {
		assert_string_equal(swap_take(journal, SWAP_ZRAM, 1 << 20).code, "no-permission");
	}
	assert_text("/sys/fs/cgroup/memory.max", "max");
	journal_close(journal);
}

/* ---- a group of our own ---- */

static void assert_group(const char *above, const char *limit_file)
{
	struct journal *journal = begin();
	struct cgroup cgroup;
	char expected[CGROUP_PATH_MAX], path[CGROUP_PATH_MAX + 64];
	struct verdict v = cgroup_make(journal, &cgroup);

	if (!verdict_is_ok(&v))
		print_message("%s\n", v.text);
	assert_true(verdict_is_ok(&v));
	snprintf(expected, sizeof expected, "%s/tlbscope-%d", above, (int)getpid());
	assert_string_equal(cgroup.directory, expected);
	assert_true(sysfile_exists(expected));
	snprintf(path, sizeof path, "%s/%s", expected, limit_file);
	fake_put(root, path, "");
	snprintf(path, sizeof path, "%s/cgroup.procs", expected);
	fake_put(root, path, "");
	v = cgroup_enter(&cgroup, 64 << 20);
	assert_true(verdict_is_ok(&v));
	assert_text(path, "0");
	char real[PATH_MAX];
	unlink(sysfile_path(path, real));
	snprintf(path, sizeof path, "%s/%s", expected, limit_file);
	assert_text(path, "67108864");
	unlink(sysfile_path(path, real)); /* a real kernel's go with the directory */
	journal_close(journal);
	assert_false(sysfile_exists(expected));
}

static void of_version_1_it_is_a_child_of_ours(void **state)
{
	(void)state;
	fake_put(root, "/proc/self/cgroup", "4:memory:/a/b\n0::/\n");
	fake_put(root, "/proc/self/mountinfo",
		 "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
	fake_put(root, "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "1\n");
	assert_group("/sys/fs/cgroup/memory/a/b", "memory.limit_in_bytes");
}

static void of_version_2_it_is_where_the_controller_is_handed_down(void **state)
{
	(void)state;
	fake_put(root, "/proc/self/cgroup", "0::/user.slice/me/shell\n");
	fake_put(root, "/proc/self/mountinfo",
		 "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	fake_put(root, "/sys/fs/cgroup/cgroup.subtree_control", "cpu memory pids\n");
	fake_put(root, "/sys/fs/cgroup/user.slice/cgroup.subtree_control", "cpu memory\n");
	fake_put(root, "/sys/fs/cgroup/user.slice/me/cgroup.subtree_control", "pids\n");
	fake_put(root, "/sys/fs/cgroup/user.slice/me/shell/cgroup.subtree_control", "\n");
	/* At memory.max the kernel would kill. */
	assert_group("/sys/fs/cgroup/user.slice", "memory.high");
}

static void where_nothing_may_be_limited_it_is_not_made(void **state)
{
	struct journal *journal = begin();
	struct cgroup cgroup;

	(void)state;
	fake_put(root, "/proc/self/cgroup", "0::/a\n");
	fake_put(root, "/sys/fs/cgroup/cgroup.subtree_control", "cpu pids\n");
	struct verdict v = cgroup_make(journal, &cgroup);

	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_string_equal(v.code, "no-cgroup");
	assert_non_null(strstr(v.remedy, "subtree_control"));
	journal_close(journal);
}

static void one_that_cannot_be_entered_is_said(void **state)
{
	struct cgroup cgroup = {.limit_file = "memory.high"};

	(void)state;
	strcpy(cgroup.directory, GROUP);
	assert_int_equal(cgroup_enter(&cgroup, 64 << 20).outcome, OUTCOME_INVALID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_was_made_is_gone_at_the_end),
	    TEST(what_a_killed_run_made_is_gone_after_recovery),
	    TEST(what_is_there_already_is_not_ours),
	    TEST(a_group_that_cannot_be_removed_is_said),
	    TEST(names_that_no_run_makes_are_refused),
	    TEST(a_value_that_a_kind_has_not_is_refused),
	    TEST(swap_is_what_the_kernel_lists),
	    TEST(a_device_is_given_back_by_a_reset),
	    TEST(without_a_free_device_there_is_no_swap),
	    TEST(of_version_1_it_is_a_child_of_ours),
	    TEST(of_version_2_it_is_where_the_controller_is_handed_down),
	    TEST(where_nothing_may_be_limited_it_is_not_made),
	    TEST(one_that_cannot_be_entered_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
