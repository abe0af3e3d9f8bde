#include "measure/gang.h"

#include "measure/fault_mill.h"
#include "stats/stats.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/futex.h>

#define GAPS_MAX       (1u << 15) /* of one responder between two marks */
#define START_WAIT_NS  1000000000u
#define FALL_ASLEEP_NS 300000u

struct gap {
	uint64_t end, ticks;
};

/* One responder's corner of the shared mapping; a cache line apart from its neighbours. */
struct responder {
	_Alignas(64) atomic_uint seen;	  /* the last mark it acted on */
	atomic_uint misplaced;		  /* woke up on another CPU */
	atomic_uint_fast64_t ngaps, work; /* work: pages touched since the mark */
	unsigned cpu;
	struct gang_target target; /* its own copy, taken when it obeys */
	struct shared *shared;
	struct gap gap[GAPS_MAX];
};

struct shared {
	_Alignas(64) atomic_uint mark; /* raised by the initiator; responders copy it to `seen` */
	atomic_uint stop;
	uint64_t threshold; /* ticks */
	struct gang_target target;
	_Alignas(64) struct responder responder[];
};

struct gang {
	struct gang_spec spec;
	struct shared *shared;
	size_t shared_bytes;
	unsigned started;
	bool stuck; /* a responder did not answer a mark */
	pthread_t *thread;
	pid_t *process;
	double *ns; /* scratch of gang_gaps */
	double ns_per_tick;
};

static void futex_wait(atomic_uint *word, unsigned value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void futex_wake(atomic_uint *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1 << 30, NULL, NULL, 0);
}

/* Forget what was seen. In the responder, so that only it ever writes its gaps. */
static bool obey(struct responder *me)
{
	unsigned mark = atomic_load_explicit(&me->shared->mark, memory_order_acquire);

	if (mark == atomic_load_explicit(&me->seen, memory_order_relaxed))
		return false;
	atomic_store_explicit(&me->ngaps, 0, memory_order_relaxed);
	atomic_store_explicit(&me->work, 0, memory_order_relaxed);
	me->target = me->shared->target;
	if (!cpu_is(me->cpu))
		atomic_store(&me->misplaced, 1);
	atomic_store_explicit(&me->seen, mark, memory_order_release);
	return true;
}

static bool stopped(const struct responder *me)
{
	return atomic_load_explicit(&me->shared->stop, memory_order_relaxed);
}

static void record(struct responder *me, uint64_t end, uint64_t ticks)
{
	uint64_t n = atomic_load_explicit(&me->ngaps, memory_order_relaxed);

	if (n < GAPS_MAX)
		me->gap[n] = (struct gap){end, ticks};
	atomic_store_explicit(&me->ngaps, n + 1, memory_order_release);
}

static void respond_spin(struct responder *me)
{
	const uint64_t threshold = me->shared->threshold;
	uint64_t last = timer_stamp();

	while (!stopped(me)) {
		uint64_t now = timer_stamp();

		if (__builtin_expect(now - last > threshold, 0)) {
			record(me, now, now - last);
			now = timer_stamp();
		} else if (__builtin_expect(obey(me), 0)) {
			now = timer_stamp();
		}
		last = now;
	}
}

static void respond_touch(struct responder *me)
{
	while (!stopped(me)) {
		for (uint64_t at = 0; at < me->target.bytes; at += me->target.step_bytes)
			(void)*(const volatile char *)(me->target.base + at);
		obey(me);
	}
}

static void respond_syscall(struct responder *me)
{
	while (!stopped(me)) {
		syscall(SYS_getppid);
		obey(me);
	}
}

/* Blocked in the kernel until the next mark: the CPU runs something else or idles with this mm only
 * lazily loaded. */
static void respond_sleep(struct responder *me)
{
	while (!stopped(me)) {
		obey(me);
		futex_wait(&me->shared->mark, atomic_load(&me->seen));
	}
}

static void respond_fault(struct responder *me)
{
	struct fault_mill mill = {0};

	while (!stopped(me)) {
		uint64_t pages = fault_mill_turn(&mill);

		atomic_fetch_add_explicit(&me->work, pages, memory_order_relaxed);
		obey(me);
	}
	fault_mill_close(&mill);
}

static bool is_process(enum responder_state state)
{
	return state == RESPONDER_OTHER_MM || state == RESPONDER_FAULT_APART;
}

static void (*const behaviour[RESPONDER_STATES])(struct responder *) = {
    [RESPONDER_SPIN] = respond_spin,	     [RESPONDER_TOUCH] = respond_touch,
    [RESPONDER_SYSCALL] = respond_syscall,   [RESPONDER_SLEEP] = respond_sleep,
    [RESPONDER_OTHER_MM] = respond_spin,     [RESPONDER_FAULT] = respond_fault,
    [RESPONDER_FAULT_APART] = respond_fault,
};

