/* Loads in ascending order that do not wait for each other: what page borders leave of bandwidth.
 */
#include "layout.h"

struct stream {
	uint64_t stride, mask; /* bytes; lines by which neighbours may differ */
};

static struct verdict stream_want(const struct cell *cell, const struct machine *machine,
				  struct want *want)
{
	struct region_spec *spec = &want->region[0];
	uint64_t stride = cell_count(cell, "stride");

	spec->page = cell_page(cell, "page");
	spec->layout = LAYOUT_DISTINCT;
	spec->bytes = cell_count(cell, "footprint");
	/* Slots are not used; this is what chase has, and cells of equal regions share them. */
	spec->slot_bytes = spec->page.how == PAGE_THP ? 4096 : spec->page.bytes;
	if (!stride || stride & (stride - 1) || spec->bytes % stride)
		return verdict_skipped("not-whole", "choose a power of two, such as stride=256B",
				       "%llu bytes are not a whole number of strides of %llu",
				       (unsigned long long)spec->bytes, (unsigned long long)stride);
	want->pass_ops = spec->bytes / stride;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	return region_check(spec, machine);
}

/* From 4 KiB on, neighbours lie on different lines of their strides: else all would fall into one
 * set of L1D. */
__attribute__((noinline)) static void load_each(const char *base, const struct stream *stream,
						uint64_t n)
{
	const uint64_t stride = stream->stride, mask = stream->mask;

	for (uint64_t i = 0; i < n; i++)
		(void)*(volatile const uint64_t *)(base + i * stride + ((i & mask) << 6));
}

/* n is a multiple of a pass. */
static void stream_leg(struct visit *visit, uint64_t n)
{
	const struct stream *stream = visit->state;

	for (; n; n -= visit->want->pass_ops)
		load_each(visit->window[0].base, stream, visit->want->pass_ops);
}

static struct verdict stream_prepare(struct visit *visit)
{
	struct stream *stream = visit->state;

	stream->stride = cell_count(visit->cell, "stride");
	stream->mask = stream->stride < 4096 ? 0 : 63;
	region_forget_translations();
	stream_leg(visit, visit->want->pass_ops);
	return verdict_ok();
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,2m,1g,thp", "4k", NULL, "page kind of the memory"},
    {"stride", P_BYTES, "64B..4MiB", "64B", NULL, "distance of two loads, a power of two"},
    {"footprint", P_BYTES, "4KiB..max", "64MiB", NULL,
     "bytes of address space that one pass covers"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, true},
    {"per_second", "1/s", BETTER_MORE, false},
    {0},
};

static const struct derived derived[] = {
    {"over_thp", "ns", "page=thp", DERIVED_RATIO, "page=4k,16k,64k"},
    {0},
};

/* Spelled out: steps of a range are whole pages. */
static const struct sweep sweeps[] = {
    {"bandwidth", NULL,
     "stream page=4k,thp footprint=1MiB,16MiB,64MiB "
     "stride=64B,128B,256B,512B,1KiB,2KiB,4KiB,8KiB,16KiB,64KiB",
     NULL, "loads a second in ascending order, by their distance"},
    {0},
};

const struct bench bench_stream = {
    .name = "stream",
    .what = "independent loads in ascending order, against their distance",
    .isolates = "bandwidth: lines a second at 64B, and what is left of it when each load needs a "
		"page; at 4KiB, next-page prefetch and walks that overlap",
    .cannot = "which of the two helped, or data prefetch apart from translation; the difference to "
	      "page=thp (over_thp) is translation",
    .source = "the read kernel of STREAM (McCalpin), with strides",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct stream),
    .want = stream_want,
    .prepare = stream_prepare,
    .leg = stream_leg,

};
