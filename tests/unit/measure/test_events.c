/* Lint of every row of every table in harness/events, and who they are for. */
#include "measure/counters.h"

#include <perfmon/pfmlib_perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KERNEL_COUNTERS 50 /* always in a plan, beside a family's rows */

#define CHOSEN 20 /* room for the kernel's share of walks, and for --events */

static const char *const vocabulary[] = {
    "dtlb_load_miss_l1",
    "dtlb_load_walk",
    "dtlb_load_walk_4k",
    "dtlb_load_walk_2m",
    "dtlb_load_walk_1g",
    "walk_cycles",
    "walk_pending",
    "dtlb_store_miss_l1",
    "dtlb_store_walk",
    "itlb_miss_l1",
    "itlb_walk",
    "walker_loads_l1",
    "walker_loads_l2",
    "walker_loads_l3",
    "walker_loads_mem",
    "tlb_flushes",
    NULL,
};

static bool in_vocabulary(const char *id)
{
	for (unsigned i = 0; vocabulary[i]; i++)
		if (strcmp(vocabulary[i], id) == 0)
			return true;
	return false;
}

static bool libpfm_knows(const char *name)
{
	for (int i = 0; i < PFM_PMU_MAX; i++) {
		pfm_pmu_info_t pmu = {.size = sizeof pmu};

		if (pfm_get_pmu_info((pfm_pmu_t)i, &pmu) == PFM_SUCCESS &&
		    strcmp(pmu.name, name) == 0)
			return true;
	}
	return false;
}

/* The type and config that libpfm4 gives, or a failed test that names the string. */
static struct perf_event_attr encode(const char *text)
{
	struct perf_event_attr attr = {.size = sizeof attr};
	pfm_perf_encode_arg_t arg = {.attr = &attr, .size = sizeof arg};
	int error = pfm_get_os_event_encoding(text, PFM_PLM3, PFM_OS_PERF_EVENT, &arg);

	if (error)
		fail_msg("%s: %s", text, pfm_strerror(error));
	return attr;
}

static void expect_encoding(const char *text, uint64_t raw)
{
	struct perf_event_attr attr = encode(text);

	if (attr.type != PERF_TYPE_RAW || attr.config != raw || attr.config1 || attr.config2)
		fail_msg("%s encodes to %u:%#llx, the row says %#llx", text, attr.type,
			 (unsigned long long)attr.config, (unsigned long long)raw);
}

/* With each PMU name of the family that this libpfm4 knows. Returns how many there were. */
static unsigned check_names(const struct event_family *family, const struct event_row *row)
{
	char names[128], text[256], *rest = names, *name;
	unsigned known = 0;

	snprintf(names, sizeof names, "%s", family->libpfm_pmu ? family->libpfm_pmu : "");
	while ((name = strsep(&rest, ",")) && *name) {
		if (!libpfm_knows(name))
			continue;
		known++;
		snprintf(text, sizeof text, "%s::%s", name, row->libpfm);
		expect_encoding(text, row->raw);
	}
	return known;
}

static bool is_arm(const struct event_family *family)
{
	return strncmp(family->match, "0x", 2) == 0;
}

static bool arm_build(void)
{
	return libpfm_knows("arm_n1");
}

static bool x86_build(void)
{
	return libpfm_knows("skl");
}

static void every_row_encodes_to_its_raw_code(void **state)
{
	unsigned strings = 0, raws = 0;

	(void)state;
	for (unsigned f = 0; event_registry[f]; f++) {
		const struct event_family *family = event_registry[f];
		bool expected = is_arm(family) ? arm_build() : x86_build();

		for (const struct event_row *row = family->rows; row->id; row++) {
			char text[64];

			snprintf(text, sizeof text, "perf_raw::r%llx",
				 (unsigned long long)row->raw);
			expect_encoding(text, row->raw);
			raws++;
			if (!row->libpfm)
				continue;
			if (!check_names(family, row) && expected)
				fail_msg("%s, %s: libpfm4 knows none of %s", family->name, row->id,
					 family->libpfm_pmu);
			strings += expected;
		}
	}
	print_message("%u rows by raw code, %u by libpfm4 string\n", raws, strings);
	assert_true(raws > 100);
	assert_true(strings >= (x86_build() ? 90 : 20));
}

static void rows_are_well_formed(void **state)
{
	(void)state;
	for (unsigned f = 0; event_registry[f]; f++) {
		const struct event_family *family = event_registry[f];
		unsigned n = 0;

		for (const struct event_row *row = family->rows; row->id; row++, n++) {
			if (!in_vocabulary(row->id))
				fail_msg("%s: %s is not of the vocabulary", family->name, row->id);
			for (const struct event_row *other = row + 1; other->id; other++)
				if (strcmp(other->id, row->id) == 0 || other->raw == row->raw)
					fail_msg("%s: %s and %s are the same", family->name,
						 row->id, other->id);
			if (!row->counts || !row->counts[0] ||
			    strlen(row->counts) >= RESULT_TEXT_MAX)
				fail_msg("%s: %s does not say what it counts", family->name,
					 row->id);
			if (!row->raw)
				fail_msg("%s: %s has no raw code", family->name, row->id);
			if (!row->libpfm && !family->raw_only)
				fail_msg("%s: %s has no string and no reason why", family->name,
					 row->id);
			if (row->libpfm && strstr(row->libpfm, "::"))
				fail_msg("%s: %s names its PMU", family->name, row->id);
			if (row->libpfm && !family->libpfm_pmu)
				fail_msg("%s: %s has a string, the family no PMU", family->name,
					 row->id);
			if (is_arm(family) && row->raw > 0xffff)
				fail_msg("%s: %#llx is no Arm event number", family->name,
					 (unsigned long long)row->raw);
		}
		assert_true(n > 0);
		assert_true(n + KERNEL_COUNTERS + CHOSEN <= COUNTERS_MAX);
	}
}

