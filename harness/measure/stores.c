#include "measure/stores.h"

#include "measure/offspring.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/memfd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define TOUCH_LEAST_S 30.0
#define TOUCH_BYTES_S 1e8 /* slower than any host zeroes */

struct touching {
	const struct hugetlb_store *store;
	char *at;
	volatile bool failed;
};

static uint64_t bytes_of(const struct hugetlb_store *store)
{
	return store->pages * store->page_bytes;
}

static void touch(void *argument)
{
	struct touching *touching = argument;
	uint64_t bytes = bytes_of(touching->store);

	if (madvise(touching->at, bytes, MADV_POPULATE_WRITE) == 0)
		return;
	touching->failed = errno != EINVAL;
	/* Older kernels do not know the advice, and tell by a signal. */
	for (uint64_t i = 0; i < bytes && !touching->failed; i += touching->store->page_bytes)
		*(volatile char *)(touching->at + i) = 0;
}

static struct verdict touch_elsewhere(const struct hugetlb_store *store, char *at, unsigned cpu,
				      int *signal)
{
	struct touching *shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	enum offspring_end end = OFFSPRING_NO_FORK;

	if (shared != MAP_FAILED) {
		*shared = (struct touching){.store = store, .at = at};
		end =
		    offspring_run(cpu, touch, shared,
				  TOUCH_LEAST_S + (double)bytes_of(store) / TOUCH_BYTES_S, signal);
		if (end == OFFSPRING_DONE && shared->failed)
			end = OFFSPRING_DIED;
		munmap(shared, sizeof *shared);
	}
	if (end == OFFSPRING_DONE)
		return verdict_ok();
	return verdict_skipped(
	    "no-huge-pages",
	    "raise this cgroup's hugetlb limit (hugetlb.*.max, or hugetlb.*.limit_in_bytes), or "
	    "free huge pages",
	    "the kernel gave fewer than %llu huge pages of %llu KiB when they were touched",
	    (unsigned long long)store->pages, (unsigned long long)(store->page_bytes >> 10));
}

static struct verdict no_mapping(const struct hugetlb_store *store)
{
	return verdict_skipped(
	    "no-pool", "see dmesg and /proc/meminfo", "could not map %llu huge pages of %llu KiB",
	    (unsigned long long)store->pages, (unsigned long long)(store->page_bytes >> 10));
}

struct verdict store_fill(struct hugetlb_store *store, unsigned cpu, int *signal)
{
	unsigned flags = MFD_CLOEXEC | MFD_HUGETLB |
			 (unsigned)__builtin_ctzll(store->page_bytes) << MFD_HUGE_SHIFT;
	uint64_t bytes = bytes_of(store);
	struct verdict verdict = no_mapping(store);
	char *at = MAP_FAILED;

	store->fd = memfd_create("tlbscope", flags);
	if (store->fd < 0 || ftruncate(store->fd, (off_t)bytes))
		goto out;
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, store->fd, 0);
	if (at != MAP_FAILED)
		verdict = touch_elsewhere(store, at, cpu, signal);
out:
	if (at != MAP_FAILED)
		munmap(at, bytes);
	if (!verdict_is_ok(&verdict) && store->fd >= 0) {
		close(store->fd);
		store->fd = -1;
	}
	return verdict;
}
