/* CPUID tables of real and of impossible CPUs, replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "machine/environment.h"

#include <stdlib.h>
#include <string.h>

#define INTEL 0x756e6547, 0x6c65746e, 0x49656e69 /* ebx, ecx, edx of leaf 0 */
#define AMD   0x68747541, 0x444d4163, 0x69746e65
#define ANY   0xffffffff

/* A table ends with leaf ANY, whose content answers everything else. */
struct row {
	uint32_t leaf, subleaf;
	struct cpuid_regs c;
};

static unsigned asked;

static struct cpuid_regs replay(uint32_t leaf, uint32_t subleaf, void *context)
{
	const struct row *row = context;

	asked++;
	while (row->leaf != ANY &&
	       (row->leaf != leaf || (row->subleaf != ANY && row->subleaf != subleaf)))
		row++;
	return row->c;
}

static struct claim *claims;
static unsigned n;

static void read_script(const struct row *rows)
{
	free(claims);
	asked = 0;
	assert_true(claims_read(replay, (void *)rows, &claims, &n));
}

static int done(void **state)
{
	(void)state;
	free(claims);
	return 0;
}

static const struct claim *find(unsigned level, const char *type, const char *pages)
{
	for (unsigned i = 0; i < n; i++)
		if (claims[i].level == level && strcmp(claims[i].type, type) == 0 &&
		    strcmp(claims[i].pages, pages) == 0)
			return &claims[i];
	return NULL;
}

static void expect(unsigned level, const char *type, const char *pages, uint64_t entries,
		   uint64_t ways, uint64_t sets, const char *source)
{
	const struct claim *c = find(level, type, pages);

	if (!c)
		fail_msg("no claim for L%u %s %s", level, type, pages);
	assert_int_equal(c->entries, entries);
	assert_int_equal(c->ways, ways);
	assert_int_equal(c->sets, sets);
	assert_string_equal(c->source, source);
}

static void skylake_leaf_2(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x16, INTEL}},
	    {1, ANY, {0x50654, 0, 0, 0}},
	    {2, ANY, {0x76036301, 0x00f0b5ff, 0x00000000, 0x00c30000}},
	    {0x80000000, ANY, {0x80000008, 0, 0, 0}},
	    /* what such a CPU answers beyond its last leaf: that leaf's content */
	    {ANY, 0, {3, 0x00040001, 16, 0x121}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 7);
	expect(1, "data", "4k", 64, 4, 16, "cpuid 0x2 descriptor 0x03");
	expect(1, "data", "2m,4m", 32, 4, 8, "cpuid 0x2 descriptor 0x63");
	expect(1, "data", "1g", 4, 4, 1, "cpuid 0x2 descriptor 0x63");
	expect(1, "instruction", "4k", 64, 8, 8, "cpuid 0x2 descriptor 0xb5");
	expect(1, "instruction", "2m,4m", 8, 8, 1, "cpuid 0x2 descriptor 0x76");
	expect(2, "unified", "4k,2m", 1536, 6, 256, "cpuid 0x2 descriptor 0xc3");
	expect(2, "unified", "1g", 16, 4, 4, "cpuid 0x2 descriptor 0xc3");
}

static void a_register_with_its_top_bit_set_is_empty(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x2, INTEL}},
	    {2, ANY, {0x00000001, 0x80000003, 0x000000b5, 0}},
	    {ANY, 0, {0}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 1);
	expect(1, "instruction", "4k", 64, 8, 8, "cpuid 0x2 descriptor 0xb5");
}