static const char *const state_names[RESPONDER_STATES] = {
    [RESPONDER_SPIN] = "spin",
    [RESPONDER_TOUCH] = "touch",
    [RESPONDER_SYSCALL] = "syscall",
    [RESPONDER_SLEEP] = "sleep",
    [RESPONDER_OTHER_MM] = "other-mm",
    [RESPONDER_FAULT] = "fault",
    [RESPONDER_FAULT_APART] = "fault-apart",
};

const char *responder_state_name(enum responder_state state)
{
	return state < RESPONDER_STATES && state_names[state] ? state_names[state] : "";
}

bool responder_state_parse(const char *word, enum responder_state *out)
{
	for (int i = 0; i < RESPONDER_STATES; i++)
		if (state_names[i] && strcmp(word, state_names[i]) == 0) {
			*out = (enum responder_state)i;
			return true;
		}
	return false;
}

bool gang_sees_gaps(const struct gang_spec *spec)
{
	return spec->responders &&
	       (spec->state == RESPONDER_SPIN || spec->state == RESPONDER_OTHER_MM);
}

struct start {
	struct responder *responder;
	enum responder_state state;
};

static void *respond(void *argument)
{
	struct start start = *(struct start *)argument;

	free(argument);
	struct verdict pinned = cpu_pin(start.responder->cpu);
	if (!verdict_is_ok(&pinned)) {
		atomic_store(&start.responder->misplaced, 1);
		return NULL;
	}
	behaviour[start.state](start.responder);
	return NULL;
}

static bool start_thread(struct gang *gang, unsigned i, struct start *start)
{
	return pthread_create(&gang->thread[i], NULL, respond, start) == 0;
}

