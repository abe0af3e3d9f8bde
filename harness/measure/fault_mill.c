#include "measure/fault_mill.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#define MILL_BYTES (16u << 20)
#define TURN_PAGES 32u

static bool mill_open(struct fault_mill *mill)
{
	char *got =
	    mmap(NULL, MILL_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (got == MAP_FAILED)
		return false;
	madvise(got, MILL_BYTES, MADV_NOHUGEPAGE); /* EINVAL: a kernel without huge pages */
	*mill = (struct fault_mill){.base = got};
	return true;
}

uint64_t fault_mill_turn(struct fault_mill *mill)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), pages = 0;

	if (mill->base && mill->next >= MILL_BYTES)
		fault_mill_close(mill);
	if (!mill->base && !mill_open(mill))
		return 0;
	for (; pages < TURN_PAGES && mill->next < MILL_BYTES; pages++, mill->next += page)
		*(volatile char *)(mill->base + mill->next) = 1;
	return pages;
}

void fault_mill_close(struct fault_mill *mill)
{
	if (mill->base)
		munmap(mill->base, MILL_BYTES);
	*mill = (struct fault_mill){0};
}
