/* Responders at work, and what each saw during a leg.
 *
 * Gap detection: a responder that does nothing but read the clock sees each interruption as a gap
 * between two reads. It needs no counter of the kernel, works where the kernel counts nothing, and
 * gives the time stolen by each interrupt. All of a gang's state lies in one shared mapping, so
 * that a responder may be a thread (same mm) or a process (other-mm).
 */
#ifndef TLBSCOPE_MEASURE_GANG_H
#define TLBSCOPE_MEASURE_GANG_H

#include "machine/topology.h"

#include <tlbscope/gang.h>
#include <tlbscope/timer.h>
#include <tlbscope/verdict.h>

/* Shortest interruption that counts as a gap. The count was found independent of it from 100 ns to
 * 4 µs; a read takes 10 to 25 ns, an interrupt on bare metal 0.5 µs and more. */
#define GANG_GAP_NS 250

struct gang;

/* What responders touch (state touch): the pages of `ops` operations, one after the other. */
struct gang_target {
	const char *base;
	uint64_t ops, op_bytes, step_bytes;
};

/* Starts and pins the responders and waits until each runs where it should. Skipped or invalid with
 * the reason when one does not come up within a second. */
struct verdict gang_start(const struct gang_spec *spec, const struct gang_cpus *cpus,
			  const struct clock *clock, struct gang **out);
/* Ends threads and processes, frees; NULL is fine. Threads that did not answer a mark are told to
 * end but not waited for. */
void gang_stop(struct gang *gang);

/* Everything recorded so far is forgotten; `target` takes effect. Returns once every running
 * responder has seen it. */
void gang_mark(struct gang *gang, const struct gang_target *target);

struct gang_gaps {
	uint64_t n;    /* over all responders */
	uint64_t lost; /* gaps that no buffer space was left for (counted in n) */
	double total_ns;
	double *ns; /* each recorded gap, sorted; owned by the gang, valid until the next call */
	uint64_t recorded;
	double exposed_ns; /* gang_match(): see there */
};
/* The gaps that ended in (from, to], clock ticks. */
struct gang_gaps gang_gaps(struct gang *gang, uint64_t from, uint64_t to);

/* Which of the n operations, stamp[i] to stamp[i+1], saw a gap begin: hits[r] counts them for
 * responder r, and the gaps returned are the first of each. The beginning counts, because a
 * responder is still on its way out of the interrupt when the initiator goes on. Unlike a plain
 * count it cannot be raised by interruptions that have nothing to do with the operations. But for
 * exposed_ns, over all responders, a gap by chance would have been taken for an operation's own:
 * from the beginning of each until its first gap, or its end where it saw none. */
struct gang_gaps gang_match(struct gang *gang, const uint64_t *stamp, uint64_t n, uint64_t *hits);

/* For state touch: that many operations have ended since the mark. */
void gang_progress(struct gang *gang, uint64_t ended);

/* What responders in state touch had to fetch anew after operations, by reading the pages of the
 * operation and others, and all of them once more. */
struct gang_refill {
	uint64_t n;	/* operations that were looked at; 0: nothing is known */
	double page_ns; /* for one page of the operation, median */
	double kept_ns; /* for 64 pages that nobody changed, median */
};
struct gang_refill gang_refill(struct gang *gang);

/* State flush: calls run(argument, who) in the initiator (who 0) and in every responder (1 …) at
 * once, and waits for all. One that does not end within a second is out of place from then on. */
void gang_together(struct gang *gang, void (*run)(void *argument, unsigned who), void *argument);

/* How things stand between the gang's CPUs. Places say what the machine claims; a hypervisor may
 * run two CPUs of a guest on neighbouring threads now and on two sockets a second later. */
struct gang_state {
	double handoff_ns; /* a cache line to a responder and back: median, mean over responders */
	double width;	   /* of the most shared responder's core, adds a cycle (clock.h) */
};
/* Marks the gang, and asks. False where nobody can answer: no responders, or asleep, or stuck. */
bool gang_ask(struct gang *gang, struct gang_state *out);

/* Every responder answered the last mark within a second, on its CPU. A mark of its own before
 * asking tells how things are now. */
bool gang_in_place(const struct gang *gang);
/* Do its responders fault? Then the pages that the one that did least has touched since the mark.
 */
bool gang_works(const struct gang_spec *spec);
uint64_t gang_least_work(const struct gang *gang);
/* Context switches of the responders up to the last mark: one that was never switched off its CPU
 * was there all the time, as far as this kernel knows. */
long gang_switches(const struct gang *gang);
/* Do its responders never give their CPU away by themselves? Then one that was switched off it had
 * to make room for somebody else. */
bool gang_stays(const struct gang_spec *spec);
/* Can this gang see gaps at all (spinning states)? */
bool gang_sees_gaps(const struct gang_spec *spec);

const char *responder_state_name(enum responder_state state);
bool responder_state_parse(const char *word, enum responder_state *out);

#endif
