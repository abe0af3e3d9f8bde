/* Many runs of one machine in order, and where a cell's cost changed for good.
 *
 * Runs are ordered by kernel release (as versions: 6.9 before 6.10), then by date. A series is one
 * primary metric of one cell at one revision of its benchmark.
 */
#ifndef TLBSCOPE_RESULT_HISTORY_H
#define TLBSCOPE_RESULT_HISTORY_H

#include "result/key.h"
#include "result/result.h"

#define HISTORY_RUNS_MAX 1000

struct history_run {
	char id[48], started[32], kernel[64], label[64];
	bool complete;
};

struct history_point {
	unsigned run;
	struct estimate e;
};

struct history_change {
	unsigned at;		    /* index of the first point of the new stretch */
	double ratio;		    /* new ÷ old */
	enum confidence confidence; /* SEEN: only one run on a side says so */
};

struct history_series {
	struct cell cell;
	char key[CELL_KEY_MAX], metric[RESULT_NAME_MAX], unit[12];
	enum better better;
	unsigned revision;
	unsigned npoints, room;
	struct history_point *points;
	unsigned nchanges;
	struct history_change *changes;
};

struct history {
	char machine[96], cpu[96];
	unsigned nruns;
	struct history_run *runs;
	unsigned nseries;
	struct history_series *series;
};

void history_init(struct history *history);
void history_free(struct history *history);

/* Takes the ok cells that match (only NULL: all). An error names the run where it is of another
 * machine, was added before, or is one too many. */
struct verdict history_add(struct history *history, const struct result *result,
			   const struct selector *only);

/* Of kernel releases: as versions, a release's candidates before it. */
int history_kernel_order(const char *a, const char *b);

/* Orders runs and the points of every series. False without memory. */
bool history_order(struct history *history);

#endif
