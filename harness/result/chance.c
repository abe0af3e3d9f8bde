#include "result/chance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void chance_subtract(uint64_t *counts, const uint64_t *chance, size_t n, double scale)
{
	double owed = 0;

	for (size_t i = n; i-- > 0;) {
		owed += (double)chance[i] * scale;

		uint64_t take = owed < (double)counts[i] ? (uint64_t)owed : counts[i];

		counts[i] -= take;
		owed -= (double)take;
	}
}

static const struct hist_result *heard_of(const struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nhists; i++)
		if (strcmp(cell->hists[i].name, HIST_QUIET) == 0)
			return &cell->hists[i];
	return NULL;
}

/* On the other's grid: written histograms begin at the first bucket that holds something. What lies
 * above its end goes into its last bucket, what lies below is none of it. */
static void lay_over(const struct hist_result *heard, const struct hist_result *hist,
		     uint64_t *chance)
{
	long shift = lround(log(heard->lo_ns / hist->lo_ns) / log(hist->ratio));
	long last = (long)hist->ncounts - 1;

	for (unsigned i = 0; i < heard->ncounts; i++) {
		long at = (long)i + shift;

		if (at >= 0)
			chance[at < last ? at : last] += heard->counts[i];
	}
}

void chance_take_off(const struct cell_result *cell, const struct hist_result *hist,
		     uint64_t *counts)
{
	const struct hist_result *heard = heard_of(cell);
	uint64_t *chance = NULL;

	memcpy(counts, hist->counts, hist->ncounts * sizeof *counts);
	if (heard && strcmp(hist->name, HIST_STOLEN) == 0 && hist->heard_s > 0 &&
	    heard->ratio == hist->ratio && hist->ncounts)
		chance = calloc(hist->ncounts, sizeof *chance);
	if (!chance)
		return;
	lay_over(heard, hist, chance);
	chance_subtract(counts, chance, hist->ncounts, hist->exposed_s / hist->heard_s);
	free(chance);
}
