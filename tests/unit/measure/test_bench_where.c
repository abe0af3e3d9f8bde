/* Which NUMA node is the farthest, on machines of paper; and what is said where there is none. */
#include "unit/measure/made_up.h"

#include "measure/region_where.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct bench *const bench_registry[] = {NULL};

#define DEFAULT_POLICY 0

/* A second node played by the first: memory lies there if its mapping's policy binds it. */
static bool two_nodes;

long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall"), a[6] = {0};
	unsigned nargs = number == SYS_set_mempolicy ? 3 : number == SYS_get_mempolicy ? 5 : 6;
	unsigned long first_node = 1;
	va_list args;

	va_start(args, number);
	for (unsigned i = 0; i < nargs; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (two_nodes && number == SYS_mbind)
		a[3] = (long)&first_node;
	if (two_nodes && number == SYS_get_mempolicy) {
		int policy = DEFAULT_POLICY;
		long failed = real(number, &policy, NULL, 0L, a[3], a[4] & ~1L);

		*(int *)a[0] = policy != DEFAULT_POLICY;
		return failed;
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void put(const char *root, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/sys/devices/system/node/%s", root, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Nodes 0, 2 and 3 are online; 3 has no memory. Distances are those of node 0, then of node 2. */
static void the_farthest_node_has_memory(void **state)
{
	char root[] = "/tmp/tlbscope-nodes-XXXXXX", command[512];
	unsigned node = 77;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(command, sizeof command,
		 "mkdir -p %s/sys/devices/system/node/node0 %s/sys/devices/system/node/node2", root,
		 root);
	assert_int_equal(system(command), 0);
	put(root, "online", "0,2-3\n");
	put(root, "has_memory", "0,2\n");
	put(root, "node0/distance", "10 20 30\n");
	put(root, "node2/distance", "21 10 12\n");
	setenv("TLBSCOPE_SYSROOT", root, 1);
	assert_int_equal(where_nodes(), 2);
	assert_true(where_farthest(0, &node));
	assert_int_equal(node, 2);
	assert_true(where_farthest(2, &node));
	assert_int_equal(node, 0);
	assert_false(where_farthest(9, &node));
	put(root, "node2/cpu5", "");
	assert_true(where_node_of(5, &node));
	assert_int_equal(node, 2);
	assert_false(where_node_of(6, &node));
	put(root, "has_memory", "0\n");
	assert_false(where_farthest(0, &node));
	unsetenv("TLBSCOPE_SYSROOT");
	snprintf(command, sizeof command, "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

/* Mapping anew drops the policy of what was there before. */
static void remote_memory_is_bound_as_it_is_touched(void **state)
{
	static const struct region_spec specs[] = {
	    {.page = {PAGE_BASE, 4096}, .bytes = 1 << 20},
	    {.page = {PAGE_BASE, 4096}, .bytes = 16 << 20, .slot_bytes = 2 << 20, .sparse = true},
	    {.page = {PAGE_THP, 2 << 20}, .bytes = 4 << 20},
	};
	char root[] = "/tmp/tlbscope-nodes-XXXXXX", command[512];

	(void)state;
	if (sysconf(_SC_PAGESIZE) != 4096)
		skip();
	assert_non_null(mkdtemp(root));
	snprintf(command, sizeof command,
		 "mkdir -p %s/sys/devices/system/node/node0 %s/sys/kernel/mm && cp -r "
		 "/sys/kernel/mm/transparent_hugepage %s/sys/kernel/mm/ 2>/dev/null; true",
		 root, root, root);
	assert_int_equal(system(command), 0);
	put(root, "online", "0-1\n");
	put(root, "has_memory", "0-1\n");
	put(root, "node0/distance", "10 20\n");
	setenv("TLBSCOPE_SYSROOT", root, 1);
	two_nodes = true;
	for (unsigned i = 0; i < sizeof specs / sizeof *specs; i++) {
		struct region_spec spec = specs[i];
		struct region region;

		spec.layout = LAYOUT_DISTINCT;
		spec.where = WHERE_REMOTE;
		struct verdict v = region_map(&region, &spec, -1, 1);

		print_message("%u: %s %s\n", i, v.code, v.text);
		if (spec.page.how == PAGE_THP)
			assert_string_not_equal(v.code, "no-remote-memory");
		else
			assert_true(verdict_is_ok(&v));
		region_unmap(&region);
	}
	two_nodes = false;
	unsetenv("TLBSCOPE_SYSROOT");
	snprintf(command, sizeof command, "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

static void machines_without_are_skipped(void **state)
{
	struct plan_context context = described_machine("pack:1 core:2 pu:1");
	struct region_spec spec = {.page = {PAGE_BASE, 4096},
				   .layout = LAYOUT_DISTINCT,
				   .bytes = 4096 * 64,
				   .where = WHERE_REMOTE};
	struct verdict v = region_check(&spec, &context.machine);

	(void)state;
	assert_string_equal(v.code, "no-remote-node");
	assert_true(v.outcome == OUTCOME_SKIPPED && *v.remedy);
	spec.where = WHERE_HIGH;
	v = region_check(&spec, &context.machine);
	assert_string_equal(v.code, "no-high-addresses");
	assert_true(v.outcome == OUTCOME_SKIPPED && *v.remedy);
	context.machine.nodes = 2;
	context.machine.high_addresses = true;
	v = region_check(&spec, &context.machine);
	assert_true(verdict_is_ok(&v));
	spec.where = WHERE_REMOTE;
	v = region_check(&spec, &context.machine);
	assert_true(verdict_is_ok(&v));
	forget_machine(&context);
}

/* Mapped where it was asked for, or skipped: never silently elsewhere. */
static void high_addresses_are_high_or_refused(void **state)
{
	const struct region_spec spec = {.page = {PAGE_BASE, (uint64_t)sysconf(_SC_PAGESIZE)},
					 .layout = LAYOUT_DISTINCT,
					 .bytes = 64 * (uint64_t)sysconf(_SC_PAGESIZE),
					 .where = WHERE_HIGH};
	struct region region;
	struct verdict v = region_map(&region, &spec, -1, 1);

	(void)state;
	assert_true(verdict_is_ok(&v) == where_has_high());
	if (verdict_is_ok(&v))
		assert_true((uintptr_t)region.base >= WHERE_HIGH_FROM);
	else
		assert_string_equal(v.code, "no-high-addresses");
	region_unmap(&region);
}

static void pages_are_not_sampled_for_numa(void **state)
{
	char line[4096];
	unsigned local = 0, other = 0;
	FILE *maps = fopen("/proc/self/numa_maps", "r");

	(void)state;
	if (!maps)
		skip(); /* no NUMA in this kernel */
	fclose(maps);
	where_unsampled();
	maps = fopen("/proc/self/numa_maps", "r");
	assert_non_null(maps);
	while (fgets(line, sizeof line, maps))
		*(strstr(line, " local") ? &local : &other) += 1;
	fclose(maps);
	assert_true(local > 0);
	assert_int_equal(other, 0);
}

/* numactl's, say. */
static void a_chosen_policy_stays(void **state)
{
	enum { LOCAL = 4, BIND = 2 };
	unsigned long first = 1;
	int mode = -1;

	(void)state;
	if (syscall(SYS_set_mempolicy, BIND, &first, 8 * sizeof first))
		skip(); /* no NUMA in this kernel, or not that node */
	where_unsampled();
	assert_int_equal(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0), 0);
	assert_int_equal(mode, BIND);
	assert_int_equal(syscall(SYS_set_mempolicy, 0, NULL, 0), 0);
	where_unsampled();
	assert_int_equal(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0), 0);
	assert_int_equal(mode, LOCAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_farthest_node_has_memory),
	    cmocka_unit_test(remote_memory_is_bound_as_it_is_touched),
	    cmocka_unit_test(machines_without_are_skipped),
	    cmocka_unit_test(high_addresses_are_high_or_refused),
	    cmocka_unit_test(pages_are_not_sampled_for_numa),
	    cmocka_unit_test(a_chosen_policy_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
