#include "measure/proofs_scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* As in linux/fs.h since 6.7, which build machines need not have. */
struct scan_region {
	uint64_t start, end, categories;
};
struct scan_argument {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define SCAN_IOCTL   _IOWR('f', 16, struct scan_argument)
#define SCAN_PRESENT (1u << 3)
#define SCAN_HUGE    (1u << 6)
#define SCAN_REGIONS 512

struct page_scan scan_pages(const char *base, uint64_t bytes)
{
	struct scan_region found[SCAN_REGIONS];
	struct page_scan out = {0};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct scan_argument argument = {
	    .size = sizeof argument,
	    .start = (uintptr_t)base,
	    .end = (uintptr_t)base + bytes,
	    .vec = (uintptr_t)found,
	    .vec_len = SCAN_REGIONS,
	    .category_mask = SCAN_PRESENT,
	    .return_mask = SCAN_PRESENT | SCAN_HUGE,
	};
	int n;

	if (fd < 0)
		return out;
	do {
		n = ioctl(fd, SCAN_IOCTL, &argument);
		for (int i = 0; i < n; i++) {
			uint64_t size = found[i].end - found[i].start;

			out.present_bytes += size;
			out.huge_bytes += found[i].categories & SCAN_HUGE ? size : 0;
		}
		argument.start = argument.walk_end;
	} while (n >= 0 && argument.walk_end < argument.end);
	out.available = n >= 0;
	close(fd);
	return out;
}

static uint64_t kib_of(const char *line, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(line, name, length) != 0 || line[length] != ':')
		return 0;
	return strtoull(line + length + 1, NULL, 10) * 1024;
}

static void add_line(struct smaps_sum *out, const char *line)
{
	uint64_t page = kib_of(line, "KernelPageSize");

	if (page)
		out->page_bytes = out->mappings == 1 || out->page_bytes == page ? page : 0;
	out->rss_bytes += kib_of(line, "Rss");
	out->huge_bytes += kib_of(line, "AnonHugePages") + kib_of(line, "ShmemPmdMapped") +
			   kib_of(line, "FilePmdMapped");
	out->hugetlb_bytes += kib_of(line, "Shared_Hugetlb") + kib_of(line, "Private_Hugetlb");
}

/* Mappings come in the order of addresses: reading ends where the range does. */
struct smaps_sum smaps_sum(const char *base, uint64_t bytes, bool first_only)
{
	uintptr_t from = (uintptr_t)base, to = from + bytes;
	FILE *file = fopen("/proc/self/smaps", "re");
	struct smaps_sum out = {0};
	bool inside = false;
	char line[512];

	while (file && fgets(line, sizeof line, file)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx ", &start, &end) != 2) {
			if (inside)
				add_line(&out, line);
			continue;
		}
		if (start >= to || (first_only && out.mappings))
			break;
		inside = end > from;
		out.mappings += inside;
	}
	if (file)
		fclose(file);
	out.available = out.mappings > 0;
	return out;
}

#define PAGEMAP_PRESENT ((uint64_t)1 << 63)
#define PAGEMAP_PFN	(((uint64_t)1 << 55) - 1)
#define KPF_HEAD	((uint64_t)1 << 15)
#define KPF_TAIL	((uint64_t)1 << 16)

static bool flags_at(int fd, uint64_t pfn, uint64_t *out)
{
	return pread(fd, out, sizeof *out, (off_t)(pfn * sizeof *out)) == sizeof *out;
}

/* A block of n frames has a head at its first frame, aligned to n, and a tail at its last; what
 * follows is no tail. */
static bool is_block(int fd, uint64_t pfn, uint64_t frames)
{
	uint64_t first = pfn & ~(frames - 1), own, head, last, after = 0;

	if (!flags_at(fd, pfn, &own))
		return false;
	if (frames == 1)
		return !(own & (KPF_HEAD | KPF_TAIL));
	return flags_at(fd, first, &head) && flags_at(fd, first + frames - 1, &last) &&
	       (head & KPF_HEAD) && (last & KPF_TAIL) &&
	       (!flags_at(fd, first + frames, &after) || !(after & KPF_TAIL));
}

struct flags_sample flags_sample(const char *base, uint64_t bytes, uint64_t block_bytes,
				 unsigned most)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), pages = bytes / page;
	uint64_t frames = block_bytes > page ? block_bytes / page : 1,
		 step = pages > most ? pages / most : 1;
	int flags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC),
	    map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct flags_sample out = {.available = flags >= 0 && map >= 0};

	for (uint64_t i = 0; out.available && i < pages && out.sampled < most; i += step) {
		uint64_t entry, at = ((uintptr_t)base / page + i) * sizeof entry;

		out.available = pread(map, &entry, sizeof entry, (off_t)at) == sizeof entry &&
				(entry & PAGEMAP_PFN);
		out.sampled++;
		out.of_kind += out.available && (entry & PAGEMAP_PRESENT) &&
			       is_block(flags, entry & PAGEMAP_PFN, frames);
	}
	if (flags >= 0)
		close(flags);
	if (map >= 0)
		close(map);
	return out;
}

bool scan_all_huge(const char *base, uint64_t bytes)
{
	struct page_scan scan = scan_pages(base, bytes);

	if (scan.available)
		return scan.huge_bytes == bytes;
	struct smaps_sum sum = smaps_sum(base, bytes, false);

	return sum.available && sum.huge_bytes == bytes;
}
