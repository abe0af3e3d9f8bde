#include "measure/visit_internal.h"

#include <string.h>
#include <sys/mman.h>

void *visit_alloc(struct visit *visit, size_t bytes)
{
	struct visit_harness *harness = visit->harness;

	if (harness->nallocations == sizeof harness->allocation / sizeof *harness->allocation)
		return NULL;
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	harness->allocation[harness->nallocations++] = (struct allocation){memory, bytes};
	return memory;
}

struct verdict visit_no_memory(const struct visit *visit)
{
	const struct visit_harness *harness = visit->harness;

	return verdict_invalid("no-memory", "free memory, or select smaller cells with --only",
			       "%s found no memory for its own bookkeeping", harness->bench->name);
}

void visit_report(struct visit *visit, const char *metric, double value)
{
	struct visit_harness *harness = visit->harness;

	if (!harness->bay->count_only) /* its legs were perturbed */
		record_sample(harness->record, metric, value);
}

void visit_free_all(struct visit_harness *harness)
{
	while (harness->nallocations) {
		struct allocation *last = &harness->allocation[--harness->nallocations];

		munmap(last->memory, last->bytes);
	}
}
