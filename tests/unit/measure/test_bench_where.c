/* Which NUMA node is the farthest, on machines of paper; and what is said where there is none. */
#include "unit/measure/made_up.h"

#include "measure/region_where.h"

#include <stdio.h>
#include <sys/stat.h>

const struct bench *const bench_registry[] = {NULL};

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
	put(root, "has_memory", "0\n");
	assert_false(where_farthest(0, &node));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_farthest_node_has_memory),
	    cmocka_unit_test(machines_without_are_skipped),
	    cmocka_unit_test(high_addresses_are_high_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
