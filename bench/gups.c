/* Random accesses that do not wait for each other: what translation leaves of throughput. */
#include <tlbscope/bench.h>

#define BLOCK_LINES 64
#define BLOCK_WORDS ((uint64_t)512) /* 4 KiB */

struct gups {
	uint64_t at; /* accesses so far: each batch goes on where the last one ended */
	void (*run)(uint64_t *table, uint64_t words, uint64_t i, uint64_t n);
};

static struct verdict gups_want(const struct cell *cell, const struct machine *machine,
				struct want *want)
{
	struct region_spec *spec = &want->region[0];
	bool whole = cell_page(cell, "page").how == PAGE_HUGETLB;

	spec->page = cell_page(cell, "page");
	spec->layout = LAYOUT_DISTINCT;
	spec->bytes = cell_count(cell, "footprint");
	/* Slots are not used; this is what chase has, and cells of equal regions share them. */
	spec->slot_bytes = spec->page.how == PAGE_BASE || whole ? spec->page.bytes : 4096;
	want->pass_ops = cell_is(cell, "op", "blocks") ? BLOCK_LINES : 1;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

/* The i-th word is a hash of i, so that no access waits for another, not even for its address. */
static inline uint64_t hash(uint64_t i)
{
	i *= 0x9e3779b97f4a7c15u;
	i ^= i >> 32;
	i *= 0xd6e8feb86659fd93u;
	return i >> 32;
}

__attribute__((noinline)) static void gups_read(uint64_t *table, uint64_t words, uint64_t i,
						uint64_t n)
{
	for (uint64_t end = i + n; i < end; i++)
		(void)*(volatile uint64_t *)&table[hash(i) * words >> 32];
}

__attribute__((noinline)) static void gups_update(uint64_t *table, uint64_t words, uint64_t i,
						  uint64_t n)
{
	for (uint64_t end = i + n; i < end; i++)
		table[hash(i) * words >> 32] ^= i;
}

/* Every line of a random block, in order. n is a multiple of BLOCK_LINES. */
__attribute__((noinline)) static void gups_blocks(uint64_t *table, uint64_t words, uint64_t i,
						  uint64_t n)
{
	uint64_t blocks = words / BLOCK_WORDS;

	for (uint64_t end = i + n; i < end; i += BLOCK_LINES) {
		const volatile uint64_t *block = table + (hash(i) * blocks >> 32) * BLOCK_WORDS;

		for (unsigned k = 0; k < BLOCK_WORDS; k += BLOCK_WORDS / BLOCK_LINES)
			(void)block[k];
	}
}

static void gups_leg(struct visit *visit, uint64_t n)
{
	struct gups *gups = visit->state;
	uint64_t *table = (uint64_t *)visit->window[0].base, words = visit->window[0].bytes / 8;

	gups->run(table, words, gups->at, n);
	gups->at += n;
}

static struct verdict gups_prepare(struct visit *visit)
{
	struct gups *gups = visit->state;

	gups->run = cell_is(visit->cell, "op", "update")   ? gups_update
		    : cell_is(visit->cell, "op", "blocks") ? gups_blocks
							   : gups_read;
	gups->at = visit->seed;
	region_forget_translations();
	gups_leg(visit, visit->window[0].bytes / visit->want->region[0].page.bytes *
			    visit->want->pass_ops);
	return verdict_ok();
}

/* An update undoes itself: the last one, done again, must give the word as it was before. */
static struct verdict gups_check(struct visit *visit, uint64_t n)
{
	const struct gups *gups = visit->state;
	uint64_t *table = (uint64_t *)visit->window[0].base, words = visit->window[0].bytes / 8;
	uint64_t last = gups->at - 1, *word = &table[hash(last) * words >> 32], was = *word;

	(void)n;
	if (gups->run != gups_update)
		return verdict_ok();
	gups_update(table, words, last, 1);
	bool undone = *word == (was ^ last);

	gups_update(table, words, last, 1);
	return undone && *word == was
		   ? verdict_ok()
		   : verdict_invalid("lost-update",
				     "report this: the table was written to while it was measured",
				     "an update done twice did not leave the word as it was");
}

static const struct param params[] = {
    {"page", P_PAGE,
     "4k,16k,64k,2m,1g,thp,thp-16k,thp-32k,thp-64k,thp-128k,thp-256k,thp-512k,thp-1m", "4k", NULL,
     "page kind of the memory"},
    {"op", P_WORD, "read,update,blocks", "update", NULL,
     "read: one load; update: load, change and store, as the benchmark of that name does; blocks: "
     "a load of each line of a random 4 KiB, in order"},
    {"footprint", P_BYTES, "4KiB..32GiB", "128MiB", NULL, "size of the table"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, false},
    {"per_second", "1/s", BETTER_MORE, false},
    {0},
};

static const struct derived derived[] = {
    {"over_thp", "ns", "page=thp", DERIVED_RATIO, "page=4k,16k,64k"},
    {0},
};

static const struct sweep sweeps[] = {
    {"price", "gups page=4k,thp op=read,update footprint=128MiB",
     "gups page=4k,thp op=read,update footprint=1MiB..1GiB", NULL,
     "random accesses a second, on small pages and on huge ones"},
    {"gain", NULL, "gups page=4k,thp op=update,blocks footprint=16MiB,128MiB,1GiB,4GiB,half", NULL,
     "what huge pages gain, from caches' size to half of memory"},
    {"price-hugetlb", NULL, "gups page=2m,1g op=read,update footprint=1GiB", NULL,
     "the same on pages of the pools"},
    {0},
};

const struct bench bench_gups = {
    .name = "gups",
    .what = "random reads and updates of a table, none waiting for another",
    .isolates =
	"throughput of accesses that miss: over_thp is the price of small pages where walks "
	"overlap as far as the core can",
    .cannot = "the latency of a miss (see chase); walks apart from cache misses, except by the "
	      "difference between page kinds",
    .source = "RandomAccess (GUPS) of the HPC Challenge benchmarks (Luszczek et al., 2006), with "
	      "hashed instead of shifted indexes and one thread",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct gups),
    .want = gups_want,
    .prepare = gups_prepare,
    .leg = gups_leg,
    .check = gups_check,
};
