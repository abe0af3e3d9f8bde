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
	enum pv_flush flush;
} hypervisors[] = {
    {"KVMKVMKVM", "kvm", 1, 9, PV_FLUSH_SKIPS},
    {"Microsoft Hv", "hyper-v", 4, 2, PV_FLUSH_CALLS},
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

/* The one that the kernel takes for its own: of two sets of leaves the second. NULL: none known,
 * and the first one's signature. */
static const struct hypervisor *present(cpuid_fn *cpuid, void *context, uint32_t *base,
					char signature[13])
{
	*base = FIRST_LEAF + LEAVES_APART;
	signature_at(cpuid, context, *base, signature);
	const struct hypervisor *h = find(signature);
	if (h)
		return h;
	*base = FIRST_LEAF;
	signature_at(cpuid, context, *base, signature);
	return find(signature);
}

static bool says_flush(cpuid_fn *cpuid, void *context, const struct hypervisor *h, uint32_t base)
{
	return h->leaf && (cpuid(base + h->leaf, 0, context).eax >> h->bit & 1);
}

bool hypervisor_facts(cpuid_fn *cpuid, void *context, struct facts *out)
{
	char signature[13];
	uint32_t base;
	const struct hypervisor *h = present(cpuid, context, &base, signature);

	if (!h)
		return !signature[0] || facts_set(out, "hypervisor", "%s", signature);
	if (!facts_set(out, "hypervisor", "%s", h->name))
		return false;
	return !h->leaf || facts_set(out, "hypervisor.pv_tlb_flush", "%s",
				     says_flush(cpuid, context, h, base) ? "yes" : "no");
}

bool cpuid_is_emulated(cpuid_fn *cpuid, void *context)
{
	char signature[13];

	if (!(cpuid(1, 0, context).ecx >> 31)) /* no hypervisor: what is in its leaves is none's */
		return false;
	signature_at(cpuid, context, FIRST_LEAF, signature);
	return strcmp(signature, "TCGTCGTCGTCG") == 0;
}

enum pv_flush hypervisor_flushes_tlb(cpuid_fn *cpuid, void *context)
{
	char signature[13];
	uint32_t base;

	if (!(cpuid(1, 0, context).ecx >> 31))
		return PV_FLUSH_NONE;
	const struct hypervisor *h = present(cpuid, context, &base, signature);

	return h && says_flush(cpuid, context, h, base) ? h->flush : PV_FLUSH_NONE;
}
