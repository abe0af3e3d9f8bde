/* Reading a counter in user mode: no system call, where the kernel allows it. */
#include "measure/counters_internal.h"

#include <sys/mman.h>
#include <unistd.h>

static void *real_map(int fd)
{
	void *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

static void real_unmap(void *page)
{
	munmap(page, (size_t)sysconf(_SC_PAGESIZE));
}

#if defined(__x86_64__)
static uint64_t real_rdpmc(uint32_t counter)
{
	return __builtin_ia32_rdpmc((int)counter);
}
#define RDPMC real_rdpmc
#else
#define RDPMC NULL /* Arm has no one instruction for all counters: read(2) */
#endif

perf_map_fn *counters_perf_map = real_map;
perf_unmap_fn *counters_perf_unmap = real_unmap;
perf_rdpmc_fn *counters_perf_rdpmc = RDPMC;

bool rdpmc_allowed(const volatile struct perf_event_mmap_page *page)
{
	return counters_perf_rdpmc && page && page->cap_user_rdpmc;
}

static int64_t sign_extend(uint64_t raw, unsigned width)
{
	unsigned unused = 64 - width;

	return (int64_t)(raw << unused) >> unused;
}

/* The kernel makes `lock` odd or moves it while it writes; a reader that saw it move tries again.
 */
bool rdpmc_read(const volatile struct perf_event_mmap_page *page, struct rdpmc_reading *out)
{
	uint32_t lock, index;

	do {
		lock = page->lock;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		index = page->index;
		unsigned width = page->pmc_width;

		if (!index || !page->cap_user_rdpmc || width == 0 || width > 64)
			return false;
		out->waited = page->time_enabled - page->time_running;
		out->value =
		    (uint64_t)(page->offset + sign_extend(counters_perf_rdpmc(index - 1), width));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (page->lock != lock);
	return true;
}
