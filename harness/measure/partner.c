#include "measure/partner.h"

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

#define WAIT_NS 1000000000u
#define LOOK_NS 50000 /* how often the initiator looks while it waits for starts and ends */

enum baton { BATON_AWAY, BATON_HERE, BATON_OVER };

/* One member's corner of the shared mapping. */
struct seat {
	_Alignas(64) atomic_uint baton; /* a futex: enum baton */
	atomic_uint ready, ended, misplaced;
	unsigned cpu;
};

struct partners {
	struct partner_spec spec;
	void (*body)(struct visit *, unsigned who);
	struct visit *visit;
	unsigned started;
	pthread_t thread[PARTNERS_MAX];
	pid_t process[PARTNERS_MAX];
	struct seat seat[PARTNERS_MAX + 1];
};

static void wake(atomic_uint *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void partners_pass(struct partners *partners, unsigned to)
{
	atomic_store_explicit(&partners->seat[to].baton, BATON_HERE, memory_order_release);
	wake(&partners->seat[to].baton);
}

bool partners_take(struct partners *partners, unsigned who)
{
	struct seat *seat = &partners->seat[who];
	unsigned baton;

	while ((baton = atomic_load_explicit(&seat->baton, memory_order_acquire)) == BATON_AWAY)
		syscall(SYS_futex, &seat->baton, FUTEX_WAIT, BATON_AWAY, NULL, NULL, 0);
	if (baton == BATON_OVER)
		return false;
	atomic_store_explicit(&seat->baton, BATON_AWAY, memory_order_relaxed);
	return true;
}

/* Woken up, a batch task lets the present one go on. Refused, only the order of things changes: the
 * switches are counted either way. */
static void wait_for_turns(bool yes)
{
	sched_setscheduler(0, yes ? SCHED_BATCH : SCHED_OTHER, &(struct sched_param){0});
}

static void play(struct partners *partners, unsigned who)
{
	struct seat *seat = &partners->seat[who];
	struct verdict pinned = cpu_pin(seat->cpu);

	wait_for_turns(true);
	atomic_store(&seat->misplaced, !verdict_is_ok(&pinned));
	atomic_store(&seat->ready, 1);
	if (verdict_is_ok(&pinned))
		partners->body(partners->visit, who);
	atomic_store(&seat->misplaced, !cpu_is(seat->cpu));
	atomic_store(&seat->ended, 1);
}

struct start {
	struct partners *partners;
	unsigned who;
};

static void *thread_body(void *argument)
{
	struct start start = *(struct start *)argument;

	free(argument);
	play(start.partners, start.who);
	return NULL;
}

static bool start_thread(struct partners *partners, unsigned who)
{
	struct start *start = malloc(sizeof *start);

	if (!start)
		return false;
	*start = (struct start){partners, who};
	errno = pthread_create(&partners->thread[who - 1], NULL, thread_body, start);
	if (errno)
		free(start);
	return errno == 0;
}

static bool start_process(struct partners *partners, unsigned who)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			play(partners, who);
		_exit(0);
	}
	partners->process[who - 1] = pid;
	return pid > 0;
}

/* On the initiator's CPU they only run while it sleeps. */
static bool wait_for(struct partners *partners, bool end)
{
	uint64_t deadline = timer_monotonic() + WAIT_NS;

	for (unsigned who = 1; who <= partners->started; who++) {
		const struct seat *seat = &partners->seat[who];

		while (!atomic_load(end ? &seat->ended : &seat->ready)) {
			if (timer_monotonic() > deadline)
				return false;
			nanosleep(&(struct timespec){0, LOOK_NS}, NULL);
		}
	}
	return true;
}

static bool in_place(const struct partners *partners)
{
	for (unsigned who = 1; who <= partners->started; who++)
		if (atomic_load(&partners->seat[who].misplaced))
			return false;
	return true;
}

static void end_process(pid_t pid, bool ended)
{
	if (!ended)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

bool partners_stop(struct partners *partners)
{
	bool ended, placed;

	if (!partners)
		return true;
	for (unsigned who = 1; who <= partners->started; who++) {
		atomic_store(&partners->seat[who].baton, BATON_OVER);
		wake(&partners->seat[who].baton);
	}
	ended = wait_for(partners, true);
	placed = in_place(partners);
	wait_for_turns(false);
	if (!ended && partners->spec.kind == PARTNER_THREAD)
		return false; /* they still use this memory */
	for (unsigned i = 0; i < partners->started; i++)
		if (partners->spec.kind == PARTNER_THREAD)
			pthread_join(partners->thread[i], NULL);
		else
			end_process(partners->process[i], ended);
	munmap(partners, sizeof *partners);
	return ended && placed;
}

static struct verdict not_up(unsigned n, int error)
{
	if (error)
		return verdict_invalid("no-partner",
				       "free memory, or raise the process limit (ulimit -u)",
				       "could not start %u partners: %s", n, strerror(error));
	return verdict_invalid("partner-not-up",
			       "see what else runs on these CPUs, or choose others with --cpus",
			       "%u partners did not run on their CPUs within a second", n);
}

struct verdict partners_start(const struct partner_spec *spec, const struct gang_cpus *cpus,
			      void (*body)(struct visit *, unsigned who), struct visit *visit,
			      struct partners **out)
{
	struct partners *partners;
	bool started = true;

	*out = NULL;
	if (spec->n > PARTNERS_MAX || (spec->elsewhere && spec->n > cpus->n))
		return verdict_error("bad-benchmark", "ask for fewer partners in its want()",
				     "there is no place for %u partners", spec->n);
	partners =
	    mmap(NULL, sizeof *partners, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (partners == MAP_FAILED)
		return not_up(spec->n, errno);
	partners->spec = *spec;
	partners->body = body;
	partners->visit = visit;
	*out = partners; /* before the first fork: the visit leads to it */
	for (unsigned who = 1; who <= spec->n && started; who++) {
		partners->seat[who].cpu =
		    spec->elsewhere ? cpus->responder[who - 1] : cpus->initiator;
		started = spec->kind == PARTNER_THREAD ? start_thread(partners, who)
						       : start_process(partners, who);
		partners->started += started;
	}
	int error = started ? 0 : errno;

	if (started && wait_for(partners, false) && in_place(partners)) {
		wait_for_turns(true);
		return verdict_ok();
	}
	partners_stop(partners);
	*out = NULL;
	return not_up(spec->n, error);
}
