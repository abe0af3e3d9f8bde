/* Memory under test: of one page kind and one layout, proved before it is used.
 *
 * A region is an arena, larger than what one cell touches. A cell gets a window of it,
 * at a random aligned place of its own each round, because which frames one gets is
 * a real source of variation. The slots of a window are the places that a benchmark
 * touches: one to a page (or to 4 KB), at a line that walks through all cache sets,
 * never at a stride of exactly one page.
 *
 * Layouts:
 *   distinct   every slot has a page and a line of its own: what a program sees.
 *   reference  the same number of lines packed into as few pages as can be had: what
 *              distinct costs without translation. Backed by transparent huge pages, or by
 *              hugetlb where an fd is given, else by base pages; `backing` says which. Past
 *              64 lines to each page of a level's reach it misses translations itself.
 *   alias      few physical pages mapped many times, so that the data stays in L1D and
 *              only translations are many. At 4k the line is coloured: it follows the
 *              address bits that AMD's L1D way predictor hashes, so that all aliases of a
 *              line share a tag; bounded to REGION_ALIAS_PAGES, past which they no longer
 *              would. At 2m and 1g one huge page is mapped again and again, with
 *              4K offsets spread over the aliases; 2m aliases lie in groups, 4 GiB apart,
 *              because address bits below 32 are part of that tag.
 *   zero       read-only anonymous memory, all of it the kernel's zero page: no memfd and
 *              one VMA, good for any stride, at a constant offset in cycles. With thp it is
 *              the huge zero page, arranged as 2m aliases are.
 */
#ifndef TLBSCOPE_REGION_H
#define TLBSCOPE_REGION_H

#include "cell.h"
#include "verdict.h"

#include <stddef.h>

enum layout { LAYOUT_DISTINCT = 1, LAYOUT_REFERENCE, LAYOUT_ALIAS, LAYOUT_ZERO };
enum frames {
	FRAMES_SHUFFLED = 0, /* first touched in random order: adjacent ones would coalesce */
	FRAMES_ADJACENT,     /* physically adjacent as far as the kernel gives them */
};

enum where {
	WHERE_ANY = 0, /* the kernel's own choice */
	WHERE_REMOTE,  /* frames of the farthest NUMA node; anonymous memory only */
	WHERE_HIGH,    /* addresses from 2^48 on, which take a fifth level of page tables */
};

/* Whose pages a distinct region holds. */
enum mapping {
	MAPPING_ANON = 0,
	MAPPING_SHARED,	 /* of a memfd, shared; of hugetlb pages too */
	MAPPING_FILE,	 /* of an unlinked file in /var/tmp (or TMPDIR), shared */
	MAPPING_PRIVATE, /* of such a file, private: written pages are copies of its own */
};

/* Where in its page each slot lies, by its 4K offset. Other than spread ones conflict in a TLB
 * whose host holds a huge page in pieces: equal ones, and of huge aliases those that do where the
 * TLB folds 7 or 8 bits of its index. */
enum offsets { OFFSETS_SPREAD, OFFSETS_EQUAL, OFFSETS_FOLD7, OFFSETS_FOLD8, OFFSETS };

struct region_spec {
	struct page_kind page; /* how = 0: this region is not wanted */
	enum layout layout;
	enum frames frames;
	enum where where;
	enum mapping mapping;
	uint64_t bytes; /* virtual span that the cell needs */
	uint64_t
	    slot_bytes; /* distance of slots, a power of two; 0: one slot to a page of the kind */
	bool remapped;	/* the benchmark itself unmaps and maps: no shared frames, no arena slack */
	bool
	    untouched; /* nothing is touched: the benchmark does it, and proves it (region_present).
			  Distinct; hugetlb then comes from the pool, as when remapped */
	bool
	    sparse; /* slots of 128 KiB and more: no page between them is mapped, and all lie at
		       one    of four 4K offsets, so that few sets of a TLB must hold all of them */
	enum offsets offsets; /* of huge aliases and sparse slots */
};

#define REGION_ALIAS_PAGES 16384u /* most pages of a coloured alias */
#define REGION_SPAN_MAX                                                                            \
	((uint64_t)1 << 46) /* of addresses: half of what 48 bits leave a process                  \
			     */
