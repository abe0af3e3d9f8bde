/* What is read of three fake machines, and what must never be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_tree.h"
#include "machine/environment.h"
#include "machine/environment_parts.h"

#include <unistd.h>

static struct facts facts;

static void read_tree(const char *name)
{
	facts_free(&facts);
	fake_use(name);
	assert_true(environment_read(&facts));
}

static int done(void **state)
{
	(void)state;
	facts_free(&facts);
	unsetenv("TLBSCOPE_SYSROOT");
	return 0;
}

static void expect(const char *name, const char *text)
{
	const char *seen = facts_get(&facts, name);

	if (!seen)
		fail_msg("%s is absent, expected \"%s\"", name, text);
	if (strcmp(seen, text) != 0)
		fail_msg("%s is \"%s\", expected \"%s\"", name, seen, text);
}

static void expect_absent(const char *name)
{
	if (facts_get(&facts, name))
		fail_msg("%s is \"%s\", expected none", name, facts_get(&facts, name));
}

static void guest(void **state)
{
	(void)state;
	read_tree("guest-zen5");
	expect("cpu.model", "AMD EPYC");
	expect("cpu.family", "26");
	expect("cpu.model_id", "2");
	expect("cpu.microcode", "0x1000065");
	expect("cpu.flags.pcid", "yes");
	expect("cpu.flags.pdpe1gb", "yes");
	expect("cpu.flags.hypervisor", "yes");
	expect_absent("cpu.flags.la57");
	expect_absent("cpu.flags.fpu");
	expect("kernel.release", "6.18.1");
	expect("kernel.version", "#1 SMP PREEMPT_DYNAMIC @0");
	expect("thp.enabled", "madvise");
	expect("thp.zero_page", "on");
	expect("mthp.64k", "never");
	expect("mthp.2m", "inherit");
	expect("pool.2m.nr", "0");
	expect("pool.1g.overcommit", "0");
	expect("mitigation.meltdown", "Not affected");
	expect("khugepaged.pages_to_scan", "4096");
	expect("damon", "on");
	expect("page_reporting", "9");
	expect("clocksource", "tsc");
	expect("loadavg", "0.31 0.12 0.05");
	expect("memory.total", "4027432 KiB");
	expect("cgroup.memory.max", "2147483648");
	expect_absent("cpu.isolated");
	expect_absent("governor");
	expect_absent("boost");
	expect_absent("tlb.ceiling");
	expect_absent("init_on_alloc");
}

static void server(void **state)
{
	(void)state;
	read_tree("intel-server");
	expect("cpu.model", "Intel(R) Xeon(R) Platinum 8380 CPU @ 2.30GHz");
	expect("cpu.flags.la57", "yes");
	expect("cpu.flags.pti", "yes");
	expect("cpu.online", "0-1,3");
	expect("cpu.nohz_full", "1,3");
	expect("smt", "on");
	expect("boost", "on");
	expect("governor", "powersave, performance");
	expect("governor.driver", "intel_pstate");
	expect("mitigation.mds",
	       "Vulnerable: Clear CPU buffers attempted, no microcode; SMT vulnerable");
	expect("mthp.16k", "never");
	expect("mthp.64k", "always");
	expect("mthp.64k.shmem", "never");
	expect("mthp.1m", "madvise");
	expect("pool.2m.nr", "512");
	expect("pool.2m.free", "500");
	expect("pool.2m.surplus", "4");
	expect("pool.2m.overcommit", "64");
	expect("pool.1g.free", "15");
	expect("khugepaged.defrag", "off");
	expect("damon.reclaim", "N");
	expect("lru_gen", "0x0007");
	expect("tlb.ceiling", "33");
	expect("init_on_alloc", "0"); /* the command line overrules the configuration */
	expect("init_on_free", "0");
	expect("swap.total", "8388604 KiB");
	expect("cgroup.memory.max", "17179869184");
	expect_absent("hypervisor");
	expect_absent("hypervisor.pv_tlb_flush");
	expect_absent("damon");
	expect_absent("page_reporting");
}

static size_t position(const char *name)
{
	for (size_t i = 0; i < facts.n; i++)
		if (strcmp(facts.fact[i].name, name) == 0)
			return i;
	fail_msg("%s is absent", name);
	return 0;
}

static void sizes_come_in_order(void **state)
{
	(void)state;
	read_tree("intel-server");
	assert_true(position("mthp.16k") < position("mthp.64k"));
	assert_true(position("mthp.64k") < position("mthp.1m"));
	assert_true(position("mthp.1m") < position("mthp.2m"));
}

