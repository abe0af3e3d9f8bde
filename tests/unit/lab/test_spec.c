/* What a machine is asked to be, and what QEMU is told. */
#include "lab/qemu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct qemu_files files = {7, 8, 9};
static const char *const command[] = {"run", "--only", "null", NULL};

static struct vm_spec sound(void)
{
	return (struct vm_spec){.kernel = "debian",
				.shape = {2, 1, 2, 2},
				.nodes = 2,
				.distance = 21,
				.memory_bytes = 2ull << 30,
				.timeout_s = 60,
				.command = command,
				.output = ".",
				.out = -1,
				.err = -1};
}

static void shapes(void **state)
{
	static const char *const bad[] = {"",	    "2",     "2:2",    "2:2:2:2:2", "2:0:2",
					  "2:-1:2", "a:b:c", "2:2:2 ", "2::2",	    "99999:1:1"};
	struct vm_shape shape;
	struct verdict verdict = vm_shape_parse("2:4:1", &shape);

	(void)state;
	assert_true(verdict_is_ok(&verdict));
	assert_int_equal(shape.sockets * 1000 + shape.dies * 100 + shape.cores * 10 + shape.threads,
			 2141);
	verdict = vm_shape_parse("1:2:3:4", &shape);
	assert_true(verdict_is_ok(&verdict));
	assert_int_equal(shape.sockets * 1000 + shape.dies * 100 + shape.cores * 10 + shape.threads,
			 1234);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		verdict = vm_shape_parse(bad[i], &shape);
		assert_int_equal(verdict.outcome, OUTCOME_ERROR);
		assert_non_null(strstr(verdict.text, bad[i]));
		assert_true(*verdict.remedy);
	}
}

static void numa_and_memory(void **state)
{
	static const char *const bad_numa[] = {"0", "9", "2:10", "2:255", "2:20:1", "x", ""};
	static const char *const bad_memory[] = {"2",	"0G", "2g", "-1G",
						 "2GB", "",   "G",  "99999999999999999999G"};
	unsigned nodes, distance;
	uint64_t bytes;
	struct verdict verdict = vm_numa_parse("2", &nodes, &distance);

	(void)state;
	assert_true(verdict_is_ok(&verdict) && nodes == 2 && distance > 10);
	verdict = vm_numa_parse("4:31", &nodes, &distance);
	assert_true(verdict_is_ok(&verdict) && nodes == 4 && distance == 31);
	for (size_t i = 0; i < sizeof bad_numa / sizeof *bad_numa; i++) {
		verdict = vm_numa_parse(bad_numa[i], &nodes, &distance);
		assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	}
	verdict = vm_memory_parse("512M", &bytes);
	assert_true(verdict_is_ok(&verdict) && bytes == 512ull << 20);
	verdict = vm_memory_parse("3G", &bytes);
	assert_true(verdict_is_ok(&verdict) && bytes == 3ull << 30);
	for (size_t i = 0; i < sizeof bad_memory / sizeof *bad_memory; i++) {
		verdict = vm_memory_parse(bad_memory[i], &bytes);
		assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	}
}

static void what_does_not_fit_together(void **state)
{
	struct vm_spec spec = sound();
	struct verdict verdict = vm_check(&spec);

	(void)state;
	assert_true(verdict_is_ok(&verdict));
	spec.nodes = 3;
	verdict = vm_check(&spec);
	assert_non_null(strstr(verdict.text, "3 NUMA nodes"));
	spec = sound();
	spec.memory_bytes = 400ull << 20;
	verdict = vm_check(&spec);
	assert_non_null(strstr(verdict.text, "400 MiB"));
	spec = sound();
	spec.shape = (struct vm_shape){65535, 65535, 65535, 65535};
	verdict = vm_check(&spec);
	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	spec = sound();
	spec.command = NULL;
	verdict = vm_check(&spec);
	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
}

static const char *after(const struct qemu *qemu, const char *option, unsigned nth)
{
	for (unsigned i = 0; i + 1 < qemu->n; i++)
		if (strcmp(qemu->words[i], option) == 0 && nth-- == 0)
			return qemu->words[i + 1];
	return "";
}

static void what_qemu_is_told(void **state)
{
	static struct qemu qemu;
	struct vm_spec spec = sound();

	(void)state;
	spec.append = "nopcid";
	spec.cpu = "la57=off";
	struct verdict verdict = qemu_command(&spec, &files, &qemu);

	assert_true(verdict_is_ok(&verdict));
	assert_null(qemu.words[qemu.n]);
	assert_string_equal(after(&qemu, "-kernel", 0), "/proc/self/fd/7");
	assert_string_equal(after(&qemu, "-initrd", 0), "/proc/self/fd/8");
	assert_string_equal(after(&qemu, "-chardev", 0), "file,id=console,path=/proc/self/fd/9");
	assert_string_equal(after(&qemu, "-smp", 0), "cpus=8,sockets=2,dies=1,cores=2,threads=2");
	assert_string_equal(after(&qemu, "-m", 0), "2048M");
	assert_string_equal(after(&qemu, "-numa", 0), "node,nodeid=0,cpus=0-3,memdev=ram0");
	assert_string_equal(after(&qemu, "-numa", 1), "node,nodeid=1,cpus=4-7,memdev=ram1");
	assert_string_equal(after(&qemu, "-numa", 2), "dist,src=0,dst=1,val=21");
	assert_string_equal(after(&qemu, "-object", 1), "memory-backend-ram,id=ram1,size=1024M");
	assert_non_null(strstr(after(&qemu, "-accel", 0), "tcg"));
	assert_non_null(strstr(after(&qemu, "-cpu", 0), ",la57=off"));
	assert_non_null(strstr(after(&qemu, "-append", 0), "rdinit=/guest pti=off nopcid"));
	spec.kvm = true;
	spec.append = NULL;
	verdict = qemu_command(&spec, &files, &qemu);
	assert_true(verdict_is_ok(&verdict));
	assert_string_equal(after(&qemu, "-accel", 0), "kvm");
}

static void the_most_that_may_be(void **state)
{
	static struct qemu qemu;
	static char words[20000];
	struct vm_spec spec = sound();

	(void)state;
	spec.nodes = VM_NODES_MAX;
	spec.shape = (struct vm_shape){8, 1, 1, 1};
	spec.memory_bytes = 8ull << 30;
	struct verdict verdict = qemu_command(&spec, &files, &qemu);

	assert_true(verdict_is_ok(&verdict));
	assert_string_equal(qemu.words[qemu.n - 1], "chardev:frames"); /* nothing was left out */
	memset(words, 'x', sizeof words - 1);
	spec.append = words;
	verdict = qemu_command(&spec, &files, &qemu);
	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shapes),
	    cmocka_unit_test(numa_and_memory),
	    cmocka_unit_test(what_does_not_fit_together),
	    cmocka_unit_test(what_qemu_is_told),
	    cmocka_unit_test(the_most_that_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
