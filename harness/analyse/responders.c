/* What responders cost, place by place:
 *
 *   Σ responders R(place) = interrupt + further * (responders - 1)
 *
 * `interrupt_ns` is the initiator's: with one responder, less the same with the same CPUs busy in
 * another process (state=other-mm), one page each, paired by round. Sending, waiting, and what of
 * the responder's flush the initiator waits for are one number here; membarrier sends the same
 * interrupt and flushes nothing, so where it was measured at that place, `floor_ns` is the part
 * that is no flush. `further_ns` is the slope over responders from the first on, and is only told
 * where three counts or more lie on a line. `wait_page_ns` is what each further page adds to that
 * wait.
 *
 * `stolen_ns` is what each responder loses to an interrupt, `stolen_page_ns` how that grows with
 * pages below the ceiling: invalidation, and nothing else. Refilling what was flushed comes later,
 * in the responder's own loads: no cell with a spinning responder holds it, so `refill_ns` is from
 * a cell where the responder reads the page again (state=touch), and is none of the initiator's.
 */
#include "analyse/analysis.h"
#include "analyse/cost_model.h"
#include "analyse/storms.h"
#include "result/key.h"
#include "result/phrase.h"

#include <math.h>
#include <string.h>

#define LEAST	3   /* points to a line */
#define SEVERAL 1.5 /* interrupts: the floor is that of one */

struct spot {
	const struct result *result;
	const struct cell_result *cell; /* one page, one responder that spins */
	const struct estimate *added, *stolen, *ipis;
	const struct cell_result *floor_cell;
	const struct estimate *floor;
	const struct cell_result *touch; /* the same, but for responders that read the page again */
	const struct estimate *refill;
	bool further_told, wait_told, stolen_told, bent;
	struct estimate further, wait_page, stolen_page;
};

static const struct estimate *estimate_of(const struct cell_result *c, const char *name)
{
	const struct metric_result *m = cell_find_metric(c, name);

	return m ? &m->e : NULL;
}

/* Of the same call on the same pages, alone. */
static const struct finding_value *cost_of(const struct spot *p, const char *name)
{
	const struct finding *f = NULL;

	while ((f = result_find_finding(p->result, "shootdown-cost", "op", p->cell->cell.bench, f)))
		if (storm_is_subject(f, &p->cell->cell))
			return value_of(f, name);
	return NULL;
}

/* Where page-by-page invalidation ends. The kernel has one ceiling for all calls, so any other that
 * tells will do. Without any, nowhere. */
static double ceiling_of(const struct spot *p)
{
	const struct finding_value *ceiling = cost_of(p, "ceiling");
	const struct finding *f = NULL;

	while (!ceiling &&
	       (f = result_find_finding(p->result, "shootdown-cost", "op", p->cell->cell.bench, f)))
		ceiling = value_of(f, "ceiling");
	return ceiling ? ceiling->e.lo : INFINITY;
}

static bool slope_over_pages(struct spot *p, const char *metric, struct estimate *slope, bool *told)
{
	struct storm_curve curve;
	struct estimate base;

	*told = false;
	if (!storm_curve(p->result, p->cell, "npages", metric, &curve))
		return false;
	*told = cost_line(&curve, 0, ceiling_of(p), LEAST, &base, slope);
	storm_curve_free(&curve);
	return true;
}

static bool slope_over_responders(struct spot *p)
{
	struct storm_curve curve;
	struct estimate base;

	if (!storm_curve(p->result, p->cell, "resp", "ns", &curve))
		return false;
	p->further_told = cost_line(&curve, 1, INFINITY, LEAST, &base, &p->further);
	p->bent = !p->further_told && curve.n >= LEAST;
	storm_curve_free(&curve);
	return true;
}

/* membarrier with one responder at the same place, over the same CPUs. */
static void find_floor(struct spot *p)
{
	const struct value *place = cell_value(&p->cell->cell, "place");

	for (unsigned i = 0; place && i < p->result->ncells && !p->floor; i++) {
		const struct cell_result *c = &p->result->cells[i];
		const struct value *other = cell_value(&c->cell, "place");

		if (strcmp(c->cell.bench, "membarrier") != 0 || !verdict_is_ok(&c->outcome) ||
		    cell_count(&c->cell, "resp") != 1 || !cell_is(&c->cell, "state", "spin") ||
		    !cell_leaves_kinds_open(&c->cell) || !other || !value_equal(place, other))
			continue;
		p->floor_cell = c;
		p->floor = estimate_of(c, "added_ns");
	}
}

/* Up to revision 3 of madvise what a responder paid for a page that was dropped, a page fault, had
 * the name of a refill. */
static bool refills(const struct cell_result *c)
{
	return strcmp(c->cell.bench, "madvise") != 0 || (!cell_is(&c->cell, "advice", "dontneed") &&
							 !cell_is(&c->cell, "advice", "pageout"));
}

/* The same operation, one page, one responder there that reads it again. */
static void find_refill(struct spot *p)
{
	const struct value *place = cell_value(&p->cell->cell, "place");

	for (unsigned i = 0; i < p->result->ncells && !p->refill; i++) {
		const struct cell_result *c = &p->result->cells[i];
		const struct value *other = cell_value(&c->cell, "place");

		if (!verdict_is_ok(&c->outcome) || cell_count(&c->cell, "resp") != 1 ||
		    !refills(c) || !cell_is(&c->cell, "state", "touch") || !place || !other ||
		    !value_equal(place, other) || !storm_same_op(&p->cell->cell, &c->cell, true))
			continue;
		p->touch = c;
		p->refill = estimate_of(c, "refill_ns");
	}
}

