/* What an estimate is: the median of the samples, with its order-statistic interval. */
#include "result/result.h"
#include "stats/stats.h"

#include <stdlib.h>
#include <string.h>

bool metric_estimate(struct metric_result *metric)
{
	unsigned n = metric->nsamples;
	double *sorted = n ? malloc(n * sizeof *sorted) : NULL;

	if (!sorted)
		return !n;
	memcpy(sorted, metric->samples, n * sizeof *sorted);
	stats_sort(sorted, n);
	struct stats_interval interval = stats_median_interval(sorted, n, ESTIMATE_CONFIDENCE);

	metric->e = (struct estimate){stats_median(sorted, n), interval.lo, interval.hi};
	free(sorted);
	return true;
}

bool cell_estimate(struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nmetrics; i++)
		if (!metric_estimate(&cell->metrics[i]))
			return false;
	return true;
}
