/* Conditions of a visit that no proof can ask for, because others decide them: who else was on the
 * core, and how far apart the gang's CPUs really were. In a guest the host's scheduler moves CPUs
 * between threads, cores and sockets as it likes, and no count of the guest's kernel shows it; on
 * bare metal a program on the sibling thread does the same to a core. Each visit measures both and
 * leaves them as metrics of its cell:
 *
 *   width       independent adds a cycle around the legs (clock.h), on the most shared core of the
 *               gang. A core that is the thread's own does as many as it has adders.
 *   handoff_ns  a cache line to a responder and back.
 *
 * Single operations come in short legs, and both are asked around each, so that a visit rests on
 * legs under the best conditions that it had (legs_alike() in measure/metrics.h).
 *
 * Where a cell has enough visits under one set of conditions, the rest are set aside: kept in the
 * result, left out of estimates. What is chosen by is never the time that is measured. */
#ifndef TLBSCOPE_RESULT_CONDITIONS_H
#define TLBSCOPE_RESULT_CONDITIONS_H

#include "result/result.h"

#define CONDITION_WIDTH	  "width"
#define CONDITION_HANDOFF "handoff_ns"

/* A core that does less than this share of the most that one did has company. Company costs a
 * quarter of the adds and more while it is there, which is not always all the time; what a core
 * does alone varies by 3%. */
#define CONDITION_ALONE 0.95
/* So many visits, and one in so many, must have seen as much, to this share: where time is stolen
 * in slices, calibrations lose some and adds at once do not, and what looks like a wider core
 * scatters. */
#define CONDITION_AGREED    0.97
#define CONDITION_WITNESSES 3
#define CONDITION_ONE_IN    200
/* Distances that differ by less are one. From thread to core to socket they double at least. */
#define CONDITION_APART 1.5
/* Visits under one set of conditions that make the rest dispensable: what an interval takes. */
#define CONDITION_VISITS 6
/* The nearest distance is the usual one where this part of the visits was at it: an interval may
 * become twice as wide, for which two runs rest on the same distance even where most visits of the
 * one and of the other were not at the same. */
#define CONDITION_NEAR_ONE_IN 4

struct conditions {
	unsigned visits;    /* that know their width */
	unsigned shared;    /* of them: on a core with company */
	unsigned elsewhere; /* of the others (of all, where all must serve): at another distance
			       than the usual one, which is the nearest with visits enough, else
			       that of most */
	bool without_shared, without_elsewhere; /* these are set aside */
	double near_ns, far_ns;			/* least and greatest handoff; 0: not known */
};

/* What a core does alone: the most that visits of the run agree on, since a calibration that was
 * disturbed can make one look wider. For struct clock; 0: not measured. */
double conditions_width(const struct result *result);

/* width_most: struct clock's width; 0: whether cores were shared is not known. */
struct conditions conditions_of(const struct cell_result *cell, double width_most);
/* Sets samples aside and takes others back, in order of rounds. False without memory. */
bool conditions_sort(struct cell_result *cell, double width_most);
/* Takes all back. */
bool conditions_recall(struct cell_result *cell);
/* A core of its own? More than it can do (width_most, above 0) is a measurement in which another
 * thread had the core. */
bool conditions_alone(double width, double width_most);
/* One distance, or two? */
bool conditions_as_far(double a_ns, double b_ns);
/* The usual distances of both; a cell that has none is as far as any. */
bool conditions_cells_as_far(const struct cell_result *a, const struct cell_result *b);
/* Why two sides of a comparison, with their estimates, were not measured alike; NULL: they were, as
 * far as is known. */
const char *conditions_differ(const struct cell_result *a, const struct cell_result *b,
			      double width_most);
/* Adds what a reader of the cell should know of it as notes. */
void conditions_note(struct cell_result *cell, double width_most);
/* Takes such notes back: they are about the visits of one run. */
void conditions_drop_notes(struct cell_result *cell);

#endif
