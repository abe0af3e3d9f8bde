/* What came in a leg: asked of the kernel after it. */
#include "measure/proofs_scan.h"
#include "measure/region_internal.h"

#include <inttypes.h>

#define SAMPLE 64 /* pages whose frames are looked at */

static struct verdict not_of_kind(uint64_t seen, uint64_t wanted, const char *what)
{
	return verdict_invalid("page-size",
			       "free memory, then echo 1 | sudo tee /proc/sys/vm/compact_memory",
			       "%" PRIu64 " of %" PRIu64 " KiB %s after they were touched",
			       seen / 1024, wanted / 1024, what);
}

/* Before PAGEMAP_SCAN there are sums over whole mappings: less than the range wants is too little,
 * but for zero pages, which are in no sum. */
static struct verdict present_by_smaps(const char *at, uint64_t bytes)
{
	struct smaps_sum sum = smaps_sum(at, bytes, false);

	if (sum.available && sum.huge_bytes < bytes && sum.rss_bytes > sum.huge_bytes)
		return not_of_kind(sum.huge_bytes, bytes, "huge");
	return verdict_ok();
}

struct verdict region_present(const struct region *region, const char *at, uint64_t bytes)
{
	const struct page_kind page = region->spec.page;
	bool small = page.how == PAGE_THP && page.bytes < thp_pmd_bytes(),
	     huge = page.how != PAGE_BASE && !small;
	struct page_scan scan = scan_pages(at, bytes);
	struct flags_sample sample = {0};

	if (!scan.available && huge && page.how == PAGE_THP)
		return present_by_smaps(at, bytes);
	if (scan.available && scan.present_bytes < bytes)
		return not_of_kind(scan.present_bytes, bytes, "present");
	if (scan.available && scan.huge_bytes != (huge ? bytes : 0))
		return not_of_kind(scan.huge_bytes, bytes, "huge");
	if (small)
		sample = flags_sample(at, bytes, page.bytes, SAMPLE);
	if (sample.available && sample.of_kind < sample.sampled)
		return not_of_kind(sample.of_kind * page.bytes, sample.sampled * page.bytes,
				   "in blocks of the size (of those looked at)");
	return verdict_ok();
}

uint64_t huge_bytes_at(const char *at, uint64_t bytes)
{
	struct page_scan scan = scan_pages(at, bytes);

	if (scan.available)
		return scan.huge_bytes;
	struct smaps_sum sum = smaps_sum(at, bytes, false); /* of whole mappings */
	uint64_t huge = sum.huge_bytes + sum.hugetlb_bytes;

	return sum.available && huge < bytes ? huge : bytes;
}
