/* Simulated machines: what a run of chase and setprobe would find on a TLB that is known. Trace
 * driven: every load of every cell goes through L1 and L2 TLB, walk caches, data caches and the way
 * predictor. No I/O; for tests only. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "result/result.h"
#include "stats/stats.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_INDEX_MAX 12
#define SIM_ROUNDS    10

enum sim_policy { SIM_LRU, SIM_PLRU, SIM_RANDOM, SIM_FIFO };

struct sim_tlb {
	unsigned entries, ways; /* ways 0: fully associative */
	enum sim_policy policy;
	unsigned fold;			   /* XOR of the bits that many above; 0: none */
	unsigned folds;			   /* XOR of all groups of so many bits; 0: none */
	uint64_t hash;			   /* seed of a matrix of XORs; 0: none */
	unsigned char bits[SIM_INDEX_MAX]; /* index bits, where they are not the lowest */
	unsigned nbits;			   /* 0: the lowest */
	bool skewed;			   /* each way has a hash of its own */
	bool coalesces;			   /* four adjacent translations share an entry */
};

enum sim_predictor {
	SIM_NO_PREDICTOR,
	SIM_UTAG_KNOWN, /* hashes what the coloured layout expects */
	SIM_UTAG_OTHER, /* hashes something else: coloured aliases of a line miss */
};

struct sim_machine {
	const char *name;
	struct sim_tlb l1, l2;
	struct sim_tlb mid;	   /* a level between; entries 0: none */
	double mid_penalty;	   /* over a hit of mid: what l2, then the third level, takes */
	bool exclusive;		   /* l2 holds what l1 threw out, and only that */
	double hit, penalty, walk; /* cycles; penalty over a hit, walk over an L2 hit */
	double alias_least, least; /* cycles that computing an alias's address takes; any load */
	unsigned pde_entries;	   /* of the walk cache; 0: walks cost the same everywhere */
	double pde_miss;
	unsigned
	    upper_entries; /* of each walk cache above the page directory; 0: they always hit */
	unsigned walkers;  /* walks at a time; 0: any number */
	struct sim_tlb code, stores; /* TLBs of their own; entries 0: loads' serve */
	bool l2_holds_pdes;	     /* in the sets of the L2 TLB */
	unsigned l1d_kib, l1d_ways;
	double l1d_miss;
	unsigned l2_kib;
	double l2_miss;
	enum sim_predictor predictor;
	double noise, drift,
	    outliers; /* relative spread; relative change over the run; chance of an outlier */
};

extern const struct sim_machine sim_machines[]; /* ends with {0} */

/* A frame elsewhere, that never continues its neighbours'. */
uint64_t sim_frame(uint64_t page, uint64_t seed);
/* A cell of so many cycles, and what translation is of them (negative: not said). */
struct sim;
bool sim_add_cell(struct sim *sim, const char *key, double cycles, double translation);

struct sim_access {
	uint64_t page, frame; /* numbers */
	unsigned line;	      /* in the page */
};

/* Cycles of each of n accesses on average, in steady state: `warm` passes first, `counted` passes
 * after. */
double sim_play(const struct sim_machine *machine, const struct sim_access *access, uint64_t n,
		unsigned warm, unsigned counted, uint64_t seed);
/* Cycles of a step, one access of each of so many chains that follow one cycle, as far apart as can
 * be. */
double sim_play_chains(const struct sim_machine *machine, const struct sim_access *access,
		       uint64_t n, unsigned chains, uint64_t seed);

/* Adds the cell, played and made noisy as a run's would be. */
struct sim {
	const struct sim_machine *machine;
	struct result *result;
	struct random random;
	bool huge;	/* cells of 2m pages */
	bool splinters; /* of which the TLBs hold 4K pieces */
};
bool sim_chase(struct sim *sim, const char *layout, bool adjacent, uint64_t pages);
double sim_chase_cycles(struct sim *sim, const char *layout, bool adjacent, uint64_t n);
struct page_kind sim_page_of(const struct sim *sim); /* that its cells are of */
struct sim_set_cell {
	const char *probe;
	unsigned filler, bit, bit2, victims;
};
bool sim_setprobe(struct sim *sim, const struct sim_set_cell *cell);
bool sim_walkers(struct sim *sim, uint64_t pages, unsigned chains);
bool sim_walkcache(struct sim *sim, uint64_t stride, uint64_t pages);
bool sim_side(struct sim *sim, const char *bench, uint64_t pages); /* itlb, stores */

/* The same of 2m pages, through the machine's TLBs as if they held nothing else: at the addresses
 * that the engine takes. splinters: a host holds them in 4K pieces, and so do the TLBs. */
bool sim_huge(struct sim *sim, bool splinters);
bool sim_splinter(struct sim *sim, bool splinters); /* that question alone */
/* What walks and side TLBs are found from, and then the findings. */
bool sim_paths(struct sim *sim);

/* The cells that `tlbscope geometry` measures, step by step, with its refinement, and then the
 * findings. */
bool sim_geometry(struct sim *sim);
bool sim_curves(struct sim *sim); /* chase's alone */

#endif
