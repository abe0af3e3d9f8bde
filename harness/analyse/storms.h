/* Cells of operations that change a mapping, their neighbours in a plan, and curves of them. Such
 * an operation is known by its parameters `npages` and `resp`, not by its name. */
#ifndef TLBSCOPE_ANALYSE_STORMS_H
#define TLBSCOPE_ANALYSE_STORMS_H

#include "result/result.h"
#include "stats/curve.h"

/* An ok cell with `ns` on the first kind of CPU, whose responders, if any, spin. */
bool storm_is(const struct cell_result *c);
/* Does it carry that proof, held? */
bool storm_proved(const struct cell_result *c, const char *what);
/* The ok cell that is like this one but for one count; at resp=0 place and state vanish. NULL: not
 * there. */
const struct cell_result *storm_like(const struct result *result, const struct cell_result *c,
				     const char *name, uint64_t count);

/* The same values for all else, but resp, place and state? */
bool storm_same_op(const struct cell *a, const struct cell *b, bool same_npages);
/* The operation as people call it: "madvise", and the values of its own parameters where another
 * cell of the result has others: "madvise free thp". */
void storm_name(const struct result *result, const struct cell *cell, char *out, size_t size);

/* Cells that are alike but for one count, by that count. */
struct storm_curve {
	size_t n;
	const struct cell_result **cell;
	struct curve curve; /* of `metric` */
	const char *metric;
};

/* The curve over `axis` that this cell is on, of the cells that have the metric. False without
 * memory. */
bool storm_curve(const struct result *result, const struct cell_result *like, const char *axis,
		 const char *metric, struct storm_curve *out);
void storm_curve_free(struct storm_curve *curve);
/* Is this cell the first one of its curve over `axis`? So that each curve is looked at once. */
bool storm_leads(const struct result *result, const struct cell_result *c, const char *axis);

/* Flushes of an operation as the kernel's tracepoint has them: were most of everything? False: none
 * were counted. */
bool storm_flushes_all(const struct cell_result *c, bool *full);
/* Where the curve goes over from flushes of pages to flushes of everything, by those counts: the
 * last point with the one and the first with the other. False where it does not, goes to and fro,
 * or nothing was counted. */
bool storm_counted(const struct storm_curve *curve, size_t *partial, size_t *full);

/* A copy of the curve with each height the median of a new draw from its cell's rounds, for
 * bootstrapping. Cells of the same rounds get the same draw, because a round is one process to all
 * of them and processes have modes. */
struct random;
void storm_resample(const struct storm_curve *curve, struct random *random,
		    struct curve_point *out);

#endif