static void ice_lake_leaf_18(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x1b, INTEL}},
	    {2, ANY, {0x00feff01, 0xf0, 0, 0}},
	    {0x18, 0, {8, 0, 0, 0}},
	    {0x18, 1, {0, 0x00080001, 8, 0x0000c022}},
	    {0x18, 2, {0, 0x00080006, 2, 0x0000c022}},
	    {0x18, 3, {0, 0x00040001, 16, 0x00004024}},
	    {0x18, 4, {0, 0x00040006, 8, 0x00004024}},
	    {0x18, 5, {0, 0x00080008, 1, 0x00004124}},
	    {0x18, 6, {0, 0x0010000f, 1, 0x00004125}},
	    {0x18, 7, {0, 0x00080007, 128, 0x0000c043}},
	    {0x18, 8, {0, 0x00080009, 128, 0x0000c043}},
	    {ANY, 0, {0}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 8);
	expect(1, "instruction", "4k", 64, 8, 8, "cpuid 0x18.1");
	expect(1, "load", "4k", 64, 4, 16, "cpuid 0x18.3");
	expect(1, "load", "2m,4m", 32, 4, 8, "cpuid 0x18.4");
	expect(1, "load", "1g", 8, 8, 1, "cpuid 0x18.5");
	expect(1, "store", "4k,2m,4m,1g", 16, 16, 1, "cpuid 0x18.6");
	expect(2, "unified", "4k,2m,4m", 1024, 8, 128, "cpuid 0x18.7");
	expect(2, "unified", "4k,1g", 1024, 8, 128, "cpuid 0x18.8");
}

/* FEh sends the reader to leaf 0x18; where a hypervisor hides that, nothing is claimed. */
static void ice_lake_with_leaf_18_masked(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x1b, INTEL}},
	    {2, ANY, {0x00feff01, 0xf0, 0, 0}},
	    {ANY, 0, {0}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 0);
	assert_null(claims);
}

static void zen_4(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x10, AMD}},
	    {1, ANY, {0x00a10f11, 0, 0, 0}},
	    {0x80000000, ANY, {0x80000028, AMD}},
	    {0x80000005, ANY, {0xff48ff40, 0xff48ff40, 0, 0}},
	    {0x80000006, ANY, {0x5c002200, 0x6c004200, 0x04006140, 0x09009140}},
	    {0x80000019, ANY, {0xf048f040, 0xf0400000, 0, 0}},
	    {0x80000021, ANY, {0x62fcf, 0, 0, 0}},
	    {ANY, 0, {0}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 11);
	expect(1, "data", "4k", 72, 72, 1, "cpuid 0x80000005 ebx");
	expect(1, "instruction", "2m", 64, 64, 1, "cpuid 0x80000005 eax");
	expect(2, "data", "4k", 3072, 0, 0, "cpuid 0x80000006 ebx, 8-15 ways");
	expect(2, "instruction", "2m", 512, 2, 256, "cpuid 0x80000006 eax");
	expect(1, "data", "1g", 72, 72, 1, "cpuid 0x80000019 eax");
	expect(2, "data", "1g", 64, 64, 1, "cpuid 0x80000019 ebx");
	assert_null(find(2, "instruction", "1g"));
}

#define ZEN_5(features)                                                                            \
	{                                                                                          \
		{0, ANY, {0x1c, AMD}}, {1, ANY, {0x00b00f21, 0, 0, 0}},                            \
		    {0x80000000, ANY, {0x80000021, AMD}},                                          \
		    {0x80000005, ANY, {0xff60ff40, 0xff60ff40, 0, 0}},                             \
		    {0x80000006, ANY, {0x40802040, 0x60804040, 0, 0}},                             \
		    {0x80000019, ANY, {0xf060f040, 0x60204020, 0, 0}},                             \
		    {0x80000021, ANY, {features, 0, 0, 0}}, {ANY, 0, {0}},                         \
	}

static void zen_5(void **state)
{
	static const struct row rows[] = ZEN_5(0x204 | 1u << 14);

	(void)state;
	read_script(rows);
	expect(1, "data", "4k", 96, 96, 1, "cpuid 0x80000005 ebx");
	expect(2, "data", "4k", 4096, 0, 0, "cpuid 0x80000006 ebx, 8-15 ways, x32");
	expect(2, "data", "2m", 4096, 0, 0, "cpuid 0x80000006 eax, 4-5 ways, x32");
	expect(2, "data", "1g", 1024, 0, 0, "cpuid 0x80000019 ebx, 8-15 ways, x32");
	expect(1, "data", "1g", 96, 96, 1, "cpuid 0x80000019 eax"); /* the factor is not for L1 */
}

