/* What the cells of setprobe say of one TLB: how many pages a set holds, which address bits choose
 * it, and where the whole is full. Times only; no claim is read here. */
#ifndef TLBSCOPE_ANALYSE_SET_PROBE_H
#define TLBSCOPE_ANALYSE_SET_PROBE_H

#include "result/result.h"

#define SET_BITS_MAX	   32
#define RANDOM_MAX	   16
#define SET_PROBE_TOP_BIT  20 /* of the page number, that is asked */
#define SET_PROBE_TOP_HUGE 16 /* the same of huge pages */

struct set_probe {
	bool probed;
	unsigned fit;	   /* most pages of one set that all hit; 0: none did */
	unsigned past;	   /* fewest pages of which some miss; 0: none did */
	double fit_misses; /* what `fit` pages cost over their hits, in misses */
	unsigned filler;   /* fewest of all cells */
	unsigned nrandom;  /* level 1: numbers of pages anywhere that were asked, and whether they
			      cost misses */
	struct {
		unsigned n;
		bool misses;
	} random[RANDOM_MAX];
	double slope_at; /* there and back: where the line of misses begins; 0: no line */
	bool index_known;
	unsigned index_victims;		       /* so many overfill one set and fit two */
	unsigned nbits, bit[SET_BITS_MAX];     /* address bits that choose the set */
	unsigned nothers, other[SET_BITS_MAX]; /* that do not */
	unsigned group[SET_BITS_MAX];	       /* bits of one group are folded together (XOR) */
	unsigned ngroups;		       /* sets = 2^ngroups, once every pair is known */
	bool folds_known;
	unsigned doubtful; /* bits that were not asked */
	struct {
		bool known;
		double entries, lo, hi;
	} whole;
	const struct cell_result *from[8]; /* cells that decided */
	unsigned nfrom;
};

/* The highest bit that is asked of such pages. */
unsigned set_probe_top(struct page_kind page);
/* level 1: without fillers, 2: with. Transparent huge pages are those of the pool of that size: one
 * TLB holds both. */
struct set_probe set_probe_read(const struct result *result, struct page_kind page, unsigned level);
/* How many victims to try index bits with: more than a set holds, and no more than two do. The
 * first guess follows from `fit`; where it told nothing, others go through all ways from 3 to 27.
 * 0: no more. */
unsigned set_probe_victims(const struct set_probe *probe, unsigned attempt);
#define SET_PROBE_ATTEMPTS 5
/* "0-7,9", folded bits joined by ^: "0^7,1^8" */
void set_probe_index(const struct set_probe *probe, char *out, size_t size);

#endif
