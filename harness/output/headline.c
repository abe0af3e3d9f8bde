/* The three numbers that a reader takes home. */
#include "output/headline.h"

#include "output/text.h"
#include "output/words.h"
#include "result/phrase.h"

#include <string.h>

/* In the order of what people ask for; the first that a run can tell are shown. */
static const struct {
	const char *finding, *value, *label;
	bool ratio;
} wanted[] = {
    {"walk-cost", "walk_cycles", "a page walk, over a TLB hit", false},
    {"huge-gain", "ratio", "as fast with huge pages", true},
    {"shootdown", "ns", "to change one page while another CPU uses it", false},
    {"tlb-level", "penalty_cycles", "an L1 TLB miss that the next level answers", false},
    {"shootdown", "alone_ns", "to change one page, alone", false},
    {"walk-cost", "walk_ns", "a page walk, over a TLB hit", false},
    {"tlb-level", "entries", "pages in the first TLB level", false},
};

static const struct finding *telling(const struct result *result, const char *kind,
				     const char *value, bool last)
{
	const struct finding *f = NULL, *found = NULL;

	while ((last || !found) && (f = result_find_finding(result, kind, NULL, NULL, f)))
		if (f->confidence != CANNOT_TELL && finding_value_of(f, value) &&
		    estimate_is_told(&finding_value_of(f, value)->e))
			found = f;
	return found;
}

static void write_one(struct headline *out, const struct finding *f, size_t i)
{
	const struct finding_value *value = finding_value_of(f, wanted[i].value);
	const char *bound = facts_get(&f->subject, "bound"), *op = facts_get(&f->subject, "op");
	char number[96], *interval;

	format_estimate(number, sizeof number, &value->e, value->unit);
	interval = strchr(number, '[');
	if (interval && interval > number) {
		interval[-1] = '\0';
		snprintf(out->interval, sizeof out->interval, "95%% interval %s", interval);
	}
	snprintf(out->number, sizeof out->number, "%s%s%s",
		 bound && strcmp(bound, "at-least") == 0 ? "≥ " : "", wanted[i].ratio ? "× " : "",
		 number);
	snprintf(out->label, sizeof out->label, "%s%s%s%s", wanted[i].label, op ? " (" : "",
		 op ? op : "", op ? ")" : "");
}

size_t output_headlines(const struct result *result, struct headline out[HEADLINES])
{
	bool said_walk = false;
	size_t n = 0;

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted && n < HEADLINES; i++) {
		/* The largest footprint speaks for huge pages: it comes last. */
		const struct finding *f =
		    telling(result, wanted[i].finding, wanted[i].value, wanted[i].ratio);
		bool walk = strcmp(wanted[i].finding, "walk-cost") == 0;

		if (!f || (walk && said_walk))
			continue;
		said_walk |= walk;
		out[n] = (struct headline){0};
		write_one(&out[n++], f, i);
	}
	return n;
}