static void zen_5_whose_flag_is_hidden(void **state)
{
	static const struct row rows[] = ZEN_5(0x204);

	(void)state;
	read_script(rows);
	expect(1, "data", "4k", 96, 96, 1, "cpuid 0x80000005 ebx");
	expect(2, "data", "4k", 128, 0, 0, "cpuid 0x80000006 ebx, 8-15 ways, likely x32");
	expect(1, "data", "1g", 96, 96, 1, "cpuid 0x80000019 eax");
}

static void zen_guest_with_the_1g_leaf_masked(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x10, AMD}},
	    {1, ANY, {0x00a10f11, 0, 0, 0}},
	    {0x80000000, ANY, {0x80000021, AMD}},
	    {0x80000005, ANY, {0xff48ff40, 0xff48ff40, 0, 0}},
	    {0x80000006, ANY, {0x5c002200, 0x6c004200, 0, 0}},
	    {ANY, 0, {0}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 8);
	for (unsigned i = 0; i < n; i++)
		assert_string_not_equal(claims[i].pages, "1g");
}

static void leaves_beyond_the_last_are_not_read(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x1, AMD}},
	    {1, ANY, {0x00a10f11, 0, 0, 0}},
	    {0x80000000, ANY, {0x80000005, AMD}},
	    {0x80000005, ANY, {0xff48ff40, 0xff48ff40, 0, 0}},
	    {ANY, 0, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 4);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(claims[i].level, 1);
}

static void an_amd_without_extended_leaves_claims_nothing(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x1, AMD}},
	    {0x80000000, ANY, {0x1, 2, 3, 4}},
	    {ANY, 0, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 0);
}

/* It says it has 2^32 sub-leaves, and in each the same nonsense. It is quoted, and does not keep
 * us. */
static void an_intel_that_lies(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0xffffffff, INTEL}},
	    {0x18, 0, {0xffffffff, 0, 0, 0}},
	    {0x18, 1, {0, 0xffff0001, 0xffffffff, 0x23}},
	    {0x18, 2, {0, 0x00000001, 0, 0x23}},  /* no ways, no sets */
	    {0x18, 3, {0, 0x00040000, 16, 0x23}}, /* no page size */
	    {0x18, 4, {0, 0x00040001, 16, 0x3f}}, /* no such type */
	    {ANY, 0, {0, 0x00040001, 16, 0x21}},
	};

	(void)state;
	read_script(rows);
	assert_true(asked < 200);
	assert_true(n < 100);
	expect(1, "unified", "4k", 0xffffull * 0xffffffff, 0xffff, 0xffffffff, "cpuid 0x18.1");
	for (unsigned i = 0; i < n; i++) {
		assert_true(claims[i].entries > 0);
		assert_true(claims[i].pages[0] != 0);
	}
}

static void an_unknown_vendor_claims_nothing(void **state)
{
	static const struct row rows[] = {
	    {0, ANY, {0x20, 0x12345678, 0x12345678, 0x12345678}},
	    {ANY, 0, {0x80000021, 0x00040001, 16, 0x21}},
	};

	(void)state;
	read_script(rows);
	assert_int_equal(n, 0);
}

static void this_machine(void **state)
{
	(void)state;
	free(claims);
	claims = NULL;
	assert_true(claims_read(cpuid_native, NULL, &claims, &n));
	for (unsigned i = 0; i < n; i++) {
		assert_true(claims[i].entries > 0);
		assert_true(claims[i].source[0] != 0);
		if (claims[i].ways && claims[i].sets)
			assert_int_equal(claims[i].ways * claims[i].sets, claims[i].entries);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(skylake_leaf_2),
	    cmocka_unit_test(a_register_with_its_top_bit_set_is_empty),
	    cmocka_unit_test(ice_lake_leaf_18),
	    cmocka_unit_test(ice_lake_with_leaf_18_masked),
	    cmocka_unit_test(zen_4),
	    cmocka_unit_test(zen_5),
	    cmocka_unit_test(zen_5_whose_flag_is_hidden),
	    cmocka_unit_test(zen_guest_with_the_1g_leaf_masked),
	    cmocka_unit_test(leaves_beyond_the_last_are_not_read),
	    cmocka_unit_test(an_amd_without_extended_leaves_claims_nothing),
	    cmocka_unit_test(an_intel_that_lies),
	    cmocka_unit_test(an_unknown_vendor_claims_nothing),
	    cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