#define REGION_SPARSE_SLOT ((uint64_t)128 << 10) /* least slot of a sparse region */

struct region {
	struct region_spec spec; /* bytes: what is usable, at least what was asked for */
	char
	    *base; /* aligned to the page kind; at 4k to 4 MiB; alias at 4k: 256 MiB, huge: 4 GiB */
	char *reserved; /* the whole reservation, for unmapping */
	uint64_t reserved_bytes;
	uint64_t frame_bytes;	  /* physical bytes behind it (alias: few) */
	struct page_kind backing; /* real kind behind it (reference packs into huge pages) */
	int fd;			  /* of mappings that are not anonymous, owned; else -1 */
};

struct window {
	const struct region *region;
	char *base;
	uint64_t bytes; /* what the cell asked for */
	uint64_t slots; /* bytes / slot_bytes */
};

/* Whether such a region can be at all on that machine: kinds and layouts that go together, memory,
 * mappings. Pure; for a benchmark's want(). Skipped with the number and what to do, else ok. */
struct machine;
struct verdict region_check(const struct region_spec *spec, const struct machine *machine);

/* Maps, touches and arranges the region. hugetlb_fd: the supervisor's memfd of that
 * page size (its pages were touched once already), or -1 for none. Skipped with a remedy where
 * the machine cannot give such pages; never falls back to another kind. */
struct verdict region_map(struct region *region, const struct region_spec *spec, int hugetlb_fd,
			  uint64_t seed);
void region_unmap(struct region *region);

/* A window of `bytes`; `seed` picks the place, but in a sparse region. Aligned as the region is. */
struct window region_window(const struct region *region, uint64_t bytes, uint64_t seed);

/* Empties this CPU's TLB of the process's translations (x86; nothing elsewhere). What earlier cells
 * left there is not simply displaced: on Zen 5 a chain of 1,500 pages in a TLB of 4,096 entries
 * settled at 11 cycles from an empty one, and at 11 to 23 from a used one. */
void region_forget_translations(void);
#define FORGET_FAULTS 2 /* page faults that it takes */

/* Maps fresh memory of the region's kind (zero, or where it is shared with its content) over [at,
 * at+bytes), which may have been unmapped, and touches each page once if `touch`. For arm() of
 * benchmarks that consume mappings; distinct only. Nothing else may map memory between the
 * unmapping and this call: it takes the place as its own. */
struct verdict region_refill(const struct region *region, char *at, uint64_t bytes, bool touch);

/* Is each page of [at, at+bytes) present and of the region's kind? Invalid with the number where it
 * is not; where nobody can tell, it is. Before Linux 6.7 only huge pages can be told, by sums over
 * the mappings that the range touches. For check() of benchmarks whose pages come in the leg, and
 * for arm() of those that touch them again: a huge page that fell back to small ones would look
 * fast. */
struct verdict region_present(const struct region *region, const char *at, uint64_t bytes);

/* Bytes of [at, at+bytes) that huge pages translate; all of them where nobody can tell. For memory
 * of the benchmark's own, and before Linux 6.7 for mappings as a whole. */
uint64_t huge_bytes_at(const char *at, uint64_t bytes);
/* Do reads of huge pages that were never written share one of zeros? Skipped with the command. */
struct verdict huge_zero_allowed(void);

/* Where slot i of the window lies. Pure arithmetic. */
char *window_slot(const struct window *window, uint64_t i);

/* Pages at addresses of the benchmark's own choosing, far apart: address space in which every
 * base page that is touched has a frame of its own. For prepare() and release(); `align` a power of
 * two.
 */
struct scatter {
	char *base, *reserved;
	uint64_t reserved_bytes;
};
struct verdict scatter_map(struct scatter *scatter, uint64_t bytes, uint64_t align);
/* Maps the one huge page of an aliased hugetlb region once more, `at` bytes into the scatter. */
struct verdict scatter_alias(const struct scatter *scatter, const struct region *region,
			     uint64_t at);
void scatter_unmap(struct scatter *scatter);

#endif
