/* How much memory a run may use, on fake machines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_tree.h"
#include "machine/environment.h"

#include <sys/resource.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static char root[64];

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

static void available(uint64_t bytes)
{
	char text[160];

	snprintf(text, sizeof text,
		 "MemTotal: 99999999 kB\nMemFree: 12 kB\nMemAvailable:   %llu kB\n",
		 (unsigned long long)bytes >> 10);
	fake_put(root, "/proc/meminfo", text);
}

static void number(const char *path, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%llu\n", (unsigned long long)value);
	fake_put(root, path, text);
}

static void limit_v2(const char *group, const char *max, uint64_t used)
{
	char path[256];

	snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
	fake_put(root, path, max);
	snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.current", group);
	number(path, used);
}

static void limit_v1(const char *dir, uint64_t max, uint64_t used)
{
	char path[256];

	snprintf(path, sizeof path, "%s/memory.limit_in_bytes", dir);
	number(path, max);
	snprintf(path, sizeof path, "%s/memory.usage_in_bytes", dir);
	number(path, used);
}

static void reserve_is_an_eighth(void **state)
{
	(void)state;
	available(16 * GIB);
	assert_int_equal(memory_usable(), 14 * GIB);
	assert_int_equal(memory_left(), 15 * GIB);
}

static void reserve_is_at_least_256_mib(void **state)
{
	(void)state;
	available(1 * GIB);
	assert_int_equal(memory_usable(), 768 * MIB);
	assert_int_equal(memory_left(), 896 * MIB);
	available(256 * MIB);
	assert_int_equal(memory_usable(), 0);
	available(100 * MIB);
	assert_int_equal(memory_usable(), 0);
}

static void nothing_known_is_nothing_usable(void **state)
{
	(void)state;
	assert_int_equal(memory_usable(), 0);
	fake_put(root, "/proc/meminfo", "MemTotal: x\nMemAvailable: many\n");
	assert_int_equal(memory_usable(), 0);
}

/* Kernels before 3.14. */
static void without_available_free_counts(void **state)
{
	(void)state;
	fake_put(root, "/proc/meminfo", "MemTotal: 9999999 kB\nMemFree:  4194304 kB\n");
	assert_int_equal(memory_usable(), 4 * GIB - 512 * MIB);
}

static void strict_overcommit_bounds_what_may_be_promised(void **state)
{
	(void)state;
	fake_put(root, "/proc/meminfo",
		 "MemAvailable: 16777216 kB\nCommitLimit: 6291456 kB\nCommitted_AS: 2097152 kB\n");
	assert_int_equal(memory_usable(), 14 * GIB);
	number("/proc/sys/vm/overcommit_memory", 2);
	assert_int_equal(memory_usable(), 4 * GIB - 512 * MIB);
}

static void v2_own_group(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "0::/a/b\n");
	limit_v2("/a/b", "2147483648", 1 * GIB);
	assert_int_equal(memory_usable(), 768 * MIB);
}

static void v2_an_ancestor_counts(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "0::/a/b/c\n");
	limit_v2("/a/b/c", "max", 1);
	limit_v2("/a/b", "8589934592", 1 * GIB);
	limit_v2("/a", "4294967296", 2 * GIB);
	assert_int_equal(memory_usable(), 2 * GIB - 256 * MIB);
}

static void v2_another_group_does_not_count(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "0::/a/b\n");
	limit_v2("/a/bc", "536870912", 0);
	limit_v2("/a/b/c", "536870912", 0);
	limit_v2("/a/b", "max", 0);
	assert_int_equal(memory_usable(), 14 * GIB);
}

static void v2_cold_cache_is_not_used_memory(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "0::/a\n");
	limit_v2("/a", "4294967296", 4 * GIB);
	assert_int_equal(memory_usable(), 0);
	fake_put(root, "/sys/fs/cgroup/a/memory.stat",
		 "anon 5\nfile 6\ninactive_file 2147483648\nactive_file 3\n");
	assert_int_equal(memory_usable(), 2 * GIB - 256 * MIB);
}

static void v2_throttling_counts_as_a_limit(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "0::/a\n");
	limit_v2("/a", "max", 0);
	number("/sys/fs/cgroup/a/memory.high", 2 * GIB);
	assert_int_equal(memory_usable(), 2 * GIB - 256 * MIB);
}

static void a_group_over_its_limit_has_nothing(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "0::/\n");
	limit_v2("", "1073741824", 2 * GIB);
	assert_int_equal(memory_usable(), 0);
}

