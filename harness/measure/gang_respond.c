#include "measure/fault_mill.h"
#include "measure/gang_internal.h"
#include "measure/relax.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

static void futex_wait(atomic_uint *word, unsigned value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

void gang_wake(atomic_uint *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1 << 30, NULL, NULL, 0);
}

static long switches(void)
{
	struct rusage used;

	return getrusage(RUSAGE_THREAD, &used) ? 0 : used.ru_nvcsw + used.ru_nivcsw;
}

/* Forget what was seen. In the responder, so that only it ever writes its gaps. Every round of
 * every responder comes here. */
static bool obey(struct responder *me)
{
	unsigned mark = atomic_load_explicit(&me->shared->mark, memory_order_acquire);

	if (me->shared->emulated)
		relax();
	if (mark == atomic_load_explicit(&me->seen, memory_order_relaxed))
		return false;
	atomic_store_explicit(&me->ngaps, 0, memory_order_relaxed);
	atomic_store_explicit(&me->work, 0, memory_order_relaxed);
	atomic_store_explicit(&me->nrefills, 0, memory_order_relaxed);
	me->target = me->shared->target;
	atomic_store_explicit(&me->switches, switches(), memory_order_relaxed);
	if (!cpu_is(me->cpu))
		atomic_store(&me->misplaced, 1);
	atomic_store_explicit(&me->seen, mark, memory_order_release);
	if (atomic_load_explicit(&me->shared->volley, memory_order_relaxed))
		gang_play(me);
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

/* At another line of each page, so that they do not all fall into one set of a cache. */
static uint32_t pass(const char *at, uint64_t pages, uint64_t step_bytes)
{
	uint64_t from = timer_fenced();

	for (uint64_t i = 0; i < pages; i++)
		(void)*(const volatile char *)(at + i * step_bytes + i % 64 * 64);
	return (uint32_t)(timer_fenced() - from);
}

static uint64_t pages_to_read(const struct gang_target *target)
{
	uint64_t pages = target->step_bytes ? target->op_bytes / target->step_bytes : 0;

	return pages < KEPT_PAGES ? pages : KEPT_PAGES;
}

/* What the end of operation `op` has left of two sets of pages: its own, and some that nobody
 * changed, which only a full flush makes everyone forget. Each is read twice: the difference is
 * what had to be fetched anew. */
static void refill(struct responder *me, uint64_t op)
{
	const struct gang_target *target = &me->target;
	uint64_t n = atomic_load_explicit(&me->nrefills, memory_order_relaxed),
		 pages = pages_to_read(target);
	const char *kept = me->shared->kept, *flushed = target->base + op * target->op_bytes;
	struct refill r = {.pages = (uint32_t)pages};

	r.kept = pass(kept, KEPT_PAGES, KEPT_PAGE_BYTES);
	r.kept_again = pass(kept, KEPT_PAGES, KEPT_PAGE_BYTES);
	r.flushed = pass(flushed, pages, target->step_bytes);
	r.flushed_again = pass(flushed, pages, target->step_bytes);
	if (n == REFILLS_MAX)
		return;
	me->refill[n] = r;
	atomic_store_explicit(&me->nrefills, n + 1, memory_order_release);
}

/* Reads the pages of each operation before it begins and again when it has ended. */
static void respond_touch(struct responder *me)
{
	uint64_t seen = 0;

	while (!stopped(me)) {
		uint64_t ended = atomic_load_explicit(&me->shared->progress, memory_order_acquire);

		if (obey(me))
			seen = 0;
		if (!ended || ended == seen || ended > me->target.ops)
			continue;
		refill(me, ended - 1);
		if (ended + 1 < me->target.ops)
			pass(me->target.base + (ended + 1) * me->target.op_bytes,
			     pages_to_read(&me->target), me->target.step_bytes);
		seen = ended;
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

/* Together with the initiator, and as often as there is work. */
static void respond_flush(struct responder *me)
{
	unsigned did = 0;

	while (!stopped(me)) {
		unsigned work = atomic_load_explicit(&me->shared->work, memory_order_acquire);

		obey(me);
		if (work == did)
			continue;
		me->shared->run(me->shared->argument, me->who);
		atomic_store_explicit(&me->done, work, memory_order_release);
		did = work;
	}
}

static const struct {
	const char *name;
	void (*behave)(struct responder *);
} states[RESPONDER_STATES] = {
    [RESPONDER_SPIN] = {"spin", respond_spin},
    [RESPONDER_TOUCH] = {"touch", respond_touch},
    [RESPONDER_SYSCALL] = {"syscall", respond_syscall},
    [RESPONDER_SLEEP] = {"sleep", respond_sleep},
    [RESPONDER_OTHER_MM] = {"other-mm", respond_spin},
    [RESPONDER_FAULT] = {"fault", respond_fault},
    [RESPONDER_FAULT_APART] = {"fault-apart", respond_fault},
    [RESPONDER_FLUSH] = {"flush", respond_flush},
};

const char *responder_state_name(enum responder_state state)
{
	return state < RESPONDER_STATES && states[state].name ? states[state].name : "";
}

bool responder_state_parse(const char *word, enum responder_state *out)
{
	for (int i = 0; i < RESPONDER_STATES; i++)
		if (states[i].name && strcmp(word, states[i].name) == 0) {
			*out = (enum responder_state)i;
			return true;
		}
	return false;
}

bool gang_stays(const struct gang_spec *spec)
{
	return spec->responders &&
	       (spec->state == RESPONDER_SPIN || spec->state == RESPONDER_TOUCH ||
		spec->state == RESPONDER_SYSCALL || spec->state == RESPONDER_OTHER_MM);
}

bool gang_sees_gaps(const struct gang_spec *spec)
{
	return spec->responders &&
	       (spec->state == RESPONDER_SPIN || spec->state == RESPONDER_OTHER_MM);
}

void gang_respond(struct responder *me, enum responder_state state)
{
	states[state].behave(me);
}
