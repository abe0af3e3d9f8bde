/* The threads of a cell: one initiator and its responders, pinned and watched.
 *
 * Threads, pinning, responder states and gap detection belong to the harness: a benchmark
 * only says in its gang_spec what it wants.
 */
#ifndef TLBSCOPE_GANG_H
#define TLBSCOPE_GANG_H

#include <stdbool.h>
#include <stdint.h>

/* Where a responder runs relative to the initiator. Nearest: at more than one of these, filled in
 * that order. */
enum place { PLACE_NONE, PLACE_SMT, PLACE_CORE, PLACE_LLC, PLACE_PACKAGE, PLACE_NEAREST, PLACES };

enum responder_state {
	RESPONDER_NONE,
	RESPONDER_SPIN,	   /* same mm, spins on the clock and detects gaps */
	RESPONDER_TOUCH,   /* same mm, reads the pages of each operation before and after it */
	RESPONDER_SYSCALL, /* same mm, short system calls in a loop */
	RESPONDER_SLEEP, /* same mm, blocked: its CPU is lazy or idle, and must get no interrupt */
	RESPONDER_OTHER_MM, /* another process spins there: same load on the machine, nothing to
			       flush */
	RESPONDER_FAULT, /* same mm, touches fresh memory of its own page by page, unmaps it, again
			  */
	RESPONDER_FAULT_APART, /* another process does that */
	RESPONDER_FLUSH, /* same mm: an initiator as well, and takes its share of the operations */
	RESPONDER_STATES,
};

struct gang_spec {
	unsigned responders;
	enum place place;
	enum responder_state state;
	/* The planner's: all responders are of that kind of CPU. Else those of the initiator's kind
	 * come first. */
	bool one_kind;
	unsigned kind;
};

#endif
