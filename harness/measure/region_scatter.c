/* Pages far apart: address space that costs nothing until it is touched. */
#include "measure/region_internal.h"

#include <inttypes.h>
#include <sys/mman.h>

struct verdict scatter_map(struct scatter *scatter, uint64_t bytes, uint64_t align)
{
	uint64_t whole = bytes + align;
	char *got = MAP_FAILED;

	*scatter = (struct scatter){0};
	if (whole > bytes)
		got = mmap(NULL, whole, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (got == MAP_FAILED)
		return verdict_skipped(
		    "no-address-space", "ulimit -v unlimited; sysctl vm.overcommit_memory=0",
		    "needs %" PRIu64 " GiB of address space, of which few pages are touched",
		    whole >> 30);
	madvise(got, whole, MADV_NOHUGEPAGE); /* EINVAL: a kernel without huge pages */
	scatter->reserved = got;
	scatter->reserved_bytes = whole;
	scatter->base = (char *)(((uintptr_t)got + align - 1) & ~(uintptr_t)(align - 1));
	return verdict_ok();
}

struct verdict scatter_alias(const struct scatter *scatter, const struct region *region,
			     uint64_t at)
{
	if (mmap(scatter->base + at, region->spec.page.bytes, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, region->fd, 0) == MAP_FAILED)
		return map_failed("an alias of a huge page", region->spec.page.bytes);
	return verdict_ok();
}

void scatter_unmap(struct scatter *scatter)
{
	if (scatter->reserved)
		munmap(scatter->reserved, scatter->reserved_bytes);
	*scatter = (struct scatter){0};
}
