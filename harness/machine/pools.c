#include "machine/pools.h"
#include "machine/sysfile.h"
#include "result/key.h"

#include <inttypes.h>
#include <string.h>

#define POOL_PATH_MAX 96

static const char *pool_path(const struct pool_need *need, const char *file,
			     char out[POOL_PATH_MAX])
{
	char folder[48] = "/sys/kernel/mm";

	if (need->on_node)
		snprintf(folder, sizeof folder, "/sys/devices/system/node/node%u", need->node);
	snprintf(out, POOL_PATH_MAX, "%s/hugepages/hugepages-%" PRIu64 "kB/%s", folder,
		 need->page_bytes / 1024, file);
	return out;
}

static bool pool_read(const struct pool_need *need, const char *file, uint64_t *out)
{
	char path[POOL_PATH_MAX];

	return sysfile_read_u64(pool_path(need, file, path), out) == 0;
}

/* Pages are promised without a node: on each, they may be taken from there. */
static bool unused_of(const struct pool_need *need, uint64_t *pages)
{
	const struct pool_need whole = {.page_bytes = need->page_bytes};
	uint64_t unused, promised = 0;

	if (!pool_read(need, "free_hugepages", &unused))
		return false;
	pool_read(&whole, "resv_hugepages", &promised);
	*pages = unused > promised ? unused - promised : 0;
	return true;
}

bool pool_free(uint64_t page_bytes, uint64_t *pages)
{
	return unused_of(&(struct pool_need){.page_bytes = page_bytes}, pages);
}

/* The pool's size at which the pages are free, whatever others use of it. */
static uint64_t pool_size(const struct pool_need *need)
{
	uint64_t size = 0, unused = 0;

	pool_read(need, "nr_hugepages", &size);
	unused_of(need, &unused);
	return size + (need->pages > unused ? need->pages - unused : 0);
}

static void command_of(const struct pool_need *need, char *out, size_t size)
{
	char path[POOL_PATH_MAX];

	snprintf(out, size, "echo %" PRIu64 " | sudo tee %s", pool_size(need),
		 pool_path(need, "nr_hugepages", path));
}

void pool_command(uint64_t page_bytes, uint64_t pages, char *out, size_t size)
{
	command_of(&(struct pool_need){.page_bytes = page_bytes, .pages = pages}, out, size);
}

static const char *pool_name(uint64_t page_bytes, char out[32])
{
	const struct value page = {.type = P_PAGE, .page = {PAGE_HUGETLB, page_bytes}};

	value_format(&page, out, 32);
	return out;
}

static struct verdict pool_grow(struct journal *journal, const struct pool_need *need)
{
	char path[POOL_PATH_MAX], value[24], remedy[232], name[32];
	uint64_t got = 0, before = 0;

	command_of(need, remedy, sizeof remedy);
	pool_read(need, "nr_hugepages", &before);
	snprintf(value, sizeof value, "%" PRIu64, pool_size(need));
	struct verdict v = journal_change(journal, pool_path(need, "nr_hugepages", path), value);
	if (!strcmp(v.code, "no-permission"))
		return verdict_skipped(
		    "no-pool", remedy,
		    "%" PRIu64 " must be free in the %s pool, and this process may not add to it",
		    need->pages, pool_name(need->page_bytes, name));
	if (!verdict_is_ok(&v))
		return v;
	unused_of(need, &got);
	if (got >= need->pages)
		return v;
	snprintf(value, sizeof value, "%" PRIu64, before);
	sysfile_write(path, value); /* the journal finds it as it was */
	return verdict_skipped(
	    "pool-short",
	    "free memory, or compact it: echo 1 | sudo tee /proc/sys/vm/compact_memory",
	    "the kernel gave %" PRIu64 " of %" PRIu64 " pages of %s", got, need->pages,
	    pool_name(need->page_bytes, name));
}

struct verdict pool_reserve(struct journal *journal, const struct pool_need *need,
			    uint64_t memory_bytes)
{
	char name[32];
	uint64_t unused;

	if (!unused_of(need, &unused))
		return verdict_skipped("no-pool", "ls /sys/kernel/mm/hugepages",
				       "this kernel has no pool of %s pages",
				       pool_name(need->page_bytes, name));
	if (unused >= need->pages)
		return verdict_ok();
	if (need->pages - unused > memory_bytes / need->page_bytes)
		return verdict_skipped(
		    "no-memory", "free memory, or choose a smaller footprint with --only",
		    "%" PRIu64 " pages of %s more are needed, and %" PRIu64 " MiB may be used",
		    need->pages - unused, pool_name(need->page_bytes, name), memory_bytes >> 20);
	return pool_grow(journal, need);
}
