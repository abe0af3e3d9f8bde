/* Which layouts can be trusted on this CPU.
 *
 * Layouts that map few frames many times lean on how the L1 cache treats several addresses of one
 * line. Where it does not do as hoped, a curve shows a false knee. Two tests, both below the reach
 * of any L1 dTLB in use: a layout must not rise with the number of pages while `distinct` is flat,
 * and aliases that share their lines must cost what aliases that do not share them cost. Cells of
 * an unsound layout are skipped ("unsound-layout").
 */
#ifndef TLBSCOPE_MEASURE_SOUNDNESS_H
#define TLBSCOPE_MEASURE_SOUNDNESS_H

#include <tlbscope/verdict.h>

struct soundness {
	struct verdict alias; /* coloured, at the base page */
	struct verdict zero;
	struct verdict hugealias; /* at 2m; ok where neither a pool nor the huge zero page is there
				     to test with */
};

/* Run by a pinned worker before the plan starts; about 30 ms. */
void soundness_test(struct soundness *out);

#define SOUNDNESS_SIZES 5

struct soundness_numbers { /* cycles a load */
	unsigned n;
	unsigned pages[SOUNDNESS_SIZES];
	double distinct[SOUNDNESS_SIZES], layout[SOUNDNESS_SIZES];
	double shared, apart; /* pairs of aliases of one line, and as many that share none; both 0:
				 not applicable */
};

/* Pure. */
struct verdict soundness_judge(const char *layout, const struct soundness_numbers *numbers);

#endif
