#include <tlbscope/bench.h>

#include <string.h>

const struct bench *bench_find(const char *name)
{
	for (const struct bench *const *b = bench_registry; *b; b++)
		if (strcmp((*b)->name, name) == 0)
			return *b;
	return NULL;
}
