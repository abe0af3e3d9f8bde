/* The model of a comparison of two results: analyse makes it, output prints it.
 *
 * A row is one declared metric of one cell that is ok on both sides. It is called a regression or
 * an improvement only when the change is significant (exact Mann-Whitney, Holm over all rows),
 * large (at least its threshold), above what runs of that machine differ by when nothing changed
 * (noise), and there in both halves of the measurement. docs/regressions.md says why.
 */
#ifndef TLBSCOPE_RESULT_COMPARISON_H
#define TLBSCOPE_RESULT_COMPARISON_H

#include "result/result.h"

enum row_state {
	ROW_SAME,	 /* no change that meets all conditions */
	ROW_REGRESSION,	 /* all met, for the worse */
	ROW_IMPROVEMENT, /* all met, for the better */
	ROW_UNSURE,	 /* significant and large, but something is missing; `why` */
	ROW_UNREACHABLE, /* so few samples that no change could be significant */
	ROW_STATES,
};

enum noise_source {
	NOISE_ASSUMED,	   /* nobody measured it */
	NOISE_GIVEN,	   /* by the user */
	NOISE_RUNS,	   /* from several runs a side */
	NOISE_MEASURED,	   /* from tlbscope noise */
	NOISE_INTERLEAVED, /* every sample is a run of its own, in turn: the test itself sees it */
};

struct comparison_side {
	struct estimate e;
	unsigned samples, runs;
};

/* One addend of a cell's time. Those of a row add up to its estimates. */
#define PARTS_MAX 5
struct comparison_part {
	const char *name; /* base, work, interrupt, responders; hit, penalty, walk */
	double old, new;
	double lo, hi; /* of new - old: both intervals at their worst */
};

struct comparison_parts {
	unsigned n;
	struct comparison_part part[PARTS_MAX];
	bool has_ipis;
	double old_ipis, new_ipis; /* per op */
	char text[200]; /* "interrupt +812 ns and work +95 ns of +910 ns"; "" where it cannot be
			   told */
};

struct comparison_row {
	const struct cell_result *old_cell, *new_cell;
	const struct metric_result *old_metric, *new_metric;
	struct comparison_side old, new;
	double change, lo, hi; /* new / old - 1; lo and hi: both intervals at their worst */
	double p, holm;	       /* Mann-Whitney; adjusted */
	double least;	       /* the smallest p that so many samples can give, times the family */
	double threshold, noise;
	enum noise_source source;
	enum row_state state;
	bool approximate;		/* p is large, and by the normal approximation */
	const char *why;		/* ROW_UNSURE */
	struct comparison_parts *parts; /* of a row with a change; NULL: none */
};

enum other_kind {
	OTHER_NEW,     /* only in the new result */
	OTHER_GONE,    /* only in the old one */
	OTHER_REVISED, /* the benchmark's revision differs: numbers that cannot be compared */
	OTHER_INVALID, /* on one side or both */
	OTHER_SKIPPED,
	OTHER_KINDS,
};

struct comparison_other {
	const char *key;
	enum other_kind kind;
	bool in_both; /* invalid or skipped on both sides */
	bool lost;    /* ok in the old, and not to be had in the new */
	char text[RESULT_TEXT_MAX];
};

struct comparison_finding {
	const struct finding *old, *new;
	const struct finding_value *old_value, *new_value;
};

enum comparison_end { COMPARISON_SAME, COMPARISON_WORSE, COMPARISON_CANNOT_TELL };

struct comparison {
	const struct result *old, *new; /* must outlive it */
	double alpha, threshold;
	unsigned family; /* rows that Holm corrects for */
	unsigned nrows;
	struct comparison_row *rows; /* in the order of the new result */
	unsigned nothers;
	struct comparison_other *others;
	struct facts environment; /* what differs, as "old → new" */
	unsigned nfindings;
	struct comparison_finding *findings; /* those that differ */
	unsigned count[ROW_STATES], other_count[OTHER_KINDS], lost;
	unsigned pairs;	  /* of cells that are ok on both sides and of one revision */
	unsigned unequal; /* others that were measured on one side, or differently */
	enum comparison_end end;
	char conclusion[RESULT_TEXT_MAX]; /* one sentence */
};

void comparison_free(struct comparison *comparison);
const char *row_state_name(enum row_state state);
const char *other_kind_name(enum other_kind kind);
const char *noise_source_name(enum noise_source source);

#endif
