/* Company and distance: what a visit saw of them (result/conditions.h). */
#include "measure/clock.h"
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

static bool can_answer(const struct visit_harness *harness)
{
	return harness->bay->gang && harness->bay->gang_spec->state != RESPONDER_SLEEP;
}

static void ask(const struct visit_harness *harness, struct leg_conditions *seen)
{
	struct gang_state now;

	if (!gang_ask(harness->bay->gang, &now)) {
		seen->unsettled = true;
		return;
	}
	if (seen->handoff_ns > 0 && !conditions_as_far(now.handoff_ns, seen->handoff_ns))
		seen->unsettled = true;
	seen->handoff_ns = fmax(seen->handoff_ns, now.handoff_ns);
	leg_narrow(seen, now.width);
}

void leg_narrow(struct leg_conditions *seen, double width)
{
	if (seen->width <= 0 || width < seen->width)
		seen->width = width;
}

/* Own core first: where it has company, nobody else needs to be asked. */
static bool now_alone(const struct visit_harness *harness, struct leg_conditions *seen)
{
	const double alone = LEG_ALONE * harness->bay->width_most;

	*seen = (struct leg_conditions){0};
	if (alone > 0 && clock_width() / clock_calibrate() < alone)
		return false;
	if (can_answer(harness))
		ask(harness, seen);
	return !seen->unsettled && (!can_answer(harness) || seen->width >= alone);
}

void visit_ask_before(struct visit_harness *harness, struct leg *leg)
{
	const uint64_t from = timer_monotonic();

	if (!harness->bay->conditions)
		return;
	while (!now_alone(harness, &leg->conditions) && harness->bay->width_most > 0 &&
	       harness->waited_ns + (timer_monotonic() - from) < harness->bay->patience_ns)
		;
	harness->waited_ns += timer_monotonic() - from;
	if (!can_answer(harness))
		return;
	if (leg->conditions.handoff_ns <= 0)
		ask(harness, &leg->conditions);
	leg->switches = gang_switches(harness->bay->gang);
}

void visit_ask_after(const struct visit_harness *harness, struct leg *leg)
{
	if (!harness->bay->conditions || !can_answer(harness))
		return;
	ask(harness, &leg->conditions);
	if (gang_stays(harness->bay->gang_spec) &&
	    gang_switches(harness->bay->gang) != leg->switches)
		leg->conditions.unsettled = true;
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
