/* Dependent loads at pages so far apart that upper levels of the page table are many: what a walk
 * costs, by the level that it starts from. */
#include "sparse_chain.h"

static struct verdict want(const struct cell *cell, const struct machine *machine, struct want *out)
{
	return sparse_want(cell, machine, false, out);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k", "4k", NULL, "page kind of the memory"},
    {"layout", P_WORD, "distinct,reference,zero", "distinct", NULL,
     "distinct: a page and a line of its own for each load; reference: the lines packed; zero: the "
     "kernel's zero page throughout"},
    {"stride", P_BYTES, "128KiB..512GiB", "2MiB", "layout=distinct,zero",
     "distance of the pages, a power of two: from 2MiB on each needs a page-directory entry of its "
     "own, from 1GiB on one of the level above, from 512GiB on one above that"},
    {"pages", P_COUNT, "16..16384", "1024", NULL, "of one pass"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {0},
};

static const struct derived derived[] = {
    {"translation_ns", "ns", "layout=reference", DERIVED_DIFF, "layout=distinct"},
    {"translation_cycles", "cycles", "layout=reference", DERIVED_DIFF, "layout=distinct"},
    {0},
};

/* Spelled out: steps of a range are whole pages. */
static const struct sweep sweeps[] = {
    {"levels", "walkcache layout=distinct stride=4MiB,16MiB,64MiB,128MiB pages=128",
     "walkcache layout=distinct "
     "stride=128KiB,512KiB,2MiB,4MiB,8MiB,16MiB,32MiB,64MiB,128MiB,256MiB,512MiB,1GiB,"
     "2GiB,4GiB,8GiB,32GiB "
     "pages=64,96,128,160,192,224,256,288,320,384,448,512,640,768,1024,1536,2048",
     NULL, "cost of a walk, as more entries of upper levels are needed"},
    {"top-level", NULL,
     "walkcache layout=distinct stride=64GiB,128GiB,256GiB,512GiB pages=64,96,128,192,256,512",
     NULL, "the same at the uppermost levels, as far as addresses reach"},
    {"many", NULL,
     "walkcache layout=distinct,zero stride=128KiB,2MiB,4MiB,1GiB "
     "pages=3072,4096,6144,8192,12288,16384",
     NULL, "past what a TLB holds of upper levels"},
    {0},
};

const struct bench bench_walkcache = {
    .name = "walkcache",
    .what = "latency of dependent loads at far pages, against their number and distance",
    .isolates = "page walks by the level they start from: the last level misses always, and the "
		"stride decides of which level above each load needs an entry of its own",
    .cannot =
	"tell a walk cache of its own from page-directory entries that share the L2 TLB "
	"(where a power-of-two stride halves the knee, they are set-associative); walks below "
	"the L2 TLB's entries where its index folds upper address bits; the entries' own "
	"cache misses from the levels of the walk",
    .source = "Barr, Cox and Rixner, Translation Caching: Skip, Don't Walk (ISCA 2010); van "
	      "Schaik et al., RevAnC (EuroSec 2017)",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct sparse_chain),
    .want = want,
    .prepare = sparse_prepare,
    .leg = sparse_leg,
    .check = sparse_check,
};