static void v1_own_group(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup",
		 "9:name=systemd:/\n4:cpu,memory:/x/y\n3:memory_not:/z\n0::/\n");
	limit_v1("/sys/fs/cgroup/memory/x/y", 3 * GIB, 1 * GIB);
	limit_v1("/sys/fs/cgroup/memory", 9223372036854771712ull, 9 * GIB);
	assert_int_equal(memory_usable(), 2 * GIB - 256 * MIB);
}

/* A container sees its own group as the root of the mount. */
static void v1_in_a_container(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "4:memory:/docker/abc\n");
	fake_put(
	    root, "/proc/self/mountinfo",
	    "30 20 0:5 / /sys rw - sysfs sysfs rw\n"
	    "35 31 0:32 /docker/abc /groups/mem rw,nosuid master:9 - cgroup cgroup rw,memory\n");
	limit_v1("/groups/mem", 2 * GIB, 512 * MIB);
	limit_v1("/groups/mem/docker/abc", 1 * GIB, 0);
	assert_int_equal(memory_usable(), 1536 * MIB - 256 * MIB);
}

static void a_group_that_is_not_visible(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "4:memory:/lxcfs1/b\n");
	fake_put(root, "/proc/self/mountinfo",
		 "35 31 0:32 /docker /mem rw - cgroup cgroup rw,memory\n");
	limit_v1("/mem", 2 * GIB, 0);
	limit_v1("/mem/b", 1 * GIB, 0); /* as long a name, another group */
	assert_int_equal(memory_usable(), 2 * GIB - 256 * MIB);
}

static void a_group_outside_of_the_namespace(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "0::/../../elsewhere\n");
	limit_v2("", "2147483648", 0);
	assert_int_equal(memory_usable(), 2 * GIB - 256 * MIB);
}

static void malformed_files_limit_nothing(void **state)
{
	(void)state;
	available(16 * GIB);
	fake_put(root, "/proc/self/cgroup", "\n:\n::\nx\n0:\n4:memory\n0::/a");
	fake_put(root, "/proc/self/mountinfo", "\n - \n1 2 3\n1 2 3 / /m - cgroup2");
	fake_put(root, "/m/a/memory.max", "-5");
	assert_int_equal(memory_usable(), 14 * GIB);
}

static void fixtures(void **state)
{
	(void)state;
	fake_use("guest-zen5"); /* 2 GiB one level up, 768 MiB used, 256 of them cold cache */
	assert_int_equal(memory_usable(), 1536 * MIB - 256 * MIB);
	fake_use("intel-server"); /* 16 GiB one level up, 5 used, 1 of them cold cache */
	assert_int_equal(memory_usable(), 12 * GIB - 12 * GIB / 8);
	fake_use("arm64-64k"); /* strict overcommit: 8 GiB may still be promised */
	assert_int_equal(memory_usable(), 7 * GIB);
}

/* A limit far above what this process has, and a status that says it is nearly used up. */
static void address_space(void **state)
{
	const uint64_t limit = 64ull << 40;
	struct rlimit old, tight = {.rlim_cur = limit};
	char text[64];

	(void)state;
	available(16 * GIB);
	snprintf(text, sizeof text, "Name: x\nVmSize: %llu kB\n",
		 (unsigned long long)(limit - GIB) >> 10);
	fake_put(root, "/proc/self/status", text);
	assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
	tight.rlim_max = old.rlim_max;
	if (old.rlim_max != RLIM_INFINITY && old.rlim_max < limit)
		skip();
	assert_int_equal(memory_usable(), 14 * GIB);
	assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
	uint64_t usable = memory_usable();
	assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
	assert_int_equal(usable, GIB - 256 * MIB);
}

static void this_machine(void **state)
{
	(void)state;
	unsetenv("TLBSCOPE_SYSROOT");
	assert_true(memory_usable() < 1ull << 60);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(reserve_is_an_eighth),
	    TEST(reserve_is_at_least_256_mib),
	    TEST(nothing_known_is_nothing_usable),
	    TEST(without_available_free_counts),
	    TEST(strict_overcommit_bounds_what_may_be_promised),
	    TEST(v2_own_group),
	    TEST(v2_an_ancestor_counts),
	    TEST(v2_another_group_does_not_count),
	    TEST(v2_cold_cache_is_not_used_memory),
	    TEST(v2_throttling_counts_as_a_limit),
	    TEST(a_group_over_its_limit_has_nothing),
	    TEST(v1_own_group),
	    TEST(v1_in_a_container),
	    TEST(a_group_that_is_not_visible),
	    TEST(a_group_outside_of_the_namespace),
	    TEST(malformed_files_limit_nothing),
	    TEST(fixtures),
	    TEST(address_space),
	    TEST(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
