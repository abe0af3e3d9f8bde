#include "measure/visit_internal.h"

#include "measure/fragments.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

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

struct verdict visit_fragment(struct visit *visit)
{
	return visit->want->fragmented ? fragments_make() : verdict_ok();
}

double visit_ns(const struct visit *visit, double ticks)
{
	const struct visit_harness *harness = visit->harness;

	return ticks * 1e9 / harness->bay->clock->hz;
}

static void end_sharer(struct visit_harness *harness)
{
	if (!harness->sharer)
		return;
	kill(harness->sharer, SIGKILL);
	waitpid(harness->sharer, NULL, 0);
	harness->sharer = 0;
}

#define OWN_STACK 16384 /* below the caller, where a leg's frames will lie */

static void own_stack(void)
{
	volatile char frames[OWN_STACK];

	for (size_t at = 0; at < sizeof frames; at += 1024)
		frames[at] = 0;
}

void visit_own(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;

	for (unsigned i = 0; i < harness->nallocations; i++)
		for (size_t at = 0; at < harness->allocation[i].bytes; at += 4096) {
			volatile char *byte = (volatile char *)harness->allocation[i].memory + at;

			*byte = *byte;
		}
	own_stack();
}

void visit_unshare(struct visit *visit)
{
	end_sharer(visit->harness);
}

/* Of the worker's process group, so that it ends with it. */
static void share(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		pause();
	_exit(0);
}

struct verdict visit_share(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	pid_t parent = getpid(), child;

	end_sharer(harness);
	child = fork();
	if (child == 0)
		share(parent);
	if (child < 0)
		return verdict_invalid("no-fork", "raise the process limit (ulimit -u)",
				       "no process to share pages with: %s", strerror(errno));
	harness->sharer = child;
	return verdict_ok();
}

void visit_free_all(struct visit_harness *harness)
{
	end_sharer(harness);
	while (harness->nallocations) {
		struct allocation *last = &harness->allocation[--harness->nallocations];

		munmap(last->memory, last->bytes);
	}
}
