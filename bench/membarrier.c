#include "storm.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

static int barrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

/* For a process of one thread the call returns at once, before it has looked at any CPU: what
 * responders add would be their interrupt and all of that. So a second thread is always there, and
 * never runs. */
static void parked(struct visit *visit, unsigned who)
{
	while (baton_take(visit, who))
		;
}

static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct verdict placed = storm_place(cell, machine, &want->gang);

	want->max_ops = STORM_OPS_MAX;
	want->partner = (struct partner_spec){.n = 1, .kind = PARTNER_THREAD};
	storm_expect(want, 1);
	want->expect.row = ROW_CALL;
	return placed;
}

static struct verdict prepare(struct visit *visit)
{
	struct storm *storm = visit->state;

	*storm = (struct storm){0};
	if (barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0)
		return verdict_ok();
	return verdict_skipped("no-membarrier",
			       "a kernel from 4.14 on with CONFIG_MEMBARRIER, outside of seccomp",
			       "membarrier cannot be registered: %s", strerror(errno));
}

static void op(struct visit *visit, uint64_t i)
{
	struct storm *storm = visit->state;

	(void)i;
	storm->failures += barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0;
}

static const struct param params[] = {
    STORM_RESPONDERS("spin,syscall,sleep,other-mm"),
    {0},
};
static const struct metric metrics[] = {STORM_METRICS, {0}};
static const struct derived derived[] = {STORM_DERIVED, {0}};
static const struct sweep sweeps[] = {
    {.name = "membarrier",
     .quick = "membarrier/resp=0,1/place=*",
     .full = "membarrier/resp=0..8+1,12..max*2/place=*",
     .help = "the floor of every shootdown: one interrupt to each responder, no flush"},
    STORM_KINDS("membarrier", "membarrier"),
    {0},
};

const struct bench bench_membarrier = {
    .name = "membarrier",
    .what = "membarrier(PRIVATE_EXPEDITED): one interrupt to every CPU that runs this mm, and "
	    "nothing to forget",
    .isolates = "what an interrupt alone costs its sender and each receiver: the floor under every "
		"shootdown",
    .cannot = "cannot tell sending from waiting; the handler is a memory barrier, and the kernel "
	      "picks its targets by the task that runs, not by the mm that is loaded",
    .source = "membarrier(2)",
    .revision = 2,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct storm),
    .want = want,
    .prepare = prepare,
    .op = op,
    .partner = parked,
    .check = storm_check,
};
