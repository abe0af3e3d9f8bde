/* A machine that stops half-way, with a QEMU made of a script. tests/cli/vm.bats has the rest. */
#include "lab/vm.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Each boot appends its number to "boots"; which one gets through, the test says. */
static const char qemu[] = "#!/bin/bash\n"
			   "echo >>boots; n=$(wc -l <boots)\n"
			   "while [ $# -gt 1 ]; do case $2 in file,id=console,path=*) "
			   "console=${2#*path=};; esac; shift; done\n"
			   "echo \"boot $n\" >\"$console\"\n"
			   "[ $n -ge $THROUGH ] || exec sleep 60\n"
			   "printf 'TLB\\0\\0\\0\\0'\n"
			   "sleep $BUSY\n"
			   "printf 'TLX\\4\\0\\0\\0\\3\\0\\0\\0'\n";

static const char *const command[] = {"list", NULL};
static char said[1024];

static int set_up(void **state)
{
	static char dir[] = "/tmp/test-vm-XXXXXX";
	char path[4096];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	FILE *file = fopen("qemu-system-x86_64", "w");
	assert_true(fputs(qemu, file) > 0);
	fclose(file);
	assert_int_equal(chmod("qemu-system-x86_64", 0755), 0);
	fclose(fopen("kernel", "w"));
	snprintf(path, sizeof path, "%s:%s", dir, getenv("PATH"));
	return setenv("PATH", path, 1);
}

static int tear_down(void **state)
{
	(void)state;
	unlink("qemu-system-x86_64");
	unlink("kernel");
	unlink("boots");
	unlink("said");
	char dir[100];

	return getcwd(dir, sizeof dir) && chdir("/") == 0 ? rmdir(dir) : -1;
}

static struct verdict run(const char *through, const char *busy, double timeout_s,
			  struct vm_end *end)
{
	int err = open("said", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct vm_spec spec = {.kernel = "kernel",
			       .shape = {1, 1, 1, 1},
			       .nodes = 1,
			       .memory_bytes = 1ull << 30,
			       .timeout_s = timeout_s,
			       .silent_s = 1,
			       .command = command,
			       .output = ".",
			       .out = -1,
			       .err = err};

	unlink("boots");
	setenv("THROUGH", through, 1);
	setenv("BUSY", busy, 1);
	struct verdict verdict = vm_run(&spec, end);

	said[pread(err, said, sizeof said - 1, 0)] = 0;
	close(err);
	return verdict;
}

static void a_boot_that_stops_is_tried_again(void **state)
{
	struct vm_end end;

	(void)state;
	struct verdict verdict = run("3", "0", 30, &end);
	assert_true(verdict_is_ok(&verdict));
	assert_int_equal(end.code, 3);
	assert_int_equal(end.boots, 3);
	assert_non_null(strstr(said, "boot 2 of at most 3"));
	assert_non_null(strstr(said, "boot 3 of at most 3"));
}

static void the_last_boot_has_the_rest_of_the_time(void **state)
{
	struct vm_end end;

	(void)state;
	struct verdict verdict = run("9", "0", 4, &end);
	assert_string_equal(verdict.code, "guest-hung");
	assert_int_equal(end.boots, 3);
	assert_string_equal(end.console, "boot 3\n");
}

/* A command may say nothing for as long as it likes. */
static void silence_after_booting_is_fine(void **state)
{
	struct vm_end end;

	(void)state;
	struct verdict verdict = run("1", "2", 30, &end);
	assert_true(verdict_is_ok(&verdict));
	assert_int_equal(end.boots, 1);
	assert_string_equal(said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_boot_that_stops_is_tried_again),
	    cmocka_unit_test(the_last_boot_has_the_rest_of_the_time),
	    cmocka_unit_test(silence_after_booting_is_fine),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
