#include "measure/fragments.h"

#include "machine/environment.h"
#include "machine/sysfile.h"
#include "measure/withhold.h"
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

#define SECONDS_FOR	1024u /* blocks: more of them may take longer than there is time */
#define FEW		2u    /* whole blocks: as good as none */
#define LEFTOVERS	128u  /* may be taken whole as well, or never be had */
#define AGAIN_S		1     /* to break up what was freed since */
#define ENOUGH		8u    /* some the kernel keeps for itself */
#define FUTILE		64u   /* looks that find no block less */
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
			       " after %d seconds of breaking them up",
			       blocks, left, FRAGMENTS_S);
}

/* Addresses for one page of each block that there can be, and how far they are used up. */
struct breaker {
	char *at;
	uint64_t blocks, next, block, page, deadline;
};

static uint64_t kept; /* whole blocks that cannot be had: kept for other zones, say */

/* Until no more than `few` are whole. Once nothing is, asking for more would only make the kernel
 * compact. */
static uint64_t break_up(struct breaker *b, uint64_t few)
{
	unsigned order = (unsigned)__builtin_ctzll(b->block / b->page);
	uint64_t left = b->blocks, least = b->blocks, futile = 0;

	for (uint64_t i = 0; b->next < b->blocks && left > few && futile < FUTILE; i++) {
		if (timer_monotonic() > b->deadline ||
		    !break_block(b->at + b->next++ * b->block, b->block, b->page))
			break;
		if (left > few + LEFTOVERS && i % LOOK_EVERY)
			continue;
		if (!whole_blocks(order, &left))
			break;
		futile = left < least ? 0 : futile + 1;
		least = left < least ? left : least;
	}
	if (futile == FUTILE && left <= LEFTOVERS)
		kept = left;
	return left;
}

static struct verdict find_addresses(struct breaker *b)
{
	/* Others free memory meanwhile, and hosts look through it: no fewer than there can be. */
	b->blocks = (uint64_t)sysconf(_SC_PHYS_PAGES) / (b->block / b->page) + 1;
	uint64_t span = b->blocks * b->block;
	char *got = mmap(NULL, span + b->block, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (got == MAP_FAILED)
		return map_failed("addresses for what is kept of free memory", span);
	b->at = (char *)(((uintptr_t)got + b->block - 1) & ~(uintptr_t)(b->block - 1));
	madvise(b->at, span, MADV_HUGEPAGE);
	return verdict_ok();
}

/* What a run may use is not needed in pieces: taken whole and never touched, it costs nothing. The
 * rest is broken up first, while what was freed last is at hand. */
static void break_most(struct breaker *b, uint64_t blocks)
{
	uint64_t spare = memory_usable() / b->block;
	uint64_t left = break_up(b, blocks > SECONDS_FOR && spare ? spare : FEW + kept);

	if (left <= FEW + kept)
		return;
	withhold((left < spare ? left : spare) * b->block);
	left = break_up(b, FEW + kept);
	if (left > FEW + kept && left <= LEFTOVERS) /* others free some all the time */
		withhold((left - kept) * b->block);
}

/* The first time a worker asks, and again before each of its batches. */
static uint64_t deadline(void)
{
	static bool again;
	uint64_t seconds = again ? AGAIN_S : FRAGMENTS_S;

	again = true;
	return timer_monotonic() + seconds * 1000000000;
}

struct verdict fragments_make(void)
{
	struct breaker b = {.page = (uint64_t)sysconf(_SC_PAGESIZE),
			    .block = thp_pmd_bytes(),
			    .deadline = deadline()};
	struct verdict verdict = thp_allowed(b.block);
	uint64_t blocks = 0, left = 0;

	if (!verdict_is_ok(&verdict))
		return verdict;
	unsigned order = (unsigned)__builtin_ctzll(b.block / b.page);

	if (!whole_blocks(order, &blocks))
		return verdict_skipped("no-buddyinfo", "mount /proc",
				       "/proc/buddyinfo cannot be read");
	if (blocks <= FEW)
		return verdict_ok();
	verdict = find_addresses(&b);
	if (!verdict_is_ok(&verdict))
		return verdict;
	break_most(&b, blocks);
	whole_blocks(order, &left);
	return left <= ENOUGH + kept ? verdict_ok() : not_fragmented(left, blocks);
}
