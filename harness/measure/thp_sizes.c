#include "measure/thp_sizes.h"

#include "measure/region_internal.h"

#include <inttypes.h>
#include <string.h>

static bool wants_size(const struct plan *plan, uint64_t bytes)
{
	for (unsigned i = 0; i < plan->ngroups; i++)
		for (int r = 0; r < 2; r++) {
			const struct page_kind *page = &plan->groups[i].region[r].page;

			if (page->how == PAGE_THP && page->bytes == bytes)
				return true;
		}
	return false;
}

void thp_sizes_allow(struct journal *journal, const struct plan *plan)
{
	char path[96];

	for (uint64_t bytes = thp_pmd_bytes() / 2; bytes > 4096; bytes /= 2) {
		struct verdict allowed = thp_allowed(bytes);

		if (!wants_size(plan, bytes) || strcmp(allowed.code, "thp-off") != 0)
			continue;
		snprintf(path, sizeof path,
			 "/sys/kernel/mm/transparent_hugepage/hugepages-%" PRIu64 "kB/enabled",
			 bytes / 1024);
		journal_change(journal, path, "madvise");
	}
}
