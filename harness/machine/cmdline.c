#include "machine/environment_parts.h"

#include "machine/sysfile.h"
#include "machine/textfile.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define CMDLINE_MAX (16u << 10)
#define CONFIG_MAX  (1u << 20)

/* Keys in the kernel's spelling, '-' as '_'. */
static const char *const kept[] = {
    /* memory */
    "hugepages",
    "hugepagesz",
    "default_hugepagesz",
    "hugetlb*",
    "transparent_hugepage*",
    "thp_*",
    "numa*",
    "page_reporting*",
    "page_alloc*",
    "page_poison*",
    "page_owner",
    "init_on_*",
    "slab*",
    "slub*",
    "mem",
    "memmap",
    "memhp*",
    "memory_hotplug*",
    "movable*",
    "kernelcore",
    "cma",
    "damon*",
    "zswap*",
    "lru_gen*",
    "debug_pagealloc",
    "kasan*",
    "kfence*",
    "cgroup*",
    "swapaccount",
    "no5lvl",
    "la57",
    "hashdist",
    /* mitigations */
    "mitigations",
    "nopti",
    "pti",
    "kpti",
    "kaiser",
    "nopcid",
    "noinvpcid",
    "spectre*",
    "nospectre*",
    "spec_*",
    "nospec*",
    "mds",
    "l1tf",
    "tsx*",
    "tsa",
    "retbleed",
    "srbds",
    "mmio_stale_data",
    "gather_data_sampling",
    "reg_file_data_sampling",
    "indirect_target_selection",
    "vmscape",
    "ssbd",
    "l1d_flush",
    "kvm*",
    /* CPUs, interrupts, time */
    "isolcpus",
    "nohz*",
    "rcu_nocb*",
    "irqaffinity",
    "intel_idle*",
    "intel_pstate*",
    "amd_pstate*",
    "amd_prefcore",
    "processor*",
    "idle",
    "cpuidle*",
    "haltpoll*",
    "cpufreq*",
    "nosmt",
    "smt",
    "maxcpus",
    "nr_cpus",
    "possible_cpus",
    "clearcpuid",
    "setcpuid",
    "tsc",
    "notsc",
    "clocksource",
    "nmi_watchdog",
    "nowatchdog",
    "nosoftlockup",
    "threadirqs",
    "preempt",
    "no_kvm*",
    "no_steal_acc",
    "no_vmw*",
    "hv_*",
    "xen_*",
    "nopv*",
    "arm64*",
    "nosmep",
    "nosmap",
};

static bool is_kept(const char *word, size_t length)
{
	char key[64];

	if (length >= sizeof key)
		return false;
	for (size_t i = 0; i < length; i++)
		key[i] = word[i] == '-' ? '_' : word[i];
	key[length] = 0;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (fnmatch(kept[i], key, 0) == 0)
			return true;
	return false;
}

/* Ends the word at *at, honouring quotes, and moves *at behind it; NULL at the end. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t\n"), *end = word;
	bool quoted = false;

	for (; *end && (quoted || !strchr(" \t\n", *end)); end++)
		quoted ^= *end == '"';
	*at = *end ? end + 1 : end;
	*end = 0;
	return *word ? word : NULL;
}

/* Words behind "--" are for init. */
static bool keep_words(char *text, struct facts *out)
{
	char *line = calloc(1, strlen(text) + 2), *word;
	bool fine = line != NULL;

	while (line && (word = next_word(&text)) && strcmp(word, "--") != 0) {
		if (!is_kept(word, strcspn(word, "=")))
			continue;
		strcat(strcat(line, *line ? " " : ""), word);
		if (strncmp(word, "init_on_", 8) == 0 && strchr(word, '=')) {
			char *value = strchr(word, '=');
			*value = 0;
			fine &= facts_set(out, word, "%s", value + 1);
		}
	}
	if (fine && *line)
		fine = facts_set(out, "kernel.cmdline", "%s", line);
	free(line);
	return fine;
}

/* What the command line leaves open, the kernel's configuration decides. */
static bool config_facts(struct facts *out)
{
	static const char *const options[][2] = {
	    {"init_on_alloc", "\nCONFIG_INIT_ON_ALLOC_DEFAULT_ON=y"},
	    {"init_on_free", "\nCONFIG_INIT_ON_FREE_DEFAULT_ON=y"},
	};
	char release[128], path[160];
	bool fine = true;

	if (sysfile_read("/proc/sys/kernel/osrelease", release, sizeof release) <= 0)
		return true;
	snprintf(path, sizeof path, "/boot/config-%s", release);
	char *config = textfile_read(path, CONFIG_MAX);
	for (unsigned i = 0; config && i < 2; i++)
		if (!facts_get(out, options[i][0]))
			fine &= facts_set(out, options[i][0], "%d",
					  strstr(config, options[i][1]) != NULL);
	free(config);
	return fine;
}

bool cmdline_facts(struct facts *out)
{
	char *text = textfile_read("/proc/cmdline", CMDLINE_MAX);
	bool fine = !text || keep_words(text, out);

	free(text);
	return fine && config_facts(out);
}