static void arm(void **state)
{
	(void)state;
	read_tree("arm64-64k");
	expect("cpu.model", "Neoverse-N1, Neoverse-V2, Arm 0x41/0xd99");
	expect("cpu.part", "0x41/0xd0c r3p1, 0x41/0xd4f r0p1, 0x41/0xd99 r1p0");
	expect("kernel.arch", "aarch64");
	expect("pool.2m.nr", "0");
	expect("pool.512m.nr", "2");
	expect("pool.16g.nr", "0");
	expect("kernel.cmdline",
	       "kpti=off spec-store-bypass-disable=on hugepagesz=512M hugepages=2");
	expect("overcommit", "2");
	expect("boost", "on");
	expect("governor", "schedutil");
	expect_absent("cpu.nohz_full");
	expect_absent("cpu.family");
	expect_absent("cpu.microcode");
	expect_absent("hypervisor");
	expect_absent("mthp.64k");
	expect_absent("cgroup.memory.max");
}

static void command_line_keeps_what_matters(void **state)
{
	(void)state;
	read_tree("intel-server");
	expect("kernel.cmdline", "default_hugepagesz=1G hugepagesz=1G hugepages=16 "
				 "transparent_hugepage=madvise isolcpus=1,3 "
				 "nohz_full=1,3 rcu_nocbs=1,3 intel_idle.max_cstate=1 "
				 "numa-balancing=disable init_on_alloc=0 "
				 "processor.max_cstate=\"1\"");
	read_tree("guest-zen5"); /* what follows -- is for init, whatever it looks like */
	expect("kernel.cmdline", "mitigations=auto,no_guest_host "
				 "page_reporting.page_reporting_order=9 cpuidle_haltpoll.force=1");
}

/* The fixtures' command lines hold these. */
static void nothing_that_identifies(void **state)
{
	static const char *const trees[] = {"guest-zen5", "intel-server", "arm64-64k"};
	static const char *const secrets[] = {"192.0.2", "198.51.100", "example", "s3cret",
					      "secret",	 "UUID",       "nvme",	  "eth0"};

	(void)state;
	for (unsigned tree = 0; tree < 3; tree++) {
		read_tree(trees[tree]);
		assert_true(facts.n > 20);
		for (size_t i = 0; i < facts.n; i++)
			for (unsigned s = 0; s < sizeof secrets / sizeof *secrets; s++)
				assert_null(strstr(facts.fact[i].text, secrets[s]));
	}
}

static void an_empty_tree_has_no_facts(void **state)
{
	char root[64];

	(void)state;
	facts_free(&facts);
	assert_int_equal(fake_make(root), 0);
	bool fine = environment_read(&facts);
	fake_remove(root);
	assert_true(fine);
	assert_int_equal(facts.n, 0);
}

static void reading_twice_changes_nothing(void **state)
{
	struct facts again = {0}, changed = {0};

	(void)state;
	read_tree("intel-server");
	assert_true(environment_read(&again));
	assert_true(facts_diff(&facts, &again, &changed));
	assert_int_equal(changed.n, 0);
	assert_int_equal(again.n, facts.n);
	facts_free(&again);
	facts_free(&changed);
}

static void this_machine(void **state)
{
	(void)state;
	facts_free(&facts);
	unsetenv("TLBSCOPE_SYSROOT");
	assert_true(environment_read(&facts));
	for (size_t i = 0; i < facts.n; i++)
		assert_true(facts.fact[i].text[0] != 0);
}

/* Two sets of leaves, 0x100 apart. */
struct hypervisor_leaves {
	const char *at[2];
	uint32_t kvm_features, hyperv_advice;
};

static struct cpuid_regs scripted(uint32_t leaf, uint32_t subleaf, void *context)
{
	const struct hypervisor_leaves *h = context;
	unsigned which = leaf >> 8 & 1;
	struct cpuid_regs c = {0};
	uint32_t words[3] = {0};

	(void)subleaf;
	if ((leaf & 0xff) == 0 && h->at[which]) {
		memcpy(words, h->at[which], strlen(h->at[which]));
		c = (struct cpuid_regs){leaf + 1, words[0], words[1], words[2]};
	}
	if ((leaf & 0xff) == 1 && h->at[which] && h->at[which][0] == 'K')
		c.eax = h->kvm_features;
	if ((leaf & 0xff) == 4 && h->at[which] && h->at[which][0] == 'M')
		c.eax = h->hyperv_advice;
	return c;
}

