#include "measure/soundness.h"

#include "measure/clock.h"
#include "measure/region_slots.h"
#include "stats/stats.h"

#include <tlbscope/chain.h>

#include <string.h>
#include <unistd.h>

#define REPEATS	 9
#define LOADS	 4000u
#define PAIRS	 12u /* of aliases: 24 pages, within any L1 dTLB of base pages */
#define PAIRS_2M 8u
#define LIST_MAX 96u
#define ATTEMPTS 3

/* No L1 dTLB of base pages has fewer than 40 entries, and none of 2 MiB pages fewer than 32. Larger
 * sizes count where distinct is flat there, too. */
static const unsigned base_pages[SOUNDNESS_SIZES] = {24, 36, 48, 64, 88};
static const unsigned huge_pages[SOUNDNESS_SIZES] = {8, 12, 16, 20, 24};

struct subject {
	const char *name;
	const struct region *distinct, *region;
	const unsigned *pages;
	uint64_t frame_bytes; /* that aliases share; 0: not aliases */
	unsigned pairs;
};

static double cycles_of(const uintptr_t *list, unsigned n)
{
	double before;
	uint64_t from;

	/* What the other layouts left in the TLB is slow to go. */
	region_forget_translations();
	chain_walk_list(list, n, LOADS / 4);
	before = clock_calibrate();
	from = timer_fenced();
	chain_walk_list(list, n, LOADS);
	return (double)(timer_fenced() - from) * before / LOADS;
}

static double cycles_at(const struct region *region, unsigned slots, uint64_t seed)
{
	const struct slotting slotting = slotting_of(&region->spec);
	struct window window = {.region = region, .base = region->base, .slots = slots};
	uintptr_t list[LIST_MAX];
	struct order order;

	window.bytes = (uint64_t)slots << slotting.shift;
	order_init(&order, slots, seed);
	chain_list(&window, &order, list);
	return cycles_of(list, slots);
}

static uintptr_t line_of(const struct subject *subject, const char *slot)
{
	return (uintptr_t)(slot - subject->region->base) & (subject->frame_bytes - 1);
}

/* Pairs of slots that share a line, next to each other: each load meets what the other address
 * left. */
static unsigned shared_list(const struct subject *subject, uint64_t slots, uintptr_t *list)
{
	const struct window window = {
	    .region = subject->region, .base = subject->region->base, .slots = slots};
	unsigned n = 0;

	for (uint64_t i = 0; n < 2 * subject->pairs && i < slots; i++) {
		const char *one = window_slot(&window, i);

		for (uint64_t j = i + 1; j < slots; j++) {
			const char *other = window_slot(&window, j);

			if (line_of(subject, one) != line_of(subject, other))
				continue;
			list[n++] = (uintptr_t)one;
			list[n++] = (uintptr_t)other;
			break;
		}
	}
	return n;
}

static double median(double *x)
{
	stats_sort(x, REPEATS);
	return stats_median(x, REPEATS);
}

static struct verdict examine(const struct subject *subject, uint64_t seed)
{
	struct soundness_numbers numbers = {.n = SOUNDNESS_SIZES};
	double layout[SOUNDNESS_SIZES][REPEATS], distinct[SOUNDNESS_SIZES][REPEATS],
	    shared[REPEATS], apart[REPEATS];
	uint64_t slots = subject->region->spec.bytes / subject->region->spec.page.bytes;
	uintptr_t list[LIST_MAX];
	unsigned n = subject->frame_bytes ? shared_list(subject, slots, list) : 0;

	memcpy(numbers.pages, subject->pages, sizeof numbers.pages);
	for (unsigned r = 0; r < REPEATS; r++) {
		for (unsigned i = 0; i < SOUNDNESS_SIZES; i++) {
			distinct[i][r] = cycles_at(subject->distinct, subject->pages[i], seed + r);
			layout[i][r] = cycles_at(subject->region, subject->pages[i], seed + r);
		}
		shared[r] = n ? cycles_of(list, n) : 0;
		apart[r] = n ? cycles_at(subject->region, n, seed + r) : 0;
	}
	for (unsigned i = 0; i < SOUNDNESS_SIZES; i++) {
		numbers.distinct[i] = median(distinct[i]);
		numbers.layout[i] = median(layout[i]);
	}
	numbers.shared = median(shared);
	numbers.apart = median(apart);
	return soundness_judge(subject->name, &numbers);
}

/* A burst of noise must not take a layout from the whole run. */
static struct verdict examine_patiently(const struct subject *subject)
{
	struct verdict verdict = examine(subject, 1);

	for (unsigned i = 1; i < ATTEMPTS && !verdict_is_ok(&verdict); i++)
		verdict = examine(subject, 1 + i * REPEATS);
	return verdict;
}

static struct verdict try_layout(const struct region_spec *spec, struct subject subject)
{
	struct region region;
	struct verdict verdict = region_map(&region, spec, -1, 1);

	if (!verdict_is_ok(&verdict))
		return verdict;
	subject.region = &region;
	verdict = examine_patiently(&subject);
	region_unmap(&region);
	return verdict;
}

static struct verdict test_huge(const struct region *distinct)
{
	const uint64_t page = (uint64_t)2 << 20;
	struct region_spec spec = {
	    .page = {PAGE_HUGETLB, page}, .layout = LAYOUT_ALIAS, .bytes = 512 * page};
	struct subject subject = {.name = "alias at 2m",
				  .distinct = distinct,
				  .pages = huge_pages,
				  .frame_bytes = page,
				  .pairs = PAIRS_2M};
	struct verdict verdict = try_layout(&spec, subject);

	if (verdict_is_ok(&verdict) || strcmp(verdict.code, "unsound-layout") == 0)
		return verdict;
	/* The huge zero page is arranged in the same way, and needs no pool. */
	spec.page.how = PAGE_THP;
	spec.layout = LAYOUT_ZERO;
	verdict = try_layout(&spec, subject);
	return strcmp(verdict.code, "unsound-layout") == 0 ? verdict : verdict_ok();
}

void soundness_test(struct soundness *out)
{
	const struct page_kind base = {PAGE_BASE, (uint64_t)sysconf(_SC_PAGESIZE)};
	struct region_spec spec = {.page = base,
				   .layout = LAYOUT_DISTINCT,
				   .bytes = base_pages[SOUNDNESS_SIZES - 1] * base.bytes};
	struct subject subject = {
	    .name = "alias", .pages = base_pages, .frame_bytes = 4 * base.bytes, .pairs = PAIRS};
	struct region distinct;

	out->alias = region_map(&distinct, &spec, -1, 1);
	out->zero = out->hugealias = out->alias;
	if (!verdict_is_ok(&out->alias))
		return;
	subject.distinct = &distinct;
	spec.layout = LAYOUT_ALIAS;
	spec.bytes = 1024 * base.bytes;
	out->alias = try_layout(&spec, subject);
	spec.layout = LAYOUT_ZERO;
	out->zero = try_layout(
	    &spec, (struct subject){.name = "zero", .distinct = &distinct, .pages = base_pages});
	out->hugealias = test_huge(&distinct);
	region_unmap(&distinct);
}
