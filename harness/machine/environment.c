#include "machine/environment.h"

#include "machine/cgroup.h"
#include "machine/environment_parts.h"
#include "machine/sysfile.h"
#include "machine/textfile.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define THP  "/sys/kernel/mm/transparent_hugepage/"
#define CPU  "/sys/devices/system/cpu/"
#define POOL "/sys/kernel/mm/hugepages"

typedef bool put_fn(struct facts *out, const char *name, const char *text);

static bool put_text(struct facts *out, const char *name, const char *text)
{
	return facts_set(out, name, "%s", text);
}

/* "always [madvise] never" */
static bool put_chosen(struct facts *out, const char *name, const char *text)
{
	const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;

	if (!close)
		return put_text(out, name, text);
	return facts_set(out, name, "%.*s", (int)(close - open - 1), open + 1);
}

static bool put_switch(struct facts *out, const char *name, const char *text)
{
	return facts_set(out, name, strcmp(text, "1") == 0 ? "on" : "off");
}

static bool put_inverse(struct facts *out, const char *name, const char *text)
{
	return facts_set(out, name, strcmp(text, "0") == 0 ? "on" : "off");
}

/* The last three words of /proc/loadavg count processes and change always. */
static bool put_load(struct facts *out, const char *name, const char *text)
{
	const char *end = text;

	for (unsigned i = 0; end && i < 3; i++)
		end = strchr(end + (i > 0), ' ');
	return facts_set(out, name, "%.*s", end ? (int)(end - text) : INT_MAX, text);
}

/* One file, one fact. */
static const struct {
	const char *fact, *path;
	put_fn *put;
} files[] = {
    {"kernel.release", "/proc/sys/kernel/osrelease", put_text},
    {"kernel.version", "/proc/sys/kernel/version", put_text},
    {"kernel.arch", "/proc/sys/kernel/arch", put_text},
    {"cpu.online", CPU "online", put_text},
    {"cpu.isolated", CPU "isolated", put_text},
    {"cpu.nohz_full", CPU "nohz_full", put_text},
    {"smt", CPU "smt/control", put_text},
    {"boost", CPU "cpufreq/boost", put_switch},
    {"boost", CPU "intel_pstate/no_turbo", put_inverse},
    {"idle.driver", CPU "cpuidle/current_driver", put_text},
    {"idle.governor", CPU "cpuidle/current_governor_ro", put_text},
    {"idle.governor", CPU "cpuidle/current_governor", put_text},
    {"hypervisor", "/sys/hypervisor/type", put_text},
    {"thp.enabled", THP "enabled", put_chosen},
    {"thp.defrag", THP "defrag", put_chosen},
    {"thp.shmem", THP "shmem_enabled", put_chosen},
    {"thp.zero_page", THP "use_zero_page", put_switch},
    {"thp.shrink_underused", THP "shrink_underused", put_switch},
    {"thp.pmd_bytes", THP "hpage_pmd_size", put_text},
    {"khugepaged.defrag", THP "khugepaged/defrag", put_switch},
    {"khugepaged.pages_to_scan", THP "khugepaged/pages_to_scan", put_text},
    {"khugepaged.scan_sleep_ms", THP "khugepaged/scan_sleep_millisecs", put_text},
    {"lru_gen", "/sys/kernel/mm/lru_gen/enabled", put_text},
    {"ksm", "/sys/kernel/mm/ksm/run", put_text},
    {"damon.reclaim", "/sys/module/damon_reclaim/parameters/enabled", put_text},
    {"damon.lru_sort", "/sys/module/damon_lru_sort/parameters/enabled", put_text},
    {"page_reporting", "/sys/module/page_reporting/parameters/page_reporting_order", put_text},
    {"numa_balancing", "/proc/sys/kernel/numa_balancing", put_text},
    {"overcommit", "/proc/sys/vm/overcommit_memory", put_text},
    {"max_map_count", "/proc/sys/vm/max_map_count", put_text},
    {"swappiness", "/proc/sys/vm/swappiness", put_text},
    {"compaction_proactiveness", "/proc/sys/vm/compaction_proactiveness", put_text},
    {"perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid", put_text},
    {"nmi_watchdog", "/proc/sys/kernel/nmi_watchdog", put_text},
    {"clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource", put_text},
    {"tlb.ceiling", "/sys/kernel/debug/x86/tlb_single_page_flush_ceiling", put_text},
    {"loadavg", "/proc/loadavg", put_load},
};

/* One fact to a directory entry that begins with `entry`: FACT.NAME[.LEAF]. */
static const struct per_entry {
	const char *fact, *dir, *entry, *file, *leaf;
	put_fn *put;
} entries[] = {
    {"mthp", THP, "hugepages-", "enabled", NULL, put_chosen},
    {"mthp", THP, "hugepages-", "shmem_enabled", "shmem", put_chosen},
    {"pool", POOL, "hugepages-", "nr_hugepages", "nr", put_text},
    {"pool", POOL, "hugepages-", "free_hugepages", "free", put_text},
    {"pool", POOL, "hugepages-", "surplus_hugepages", "surplus", put_text},
    {"pool", POOL, "hugepages-", "nr_overcommit_hugepages", "overcommit", put_text},
    {"mitigation", CPU "vulnerabilities", "", NULL, NULL, put_text},
};

