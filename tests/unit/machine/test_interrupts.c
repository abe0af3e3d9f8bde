/* /proc/interrupts of machines that we do not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_tree.h"
#include "machine/interrupts.h"

#include <malloc.h>

#define HEADER "           CPU0       CPU1       \n"

static char root[64];
static struct interrupts seen;

static int begin(void **state)
{
	(void)state;
	return fake_make(root);
}

static int end(void **state)
{
	(void)state;
	fake_remove(root);
	return 0;
}

static struct verdict read_text(const char *text)
{
	fake_put(root, "/proc/interrupts", text);
	return interrupts_read(&seen);
}

static void expect_ok(struct verdict v)
{
	if (!verdict_is_ok(&v))
		fail_msg("%s: %s", v.code, v.text);
}

static void expect_invalid(const char *text)
{
	struct verdict v = read_text(text);

	assert_int_equal(v.outcome, OUTCOME_INVALID);
	assert_true(v.text[0] && v.remedy[0]);
	assert_false(seen.counts_tlb);
	for (unsigned i = 0; i < INTERRUPTS_CPUS_MAX; i++)
		assert_true(!seen.tlb[i] && !seen.cal[i] && !seen.all[i]);
}

/* A remote flush arrives as a function call: it is in both rows and is one interrupt. */
static void guest(void **state)
{
	(void)state;
	fake_use("guest-zen5");
	expect_ok(interrupts_read(&seen));
	assert_true(seen.counts_tlb);
	assert_int_equal(seen.tlb[0], 2377);
	assert_int_equal(seen.tlb[1], 41598);
	assert_int_equal(seen.cal[0], 32162);
	assert_int_equal(seen.all[0], 1 + 41000 + 32162 + 90);
	assert_int_equal(seen.all[1], 46373 + 52000 + 85326 + 29);
	assert_int_equal(seen.all[2], 0);
}

static void columns_are_not_cpu_numbers(void **state)
{
	(void)state;
	fake_use("intel-server"); /* CPU 2 is offline */
	expect_ok(interrupts_read(&seen));
	assert_int_equal(seen.tlb[0], 11);
	assert_int_equal(seen.tlb[1], 22);
	assert_int_equal(seen.tlb[2], 0);
	assert_int_equal(seen.tlb[3], 33);
	assert_int_equal(seen.cal[3], 700);
	assert_int_equal(seen.all[0], 1 + 100 + 5 + 10000 + 500);
	assert_int_equal(seen.all[2], 0);
	assert_int_equal(seen.all[3], 30 + 7 + 30000 + 700);
}

static void arm_counts_no_flushes(void **state)
{
	(void)state;
	fake_use("arm64-64k");
	expect_ok(interrupts_read(&seen));
	assert_false(seen.counts_tlb);
	assert_int_equal(seen.tlb[0], 0);
	assert_int_equal(seen.cal[0], 100);
	assert_int_equal(seen.cal[3], 400);
	assert_int_equal(seen.all[0], 1000 + 7 + 11 + 100);
}

/* One CPU: "ERR: 9" has as many numbers as there are CPUs, and is no interrupt of it. */
static void machine_wide_rows_are_nobodys(void **state)
{
	(void)state;
	expect_ok(read_text("           CPU0       \nLOC:         40   Local timer interrupts\n"
			    "ERR:          9\nMIS:          8\n"));
	assert_int_equal(seen.all[0], 40);
	assert_false(seen.counts_tlb);
}

static void missing_row(void **state)
{
	(void)state;
	expect_ok(read_text(HEADER "CAL:          3          4   Function call interrupts\n"));
	assert_false(seen.counts_tlb);
	assert_int_equal(seen.cal[1], 4);
	expect_ok(read_text(HEADER "TLB:          0          0   TLB shootdowns\n"));
	assert_true(seen.counts_tlb);
}

static void truncated(void **state)
{
	(void)state;
	expect_invalid("           CPU0       CPU1");
	expect_invalid("no header\nTLB: 1 2\n");
	expect_invalid(HEADER "TLB:          1          2   TLB shootd");
	expect_invalid(HEADER "TLB:          1\n");
	expect_invalid(HEADER "CAL:          1\n");
	expect_invalid(HEADER "LOC:          1          2   Local timer interrupts\ngarbage\n");
	expect_invalid(HEADER "LOC:  1   2   Local timer interrupts\nTLB:   7 x  TLB shootdowns\n");
}

