/* A volley: the initiator passes a cache line to each responder in turn and gets it back, many
 * times over. That takes what the distance of the two cores takes, and no claim of a topology can
 * make it shorter. */
#include "measure/clock.h"
#include "measure/gang_internal.h"
#include "stats/stats.h"

#define PASSES	     33
#define PASSES_LEAST 5
#define PASSES_ALL   264      /* of all responders together: a volley stays below a millisecond */
#define ANSWER_NS    2000000u /* then the responder's CPU is away */

/* The ball counts up: even where the initiator has passed it, odd where the responder has. */
enum { BALL_AWAY = 0, BALL_READY = 1, BALL_OVER = 1u << 31 };

void gang_play(struct responder *me)
{
	unsigned last = BALL_READY;

	me->width = clock_width() / clock_calibrate();
	atomic_store_explicit(&me->ball, BALL_READY, memory_order_release);
	while (!atomic_load_explicit(&me->shared->stop, memory_order_relaxed) &&
	       atomic_load(&me->shared->mark) == atomic_load(&me->seen)) {
		unsigned ball = atomic_load_explicit(&me->ball, memory_order_acquire);

		if (ball == BALL_OVER)
			return;
		if (ball == last)
			continue;
		last = ball + 1;
		atomic_store_explicit(&me->ball, last, memory_order_release);
	}
}

static bool comes_back(struct responder *to, unsigned as)
{
	uint64_t deadline = 0;

	for (unsigned i = 1; atomic_load_explicit(&to->ball, memory_order_acquire) != as; i++) {
		if (i % 1024)
			continue;
		if (!deadline)
			deadline = timer_monotonic() + ANSWER_NS;
		else if (timer_monotonic() > deadline)
			return false;
	}
	return true;
}

static bool play_with(struct responder *to, unsigned passes, double *ticks)
{
	double each[PASSES];
	bool answered = comes_back(to, BALL_READY);

	for (unsigned i = 0; answered && i < passes; i++) {
		uint64_t from = timer_stamp();

		atomic_store_explicit(&to->ball, BALL_READY + 2 * i + 1, memory_order_release);
		answered = comes_back(to, BALL_READY + 2 * i + 2);
		each[i] = (double)(timer_stamp() - from);
	}
	if (!answered)
		return false;
	stats_sort(each, passes);
	*ticks = stats_median(each, passes);
	return true;
}

static unsigned passes_for(unsigned responders)
{
	unsigned passes = PASSES_ALL / responders;

	return passes > PASSES ? PASSES : passes < PASSES_LEAST ? PASSES_LEAST : passes;
}

bool gang_ask(struct gang *gang, struct gang_state *out)
{
	const unsigned n = gang ? gang->started : 0;
	double sum = 0, ticks;
	bool answered = n && !gang->stuck && gang->spec.state != RESPONDER_SLEEP;

	if (!answered) {
		gang_mark(gang, NULL);
		return false;
	}
	for (unsigned i = 0; i < n; i++)
		atomic_store(&gang->shared->responder[i].ball, BALL_AWAY);
	atomic_store(&gang->shared->volley, true);
	gang_mark(gang, NULL);
	for (unsigned i = 0; answered && i < n; i++) {
		struct responder *responder = &gang->shared->responder[i];

		answered = play_with(responder, passes_for(n), &ticks);
		sum += answered ? ticks : 0;
		if (answered && (i == 0 || responder->width < out->width))
			out->width = responder->width;
	}
	atomic_store(&gang->shared->volley, false);
	for (unsigned i = 0; i < n; i++)
		atomic_store_explicit(&gang->shared->responder[i].ball, BALL_OVER,
				      memory_order_release);
	out->handoff_ns = sum / n * gang->ns_per_tick;
	return answered;
}
