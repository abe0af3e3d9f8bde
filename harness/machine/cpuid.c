#include "machine/environment.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

struct cpuid_regs cpuid_native(uint32_t leaf, uint32_t subleaf, void *context)
{
	struct cpuid_regs r;

	(void)context;
	__cpuid_count(leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx);
	return r;
}
#else
struct cpuid_regs cpuid_native(uint32_t leaf, uint32_t subleaf, void *context)
{
	(void)leaf, (void)subleaf, (void)context;
	return (struct cpuid_regs){0};
}
#endif