static void hypervisors(void **state)
{
	static const struct {
		struct hypervisor_leaves leaves;
		const char *name, *flush;
	} cases[] = {
	    {{.at = {"KVMKVMKVM"}, .kvm_features = 1u << 9}, "kvm", "yes"},
	    {{.at = {"KVMKVMKVM"}, .kvm_features = ~(1u << 9)}, "kvm", "no"},
	    {{.at = {"Microsoft Hv", "KVMKVMKVM"}, .kvm_features = 1u << 9}, "kvm", "yes"},
	    {{.at = {"Microsoft Hv"}, .hyperv_advice = 1u << 2}, "hyper-v", "yes"},
	    {{.at = {"Microsoft Hv"}, .kvm_features = 1u << 9}, "hyper-v", "no"},
	    {{.at = {"TCGTCGTCGTCG"}, .kvm_features = ~0u}, "tcg", NULL},
	    {{.at = {"New\nHyperVis"}}, "New?HyperVis", NULL},
	    {{.at = {NULL}}, NULL, NULL},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		facts_free(&facts);
		assert_true(hypervisor_facts(scripted, (void *)&cases[i].leaves, &facts));
		if (cases[i].name)
			expect("hypervisor", cases[i].name);
		else
			expect_absent("hypervisor");
		if (cases[i].flush)
			expect("hypervisor.pv_tlb_flush", cases[i].flush);
		else
			expect_absent("hypervisor.pv_tlb_flush");
	}
}

static struct cpuid_regs in_a_guest(uint32_t leaf, uint32_t subleaf, void *context)
{
	struct cpuid_regs c = scripted(leaf, subleaf, context);

	if (leaf == 1)
		c.ecx |= 1u << 31;
	return c;
}

/* KVM has vCPUs left out; Hyper-V is called, and no CPU is interrupted by the kernel. */
static void hypervisors_flush_in_their_own_ways(void **state)
{
	static const struct {
		struct hypervisor_leaves leaves;
		enum pv_flush flush;
	} cases[] = {
	    {{.at = {"KVMKVMKVM"}, .kvm_features = 1u << 9}, PV_FLUSH_SKIPS},
	    {{.at = {"KVMKVMKVM"}}, PV_FLUSH_NONE},
	    {{.at = {"Microsoft Hv"}, .hyperv_advice = 1u << 2}, PV_FLUSH_CALLS},
	    {{.at = {"Microsoft Hv"}, .hyperv_advice = ~(1u << 2)}, PV_FLUSH_NONE},
	    {{.at = {"Microsoft Hv", "KVMKVMKVM"}, .hyperv_advice = 1u << 2}, PV_FLUSH_NONE},
	    {{.at = {"TCGTCGTCGTCG"}, .kvm_features = ~0u}, PV_FLUSH_NONE},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		void *leaves = (void *)&cases[i].leaves;

		assert_int_equal(hypervisor_flushes_tlb(in_a_guest, leaves), cases[i].flush);
		assert_int_equal(hypervisor_flushes_tlb(scripted, leaves), PV_FLUSH_NONE);
	}
}

static struct cpuid_regs machine_of(uint32_t leaf, uint32_t subleaf, void *context)
{
	const struct {
		bool guest;
		const char *signature;
	} *is = context;
	struct cpuid_regs c = {0};
	uint32_t words[3];

	(void)subleaf;
	memcpy(words, is->signature, sizeof words);
	if (leaf == 1)
		c.ecx = is->guest ? 1u << 31 : 0x7fffffff;
	if (leaf == 0x40000000)
		c = (struct cpuid_regs){leaf, words[0], words[1], words[2]};
	return c;
}

static void emulation(void **state)
{
	struct {
		bool guest;
		const char *signature;
	} tcg = {true, "TCGTCGTCGTCG"}, kvm = {true, "KVMKVMKVM\0\0\0"},
	  bare = {false, "TCGTCGTCGTCG"};

	(void)state;
	assert_true(cpuid_is_emulated(machine_of, &tcg));
	assert_false(cpuid_is_emulated(machine_of, &kvm));
	assert_false(cpuid_is_emulated(machine_of, &bare));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(guest),
	    cmocka_unit_test(server),
	    cmocka_unit_test(sizes_come_in_order),
	    cmocka_unit_test(arm),
	    cmocka_unit_test(command_line_keeps_what_matters),
	    cmocka_unit_test(nothing_that_identifies),
	    cmocka_unit_test(an_empty_tree_has_no_facts),
	    cmocka_unit_test(reading_twice_changes_nothing),
	    cmocka_unit_test(this_machine),
	    cmocka_unit_test(hypervisors),
	    cmocka_unit_test(hypervisors_flush_in_their_own_ways),
	    cmocka_unit_test(emulation),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
