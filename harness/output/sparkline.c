#include "output/history.h"

void sparkline(FILE *to, const double *value, size_t n)
{
	static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	const size_t heights = sizeof bars / sizeof *bars;
	double least = value[0], most = value[0];

	for (size_t i = 1; i < n; i++) {
		least = value[i] < least ? value[i] : least;
		most = value[i] > most ? value[i] : most;
	}
	for (size_t i = 0; i < n; i++) {
		double share = most > least ? (value[i] - least) / (most - least) : 0;

		fputs(bars[(size_t)(share * (double)(heights - 1) + 0.5)], to);
	}
}
