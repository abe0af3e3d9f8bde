/* A control group whose limit cannot be kept: its member gets through, and the kernel kills nobody.
 */
#include "machine/journal.h"
#include "machine/textfile.h"
#include "measure/relief.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT ((uint64_t)8 << 20)
#define MORE  ((uint64_t)1 << 20)

static struct journal *journal;
static struct cgroup cgroup;
static char *locked; /* what cannot be swapped: where it goes beyond the limit, nothing helps */
static unsigned *seen;

static int setup(void **state)
{
	(void)state;
	struct verdict v = journal_open(&journal);

	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return verdict_is_ok(&v) && seen != MAP_FAILED ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	journal_close(journal);
	munmap(seen, sizeof *seen);
	return 0;
}

static void make_group(void)
{
	struct verdict v = geteuid() == 0 ? cgroup_make(journal, &cgroup)
					  : verdict_skipped("no-permission", NULL, "not root");

	if (!verdict_is_ok(&v)) {
		print_message("%s\n", v.text);
		skip();
	}
}

/* In a process of its own, with a group of its own, which the warden is in as well. 0: it got
 * through. */
static int fill(uint64_t bytes)
{
	struct relief relief;
	struct verdict v = relief_start(&relief, &cgroup, LIMIT);

	if (verdict_is_ok(&v))
		v = cgroup_enter(&cgroup, LIMIT);
	if (!verdict_is_ok(&v)) {
		print_message("%s\n", v.text);
		return 2;
	}
	locked = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (locked == MAP_FAILED || mlock2(locked, bytes, MLOCK_ONFAULT))
		return 3;
	memset(locked, 1, bytes);
	*seen = relief_steps(&relief);
	return 0;
}

static void in_a_child(uint64_t bytes)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		setpgid(0, 0);
		_exit(fill(bytes));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	kill(-pid, SIGKILL); /* as the supervisor does */
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void assert_nobody_killed(void)
{
	char path[CGROUP_PATH_MAX + 32];
	uint64_t killed = 1;

	snprintf(path, sizeof path, "%s/%s", cgroup.directory,
		 cgroup.kills ? "memory.oom_control" : "memory.events");
	char *text = textfile_read(path, 4096);

	assert_non_null(text);
	assert_true(text_number(text, "oom_kill ", &killed));
	free(text);
	assert_int_equal(killed, 0);
}

static void member_beyond_the_limit_gets_through(void **state)
{
	(void)state;
	make_group();
	in_a_child(LIMIT + MORE);
	assert_nobody_killed();
	if (cgroup.kills)
		assert_true(*seen > 0);
}

static void member_within_the_limit_is_left_alone(void **state)
{
	(void)state;
	make_group();
	in_a_child(LIMIT / 4);
	assert_nobody_killed();
	assert_int_equal(*seen, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(member_beyond_the_limit_gets_through, setup, teardown),
	    cmocka_unit_test_setup_teardown(member_within_the_limit_is_left_alone, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
