/* The table of analyses, and how a finding is written. */
#include "analyse/analysis.h"
#include "result/phrase.h"

#include <math.h>
#include <string.h>

#define ROUNDS_LEAST 6 /* the range of five holds the median with 94% only */

static bool (*const analyses[])(struct result *result) = {
    find_splinter, /* first: others ask whether the host splinters */
    find_tlb_levels,  find_walk_cost,	   find_tlb_geometry, find_walk_levels,	  find_walkers,
    find_side_tlbs,   find_huge_gain,	   find_access_gain,  find_break_even,	  find_virt,
    find_shootdown,   find_shootdown_cost, find_responders,   find_flush_ceiling, find_mechanism,
    find_switch_cost, find_counter_check,  find_company,      find_trust,
};

bool findings_compute(struct result *result)
{
	result_clear_findings(result);
	for (size_t i = 0; i < sizeof analyses / sizeof *analyses; i++) {
		if (!analyses[i](result)) {
			result_clear_findings(result);
			return false;
		}
	}
	return true;
}

struct draft draft_begin(struct result *result, const char *kind, const char *analysis)
{
	struct draft draft = {.finding = result_add_finding(result)};

	draft.failed = !draft.finding;
	if (draft.failed)
		return draft;
	snprintf(draft.finding->kind, sizeof draft.finding->kind, "%s", kind);
	snprintf(draft.finding->analysis, sizeof draft.finding->analysis, "%s", analysis);
	return draft;
}

void draft_subject(struct draft *draft, const char *name, const char *format, ...)
{
	char text[RESULT_TEXT_MAX];
	va_list args;

	if (draft->failed)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	draft->failed = !facts_set(&draft->finding->subject, name, "%s", text);
}

void draft_value(struct draft *draft, const char *name, const char *unit, struct estimate e)
{
	if (!draft->failed)
		draft->failed = !finding_add_value(draft->finding, name, unit, e);
}

void draft_number(struct draft *draft, const char *name, const char *unit, double value)
{
	draft_value(draft, name, unit, (struct estimate){value, value, value});
}

void draft_from(struct draft *draft, const struct cell_result *cell)
{
	if (draft->failed || !cell)
		return;
	draft->thin |= cell->rounds && cell->rounds < ROUNDS_LEAST;
	for (unsigned i = 0; i < draft->finding->nfrom; i++)
		if (strcmp(draft->finding->from[i], cell->key) == 0)
			return;
	draft->failed = !finding_add_from(draft->finding, cell->key);
}

void draft_from_range(struct draft *draft, const struct series *series, double low_x, double high_x)
{
	for (size_t i = 0; i < series->n; i++)
		if (series->curve.point[i].x >= low_x && series->curve.point[i].x <= high_x)
			draft_from(draft, series->cell[i]);
}

bool draft_done(struct draft *draft, enum confidence confidence, const char *format, ...)
{
	va_list args;

	if (draft->failed)
		return false;
	draft->finding->confidence = confidence == CONFIRMED && draft->thin ? SEEN : confidence;
	va_start(args, format);
	vsnprintf(draft->finding->text, sizeof draft->finding->text, format, args);
	va_end(args);
	return true;
}

const struct finding_value *value_of(const struct finding *f, const char *name)
{
	for (unsigned i = 0; f && i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return &f->values[i];
	return NULL;
}

struct estimate estimate_less(struct estimate a, struct estimate b)
{
	return (struct estimate){a.est - b.est, a.lo - b.hi, a.hi - b.lo};
}

/* Times and cycles only: positive. */
struct estimate estimate_over(struct estimate a, struct estimate b)
{
	return (struct estimate){a.est / b.est, a.lo / b.hi, a.hi / b.lo};
}

void page_name(struct page_kind page, char out[PAGE_NAME_MAX])
{
	struct value value = {.type = P_PAGE, .page = page};

	value_format(&value, out, PAGE_NAME_MAX);
}

void quantity(char out[QUANTITY_MAX], double value, const char *unit)
{
	if (strcmp(unit, "ns") == 0 && fabs(value) >= 1000) {
		value /= 1000;
		unit = "µs";
	}
	snprintf(out, QUANTITY_MAX, "%.*f %s", fabs(value) >= 100 ? 0 : 1, value, unit);
}

void quantity_part(char out[PART_MAX], const struct estimate *e, const char *unit)
{
	char number[QUANTITY_MAX], most[QUANTITY_MAX];

	quantity(number, e->est, unit);
	quantity(most, e->hi, unit);
	phrase_part(out, PART_MAX, e, number, most);
}
