#include "measure/soundness.h"

#define RISE_RATIO  1.05
#define RISE_CYCLES 0.25

static bool rises(double from, double to)
{
	return to > from * RISE_RATIO + RISE_CYCLES;
}

struct verdict soundness_judge(const char *layout, const struct soundness_numbers *numbers)
{
	static const char remedy[] = "use layout=distinct with layout=reference on this CPU";
	unsigned i;

	for (i = 1; i < numbers->n && !rises(numbers->distinct[0], numbers->distinct[i]); i++)
		if (rises(numbers->layout[0], numbers->layout[i]))
			return verdict_skipped("unsound-layout", remedy,
					       "%s rises from %.1f to %.1f cycles between %u and "
					       "%u pages, where distinct is flat",
					       layout, numbers->layout[0], numbers->layout[i],
					       numbers->pages[0], numbers->pages[i]);
	if (i < 2)
		return verdict_skipped(
		    "unsound-layout", "run again when the machine is quieter",
		    "%s cannot be judged: distinct itself is not flat from %u pages on", layout,
		    numbers->pages[0]);
	if (rises(numbers->apart, numbers->shared))
		return verdict_skipped(
		    "unsound-layout", remedy,
		    "%s: aliases of one line cost %.1f cycles, of different lines %.1f", layout,
		    numbers->shared, numbers->apart);
	return verdict_ok();
}
