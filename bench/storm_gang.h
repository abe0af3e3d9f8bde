/* Who responds while a mapping is changed, where, and how often each is interrupted. */
#ifndef BENCH_STORM_GANG_H
#define BENCH_STORM_GANG_H

#include <tlbscope/bench.h>

#define STORM_PLACES "smt,core,llc,package" /* each by itself */

#define STORM_RESPONDERS(states)                                                                   \
	{.name = "resp", .type = P_COUNT, .allowed = "0..max", .dflt = "0", .help = "responders"}, \
	    {.name = "place",                                                                      \
	     .type = P_WORD,                                                                       \
	     .allowed = STORM_PLACES ",nearest",                                                   \
	     .dflt = "core",                                                                       \
	     .when = "resp=1..max",                                                                \
	     .help = "where the responders run relative to the initiator"},                        \
	{                                                                                          \
		.name = "state", .type = P_WORD, .allowed = states, .dflt = "spin",                \
		.when = "resp=1..max", .help = "what the responders do meanwhile"                  \
	}

static inline bool storm_listens(const struct want *want)
{
	return want->gang.state != RESPONDER_SLEEP && want->gang.state != RESPONDER_OTHER_MM;
}

/* Each operation flushes that often: each responder whose CPU runs this mm is interrupted then, not
 * one that runs another. One that sleeps has it loaded lazily, and is left alone unless page tables
 * are freed (storm_tables_go()). */
static inline void storm_expect(struct want *want, double flushes)
{
	want->expect.ipis = true;
	want->expect.ipis_per_op = storm_listens(want) ? want->gang.responders * flushes : 0;
	want->expect.faults = true;
}

/* Other kernels flush that often. */
static inline void storm_or(struct want *want, double flushes, const char *why)
{
	if (storm_listens(want) && want->gang.responders) {
		want->expect.ipis_else = want->gang.responders * flushes;
		want->expect.ipis_why = why;
	}
}

/* Page tables are freed: that is told even to a CPU that has this mm loaded lazily, for it might
 * still walk them. It drops the mm then, and has it again only when its sleeper was woken: one
 * interrupt to a leg, and none where something else ran there meanwhile. */
static inline void storm_tables_go(struct want *want)
{
	if (want->gang.state != RESPONDER_SLEEP)
		return;
	want->expect.ipis_a_leg = want->gang.responders;
	want->expect.ipis_why = "where page tables are freed, CPUs that idle with this mm are told "
				"once: in each leg, at most";
}

static const char *const storm_places[PLACES] = {[PLACE_SMT] = "smt",
						 [PLACE_CORE] = "core",
						 [PLACE_LLC] = "llc",
						 [PLACE_PACKAGE] = "package",
						 [PLACE_NEAREST] = "nearest"};

static inline enum place storm_place_of(const struct cell *cell)
{
	enum place place = PLACE_NONE;

	for (int i = 0; i < PLACES; i++)
		if (storm_places[i] && cell_is(cell, "place", storm_places[i]))
			place = (enum place)i;
	return place;
}

static inline enum responder_state storm_state_of(const struct cell *cell)
{
	static const char *const states[RESPONDER_STATES] = {
	    [RESPONDER_SPIN] = "spin",
	    [RESPONDER_TOUCH] = "touch",
	    [RESPONDER_SYSCALL] = "syscall",
	    [RESPONDER_SLEEP] = "sleep",
	    [RESPONDER_OTHER_MM] = "other-mm",
	    [RESPONDER_FAULT] = "fault",
	    [RESPONDER_FAULT_APART] = "fault-apart",
	};
	enum responder_state state = RESPONDER_NONE;

	for (int i = 0; i < RESPONDER_STATES; i++)
		if (states[i] && cell_is(cell, "state", states[i]))
			state = (enum responder_state)i;
	return state;
}

static inline struct verdict storm_room(const struct machine *machine, const struct gang_spec *gang)
{
	if (gang->responders <= machine->responders[gang->place] || !gang->responders)
		return verdict_ok();
	return verdict_skipped(
	    "no-place", "choose fewer threads or another place (tlbscope doctor lists the places)",
	    "wants %u others at %s, and there can be %u", gang->responders,
	    storm_places[gang->place], machine->responders[gang->place]);
}

/* The gang that the cell asks for, and whether there is room for it. */
static inline struct verdict storm_place(const struct cell *cell, const struct machine *machine,
					 struct gang_spec *gang)
{
	gang->responders = (unsigned)cell_count(cell, "resp");
	if (gang->responders) {
		gang->place = storm_place_of(cell);
		gang->state = storm_state_of(cell);
	}
	return storm_room(machine, gang);
}

#endif
