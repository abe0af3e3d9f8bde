/* The plan of a run: which cells, who they are paired with, which share a worker.
 *
 * Planning is pure: it asks benchmarks what a cell wants and the topology who could run it, and
 * changes nothing on the machine. A cell that cannot run here stays in the plan with its reason.
 */
#ifndef TLBSCOPE_MEASURE_PLAN_H
#define TLBSCOPE_MEASURE_PLAN_H

#include "machine/topology.h"
#include "measure/soundness.h"
#include "result/key.h"

#include <tlbscope/bench.h>

#define PLAN_CELLS_MAX	 20000
#define PLAN_DERIVED_MAX 4
#define NO_CELL		 (~0u)

struct plan_cell {
	struct cell cell;
	char key[CELL_KEY_MAX];
	const struct bench *bench;
	struct want want;
	char sweeps[160];   /* names, comma separated; "" for cells named by --only alone */
	const char *refine; /* parameter to bisect, or NULL */
	bool requested;	    /* false: only the partner of a derived metric */
	unsigned wave;
	struct verdict verdict; /* ok, or skipped at planning */
	unsigned group;		/* NO_CELL: none, because skipped */
	unsigned nderived;
	struct {
		const struct derived *derived;
		unsigned partner; /* index of a cell */
	} derived[PLAN_DERIVED_MAX];
};

/* Cells with equal needs of memory, gang and partners: one worker visits them all in a round. */
struct plan_group {
	struct region_spec region[2]; /* bytes: largest of its cells */
	struct gang_spec gang;
	struct partner_spec partner; /* a fork leaves the memory of the forked write-protected */
	struct pressure pressure;    /* all but its swap_bytes is equal */
	unsigned cpukind;	     /* of the initiator; 0: the first */
	bool fragmented;
	uint64_t extra_bytes; /* largest of its cells */
	struct gang_cpus cpus;
	unsigned ncells;
};

struct plan {
	unsigned ncells, ngroups, capacity;
	struct plan_cell *cells;
	struct plan_group *groups;
	unsigned *slots;     /* cells by key, for plan_find() */
	struct texts *texts; /* while planning */
};

struct plan_context {
	const struct topology *topology;
	struct machine machine;
	const struct soundness *soundness; /* NULL: not tested (dry run) */
};

struct plan_request {
	const char *profile;	 /* "quick" or "full" */
	const char *const *only; /* selectors, or none */
	unsigned nonly;
	bool no_floor; /* without the cells of null, unless they are asked for */
};

/* With `only`, the cells of the profile that match; a selector that matches none of them but names
 * a benchmark makes its own cells, defaults standing for what it leaves out. Errors: unknown
 * benchmark, parameter or value (each names the choices), a selector that matches nothing. */
struct verdict plan_make(const struct plan_request *request, const struct plan_context *context,
			 struct plan *out);
/* Is there such a benchmark, with these parameters? The errors are plan_make()'s. */
struct verdict plan_knows(const struct selector *selector);
/* For refinement: `like` with parameter `name` set to `count`; its index, or NO_CELL where it
 * exists or cannot be. */
unsigned plan_refined(struct plan *plan, const struct plan_context *context, unsigned like,
		      const char *name, uint64_t count, unsigned wave);
unsigned plan_find(const struct plan *plan, const char *key); /* NO_CELL: not there */
void plan_free(struct plan *plan);

/* Has it cells of layouts that are to be tested for soundness? */
bool plan_shares_frames(const struct plan *plan);
/* hugetlb pages of that size that the most demanding group needs. */
uint64_t plan_huge_pages(const struct plan *plan, uint64_t page_bytes);
/* Bytes of memory (frames, not addresses) that the most demanding group needs. */
uint64_t plan_bytes(const struct plan *plan);
/* The same of one cell. */
uint64_t want_bytes(const struct want *want);
/* Of that, what a worker takes: not the pages of pools, which the run holds already. */
uint64_t want_fresh_bytes(const struct want *want);
/* Pages of that size that benchmarks map from the pool themselves, beside those of
 * plan_huge_pages(). */
uint64_t plan_loose_pages(const struct plan *plan, uint64_t page_bytes);
/* Frames behind a region of that spec; span unless aliased. */
uint64_t region_frames(const struct region_spec *spec);

#endif