static void no_such_file(void **state)
{
	(void)state;
	assert_int_equal(interrupts_read(&seen).outcome, OUTCOME_SKIPPED);
	assert_int_equal(read_text("").outcome, OUTCOME_SKIPPED); /* masked by a container */
	setenv("TLBSCOPE_SYSROOT", "/nonexistent", 1);
	struct verdict v = interrupts_read(&seen);
	assert_int_equal(v.outcome, OUTCOME_SKIPPED);
	assert_non_null(strstr(v.text, "/proc/interrupts"));
	assert_true(v.remedy[0] != 0);
}

static void write_huge(unsigned cpus, unsigned step, unsigned rows)
{
	FILE *file = fake_open(root, "/proc/interrupts");

	assert_non_null(file);
	fprintf(file, "     ");
	for (unsigned i = 0; i < cpus; i++)
		fprintf(file, "%7s%-4u", "CPU", i * step);
	for (unsigned row = 0; row < rows; row++) {
		fprintf(file, "\n%4u:", row);
		for (unsigned i = 0; i < cpus; i++)
			fprintf(file, "%10u ", row == 7 ? i : 1);
		fprintf(file, "  IR-PCI-MSI %u-edge      dev%u: q", row, row);
	}
	fprintf(file, "\n TLB:");
	for (unsigned i = 0; i < cpus; i++)
		fprintf(file, "%10u ", 4000000000u + i);
	fprintf(file, "  TLB shootdowns\n ERR:         3\n");
	fclose(file);
}

static void many_cpus(void **state)
{
	(void)state;
	write_huge(512, 1, 400);
	expect_ok(interrupts_read(&seen));
	assert_true(seen.counts_tlb);
	for (unsigned i = 0; i < 512; i++) {
		assert_int_equal(seen.tlb[i], 4000000000u + i);
		assert_int_equal(seen.all[i], 399 + i);
	}
	assert_int_equal(seen.tlb[512], 0);
}

static void every_third_cpu(void **state)
{
	(void)state;
	write_huge(300, 3, 20);
	expect_ok(interrupts_read(&seen));
	assert_int_equal(seen.tlb[897], 4000000000u + 299);
	assert_int_equal(seen.tlb[1], 0);
	assert_int_equal(seen.all[300], 19 + 100);
}

/* Numbers from INTERRUPTS_CPUS_MAX on have no place; the others still count. */
static void more_cpus_than_we_hold(void **state)
{
	(void)state;
	write_huge(1500, 1, 10);
	expect_ok(interrupts_read(&seen));
	assert_int_equal(seen.tlb[1023], 4000000000u + 1023);
	write_huge(600, 2, 10);
	expect_ok(interrupts_read(&seen));
	assert_int_equal(seen.tlb[1022], 4000000000u + 511);
	assert_int_equal(seen.tlb[1023], 0);
}

/* Runs first: the process has not read before. */
static void a_second_reading_starts_from_zero_and_allocates_nothing(void **state)
{
	(void)state;
	write_huge(512, 1, 180);
	expect_ok(interrupts_read(&seen));
	write_huge(512, 1, 200); /* some devices came */
	struct mallinfo2 before = mallinfo2();
	expect_ok(interrupts_read(&seen));
	struct mallinfo2 after = mallinfo2();
	assert_int_equal(after.uordblks, before.uordblks);
	assert_int_equal(after.hblkhd, before.hblkhd);
	assert_int_equal(seen.all[5], 199 + 5);
}

static void this_machine(void **state)
{
	(void)state;
	unsetenv("TLBSCOPE_SYSROOT");
	static struct interrupts later;
	struct verdict v = interrupts_read(&seen);
	if (v.outcome == OUTCOME_SKIPPED)
		skip();
	expect_ok(v);
	expect_ok(interrupts_read(&later));
	assert_int_equal(seen.counts_tlb, later.counts_tlb);
	uint64_t sum = 0;
	for (unsigned i = 0; i < INTERRUPTS_CPUS_MAX; i++) {
		assert_true(later.tlb[i] >= seen.tlb[i]);
		sum += later.all[i];
	}
	assert_true(sum > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_second_reading_starts_from_zero_and_allocates_nothing),
	    TEST(guest),
	    TEST(columns_are_not_cpu_numbers),
	    TEST(arm_counts_no_flushes),
	    TEST(machine_wide_rows_are_nobodys),
	    TEST(missing_row),
	    TEST(truncated),
	    TEST(no_such_file),
	    TEST(many_cpus),
	    TEST(every_third_cpu),
	    TEST(more_cpus_than_we_hold),
	    TEST(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
