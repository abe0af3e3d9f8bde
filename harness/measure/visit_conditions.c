/* Company and distance: what a visit saw of them (result/conditions.h). */
#include "measure/visit_internal.h"

#include <math.h>

void visit_ask_gang(struct visit_harness *harness)
{
	struct gang_state now;

	if (!gang_ask(harness->bay->gang, &now))
		return;
	harness->handoff_ns = fmax(harness->handoff_ns, now.handoff_ns);
	if (harness->gang_width == 0 || now.width < harness->gang_width)
		harness->gang_width = now.width;
}

/* What no proof can ask for, since others decide it: see result/conditions.h. */
void visit_sample_conditions(const struct visit_harness *harness)
{
	double width = harness->width_sum / harness->legs;

	if (!harness->bay->conditions || !harness->legs)
		return;
	if (harness->gang_width > 0)
		width = fmin(width, harness->gang_width);
	record_sample(harness->record, CONDITION_WIDTH, round(width * 100) / 100);
	if (harness->handoff_ns > 0)
		record_sample(harness->record, CONDITION_HANDOFF, round(harness->handoff_ns));
}