/* One fact to a directory: what its entries say, without repeats. */
static const struct {
	const char *fact, *dir, *entry, *file;
} sets[] = {
    {"governor", CPU "cpufreq", "policy", "scaling_governor"},
    {"governor.driver", CPU "cpufreq", "policy", "scaling_driver"},
    {"governor.preference", CPU "cpufreq", "policy", "energy_performance_preference"},
    {"damon", "/sys/kernel/mm/damon/admin/kdamonds", "", "state"},
};

/* Nothing at all, and what old kernels print for an empty CPU list, are the same as no such file.
 */
static bool read_text(const char *path, char *text, size_t size)
{
	return sysfile_read(path, text, size) > 0 && strcmp(text, "(null)") != 0;
}

static bool file_facts(struct facts *out)
{
	char text[1024];
	bool fine = true;

	for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
		if (!facts_get(out, files[i].fact) && read_text(files[i].path, text, sizeof text))
			fine &= files[i].put(out, files[i].fact, text);
	return fine;
}

/* Names below a directory in the order of their numbers; as scandir(). */
static int list(const char *dir, struct dirent ***names)
{
	char path[PATH_MAX];
	int n = scandir(sysfile_path(dir, path), names, NULL, versionsort);

	return n < 0 ? 0 : n;
}

static void list_free(struct dirent **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	if (n)
		free(names);
}

static bool read_entry(const char *dir, const char *name, const char *file, char *text, size_t size)
{
	char path[PATH_MAX];

	if (name[0] == '.')
		return false;
	snprintf(path, sizeof path, "%s/%s%s%s", dir, name, file ? "/" : "", file ? file : "");
	return read_text(path, text, size);
}

/* "2048kB" becomes "2m", as a cell's key writes it. */
static void short_size(const char *name, char *out, size_t size)
{
	char *end;
	unsigned long long kb = strtoull(name, &end, 10);

	if (end == name || strcmp(end, "kB") != 0 || !kb)
		snprintf(out, size, "%s", name);
	else if (kb % (1 << 20) == 0)
		snprintf(out, size, "%llug", kb >> 20);
	else if (kb % (1 << 10) == 0)
		snprintf(out, size, "%llum", kb >> 10);
	else
		snprintf(out, size, "%lluk", kb);
}

static bool entry_facts(const struct per_entry *e, struct facts *out)
{
	struct dirent **names;
	int n = list(e->dir, &names);
	char text[1024], part[NAME_MAX + 1], fact[NAME_MAX + 64];
	bool fine = true;

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		size_t length = strlen(e->entry);

		if (strncmp(name, e->entry, length) != 0 ||
		    !read_entry(e->dir, name, e->file, text, sizeof text))
			continue;
		short_size(name + length, part, sizeof part);
		snprintf(fact, sizeof fact, "%s.%s%s%s", e->fact, part, e->leaf ? "." : "",
			 e->leaf ? e->leaf : "");
		fine &= e->put(out, fact, text);
	}
	list_free(names, n);
	return fine;
}

static bool set_fact(unsigned row, struct facts *out)
{
	struct dirent **names;
	int n = list(sets[row].dir, &names);
	char text[256], all[512] = "";

	for (int i = 0; i < n; i++)
		if (strncmp(names[i]->d_name, sets[row].entry, strlen(sets[row].entry)) == 0 &&
		    read_entry(sets[row].dir, names[i]->d_name, sets[row].file, text, sizeof text))
			list_add(all, sizeof all, text);
	list_free(names, n);
	return !*all || facts_set(out, sets[row].fact, "%s", all);
}

static bool memory_facts(struct facts *out)
{
	struct cgroup_memory cgroup = cgroup_memory_read();
	char *meminfo = textfile_read("/proc/meminfo", 16u << 10);
	uint64_t kb;
	bool fine = true;

	if (meminfo && text_number(meminfo, "MemTotal:", &kb))
		fine &= facts_set(out, "memory.total", "%" PRIu64 " KiB", kb);
	if (meminfo && text_number(meminfo, "SwapTotal:", &kb))
		fine &= facts_set(out, "swap.total", "%" PRIu64 " KiB", kb);
	free(meminfo);
	if (cgroup.max_bytes != CGROUP_UNLIMITED)
		fine &= facts_set(out, "cgroup.memory.max", "%" PRIu64, cgroup.max_bytes);
	else if (cgroup.found)
		fine &= facts_set(out, "cgroup.memory.max", "max");
	return fine;
}

bool environment_read(struct facts *out)
{
	bool fine = cpu_facts(out) && cmdline_facts(out) && file_facts(out);

	if (fine && facts_get(out, "cpu.flags.hypervisor"))
		fine = hypervisor_facts(cpuid_native, NULL, out);
	for (unsigned i = 0; fine && i < sizeof entries / sizeof *entries; i++)
		fine = entry_facts(&entries[i], out);
	for (unsigned i = 0; fine && i < sizeof sets / sizeof *sets; i++)
		fine = set_fact(i, out);
	return fine && memory_facts(out);
}
