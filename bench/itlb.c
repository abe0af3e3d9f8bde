/* A chain of jumps, one to a page: what the instruction side pays for translation. */
#include "layout.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define JUMP_MAX 16 /* bytes of what one slot holds */

/* Machine code that jumps `distance` bytes from its own first byte, and the end of a pass: count
 * down, and back to the first slot or return. */
struct jumps {
	unsigned (*jump)(unsigned char out[JUMP_MAX], int64_t distance);
	unsigned (*turn)(unsigned char out[JUMP_MAX], int64_t distance);
	uint64_t reach; /* bytes, either way */
};

static inline unsigned put_32(unsigned char *out, uint64_t word)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (unsigned char)(word >> 8 * i);
	return 4;
}

/* jmp rel32, relative to the next instruction. */
static inline unsigned x86_jump(unsigned char *out, int64_t distance)
{
	out[0] = 0xe9;
	return 1 + put_32(out + 1, (uint64_t)(distance - 5));
}

/* dec rdi; jnz rel32; ret */
static inline unsigned x86_turn(unsigned char *out, int64_t distance)
{
	static const unsigned char start[] = {0x48, 0xff, 0xcf, 0x0f, 0x85};

	memcpy(out, start, sizeof start);
	put_32(out + 5, (uint64_t)(distance - 9));
	out[9] = 0xc3;
	return 10;
}

/* b label, in words of four bytes. */
static inline unsigned arm_jump(unsigned char *out, int64_t distance)
{
	return put_32(out, 0x14000000u | ((uint64_t)(distance / 4) & 0x03ffffff));
}

/* subs x0, x0, 1; b.eq over the jump; b first; ret */
static inline unsigned arm_turn(unsigned char *out, int64_t distance)
{
	put_32(out, 0xf1000400u);
	put_32(out + 4, 0x54000040u);
	arm_jump(out + 8, distance - 8);
	put_32(out + 12, 0xd65f03c0u);
	return 16;
}

static const struct jumps x86_64_jumps = {x86_jump, x86_turn, (uint64_t)1 << 31};
static const struct jumps arm64_jumps = {arm_jump, arm_turn, (uint64_t)1 << 27};

static const struct jumps *jumps_here(void)
{
#if defined(__x86_64__)
	return (void)arm64_jumps, &x86_64_jumps;
#elif defined(__aarch64__)
	return (void)x86_64_jumps, &arm64_jumps;
#else
	return (void)x86_64_jumps, (void)arm64_jumps, NULL;
#endif
}

struct itlb {
	void (*code)(uint64_t passes);
	char *from;
	uint64_t bytes; /* that are executable */
};

static struct verdict itlb_want(const struct cell *cell, const struct machine *machine,
				struct want *want)
{
	struct region_spec *spec = &want->region[0];
	const struct jumps *jumps = jumps_here();

	if (!jumps)
		return verdict_skipped("no-encoding", "x86-64 or arm64; see bench/itlb.c",
				       "no jump is encoded for this architecture");
	spec->page = cell_page(cell, "page");
	spec->layout = layout_of(cell);
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = cell_is(cell, "touch", "each-4k") ? 4096 : spec->page.bytes;
	want->pass_ops = spec->slot_bytes ? spec->bytes / spec->slot_bytes : 0;
	want->max_ops = (uint64_t)1 << 40;
	want->expect.faults = true;
	if (spec->bytes > jumps->reach)
		return verdict_skipped("out-of-reach", "choose a smaller footprint with --only",
				       "a jump reaches %llu MiB, and %llu were asked for",
				       (unsigned long long)(jumps->reach >> 20),
				       (unsigned long long)(spec->bytes >> 20));
	return region_check(spec, machine);
}

static void write_code(const struct window *window, const struct order *order)
{
	const struct jumps *jumps = jumps_here();

	for (uint64_t k = 0; k < order->n; k++) {
		bool last = k + 1 == order->n;
		char *at = window_slot(window, order_at(order, k)),
		     *to = window_slot(window, order_at(order, last ? 0 : k + 1));

		(last ? jumps->turn : jumps->jump)((unsigned char *)at, to - at);
		__builtin___clear_cache(at, at + JUMP_MAX);
	}
}

static struct verdict protect(const struct itlb *itlb, int prot)
{
	if (mprotect(itlb->from, itlb->bytes, prot) == 0)
		return verdict_ok();
	return verdict_skipped("no-exec",
			       "allow anonymous memory to become executable (SELinux: execmem)",
			       "mprotect(PROT_EXEC): %s", strerror(errno));
}

/* Whole pages: the frames of a region, which for a packed one are fewer than its span. */
static void set_range(struct itlb *itlb, const struct window *window)
{
	const struct region *region = window->region;
	bool packed = region->spec.layout == LAYOUT_REFERENCE;

	itlb->from = packed ? region->base : window->base;
	itlb->bytes = packed ? region->frame_bytes : window->bytes;
}

static void itlb_leg(struct visit *visit, uint64_t n)
{
	const struct itlb *itlb = visit->state;

	itlb->code(n / visit->window[0].slots);
}

static struct verdict itlb_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct itlb *itlb = visit->state;
	struct verdict verdict;
	struct order order;

	order_init(&order, window->slots, visit->seed);
	write_code(window, &order);
	set_range(itlb, window);
	verdict = protect(itlb, PROT_READ | PROT_EXEC);
	if (!verdict_is_ok(&verdict))
		return verdict;
	char *first = window_slot(window, order_at(&order, 0));

	memcpy(&itlb->code, &first, sizeof first);
	region_forget_translations();
	itlb_leg(visit, window->slots);
	return verdict;
}

/* The memory is other cells' as well. */
static void itlb_release(struct visit *visit)
{
	const struct itlb *itlb = visit->state;

	if (itlb->bytes)
		protect(itlb, PROT_READ | PROT_WRITE);
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,2m,thp", "4k", NULL, "page kind of the code"},
    {"layout", P_WORD, "distinct,reference", "distinct", NULL,
     "distinct: a page and a line of its own for each jump; reference: the lines packed"},
    {"touch", P_WORD, "page,each-4k", "page", "page=thp,2m",
     "page: one jump to a page; each-4k: one to each 4 KiB of it, as small pages would get"},
    {"footprint", P_BYTES, "4KiB..1GiB", "1MiB", NULL, "bytes of code that one pass covers"},
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

static const struct sweep sweeps[] = {
    {"code", NULL, "itlb page=4k layout=distinct footprint=4p..16384p*1.25", "footprint",
     "time of a jump against pages of code"},
    {"code-thp", NULL, "itlb page=thp layout=distinct touch=each-4k footprint=2MiB..64MiB", NULL,
     "the same jumps in huge pages"},
    {"code-2m", NULL, "itlb page=2m layout=distinct touch=page,each-4k footprint=2MiB..64MiB", NULL,
     "the same in pages of the pool"},
    {0},
};

const struct bench bench_itlb = {
    .name = "itlb",
    .what = "time of a jump to another page of code, against the number of pages",
    .isolates =
	"instruction TLBs: the pages hold nothing but one jump each, and translation_cycles "
	"takes off what the same jumps cost when they are packed",
    .cannot =
	"latency of a miss where branch prediction runs ahead and fetches translations early; "
	"past what the branch target buffer holds, jumps cost more in both layouts, and "
	"only in part alike",
    .source = "jump chains through generated code as in microarchitecture studies of branch target "
	      "buffers (Milenkovic et al., 2004), one to a page",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct itlb),
    .want = itlb_want,
    .prepare = itlb_prepare,
    .leg = itlb_leg,
    .release = itlb_release,
};
