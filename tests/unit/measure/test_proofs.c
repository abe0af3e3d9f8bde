/* A proof must fail when the pages are not of the kind: each case makes it so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "measure/proofs.h"
#include "measure/proofs_scan.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define MIB ((uint64_t)1 << 20)

static void map(struct region *region, struct page_kind page, enum layout layout, uint64_t bytes)
{
	const struct region_spec spec = {.page = page, .layout = layout, .bytes = bytes};
	struct verdict verdict = region_map(region, &spec, -1, 1);

	if (!verdict_is_ok(&verdict)) {
		print_message("%s: %s\n", verdict.code, verdict.text);
		skip();
	}
}

/* Before Linux 6.7 there is no PAGEMAP_SCAN. */
static bool no_scan;

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;

	va_start(args, request);
	void *argument = va_arg(args, void *);
	va_end(args);
	if (!no_scan)
		return (int)syscall(SYS_ioctl, fd, request, argument);
	errno = ENOTTY;
	return -1;
}

static bool scan_is_available(void)
{
	static _Alignas(65536) char page[65536];

	return scan_pages(page, sizeof page).available;
}

static struct page_kind base_page(void)
{
	return (struct page_kind){PAGE_BASE, (uint64_t)sysconf(_SC_PAGESIZE)};
}

static void expect_failed(const struct region *region)
{
	struct proof proof = proof_page_kind(region);

	print_message("state %d: expected %s, seen %s (%s)\n", proof.state, proof.expected,
		      proof.seen, proof.text);
	if (proof.state == PROOF_UNAVAILABLE)
		skip();
	assert_int_equal(proof.state, PROOF_FAILED);
	assert_true(*proof.seen && strcmp(proof.seen, proof.expected) != 0);
}

static void proof_names_its_witnesses(void **state)
{
	struct region region;
	struct proof proof;

	(void)state;
	map(&region, base_page(), LAYOUT_DISTINCT, 4 * MIB);
	proof = proof_page_kind(&region);
	region_unmap(&region);
	assert_string_equal(proof.what, "page-size");
	assert_true(*proof.expected && *proof.text);
	if (proof.state == PROOF_HELD)
		assert_string_equal(proof.seen, proof.expected);
}

static void collapsed_pages_are_not_small(void **state)
{
	struct region region;

	(void)state;
	map(&region, base_page(), LAYOUT_DISTINCT, 4 * MIB);
	if (madvise(region.base, 4 * MIB, MADV_HUGEPAGE) ||
	    madvise(region.base, 4 * MIB, MADV_COLLAPSE)) {
		region_unmap(&region);
		skip();
	}
	expect_failed(&region);
	region_unmap(&region);
}

static void one_collapsed_block_is_enough(void **state)
{
	struct region region;

	(void)state;
	map(&region, base_page(), LAYOUT_DISTINCT, 16 * MIB);
	if (madvise(region.base + 6 * MIB, 2 * MIB, MADV_HUGEPAGE) ||
	    madvise(region.base + 6 * MIB, 2 * MIB, MADV_COLLAPSE)) {
		region_unmap(&region);
		skip();
	}
	expect_failed(&region);
	region_unmap(&region);
}

static void missing_page_is_seen(void **state)
{
	struct region region;

	(void)state;
	if (!scan_is_available())
		skip();
	map(&region, base_page(), LAYOUT_DISTINCT, 4 * MIB);
	assert_int_equal(madvise(region.base + MIB, base_page().bytes, MADV_DONTNEED), 0);
	expect_failed(&region);
	region_unmap(&region);
}

static void split_block_is_not_huge(void **state)
{
	struct region region;

	(void)state;
	map(&region, (struct page_kind){PAGE_THP, 2 * MIB}, LAYOUT_DISTINCT, 8 * MIB);
	assert_int_equal(mprotect(region.base + 4 * MIB, base_page().bytes, PROT_READ), 0);
	expect_failed(&region);
	region_unmap(&region);
}

static void small_pages_do_not_pass_for_huge_zero(void **state)
{
	struct region region;

	(void)state;
	if (!scan_is_available())
		skip();
	map(&region, (struct page_kind){PAGE_THP, 2 * MIB}, LAYOUT_ZERO, 64 * 2 * MIB);
	assert_int_equal(madvise(region.base + 2 * MIB, base_page().bytes, MADV_DONTNEED), 0);
	expect_failed(&region);
	region_unmap(&region);
}

static void huge_zero_is_told_from_small_without_a_scan(void **state)
{
	const struct page_kind thp = {PAGE_THP, 2 * MIB};
	struct region region;
	struct proof proof;

	(void)state;
	map(&region, thp, LAYOUT_ZERO, 64 * thp.bytes);
	no_scan = true;
	proof = proof_page_kind(&region);
	print_message("state %d (%s)\n", proof.state, proof.text);
	assert_int_equal(proof.state, PROOF_HELD);
	assert_non_null(strstr(proof.text, "second read"));
	/* One page of small zero pages: smaps cannot tell. */
	assert_int_equal(madvise(region.base + thp.bytes, thp.bytes, MADV_NOHUGEPAGE), 0);
	assert_int_equal(madvise(region.base + thp.bytes, thp.bytes, MADV_DONTNEED), 0);
	proof = proof_page_kind(&region);
	no_scan = false;
	assert_int_equal(proof.state, PROOF_FAILED);
	assert_non_null(strstr(proof.seen, "fault"));
	region_unmap(&region);
}

static void alias_says_what_it_looked_at(void **state)
{
	struct region region;
	struct proof proof;

	(void)state;
	map(&region, base_page(), LAYOUT_ALIAS, 4096 * base_page().bytes);
	proof = proof_page_kind(&region);
	region_unmap(&region);
	assert_int_not_equal(proof.state, PROOF_FAILED);
	if (proof.state == PROOF_HELD)
		assert_non_null(strstr(proof.text, "first alias"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(proof_names_its_witnesses),
	    cmocka_unit_test(collapsed_pages_are_not_small),
	    cmocka_unit_test(one_collapsed_block_is_enough),
	    cmocka_unit_test(missing_page_is_seen),
	    cmocka_unit_test(split_block_is_not_huge),
	    cmocka_unit_test(small_pages_do_not_pass_for_huge_zero),
	    cmocka_unit_test(huge_zero_is_told_from_small_without_a_scan),
	    cmocka_unit_test(alias_says_what_it_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
