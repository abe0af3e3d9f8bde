#include "storm.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODES_MAX 1024
#define BATCH_MAX 512 /* pages to a flush of migrate_pages(): NR_MAX_BATCHED_MIGRATION */
#define BITS	  (8 * sizeof(unsigned long))

struct migrate {
	struct storm storm; /* first: storm.h works on it */
	uint64_t npages;
	void **page; /* one to each page of a batch */
	int *home, *away, *status;
};

/* The call first drains other CPUs' lists of pages, and waits until all have seen that it does
 * (lru_cache_disable(), which since 5.18 is an expedited grace period): an interrupt to every CPU
 * that runs a program, whoever's, before any page has moved. */
static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct verdict verdict = storm_want(cell, machine, want);

	storm_expect(want, (double)((cell_count(cell, "npages") + BATCH_MAX - 1) / BATCH_MAX));
	want->expect.gaps_blurred = true;
	if (verdict_is_ok(&verdict) && machine->nodes < 2)
		return verdict_skipped("no-remote-node", "a machine with several NUMA nodes",
				       "this machine has no second NUMA node with memory");
	return verdict;
}

/* Of the nodes that this process may use, the first two. */
static bool two_nodes(int out[2])
{
	unsigned long allowed[NODES_MAX / BITS] = {0};
	int found = 0;

	if (syscall(SYS_get_mempolicy, NULL, allowed, (unsigned long)NODES_MAX, NULL,
		    MPOL_F_MEMS_ALLOWED))
		return false;
	for (unsigned node = 0; node < NODES_MAX && found < 2; node++)
		if (allowed[node / BITS] >> node % BITS & 1)
			out[found++] = (int)node;
	return found == 2;
}

static struct verdict prepare(struct visit *visit)
{
	struct migrate *migrate = visit->state;
	int node[2];

	storm_prepare(visit);
	migrate->npages = cell_count(visit->cell, "npages");
	uint64_t pages = migrate->npages * visit->want->max_ops;

	migrate->page = visit_alloc(visit, pages * sizeof *migrate->page);
	migrate->home = visit_alloc(visit, 3 * pages * sizeof *migrate->home);
	if (!migrate->page || !migrate->home)
		return visit_no_memory(visit);
	if (!two_nodes(node))
		return verdict_skipped("no-remote-node", "allow two nodes in the cpuset",
				       "this process may not use two NUMA nodes");
	migrate->away = migrate->home + pages;
	migrate->status = migrate->away + pages;
	for (uint64_t i = 0; i < pages; i++) {
		migrate->page[i] = migrate->storm.base + i * migrate->storm.page_bytes;
		migrate->home[i] = node[0];
		migrate->away[i] = node[1];
	}
	return verdict_ok();
}

static long move(const struct migrate *migrate, uint64_t from, uint64_t n, const int *nodes)
{
	return syscall(SYS_move_pages, 0, n, migrate->page + from, nodes, migrate->status + from,
		       MPOL_MF_MOVE);
}

static struct verdict arm(struct visit *visit, uint64_t n)
{
	const struct migrate *migrate = visit->state;

	storm_touch(&migrate->storm, n);
	if (move(migrate, 0, n * migrate->npages, migrate->home) == 0)
		return verdict_ok();
	return verdict_invalid("call-failed", "free memory on the first node",
			       "move_pages to the first node was refused: %s", strerror(errno));
}

static void op(struct visit *visit, uint64_t i)
{
	struct migrate *migrate = visit->state;

	migrate->storm.failures +=
	    move(migrate, i * migrate->npages, migrate->npages, migrate->away) != 0;
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct migrate *migrate = visit->state;

	for (uint64_t i = 0; i < n * migrate->npages; i++)
		if (migrate->status[i] != migrate->away[i])
			return verdict_invalid("not-moved", "free memory on the second node",
					       "a page did not move to node %d (%d)",
					       migrate->away[i], migrate->status[i]);
	return storm_check(visit, n);
}

static const struct param params[] = {
    {.name = "page", .type = P_PAGE, .allowed = "native", .dflt = "native", .help = "page kind"},
    STORM_PARAMS("spin,touch,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    STORM_RARE("migrate", "migrate/npages=1,33,34,512"),
    STORM_KINDS("migrate", "migrate/npages=1"),
    {0},
};

const struct bench bench_migrate = {
    .name = "migrate",
    .what = "move_pages to another NUMA node, alone and with responders",
    .isolates = "what the initiator waits: the call, allocation, copying, and one flush for up to "
		"512 pages of the call",
    .cannot =
	"cannot tell copying from flushing; kernels before 6.3 flush each page for itself, and "
	"are then found invalid; draining of other CPUs' page lists is part of the call, and "
	"interrupts every CPU for itself, so that there is no stolen_ns",
    .source = "move_pages(2), mm/migrate.c (migrate_pages_batch)",
    .revision = 2,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct migrate),
    .want = want,
    .prepare = prepare,
    .arm = arm,
    .op = op,
    .check = check,
};