static bool start_process(struct gang *gang, unsigned i, struct start *start)
{
	pid_t parent = getpid();

	gang->process[i] = fork();
	if (gang->process[i] != 0) {
		free(gang->process[i] > 0 ? start : NULL);
		return gang->process[i] > 0;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		respond(start);
	_exit(0);
}

static bool start_one(struct gang *gang, unsigned i, unsigned cpu)
{
	struct responder *responder = &gang->shared->responder[i];
	struct start *start = malloc(sizeof *start);

	if (!start)
		return false;
	responder->cpu = cpu;
	responder->shared = gang->shared;
	*start = (struct start){responder, gang->spec.state};
	bool ok = is_process(gang->spec.state) ? start_process(gang, i, start)
					       : start_thread(gang, i, start);
	if (!ok)
		free(start);
	return ok;
}

/* Every responder has copied the present mark within `wait_ns`. */
static bool all_seen(struct gang *gang, uint64_t wait_ns)
{
	unsigned mark = atomic_load(&gang->shared->mark);
	uint64_t deadline = timer_monotonic() + wait_ns;

	for (unsigned i = 0; i < gang->started; i++)
		while (atomic_load_explicit(&gang->shared->responder[i].seen,
					    memory_order_acquire) != mark) {
			if (timer_monotonic() > deadline)
				return false;
			if (gang->spec.state == RESPONDER_SLEEP)
				futex_wake(&gang->shared->mark);
		}
	return true;
}

static bool gang_allocate(struct gang *gang)
{
	unsigned n = gang->spec.responders;

	gang->shared_bytes = sizeof(struct shared) + n * sizeof(struct responder);
	gang->shared = mmap(NULL, gang->shared_bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (gang->shared == MAP_FAILED) {
		gang->shared = NULL;
		return false;
	}
	gang->thread = calloc(n, sizeof *gang->thread);
	gang->process = calloc(n, sizeof *gang->process);
	gang->ns = malloc(n * GAPS_MAX * sizeof *gang->ns);
	return gang->thread && gang->process && gang->ns;
}

struct verdict gang_start(const struct gang_spec *spec, const struct gang_cpus *cpus,
			  const struct clock *clock, struct gang **out)
{
	struct gang *gang = calloc(1, sizeof *gang);

	*out = NULL;
	if (!gang)
		goto no_memory;
	gang->spec = *spec;
	gang->ns_per_tick = 1e9 / clock->hz;
	if (!gang_allocate(gang))
		goto no_memory;
	gang->shared->threshold = (uint64_t)(GANG_GAP_NS / gang->ns_per_tick);
	atomic_store(&gang->shared->mark, 1);
	for (; gang->started < spec->responders; gang->started++)
		if (!start_one(gang, gang->started, cpus->responder[gang->started]))
			goto no_memory;
	bool answered = all_seen(gang, START_WAIT_NS), placed = gang_in_place(gang);

	if (answered && placed) {
		*out = gang;
		return verdict_ok();
	}
	gang->stuck = !answered && placed;
	gang_stop(gang);
	return verdict_invalid("gang-not-up",
			       "see what else runs on these CPUs, or choose others with --cpus",
			       "the responders did not run on their CPUs within a second");
no_memory:;
	int error = errno;

	gang_stop(gang);
	return verdict_invalid(
	    "no-memory",
	    "free memory, raise the process limit (ulimit -u), or use fewer responders",
	    "could not start %u responders: %s", spec->responders, strerror(error));
}

void gang_stop(struct gang *gang)
{
	if (!gang)
		return;
	if (gang->shared) {
		atomic_store(&gang->shared->stop, 1);
		atomic_fetch_add(&gang->shared->mark, 1);
		futex_wake(&gang->shared->mark);
	}
	/* Threads that get no CPU cannot be waited for: they and their memory end with the worker.
	 */
	if (gang->stuck && !is_process(gang->spec.state))
		return;
	for (unsigned i = 0; i < gang->started; i++)
		if (is_process(gang->spec.state)) {
			if (gang->stuck)
				kill(gang->process[i], SIGKILL);
			waitpid(gang->process[i], NULL, 0);
		} else {
			pthread_join(gang->thread[i], NULL);
		}
	if (gang->shared)
		munmap(gang->shared, gang->shared_bytes);
	free(gang->ns);
	free(gang->process);
	free(gang->thread);
	free(gang);
}

void gang_mark(struct gang *gang, const struct gang_target *target)
{
	if (!gang || gang->stuck)
		return;
	if (target)
		gang->shared->target = *target;
	atomic_fetch_add(&gang->shared->mark, 1);
	gang->stuck = !all_seen(gang, START_WAIT_NS);
	/* A sleeper has to get back to sleep before anything is timed. */
	if (gang->spec.state == RESPONDER_SLEEP)
		for (uint64_t until = timer_monotonic() + FALL_ASLEEP_NS;
		     timer_monotonic() < until;)
			;
}

struct gang_gaps gang_gaps(struct gang *gang, uint64_t from, uint64_t to)
{
	struct gang_gaps out = {.ns = gang->ns};

	for (unsigned i = 0; i < gang->started; i++) {
		const struct responder *r = &gang->shared->responder[i];
		uint64_t n = atomic_load_explicit(&r->ngaps, memory_order_acquire);

		out.lost += n > GAPS_MAX ? n - GAPS_MAX : 0;
		for (uint64_t k = 0; k < n && k < GAPS_MAX; k++)
			if (r->gap[k].end > from && r->gap[k].end <= to) {
				double ns = (double)r->gap[k].ticks * gang->ns_per_tick;

				out.ns[out.recorded++] = ns;
				out.total_ns += ns;
			}
	}
	out.n = out.recorded + out.lost;
	stats_sort(out.ns, out.recorded);
	return out;
}

/* The first gap that begins in each operation. */
static uint64_t match_responder(const struct gang *gang, const struct responder *r,
				const uint64_t *stamp, uint64_t n, struct gang_gaps *out)
{
	uint64_t gaps = atomic_load_explicit(&r->ngaps, memory_order_acquire), hits = 0, op = 0;

	for (uint64_t k = 0; k < gaps && k < GAPS_MAX && op < n; k++) {
		uint64_t begin = r->gap[k].end - r->gap[k].ticks;

		if (begin < stamp[op])
			continue;
		while (op < n && begin >= stamp[op + 1])
			op++;
		if (op == n)
			break;
		out->ns[out->recorded++] = (double)r->gap[k].ticks * gang->ns_per_tick;
		hits++;
		op++;
	}
	return hits;
}

struct gang_gaps gang_match(struct gang *gang, const uint64_t *stamp, uint64_t n, uint64_t *hits)
{
	struct gang_gaps out = {.ns = gang->ns};

	for (unsigned i = 0; i < gang->started; i++)
		hits[i] = match_responder(gang, &gang->shared->responder[i], stamp, n, &out);
	for (uint64_t i = 0; i < out.recorded; i++)
		out.total_ns += out.ns[i];
	out.n = out.recorded;
	stats_sort(out.ns, out.recorded);
	return out;
}

bool gang_works(const struct gang_spec *spec)
{
	return spec->responders &&
	       (spec->state == RESPONDER_FAULT || spec->state == RESPONDER_FAULT_APART);
}

uint64_t gang_least_work(const struct gang *gang)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < gang->started; i++) {
		uint64_t work = atomic_load(&gang->shared->responder[i].work);

		least = work < least ? work : least;
	}
	return least;
}

bool gang_in_place(const struct gang *gang)
{
	for (unsigned i = 0; gang && i < gang->started; i++)
		if (atomic_load(&gang->shared->responder[i].misplaced))
			return false;
	return !gang || !gang->stuck;
}