static void add(struct draft *draft, const char *name, const char *unit, const struct estimate *e,
		bool told)
{
	if (e && told)
		draft_value(draft, name, unit, *e);
}

/* Appends to a sentence that is cut off at FINDING_TEXT_MAX. */
__attribute__((format(printf, 2, 3))) static void say(char text[FINDING_TEXT_MAX],
						      const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, FINDING_TEXT_MAX - used, format, args);
	va_end(args);
}

static void say_part(char text[FINDING_TEXT_MAX], const char *before, const struct estimate *ns,
		     const char *after)
{
	char part[PART_MAX];

	quantity_part(part, ns, "ns");
	say(text, "%s%s%s", before, part, after);
}

/* What the interrupt is of the initiator's wait, and what is the responder's own: what it
 * invalidates in its handler, and what it fetches anew afterwards. The initiator's own invalidation
 * is in both of the cells that the wait is a difference of, so that none of it is in there. */
static void put_parts(const struct spot *p, char text[FINDING_TEXT_MAX])
{
	if (p->floor && p->ipis && p->ipis->est > SEVERAL)
		say(text, "; of %.3g interrupts each", p->ipis->est);
	else if (p->floor)
		say(text, "; the interrupt");
	if (p->floor)
		say_part(text, " is ", p->floor, " of it");
	if (p->stolen)
		say_part(text, "; it loses ", p->stolen, "");
	if (p->stolen && p->stolen_told)
		say_part(text, ", of which invalidation is ", &p->stolen_page, " a page");
	if (p->refill)
		say_part(text, p->stolen ? ", and refill takes it " : "; refill takes it ",
			 p->refill, " a page");
}

/* Past the ceiling of its own curve; where the saving is none to speak of, nothing is said. */
static void put_ceiling(const struct spot *p, char text[FINDING_TEXT_MAX])
{
	const struct finding_value *ceiling = cost_of(p, "ceiling"),
				   *saving = cost_of(p, "saving_ns");
	char number[QUANTITY_MAX];

	if (!ceiling || !saving || ceiling->e.lo != ceiling->e.hi ||
	    (saving->e.lo <= 0 && saving->e.hi >= 0))
		return;
	quantity(number, fabs(saving->e.est), "ns");
	say(text, "; past %.0f page%s one full flush is %s by %s", ceiling->e.est,
	    plural(ceiling->e.est), saving->e.lo > 0 ? "cheaper" : "dearer", number);
}

static void put_words(const struct spot *p, const char *where, char text[FINDING_TEXT_MAX])
{
	char name[96];

	storm_name(p->result, &p->cell->cell, name, sizeof name);
	say(text, "%s: the first responder (%s)", name, where);
	say_part(text, " adds ", p->added, "");
	put_parts(p, text);
	if (p->further_told)
		say_part(text, "; each further one adds ", &p->further, "");
	else if (p->bent)
		say(text, "; further ones follow no line");
	put_ceiling(p, text);
}

static bool report(struct result *result, struct spot *p)
{
	const struct value *place = cell_value(&p->cell->cell, "place");
	const char *where = place && place->type == P_WORD ? place->word : "any";
	struct draft draft = draft_begin(result, "shootdown-responders", "responders/3");
	char text[FINDING_TEXT_MAX] = "";

	draft_storm(&draft, p->cell, true);
	draft_from(&draft, p->cell);
	draft_from(&draft, p->floor ? p->floor_cell : NULL);
	draft_from(&draft, p->refill ? p->touch : NULL);
	add(&draft, "interrupt_ns", "ns", p->added, true);
	add(&draft, "floor_ns", "ns", p->floor, true);
	add(&draft, "wait_page_ns", "ns/page", &p->wait_page, p->wait_told);
	add(&draft, "further_ns", "ns", &p->further, p->further_told);
	add(&draft, "stolen_ns", "ns", p->stolen, true);
	add(&draft, "stolen_page_ns", "ns/page", &p->stolen_page, p->stolen_told);
	add(&draft, "refill_ns", "ns/page", p->refill, true);
	add(&draft, "ipis", "1/op", p->ipis, true);
	put_words(p, where, text);
	return draft_done(&draft,
			  storm_proved(p->cell, "ipis") && storm_proved(p->cell, "gaps") ? CONFIRMED
											 : SEEN,
			  "%s", text);
}

static bool look(struct result *result, const struct cell_result *c)
{
	struct spot p = {.result = result,
			 .cell = c,
			 .added = estimate_of(c, "added_ns"),
			 .stolen = estimate_of(c, "stolen_ns"),
			 .ipis = estimate_of(c, "ipis")};

	if (!p.added)
		return true;
	find_floor(&p);
	find_refill(&p);
	return slope_over_pages(&p, "added_ns", &p.wait_page, &p.wait_told) &&
	       slope_over_pages(&p, "stolen_ns", &p.stolen_page, &p.stolen_told) &&
	       slope_over_responders(&p) && report(result, &p);
}

bool find_responders(struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];

		if (storm_is(c) && cell_count(&c->cell, "resp") == 1 &&
		    cell_count(&c->cell, "npages") == 1 && !look(result, c))
			return false;
	}
	return true;
}
