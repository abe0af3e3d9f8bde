#include "machine/environment_parts.h"

#include <string.h>

#define FIRST_LEAF 0x40000000
#define LEAVES_APART                                                                               \
	0x100 /* a hypervisor that also speaks another's language has its own leaves behind those  \
	       */

/* Where and in which bit of EAX it says that remote TLB flushes are its business. */
static const struct hypervisor {
	const char *signature, *name;
	uint32_t leaf, bit;
} hypervisors[] = {
    {"KVMKVMKVM", "kvm", 1, 9},
    {"Microsoft Hv", "hyper-v", 4, 2},
    {.signature = "TCGTCGTCGTCG", .name = "tcg"},
    {.signature = "VMwareVMware", .name = "vmware"},
    {.signature = "XenVMMXenVMM", .name = "xen"},
    {.signature = "VBoxVBoxVBox", .name = "virtualbox"},
    {.signature = "bhyve bhyve ", .name = "bhyve"},
    {.signature = "ACRNACRNACRN", .name = "acrn"},
    {.signature = "QNXQVMBSQG", .name = "qnx"},
};

static const struct hypervisor *find(const char *signature)
{
	for (unsigned i = 0; i < sizeof hypervisors / sizeof *hypervisors; i++)
		if (strcmp(hypervisors[i].signature, signature) == 0)
			return &hypervisors[i];
	return NULL;
}

static void signature_at(cpuid_fn *cpuid, void *context, uint32_t base, char out[13])
{
	struct cpuid_regs c = cpuid(base, 0, context);
	uint32_t words[] = {c.ebx, c.ecx, c.edx};

	memcpy(out, words, 12);
	out[12] = 0;
	for (unsigned i = 0; out[i]; i++)
		if (out[i] < ' ' || out[i] > '~')
			out[i] = '?';
}

bool hypervisor_facts(cpuid_fn *cpuid, void *context, struct facts *out)
{
	char signature[13];
	uint32_t base = FIRST_LEAF + LEAVES_APART;

	signature_at(cpuid, context, base, signature);
	const struct hypervisor *h = find(signature);
	if (!h) {
		base = FIRST_LEAF;
		signature_at(cpuid, context, base, signature);
		h = find(signature);
	}
	if (!h)
		return !signature[0] || facts_set(out, "hypervisor", "%s", signature);
	if (!facts_set(out, "hypervisor", "%s", h->name))
		return false;
	if (!h->leaf)
		return true;
	bool flush = cpuid(base + h->leaf, 0, context).eax >> h->bit & 1;
	return facts_set(out, "hypervisor.pv_tlb_flush", flush ? "yes" : "no");
}

bool cpuid_is_emulated(cpuid_fn *cpuid, void *context)
{
	char signature[13];

	if (!(cpuid(1, 0, context).ecx >> 31)) /* no hypervisor: what is in its leaves is none's */
		return false;
	signature_at(cpuid, context, FIRST_LEAF, signature);
	return strcmp(signature, "TCGTCGTCGTCG") == 0;
}

bool hypervisor_flushes_tlb(cpuid_fn *cpuid, void *context)
{
	struct facts facts = {0};
	bool guest = cpuid(1, 0, context).ecx >> 31 & 1, flushes = false;

	if (guest && hypervisor_facts(cpuid, context, &facts)) {
		const char *said = facts_get(&facts, "hypervisor.pv_tlb_flush");

		flushes = said && strcmp(said, "yes") == 0;
	}
	facts_free(&facts);
	return flushes;
}