static const struct {
	struct cpu_identity cpu;
	const char *family; /* NULL: none */
} cpus[] = {
    {{"AuthenticAMD", 23, 0x01}, "AMD Zen 1"},
    {{"AuthenticAMD", 23, 0x18}, "AMD Zen 1"},
    {{"AuthenticAMD", 23, 0x31}, "AMD Zen 2"},
    {{"AuthenticAMD", 25, 0x01}, "AMD Zen 3"},
    {{"AuthenticAMD", 25, 0x50}, "AMD Zen 3"},
    {{"AuthenticAMD", 25, 0x11}, "AMD Zen 4"},
    {{"AuthenticAMD", 25, 0x61}, "AMD Zen 4"},
    {{"AuthenticAMD", 25, 0xa0}, "AMD Zen 4"},
    {{"AuthenticAMD", 26, 0x02}, "AMD Zen 5"},
    {{"AuthenticAMD", 26, 0x44}, "AMD Zen 5"},
    {{"AuthenticAMD", 26, 0x50}, NULL},
    {{"AuthenticAMD", 21, 0x02}, NULL},
    {{"GenuineIntel", 6, 0x3f}, "Intel Haswell"},
    {{"GenuineIntel", 6, 0x4f}, "Intel Broadwell"},
    {{"GenuineIntel", 6, 0x55}, "Intel Skylake"},
    {{"GenuineIntel", 6, 0x9e}, "Intel Skylake"},
    {{"GenuineIntel", 6, 0x6a}, "Intel Ice Lake"},
    {{"GenuineIntel", 6, 0x8f}, "Intel Sapphire Rapids"},
    {{"GenuineIntel", 6, 0xcf}, "Intel Sapphire Rapids"},
    {{"GenuineIntel", 6, 0x97}, "Intel Alder Lake P core"},
    {{"GenuineIntel", 6, 0xad}, "Intel Granite Rapids"},
    {{"GenuineIntel", 6, 0xbe}, "Intel Gracemont"},
    {{"GenuineIntel", 6, 0xaf}, "Intel Sierra Forest"},
    {{"GenuineIntel", 6, 0x2d}, NULL},
    {{"GenuineIntel", 15, 0x55}, NULL},
    {{"0x41", 0xd0c, 0}, "Arm Neoverse N1"},
    {{"0x41", 0xd49, 0}, "Arm Neoverse N2"},
    {{"0x6d", 0xd49, 0}, "Arm Neoverse N2"},
    {{"0x41", 0xd8e, 0}, "Arm Neoverse N3"},
    {{"0x41", 0xd40, 0}, "Arm Neoverse V1"},
    {{"0x41", 0xd4f, 0}, "Arm Neoverse V2"},
    {{"0x41", 0xd84, 0}, "Arm Neoverse V3"},
    {{"0x41", 0xd07, 0}, NULL},
    {{"", 6, 0x55}, NULL},
    {{"Genuine", 6, 0x55}, NULL},
};

static void a_cpu_has_its_family(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof cpus / sizeof cpus[0]; i++) {
		const struct event_family *family = event_family_find(&cpus[i].cpu);
		const char *name = family ? family->name : "(none)";

		if (strcmp(name, cpus[i].family ? cpus[i].family : "(none)"))
			fail_msg("%s/%u/%#x is taken for %s", cpus[i].cpu.vendor,
				 cpus[i].cpu.family, cpus[i].cpu.model, name);
	}
}

static void no_cpu_has_two_families(void **state)
{
	static const char *const vendors[] = {"GenuineIntel", "AuthenticAMD"};

	(void)state;
	for (unsigned v = 0; v < 2; v++)
		for (unsigned family = 0; family < 32; family++)
			for (unsigned model = 0; model < 256; model++) {
				struct cpu_identity cpu = {.family = family, .model = model};
				unsigned n = 0;

				snprintf(cpu.vendor, sizeof cpu.vendor, "%s", vendors[v]);
				for (unsigned f = 0; event_registry[f]; f++)
					n += event_family_matches(event_registry[f], &cpu);
				if (n > 1)
					fail_msg("%s/%u/%u has %u families", cpu.vendor, family,
						 model, n);
			}
}

static int setup(void **state)
{
	(void)state;
	setenv("LIBPFM_ENCODE_INACTIVE", "1", 1);
	return pfm_initialize();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_well_formed),
	    cmocka_unit_test(every_row_encodes_to_its_raw_code),
	    cmocka_unit_test(a_cpu_has_its_family),
	    cmocka_unit_test(no_cpu_has_two_families),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
