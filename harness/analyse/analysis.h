/* What the analyses share. Each is one file, one row of the table in findings.c, and appends its
 * findings; later rows may read the findings of earlier ones. */
#ifndef TLBSCOPE_ANALYSE_ANALYSIS_H
#define TLBSCOPE_ANALYSE_ANALYSIS_H

#include "analyse/analyse.h"
#include "analyse/series.h"
#include "result/key.h"

#define PAGE_KINDS_MAX 16
#define PAGE_NAME_MAX  32

bool find_splinter(struct result *result);
bool find_tlb_levels(struct result *result);
bool find_walk_cost(struct result *result);
bool find_tlb_geometry(struct result *result);
bool find_walkers(struct result *result);
bool find_walk_levels(struct result *result);
bool find_side_tlbs(struct result *result);
bool find_huge_gain(struct result *result);
bool find_shootdown(struct result *result);
bool find_flush_ceiling(struct result *result);
bool find_shootdown_cost(struct result *result);
bool find_responders(struct result *result);
bool find_mechanism(struct result *result);
bool find_access_gain(struct result *result);
bool find_break_even(struct result *result);
bool find_virt(struct result *result);
bool find_switch_cost(struct result *result);
bool find_counter_check(struct result *result);
bool find_company(struct result *result);
bool find_trust(struct result *result);

/* A finding in the making. Once memory is gone, every further call does nothing and draft_done() is
 * false. What rests on a cell of fewer rounds than an interval of 95% takes is never confirmed. */
struct draft {
	struct finding *finding;
	bool failed, thin;
};
struct draft draft_begin(struct result *result, const char *kind, const char *analysis);
__attribute__((format(printf, 3, 4))) void draft_subject(struct draft *draft, const char *name,
							 const char *format, ...);
void draft_value(struct draft *draft, const char *name, const char *unit, struct estimate e);
void draft_number(struct draft *draft, const char *name, const char *unit, double value);
void draft_from(struct draft *draft, const struct cell_result *cell); /* NULL: nothing */
void draft_from_range(struct draft *draft, const struct series *series, double low_x,
		      double high_x);
__attribute__((format(printf, 3, 4))) bool
draft_done(struct draft *draft, enum confidence confidence, const char *format, ...);

/* Subject of a finding on an operation that changes a mapping: op, page, and its own parameters;
 * with `place`, also where its responders run. */
void draft_storm(struct draft *draft, const struct cell_result *cell, bool place);
/* Is that finding on the same operation, pages and parameters as this cell, wherever and how many
 * respond? */
bool storm_is_subject(const struct finding *f, const struct cell *cell);

/* Intervals combine at their worst (lo − hi to hi − lo, lo ÷ hi to hi ÷ lo): wider than 95% would
 * need, never too narrow. */
struct estimate estimate_less(struct estimate a, struct estimate b);
struct estimate estimate_over(struct estimate a, struct estimate b);

/* NULL: absent, or no finding. */
const struct finding_value *value_of(const struct finding *f, const char *name);

/* "4k", "2m", "thp", "thp-64k": as in keys. */
void page_name(struct page_kind page, char out[PAGE_NAME_MAX]);
/* "850 ns", "11.0 µs", "11.0 cycles" */
#define QUANTITY_MAX 40
void quantity(char out[QUANTITY_MAX], double value, const char *unit);
/* Of what a cost consists of: the estimate, or that it is not told apart from zero (phrase.h). */
#define PART_MAX 80
void quantity_part(char out[PART_MAX], const struct estimate *e, const char *unit);

/* How much further a TLB of so many entries reaches when frames are adjacent. False: no cells that
 * tell. */
bool find_coalescing(const struct result *result, struct page_kind page, double entries,
		     double *ratio);
/* Does a finding say that the TLB holds such pages in pieces? Of pages that have none of their own,
 * that of 2m says it; 1g pages may well be pieces of 2 MiB. */
bool host_splinters(const struct result *result, struct page_kind page);
bool splinter_tested(const struct result *result, struct page_kind page);
/* What the pieces are, as far as known: "4k" or "smaller". */
const char *splinter_entries(const struct result *result, struct page_kind page);

/* Is the claim about that kind of page (thp: 2m)? */
bool claim_names_page(const struct claim *claim, const char *page);
/* A hypervisor may hide the flag that says the number counts in 32s. */
double claim_entries(const struct claim *claim);

/* Times as fast: from here on a gain is called one. */
#define GAIN_MIN 1.05
struct gain_word {
	const char *what; /* "no gain", "slower", … */
	bool certain;	  /* all of the interval says so */
};
/* Of a ratio whose estimate is below GAIN_MIN. */
struct gain_word gain_small(const struct estimate *ratio);

/* A measured size against a claim. */
#define CLAIM_AGREES 0.05
enum claim_judged { CLAIM_REFUTED, CLAIM_HELD, CLAIM_EITHER };
/* A bracket lies between two footprints of a grid: lo is the largest that still hits, and hi + 1
 * the first that does not. A claim below the one is refuted, and one above the other. One of just
 * as many entries as the footprint that misses is not: the stack, the kernel's interrupts or a
 * sibling thread have a page there, too. So both ends give way by CLAIM_AGREES, as agreement does.
 * What is within is held only where both ends are as close to it: a wide bracket would agree with
 * anything. */
enum claim_judged claim_judge_bracket(const struct estimate *e, double claimed);
/* A number that was counted: held where it is so close, relatively; either where only its interval
 * holds the claim. */
enum claim_judged claim_judge_number(const struct estimate *e, double claimed, double agrees);

#endif
