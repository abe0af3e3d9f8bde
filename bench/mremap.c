#include "storm.h"

#include <sys/mman.h>

struct moving {
	struct storm storm; /* first: storm.h works on it */
	char *to;	    /* address space as large as the window, nothing mapped readable */
};

static char *empty(char *at, uint64_t bytes)
{
	return mmap(at, bytes, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED : 0), -1, 0);
}

static struct verdict prepare(struct visit *visit)
{
	struct moving *moving = visit->state;

	storm_prepare(visit);
	moving->to = empty(NULL, visit->window[0].bytes);
	if (moving->to == MAP_FAILED) {
		moving->to = NULL;
		return visit_no_memory(visit);
	}
	return verdict_ok();
}

/* Nothing to drop where the pages go to, which would be a flush of its own. */
static struct verdict arm(struct visit *visit, uint64_t n)
{
	struct moving *moving = visit->state;

	if (empty(moving->to, visit->window[0].bytes) == MAP_FAILED)
		return visit_no_memory(visit);
	return storm_remap(visit, n);
}

static void op(struct visit *visit, uint64_t i)
{
	struct moving *moving = visit->state;
	struct storm *storm = &moving->storm;

	storm->failures +=
	    mremap(storm_at(storm, i), storm->span_bytes, storm->span_bytes,
		   MREMAP_MAYMOVE | MREMAP_FIXED, moving->to + i * storm->span_bytes) == MAP_FAILED;
}

/* What was moved is there with its content. */
static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct moving *moving = visit->state;
	struct verdict verdict = storm_check(visit, n);

	for (uint64_t i = 0; i < n && verdict_is_ok(&verdict); i += n > 1 ? n - 1 : 1)
		if (*(volatile char *)(moving->to + i * moving->storm.span_bytes) != 1)
			return verdict_invalid("not-moved", NULL,
					       "page 0 of operation %llu did not arrive",
					       (unsigned long long)i);
	return verdict;
}

static void release(struct visit *visit)
{
	const struct moving *moving = visit->state;

	if (moving->to)
		munmap(moving->to, visit->window[0].bytes);
	storm_restore(visit);
}

static const struct param params[] = {
    {.name = "page", .type = P_PAGE, .allowed = "native", .dflt = "native", .help = "page kind"},
    STORM_PARAMS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_RARE("mremap", "mremap/npages=1,32,33,34,512"),
    {0},
};

const struct bench bench_mremap = {
    .name = "mremap",
    .what = "mremap of touched pages to other addresses, alone and with responders",
    .isolates = "what the initiator waits: the call, moving the entries, one flush of the old "
		"addresses; no page is freed",
    .cannot =
	"cannot tell moving of entries from that of a whole page table, which the kernel does "
	"where 512 aligned pages move at once",
    .source = "as munmap; what realloc() of large blocks does",
    .revision = 1,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct moving),
    .want = storm_want,
    .prepare = prepare,
    .arm = arm,
    .op = op,
    .check = check,
    .release = release,
};
