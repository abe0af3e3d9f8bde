/* Transparent huge pages: whether sysfs allows them, and getting every page of a region huge. */
#include "measure/region_internal.h"

#include "machine/sysfile.h"
#include "measure/proofs_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define THP_DIR	  "/sys/kernel/mm/transparent_hugepage/"
#define PATH_SIZE 96

uint64_t thp_pmd_bytes(void)
{
	uint64_t bytes = 0;

	return sysfile_read_u64(THP_DIR "hpage_pmd_size", &bytes) ? 0 : bytes;
}

static const char *size_path(uint64_t bytes, char out[PATH_SIZE])
{
	snprintf(out, PATH_SIZE, THP_DIR "hugepages-%" PRIu64 "kB/enabled", bytes / 1024);
	return out;
}

/* Does "always inherit [madvise] never" select a word that lets MADV_HUGEPAGE through? */
static bool selects_huge(const char *path, bool *inherits)
{
	char text[128], *word;

	*inherits = false;
	if (sysfile_read(path, text, sizeof text) < 0 || !(word = strchr(text, '[')))
		return false;
	*inherits = strncmp(word, "[inherit]", 9) == 0;
	return strncmp(word, "[always]", 8) == 0 || strncmp(word, "[madvise]", 9) == 0;
}

struct verdict thp_allowed(uint64_t bytes)
{
	char path[PATH_SIZE], remedy[PATH_SIZE + 32];
	bool inherits = true, unused, allowed = false;
	uint64_t pmd = thp_pmd_bytes();

	if (!pmd)
		return verdict_skipped("no-thp", "a kernel with CONFIG_TRANSPARENT_HUGEPAGE",
				       "this kernel has no transparent huge pages");
	if (sysfile_exists(size_path(bytes, path)))
		allowed = selects_huge(path, &inherits);
	else if (bytes != pmd)
		return verdict_skipped(
		    "no-thp-size", "ls /sys/kernel/mm/transparent_hugepage shows the sizes",
		    "this kernel has no transparent huge pages of %" PRIu64 " KiB", bytes / 1024);
	if (!allowed && inherits) {
		snprintf(path, sizeof path, THP_DIR "enabled");
		allowed = selects_huge(path, &unused);
	}
	if (allowed)
		return verdict_ok();
	snprintf(remedy, sizeof remedy, "echo madvise | sudo tee %s", path);
	return verdict_skipped("thp-off", remedy,
			       "transparent huge pages of %" PRIu64 " KiB are off in %s",
			       bytes / 1024, path);
}

bool thp_larger_allowed(uint64_t bytes)
{
	uint64_t pmd = thp_pmd_bytes();

	for (uint64_t larger = bytes * 2; larger <= pmd; larger *= 2) {
		struct verdict allowed = thp_allowed(larger);

		if (verdict_is_ok(&allowed))
			return true;
	}
	return false;
}

static void touch_each(char *base, uint64_t bytes, uint64_t step)
{
	for (uint64_t at = 0; at < bytes; at += step)
		*(volatile char *)(base + at) = 0;
}

static struct verdict all_huge(const struct region *region)
{
	char text[160];

	if (scan_all_huge(region->base, region->spec.bytes))
		return verdict_ok();
	if (madvise(region->base, region->spec.bytes, MADV_COLLAPSE) == 0)
		return verdict_ok();
	snprintf(text, sizeof text,
		 "free memory, then echo 1 | sudo tee /proc/sys/vm/compact_memory");
	return verdict_skipped("no-huge-pages", text,
			       "the kernel gave no huge pages for %" PRIu64 " MiB (%s)",
			       region->spec.bytes >> 20, strerror(errno));
}

/* With a larger size allowed, the kernel would give that: mappings of exactly the size prevent it.
 * Their flags must differ, or they would merge. */
struct verdict thp_keep_size(uint64_t size, char *base, uint64_t bytes)
{
	if (size >= thp_pmd_bytes() || !thp_larger_allowed(size))
		return verdict_ok();
	for (uint64_t at = (uintptr_t)base / size % 2 * size; at < bytes; at += 2 * size)
		if (madvise(base + at, size, MADV_DONTDUMP))
			return map_failed("mapping in pieces of the page size", bytes);
	return verdict_ok();
}

struct verdict map_thp(struct region *region)
{
	uint64_t size = region->spec.page.bytes;
	struct verdict verdict = thp_allowed(size);
	bool small = size < thp_pmd_bytes();

	if (verdict_is_ok(&verdict))
		verdict = map_anonymous(region, region->base, region->spec.bytes,
					PROT_READ | PROT_WRITE, true);
	if (verdict_is_ok(&verdict))
		verdict = thp_keep_size(size, region->base, region->spec.bytes);
	if (!verdict_is_ok(&verdict) || region->spec.untouched)
		return verdict;
	touch_each(region->base, region->spec.bytes, size);
	return small ? verdict_ok() : all_huge(region);
}
