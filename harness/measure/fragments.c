#include "measure/fragments.h"

#include "machine/sysfile.h"
#include "measure/region_internal.h"

#include <tlbscope/bench.h>
#include <tlbscope/timer.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_COLD
#define MADV_COLD 20
#endif

#define LIMIT_NS	10000000000u
#define FEW		2u  /* whole blocks: as good as none */
#define ENOUGH		8u  /* some the kernel keeps for itself */
#define FUTILE		64u /* looks that find no block less */
#define LOOK_EVERY	16u
#define BUDDYINFO_BYTES 16384

/* "Node 0, zone   Normal   12   3 …": from the blocks of one page on. */
static uint64_t blocks_of_zone(const char *at, unsigned order)
{
	uint64_t blocks = 0;
	char *end;

	for (unsigned o = 0;; o++, at = end) {
		at += strspn(at, " ");
		uint64_t n = strtoull(at, &end, 10);

		if (end == at || *at == '\n')
			return blocks;
		blocks += o >= order ? n << (o - order) : 0;
	}
}

uint64_t fragments_whole_blocks(const char *buddyinfo, unsigned order)
{
	uint64_t blocks = 0;

	for (const char *at = strstr(buddyinfo, "zone "); at; at = strstr(at, "zone ")) {
		at += strlen("zone ");
		at += strspn(at, " ");
		size_t name = strcspn(at, " \n");
		bool kept = name == 3 && strncmp(at, "DMA", name) == 0;

		at += name;
		blocks += kept ? 0 : blocks_of_zone(at, order);
	}
	return blocks;
}

static bool whole_blocks(unsigned order, uint64_t *out)
{
	static char text[BUDDYINFO_BYTES];

	if (sysfile_read("/proc/buddyinfo", text, sizeof text) <= 0)
		return false;
	*out = fragments_whole_blocks(text, order);
	return true;
}

/* Keeps the first base page of the block. */
static bool break_block(char *at, uint64_t block, uint64_t page)
{
	*(volatile char *)at = 1;
	return madvise(at, page, MADV_COLD) == 0 &&
	       madvise(at + page, block - page, MADV_DONTNEED) == 0;
}

static struct verdict not_fragmented(uint64_t left, uint64_t blocks)
{
	return verdict_skipped("not-fragmented", "a machine, or a VM, with less free memory",
			       "%" PRIu64 " free blocks of a huge page's size, and %" PRIu64
			       " after ten seconds of breaking them up",
			       blocks, left);
}

/* Once nothing is whole, asking for more would only make the kernel compact. */
static uint64_t break_up(char *at, uint64_t blocks, uint64_t block, uint64_t page)
{
	uint64_t deadline = timer_monotonic() + LIMIT_NS, left = blocks, least = blocks, futile = 0;
	unsigned order = (unsigned)__builtin_ctzll(block / page);

	for (uint64_t i = 0; i < blocks && left > FEW && futile < FUTILE; i++) {
		if (timer_monotonic() > deadline || !break_block(at + i * block, block, page))
			break;
		if (left > LOOK_EVERY && i % LOOK_EVERY)
			continue;
		if (!whole_blocks(order, &left))
			break;
		futile = left < least ? 0 : futile + 1;
		least = left < least ? left : least;
	}
	return left;
}

struct verdict fragments_make(void)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), block = thp_pmd_bytes(), blocks = 0;
	struct verdict allowed = thp_allowed(block);

	if (!verdict_is_ok(&allowed))
		return allowed;
	if (!whole_blocks((unsigned)__builtin_ctzll(block / page), &blocks))
		return verdict_skipped("no-buddyinfo", "mount /proc",
				       "/proc/buddyinfo cannot be read");
	if (blocks <= FEW)
		return verdict_ok();
	/* Others free memory meanwhile, and hosts look through it: no fewer than there can be. */
	uint64_t most = (uint64_t)sysconf(_SC_PHYS_PAGES) / (block / page) + 1, span = most * block;
	char *got = mmap(NULL, span + block, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (got == MAP_FAILED)
		return map_failed("addresses for what is kept of free memory", span);
	char *at = (char *)(((uintptr_t)got + block - 1) & ~(uintptr_t)(block - 1));

	madvise(at, span, MADV_HUGEPAGE);
	uint64_t left = break_up(at, most, block, page);

	return left > ENOUGH ? not_fragmented(left, blocks) : verdict_ok();
}
