#include "machine/environment.h"
#include "measure/gang_internal.h"
#include "measure/relax.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_WAIT_NS  1000000000u
#define FALL_ASLEEP_NS 300000u

static bool is_process(enum responder_state state)
{
	return state == RESPONDER_OTHER_MM || state == RESPONDER_FAULT_APART;
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
		/* An answer as well: nobody has to wait for one that will not come. */
		atomic_store(&start.responder->seen, atomic_load(&start.responder->shared->mark));
		return NULL;
	}
	gang_respond(start.responder, start.state);
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
	responder->who = i + 1;
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
			relax();
			if (gang->spec.state == RESPONDER_SLEEP)
				gang_wake(&gang->shared->mark);
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
	gang->shared->emulated = cpuid_is_emulated(cpuid_native, NULL);
	gang->shared->threshold =
	    gang->shared->emulated ? UINT64_MAX : (uint64_t)(GANG_GAP_NS / gang->ns_per_tick);
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
		gang_wake(&gang->shared->mark);
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
	atomic_store(&gang->shared->progress, 0);
	atomic_fetch_add(&gang->shared->mark, 1);
	gang->stuck = !all_seen(gang, START_WAIT_NS);
	/* A sleeper has to get back to sleep before anything is timed. */
	if (gang->spec.state == RESPONDER_SLEEP)
		for (uint64_t until = timer_monotonic() + FALL_ASLEEP_NS;
		     timer_monotonic() < until;)
			relax();
}

void gang_progress(struct gang *gang, uint64_t ended)
{
	atomic_store_explicit(&gang->shared->progress, ended, memory_order_release);
}

/* All have finished the present work within `wait_ns`. */
static bool all_done(struct gang *gang, uint64_t wait_ns)
{
	unsigned work = atomic_load(&gang->shared->work);
	uint64_t deadline = timer_monotonic() + wait_ns;

	for (unsigned i = 0; i < gang->started; i++)
		while (atomic_load_explicit(&gang->shared->responder[i].done,
					    memory_order_acquire) != work) {
			if (timer_monotonic() > deadline)
				return false;
			relax();
		}
	return true;
}

void gang_together(struct gang *gang, void (*run)(void *, unsigned), void *argument)
{
	if (gang->stuck)
		return;
	gang->shared->run = run;
	gang->shared->argument = argument;
	atomic_fetch_add_explicit(&gang->shared->work, 1, memory_order_release);
	run(argument, 0);
	gang->stuck = !all_done(gang, START_WAIT_NS);
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

long gang_switches(const struct gang *gang)
{
	long sum = 0;

	for (unsigned i = 0; gang && i < gang->started; i++)
		sum += atomic_load(&gang->shared->responder[i].switches);
	return sum;
}
