/* The model of cost_model.h for each operation, alone: what a call costs to begin with, what each
 * page costs in page tables, what to invalidate it, and what one full flush costs instead.
 *
 * Told from cells with resp=0: nothing but the initiator's own TLB is flushed there. That the part
 * that ends at the ceiling is invalidation has a second witness where responders spin: what each of
 * them loses to an interrupt (stolen_ns) holds no work on page tables, so its slope over pages is
 * invalidation alone. Where the two agree, the finding is confirmed. */
#include "analyse/analysis.h"
#include "analyse/cost_model.h"
#include "result/phrase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AGREE 0.35 /* of the larger: nanoseconds a page, each from a handful of cells */

struct op {
	const struct result *result;
	const struct cell_result *cell; /* of its curve over pages */
	struct storm_curve curve;
	struct cost_model model;
};

static void begin(struct result *result, const struct op *op, struct draft *draft)
{
	*draft = draft_begin(result, "shootdown-cost", "cost/1");
	draft_storm(draft, op->cell, false);
	for (size_t i = op->model.first; i <= op->model.last; i++)
		draft_from(draft, op->curve.cell[i]);
}

static void add_values(struct draft *draft, const struct op *op)
{
	const struct cost_model *m = &op->model;
	const struct curve_point *p = op->curve.curve.point;

	draft_value(draft, "base_ns", "ns", m->base);
	draft_value(draft, m->ceiling ? "work_ns" : "page_ns", "ns/page", m->work);
	if (m->ceiling) {
		draft_value(draft, "inv_ns", "ns/page", m->inv);
		draft_value(draft, "full_ns", "ns", m->full);
		draft_value(draft, "saving_ns", "ns", m->saving);
		draft_value(draft, "ceiling", "pages",
			    (struct estimate){floor((m->partial_x + m->full_x - 1) / 2),
					      m->partial_x, m->full_x - 1});
	}
	draft_number(draft, "from_pages", "pages", p[m->first].x);
	draft_number(draft, "to_pages", "pages", p[m->last].x);
	draft_number(draft, "misfit", "%", 100 * m->misfit);
}

/* What a page costs a responder below the ceiling, wherever it runs: the first place that tells. */
static bool stolen_a_page(const struct op *op, struct estimate *slope)
{
	for (unsigned i = 0; i < op->result->ncells; i++) {
		const struct cell_result *c = &op->result->cells[i];
		struct storm_curve curve;
		struct estimate base;
		bool told;

		if (!storm_is(c) || cell_count(&c->cell, "resp") != 1 ||
		    !storm_same_op(&op->cell->cell, &c->cell, false))
			continue;
		if (!storm_curve(op->result, c, "npages", "stolen_ns", &curve))
			return false;
		told = cost_line(&curve, 0, op->model.partial_x, 3, &base, slope);
		storm_curve_free(&curve);
		if (told)
			return true;
	}
	return false;
}

static bool witnessed(const struct op *op)
{
	struct estimate page;

	return op->model.ceiling && stolen_a_page(op, &page) &&
	       fabs(page.est - op->model.inv.est) <=
		   fmax(AGREE * fmax(page.est, op->model.inv.est),
			(page.hi - page.lo + op->model.inv.hi - op->model.inv.lo) / 2);
}

/* What one full flush costs over none: so little that it may be no more than the scatter. */
static void say_full(const struct cost_model *m, char out[QUANTITY_MAX + 16])
{
	char number[QUANTITY_MAX];

	quantity(number, m->full.lo > 0 ? m->full.est : m->full.hi, "ns");
	*out = '\0';
	if (m->full.hi > 0)
		snprintf(out, QUANTITY_MAX + 16, " of %s%s", m->full.lo > 0 ? "" : "at most ",
			 number);
}

static void say_difference(struct estimate saving, char out[QUANTITY_MAX + 40])
{
	char number[QUANTITY_MAX];

	quantity(number, fabs(saving.est), "ns");
	if (saving.lo > 0 || saving.hi < 0)
		snprintf(out, QUANTITY_MAX + 40, "%s %s", number,
			 saving.lo > 0 ? "cheaper" : "dearer");
	else
		snprintf(out, QUANTITY_MAX + 40, "cost difference not told apart here");
}

static bool say_split(struct draft *draft, const struct op *op, const char *name)
{
	const struct cost_model *m = &op->model;
	double past = floor((m->partial_x + m->full_x - 1) / 2);
	char base[PART_MAX], work[PART_MAX], inv[PART_MAX], saving[QUANTITY_MAX + 40],
	    full[QUANTITY_MAX + 16];

	quantity_part(base, &m->base, "ns");
	quantity_part(work, &m->work, "ns");
	quantity_part(inv, &m->inv, "ns");
	say_full(m, full);
	say_difference(m->saving, saving);
	return draft_done(draft, witnessed(op) ? CONFIRMED : SEEN,
			  "%s alone: %s a call, a page %s of work and %s of invalidation; past "
			  "%.0f%s page%s one full flush%s, %s",
			  name, base, work, inv, past, m->full_x - m->partial_x > 1 ? " or so" : "",
			  plural(past), full, saving);
}

static bool say_line(struct draft *draft, const struct op *op, const char *name)
{
	const struct cost_model *m = &op->model;
	const struct curve_point *p = op->curve.curve.point;
	char base[PART_MAX], page[PART_MAX];

	quantity_part(base, &m->base, "ns");
	quantity_part(page, &m->work, "ns");
	return draft_done(draft, SEEN,
			  "%s alone: %s a call and %s a page, from %.0f to %.0f pages; without a "
			  "ceiling there, nothing tells work from invalidation",
			  name, base, page, p[m->first].x, p[m->last].x);
}

static bool report(struct result *result, struct op *op)
{
	bool fitted = cost_fit_counted(&op->curve, &op->model);
	struct draft draft;
	char name[96];

	if (!fitted)
		op->model = (struct cost_model){.last = op->curve.n - 1};
	begin(result, op, &draft);
	storm_name(result, &op->cell->cell, name, sizeof name);
	if (!fitted || !op->model.fits)
		return draft_done(&draft, CANNOT_TELL,
				  "%s alone: its cost over pages follows neither a straight line "
				  "nor two around a ceiling",
				  name);
	cost_intervals(&op->curve, &op->model);
	add_values(&draft, op);
	if (op->model.ceiling)
		return say_split(&draft, op, name);
	return say_line(&draft, op, name);
}

bool find_shootdown_cost(struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		struct op op = {.result = result, .cell = &result->cells[i]};
		bool ok = true;

		if (!storm_is(op.cell) || cell_count(&op.cell->cell, "resp") != 0 ||
		    !storm_leads(result, op.cell, "npages"))
			continue;
		if (!storm_curve(result, op.cell, "npages", "ns", &op.curve))
			return false;
		if (op.curve.n >= 4)
			ok = report(result, &op);
		storm_curve_free(&op.curve);
		if (!ok)
			return false;
	}
	return true;
}
