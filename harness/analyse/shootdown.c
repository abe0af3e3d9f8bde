/* What changing one page costs its initiator, alone and with one responder, and what the responder
 * loses. */
#include "analyse/analysis.h"
#include "analyse/storms.h"
#include "result/key.h"

#include <string.h>

static const struct {
	const char *metric, *unit;
} reported[] = {
    {"ns", "ns"},	 {"p99_ns", "ns"}, {"added_ns", "ns"}, {"over_alone_ns", "ns"},
    {"stolen_ns", "ns"}, {"gaps", "1/op"}, {"ipis", "1/op"},
};

static void begin(struct result *result, const struct cell_result *c, struct draft *draft,
		  bool place)
{
	*draft = draft_begin(result, "shootdown", "shootdown/2");
	draft_storm(draft, c, place);
	draft_subject(draft, "npages", "1");
	draft_from(draft, c);
}

/* "madvise of one page", "madvise dontneed 2m of one page": as far as it takes to tell them apart.
 */
static void say_op(const struct result *result, const struct cell_result *c, char what[96])
{
	char name[80];

	storm_name(result, &c->cell, name, sizeof name);
	snprintf(what, 96, "%s of one page", name);
}

static bool report_alone(struct result *result, const struct cell_result *c)
{
	struct estimate ns = cell_find_metric(c, "ns")->e;
	char what[96], alone[QUANTITY_MAX];
	struct draft draft;

	begin(result, c, &draft, false);
	draft_value(&draft, "alone_ns", "ns", ns);
	say_op(result, c, what);
	quantity(alone, ns.est, "ns");
	return draft_done(&draft, SEEN, "%s: %s alone", what, alone);
}

static void add_metrics(struct draft *draft, const struct cell_result *c)
{
	for (size_t i = 0; i < sizeof reported / sizeof *reported; i++) {
		const struct metric_result *m = cell_find_metric(c, reported[i].metric);

		if (m)
			draft_value(draft, reported[i].metric, reported[i].unit, m->e);
	}
}

static bool report(struct result *result, const struct cell_result *c)
{
	const struct cell_result *alone = storm_like(result, c, "resp", 0);
	const struct metric_result *stolen = cell_find_metric(c, "stolen_ns");
	const struct value *place = cell_value(&c->cell, "place");
	const char *where = place && place->type == P_WORD ? place->word : "any";
	char what[96], number[QUANTITY_MAX], first[QUANTITY_MAX + 16] = "", loses[96] = "";
	char part[PART_MAX];
	struct draft draft;

	begin(result, c, &draft, true);
	if (alone) {
		draft_value(&draft, "alone_ns", "ns", cell_find_metric(alone, "ns")->e);
		draft_from(&draft, alone);
		quantity(number, cell_find_metric(alone, "ns")->e.est, "ns");
		snprintf(first, sizeof first, "%s alone, ", number);
	}
	add_metrics(&draft, c);
	if (stolen) {
		quantity_part(part, &stolen->e, "ns");
		snprintf(loses, sizeof loses, ", which loses %s", part);
	}
	say_op(result, c, what);
	quantity(number, cell_find_metric(c, "ns")->e.est, "ns");
	return draft_done(&draft,
			  storm_proved(c, "ipis") && storm_proved(c, "gaps") ? CONFIRMED : SEEN,
			  "%s: %s%s with one responder (%s)%s", what, first, number, where, loses);
}

/* Does any ok cell of this operation and page have one responder? */
static bool has_responder(const struct result *result, const struct cell_result *alone)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];

		if (storm_is(c) && cell_count(&c->cell, "resp") == 1 &&
		    storm_like(result, c, "resp", 0) == alone)
			return true;
	}
	return false;
}

bool find_shootdown(struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];
		uint64_t responders = cell_count(&c->cell, "resp");

		if (!storm_is(c) || cell_count(&c->cell, "npages") != 1 || responders > 1)
			continue;
		if (responders == 1 && !report(result, c))
			return false;
		if (responders == 0 && !has_responder(result, c) && !report_alone(result, c))
			return false;
	}
	return true;
}
