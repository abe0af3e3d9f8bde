/* Dependent loads at one page offset, a power of two of pages apart: few sets of a TLB serve them.
 */
#include "sparse_chain.h"

/* One 4K offset for all: few sets serve them. */
static struct verdict want(const struct cell *cell, const struct machine *machine, struct want *out)
{
	return sparse_want(cell, machine, true, out);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k", "4k", NULL, "page kind of the memory"},
    {"layout", P_WORD, "distinct,reference,zero", "distinct", NULL,
     "distinct: a page and a line of its own for each load; reference: the lines packed; zero: the "
     "kernel's zero page throughout"},
    {"stride", P_BYTES, "4KiB..64GiB", "4KiB", "layout=distinct,zero",
     "distance of the pages, a power of two of them"},
    {"pages", P_COUNT, "2..65536", "64", NULL, "of one pass"},
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
    {"sets", NULL,
     "assoc stride=4KiB,8KiB,16KiB,32KiB,64KiB,128KiB,256KiB,512KiB,1MiB,2MiB,4MiB,8MiB,16MiB,"
     "32MiB,64MiB,128MiB,256MiB,512MiB,1GiB "
     "pages=4,6,8,12,16,24,32,48,64,96,128,192,256,384,512,768,1024,1536,2048,3072,4096,6144,8192",
     NULL, "how many pages fit, as fewer sets can hold them"},
    {0},
};

const struct bench bench_assoc = {
    .name = "assoc",
    .what = "latency of dependent loads at a power-of-two stride, against the number of pages",
    .isolates = "associativity of the TLBs: each doubling of the stride halves the sets that serve "
		"the pages, until all of them fall into one and the knee is the number of ways",
    .cannot =
	"sets and ways where the index folds upper address bits (see setprobe); data caches "
	"past 512 pages, except by translation_cycles; from 2MiB on, upper levels of the page "
	"table miss as well",
    .source =
	"stride and footprint as in Saavedra and Smith (1995), with a line that moves on from "
	"page to page, so that no set of a data cache is favoured",
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
