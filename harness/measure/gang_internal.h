/* Between gang.c (starting, marking and ending), gang_respond.c (what responders do) and
 * gang_gaps.c (what they saw). */
#ifndef TLBSCOPE_MEASURE_GANG_INTERNAL_H
#define TLBSCOPE_MEASURE_GANG_INTERNAL_H

#include "measure/gang.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#define GAPS_MAX	(1u << 15) /* of one responder between two marks */
#define REFILLS_MAX	(1u << 10)
#define KEPT_PAGES	64 /* more than a first-level TLB's set, fewer than all of it */
#define KEPT_PAGE_BYTES 4096u

struct gap {
	uint64_t end, ticks;
};

/* Passes over pages right after an operation has ended, and the same at once again; ticks. */
struct refill {
	uint32_t flushed, flushed_again, kept, kept_again;
	uint32_t pages; /* of the first two */
};

/* One responder's corner of the shared mapping; a cache line apart from its neighbours. */
struct responder {
	_Alignas(64) atomic_uint seen;	  /* the last mark it acted on */
	atomic_uint misplaced;		  /* woke up on another CPU */
	atomic_uint_fast64_t ngaps, work; /* work: pages touched since the mark */
	unsigned cpu;
	struct gang_target target; /* its own copy, taken when it obeys */
	struct shared *shared;
	atomic_long switches; /* of context, as of the last mark */
	atomic_uint done;     /* the last work it finished */
	unsigned who;	      /* 1 …: 0 is the initiator */
	atomic_uint_fast64_t nrefills;
	double width; /* of its core at the last volley */
	_Alignas(64) atomic_uint ball;
	struct gap gap[GAPS_MAX];
	struct refill refill[REFILLS_MAX];
};

struct shared {
	_Alignas(64) atomic_uint mark; /* raised by the initiator; responders copy it to `seen` */
	atomic_uint stop;
	uint64_t threshold; /* of a gap; ticks */
	bool emulated;	    /* CPUs take turns: responders give theirs away */
	struct gang_target target;
	atomic_bool volley; /* who obeys a mark plays one as well */
	/* Work that all do at once (state flush). */
	void (*run)(void *argument, unsigned who);
	void *argument;
	_Alignas(64) atomic_uint work;				/* raised when there is some */
	_Alignas(64) atomic_uint_fast64_t progress;		/* operations that have ended */
	_Alignas(4096) char kept[KEPT_PAGES * KEPT_PAGE_BYTES]; /* nobody changes their mapping */
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

void gang_wake(atomic_uint *word);

/* The responder's side of gang_ask(). */
void gang_play(struct responder *me);

/* What a responder in that state does until it is told to stop. */
void gang_respond(struct responder *me, enum responder_state state);

#endif
