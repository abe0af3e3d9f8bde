/* Between plan.c (cells, groups, pairs), expand_plan.c (sweeps and selectors to cells) and
 * derived.c. */
#ifndef TLBSCOPE_MEASURE_PLAN_INTERNAL_H
#define TLBSCOPE_MEASURE_PLAN_INTERNAL_H

#include "measure/plan.h"

/* Adds the cell, or finds it; its index, NO_CELL when the plan is full. */
unsigned plan_add(struct plan *plan, const struct plan_context *context, const struct bench *bench,
		  const struct cell *cell, const struct sweep *sweep, bool requested,
		  unsigned wave);

/* Takes the newest cell out again; it must be in no group. */
void plan_drop_last(struct plan *plan);

/* All sweeps of all benchmarks in a profile, as far as `filter` (or NULL) matches. */
struct verdict expand_profile(struct plan *plan, const struct plan_context *context,
			      const char *profile, const struct selector *filter);
struct verdict expand_only(struct plan *plan, const struct plan_context *context,
			   const struct plan_request *request);

/* Selectors in benchmarks' tables, each parsed once: a plan asks for them tens of thousands of
 * times. Only those of one benchmark at a time. */
struct texts {
	uint64_t base_page_bytes;
	const struct bench *bench;
	unsigned n, room;
	struct text {
		const char *const *where; /* the field of the table */
		struct selector *selector;
		struct verdict verdict;
	} * text;
};
/* Forgets what is known of another benchmark. */
void texts_begin(struct texts *texts, const struct bench *bench, uint64_t base_page_bytes);
/* *field as a selector, or with a `name` as the items of that parameter; valid until the next
 * benchmark. */
struct verdict texts_read(struct texts *texts, const char *const *field, const char *name,
			  const struct selector **out);
void texts_free(struct texts *texts);

/* The cell that a derived metric is taken against: `cell` with the values of d->base. False where
 * the metric does not apply to the cell. */
bool derived_partner(struct texts *texts, const struct derived *d, const struct cell *cell,
		     struct cell *out);

/* Adds a parameter of the planner's own; false where the cell has no room for it. */
bool cell_add_count(struct cell *cell, const char *name, uint64_t count);

/* Does parameter p exist in a cell with these values so far? */
bool param_applies(struct texts *texts, const struct param *p, const struct cell *sofar);

#endif
